"""Cutting: a picture in exactly the size that is needed, from a larger one that a model could make."""

import asyncio
from pathlib import Path

from PIL import Image

from stillreel.domain.errors import MediaError

Size = tuple[int, int]
Box = tuple[float, float, float, float]

PILLOW_NAMES = {"PNG": "PNG", "JPG": "JPEG", "WEBP": "WEBP"}
PLAIN = ("RGB", "RGBA", "L")  # the kinds of pixels that a PNG keeps as they are


async def cut(source: Path, out: Path, size: Size, *, media_format: str = "PNG", quality: int = 95) -> None:
    """Write the middle of a picture in exactly this size, scaled if need be so that as much as possible of it is kept.

    The same picture gives the same bytes, as long as the encoder is the same. Raises MediaError.
    """
    await asyncio.to_thread(_cut, source, out, size, media_format, quality)


def _cut(source: Path, out: Path, size: Size, media_format: str, quality: int) -> None:
    try:
        with Image.open(source) as picture:
            picture.load()
            plain = picture.convert("RGB") if picture.mode not in PLAIN or media_format == "JPG" else picture
            profile = picture.info.get("icc_profile")
            _fitted(plain, size).save(out, PILLOW_NAMES[media_format], quality=quality, icc_profile=profile)
    except (OSError, ValueError) as error:
        raise MediaError(f"the picture can't be cut to {size[0]}x{size[1]}: {error}") from error


def _fitted(picture: Image.Image, size: Size) -> Image.Image:
    """Pixels as they are where one side fits already, else scaled from the largest part of this shape."""
    width, height = size
    scale = min(picture.width / width, picture.height / height)  # of the part that is kept
    if scale == 1:
        left, top = (picture.width - width) // 2, (picture.height - height) // 2
        return picture.crop((left, top, left + width, top + height))
    wide, high = width * scale, height * scale
    left_of, above = (picture.width - wide) / 2, (picture.height - high) / 2
    box: Box = (left_of, above, min(left_of + wide, picture.width), min(above + high, picture.height))
    return picture.resize(size, Image.Resampling.LANCZOS, box=box)
