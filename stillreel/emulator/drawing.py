"""Stills drawn from a prompt and a seed: different words look different, the same words the same."""

import hashlib
import io
import math
import random
import textwrap

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from stillreel.emulator.records import Picture

PILLOW_NAMES = {"PNG": "PNG", "JPG": "JPEG", "WEBP": "WEBP"}
SHAPES = 12
WAVE = (14, 30)  # pixels from crest to crest
RIPPLE = 16.0  # steps of brightness, up and down
CAPTION_LINES = 4
SMALLEST_CAPTION = 128  # pixels of the shorter side; below that nobody could read it


def encoded(picture: Picture) -> bytes:
    """The still's bytes in the format that was asked for."""
    image = flat(picture) if picture.canned else drawn(picture)
    out = io.BytesIO()
    match picture.format:
        case "PNG":
            image.save(out, "PNG", compress_level=3)
        case _:
            image.save(out, PILLOW_NAMES[picture.format], quality=picture.quality)
    return out.getvalue()


def drawn(picture: Picture) -> Image.Image:
    """A gradient, some shapes and the prompt as a caption."""
    die = random.Random(hashlib.sha256(f"{picture.prompt}\n{picture.seed}".encode()).digest())  # noqa: S311 - a picture
    image = _gradient(picture.width, picture.height, die)
    canvas = ImageDraw.Draw(image, "RGBA")
    for _ in range(SHAPES):
        _shape(canvas, image.size, die)
    if min(image.size) >= SMALLEST_CAPTION:
        _caption(canvas, image.size, picture)
    return image


def flat(picture: Picture) -> Image.Image:
    """One colour: what `media: canned` serves."""
    return Image.new("RGB", (picture.width, picture.height), (92, 116, 140))


def _gradient(width: int, height: int, die: random.Random) -> Image.Image:
    first, last = (np.array([die.randrange(256) for _ in range(3)], dtype=np.float32) for _ in range(2))
    angle = die.uniform(0, math.tau)
    across = np.linspace(-0.5, 0.5, width, dtype=np.float32)[None, :] * math.cos(angle)
    down = np.linspace(-0.5, 0.5, height, dtype=np.float32)[:, None] * math.sin(angle)
    share = np.clip(across + down + 0.5, 0, 1)[:, :, None]
    waves = _waves(width, height, die)[:, :, None]
    return Image.fromarray(np.clip(first + (last - first) * share + waves, 0, 255).astype(np.uint8), "RGB")


def _waves(width: int, height: int, die: random.Random) -> NDArray[np.float32]:
    """Ripples over everything: in a smooth picture nobody, and no measure, could see a camera move."""
    angle, length = die.uniform(0, math.tau), die.uniform(*WAVE)
    across = np.arange(width, dtype=np.float32)[None, :] * (math.cos(angle) * math.tau / length)
    down = np.arange(height, dtype=np.float32)[:, None] * (math.sin(angle) * math.tau / length)
    return np.sin(across + down, dtype=np.float32) * np.float32(RIPPLE)


def _shape(canvas: ImageDraw.ImageDraw, size: tuple[int, int], die: random.Random) -> None:
    x, y = die.uniform(0, size[0]), die.uniform(0, size[1])
    reach = die.uniform(0.06, 0.28) * min(size)
    colour = (die.randrange(256), die.randrange(256), die.randrange(256), die.randrange(120, 230))
    match die.randrange(3):
        case 0:
            canvas.ellipse((x - reach, y - reach, x + reach, y + reach), fill=colour)
        case 1:
            canvas.rectangle((x - reach, y - reach * 0.6, x + reach, y + reach * 0.6), fill=colour)
        case _:
            canvas.regular_polygon((x, y, reach), die.randrange(3, 7), die.randrange(360), fill=colour)


def _caption(canvas: ImageDraw.ImageDraw, size: tuple[int, int], picture: Picture) -> None:
    """The prompt's first lines on a dark band, and the seed."""
    points = max(12, size[0] // 36)
    font = ImageFont.load_default(points)
    lines = textwrap.wrap(picture.prompt, max(8, int(size[0] / (points * 0.55))))
    if len(lines) > CAPTION_LINES:
        lines = [*lines[: CAPTION_LINES - 1], lines[CAPTION_LINES - 1] + " …"]
    lines.append(f"seed {picture.seed}")
    step = int(points * 1.3)
    top = max(0, size[1] - step * len(lines) - points)
    canvas.rectangle((0, top, size[0], size[1]), fill=(0, 0, 0, 170))
    for number, line in enumerate(lines):
        canvas.text((points, top + points // 2 + step * number), line, font=font, fill=(255, 255, 255, 255))
