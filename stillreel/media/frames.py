"""Single frames of a clip: a poster for people, the first and the last for comparing."""

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


async def first_and_last_frame(clip: Path) -> tuple[Image.Image, Image.Image]:
    """The clip's first and last frame as RGB pictures."""
    return await asyncio.to_thread(_ends, clip)


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
        image = _image(picture)
    image.thumbnail((POSTER_LONGEST, POSTER_LONGEST))
    image.save(out, "JPEG", quality=POSTER_QUALITY)


def _ends(clip: Path) -> tuple[Image.Image, Image.Image]:
    first = last = None
    with open_clip(clip) as container:
        stream = picture_of(container)
        try:
            for last in container.decode(stream):
                first = first or _image(last)
        except av.FFmpegError as error:
            raise MediaError(f"the clip can't be read to its end: {error}") from error
        if first is None or last is None:
            raise MediaError("the clip has no frames")
        return first, _image(last)


def _image(frame: av.VideoFrame) -> Image.Image:
    return Image.fromarray(frame.to_ndarray(format="rgb24"))
