"""Cutting a picture to the size that a clip needs."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from stillreel.domain.errors import MediaError
from stillreel.media.cutting import cut
from stillreel.media.probe import probe_still
from stillreel.media.verify import verify
from tests.media.alike import ssim


def picture(path: Path, width: int, height: int, mode: str = "RGB") -> Path:
    """A picture in which every place has a colour of its own, softly changing."""
    x, y = np.meshgrid(np.linspace(0, 255, width), np.linspace(0, 255, height))
    pixels = np.stack([x, y, (x + y) / 2], axis=-1).astype(np.uint8)
    Image.fromarray(pixels).convert(mode).save(path, "PNG")
    return path


async def test_where_one_side_fits_pixels_stay_as_they_are(tmp_path):
    """1280x768 to 1280x720: 24 rows are taken away above and below, and no other pixel is touched."""
    source, out = picture(tmp_path / "made.png", 1280, 768), tmp_path / "cut.png"
    await cut(source, out, (1280, 720))
    with Image.open(source) as whole, Image.open(out) as part:
        assert part.tobytes() == whole.crop((0, 24, 1280, 744)).tobytes()


@pytest.mark.parametrize(
    "made,size",
    [
        ((1344, 768), (1280, 720)),
        ((1376, 768), (1280, 720)),
        ((2560, 1440), (1280, 720)),
        ((2048, 2048), (720, 720)),
        ((768, 1376), (720, 1280)),
        ((1281, 721), (1280, 720)),
        ((640, 352), (1280, 720)),
        ((2048, 300), (720, 1280)),
    ],
)
async def test_the_size_is_exact_and_the_middle_is_kept(tmp_path, made, size):
    """From whatever size, it is exactly what was asked for, and shows as much of the middle as its shape can hold."""
    source, out = picture(tmp_path / "made.png", *made), tmp_path / "cut.png"
    await cut(source, out, size)
    assert await verify(out, media_format="PNG", width=size[0], height=size[1])
    scale = min(made[0] / size[0], made[1] / size[1])
    wide, high = size[0] * scale, size[1] * scale
    left, top = (made[0] - wide) / 2, (made[1] - high) / 2
    with Image.open(source) as whole, Image.open(out) as part:
        middle = whole.crop((round(left), round(top), round(left + wide), round(top + high))).resize(size)
        assert ssim(middle, part) > 0.99


@pytest.mark.parametrize("made", [(1280, 768), (1376, 768)])
async def test_the_same_picture_gives_the_same_bytes(tmp_path, made):
    """Whoever cuts it again writes the very file that stands there."""
    source = picture(tmp_path / "made.png", *made)
    for name in ("one.png", "two.png"):
        await cut(source, tmp_path / name, (1280, 720))
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "two.png").read_bytes()


@pytest.mark.parametrize("media_format,container", [("PNG", "png"), ("JPG", "jpeg"), ("WEBP", "webp")])
@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "P", "CMYK"])
async def test_any_format_and_any_kind_of_pixels(tmp_path, media_format, container, mode):
    """It is written in the format that was asked for, whatever kind of pixels the model chose."""
    source, out = tmp_path / "made", tmp_path / "cut"
    with Image.open(picture(tmp_path / "rgb.png", 400, 300)) as rgb:
        rgb.convert(mode).save(source, "JPEG" if mode == "CMYK" else "PNG")
    await cut(source, out, (320, 300), media_format=media_format, quality=90)
    facts = await probe_still(out)
    assert (facts.container, facts.width, facts.height) == (container, 320, 300)


async def test_what_is_no_picture_is_told(tmp_path):
    """A file that can't be opened is a problem with a sentence, not a traceback of a library."""
    (tmp_path / "made").write_bytes(b"no picture")
    with pytest.raises(MediaError, match="can't be cut to 1280x720"):
        await cut(tmp_path / "made", tmp_path / "cut", (1280, 720))
