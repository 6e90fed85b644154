"""A poster: the frame that a clip begins with, for people."""

import asyncio
from pathlib import Path

import av
from PIL import Image

from stillreel.domain.errors import MediaError
from stillreel.media.probe import open_clip, picture_of

POSTER_QUALITY = 85
POSTER_LONGEST = 1280  # pixels; a page of posters should load at once


async def poster(clip: Path, out: Path) -> None:
    """Write the frame that a clip begins with as a JPEG; MediaError if there is none."""
    await asyncio.to_thread(_poster, clip, out)


def _poster(clip: Path, out: Path) -> None:
    picture = None
    with open_clip(clip) as container:
        stream = picture_of(container)
        try:
            for frame in container.decode(stream):
                picture = frame
                if frame.time is not None and frame.time >= 0:
                    break
        except av.FFmpegError as error:
            raise MediaError(f"no frame can be read: {error}") from error
        if picture is None:
            raise MediaError("no frame can be read")
        image = Image.fromarray(picture.to_ndarray(format="rgb24"))
    image.thumbnail((POSTER_LONGEST, POSTER_LONGEST))
    image.save(out, "JPEG", quality=POSTER_QUALITY)
