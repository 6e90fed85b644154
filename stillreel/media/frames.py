"""A poster: a single frame of a clip, for people."""

import asyncio
from pathlib import Path

import av
from PIL import Image

from stillreel.domain.errors import MediaError
from stillreel.media.probe import open_clip, picture_of

POSTER_QUALITY = 85
POSTER_LONGEST = 1280  # pixels; a page of posters should load at once


async def poster(clip: Path, out: Path, *, at: float = 0.0) -> None:
    """Write the frame that is shown at so many seconds as a JPEG; the last one if the clip ends before."""
    await asyncio.to_thread(_poster, clip, out, at)


def _poster(clip: Path, out: Path, at: float) -> None:
    picture = None
    with open_clip(clip) as container:
        stream = picture_of(container)
        try:
            container.seek(int(at * av.time_base))  # to the key frame before it
            for frame in container.decode(stream):
                picture = frame
                if frame.time is not None and frame.time >= at:
                    break
        except av.FFmpegError as error:
            raise MediaError(f"no frame can be read at {at:g} s: {error}") from error
        if picture is None:
            raise MediaError(f"no frame can be read at {at:g} s")
        image = Image.fromarray(picture.to_ndarray(format="rgb24"))
    image.thumbnail((POSTER_LONGEST, POSTER_LONGEST))
    image.save(out, "JPEG", quality=POSTER_QUALITY)
