"""Whether files are what was promised, or what a person gave can be used."""

import io
from pathlib import Path

import pytest

from stillreel.domain.errors import MediaError
from stillreel.media.limits import GIVEN_BYTES
from stillreel.media.verify import check_sides, read_given_image, verify
from tests.media.conftest import MakeClip, picture


async def test_what_was_promised_passes(make_clip: MakeClip, tmp_path: Path) -> None:
    """A clip and a picture of the right format, size and time give their facts."""
    facts = await verify(make_clip(frames=48), media_format="MP4", width=320, height=180, seconds=2)
    assert facts.frames == 48
    picture(64, 48).save(tmp_path / "still.jpg")
    assert (await verify(tmp_path / "still.jpg", media_format="JPG", width=64, height=48)).codec == "jpeg"


@pytest.mark.parametrize(
    "promised, says",
    [
        ({"media_format": "WEBM"}, "mp4, not WEBM"),
        ({"media_format": "MOV"}, "mp4, not MOV"),
        ({"width": 321}, "320x180 pixels, not 321x180"),
        ({"height": 182}, "320x180 pixels, not 320x182"),
        ({"seconds": 2.6}, r"2\.0 s, not 2\.6 s"),
        ({"seconds": 1.4}, r"2\.0 s, not 1\.4 s"),
        ({"width": 1, "seconds": 5.0}, r"not 1x180.*not 5 s"),
        ({"seconds": None}, "PNG, JPEG or WEBP"),
    ],
)
async def test_each_difference_is_named(make_clip: MakeClip, promised: dict[str, object], says: str) -> None:
    """Whatever differs is in the sentence, all of it at once."""
    expected = {"media_format": "MP4", "width": 320, "height": 180, "seconds": 2.0, **promised}
    with pytest.raises(MediaError, match=says):
        await verify(make_clip(frames=48), **expected)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "width,height,fits", [(1280, 720, True), (1920, 1080, True), (324, 180, True), (320, 240, False)]
)
async def test_a_size_that_nobody_asked_for_is_a_shape(
    make_clip: MakeClip, width: int, height: int, fits: bool
) -> None:
    """A clip that takes its size from an image is one of that shape, however many pixels it has."""
    promised = {"media_format": "MP4", "width": width, "height": height, "seconds": 2.0, "exact": False}
    if fits:
        await verify(make_clip(frames=48), **promised)  # type: ignore[arg-type]
    else:
        with pytest.raises(MediaError, match="320x180 pixels, not 320x240"):
            await verify(make_clip(frames=48), **promised)  # type: ignore[arg-type]


@pytest.mark.parametrize("seconds", [1.5, 2.5])
async def test_half_a_second_is_tolerated(make_clip: MakeClip, seconds: float) -> None:
    """Models round to their own frames; half a second is no difference."""
    await verify(make_clip(frames=48), media_format="MP4", width=320, height=180, seconds=seconds)


@pytest.mark.parametrize("size", [(300, 300), (2048, 300), (2048, 2048), (1280, 720)])
async def test_a_given_image_within_the_limits_is_read(tmp_path: Path, size: tuple[int, int]) -> None:
    """An image is read from a file or from memory, with the same facts."""
    path = tmp_path / "given.png"
    picture(*size).save(path, compress_level=1)
    facts = await read_given_image(path)
    assert (facts.width, facts.height) == size
    check_sides(facts)
    assert await read_given_image(path.read_bytes()) == facts


@pytest.mark.parametrize("size", [(299, 300), (300, 299), (2049, 300), (300, 2049)])
async def test_a_given_image_beyond_the_limits_is_refused(size: tuple[int, int]) -> None:
    """A side one pixel beyond what the provider takes is said, with what is allowed."""
    data = io.BytesIO()
    picture(*size).save(data, "JPEG")
    facts = await read_given_image(data.getvalue())
    with pytest.raises(MediaError, match="300 to 2048"):
        check_sides(facts)


async def test_what_is_no_image_is_refused(tmp_path: Path, make_clip: MakeClip) -> None:
    """Text, a clip, nothing, a folder, a missing file and too many bytes each end in a sentence."""
    (tmp_path / "text.png").write_text("not an image")
    for source in (tmp_path / "text.png", make_clip(), b"", tmp_path, tmp_path / "missing.png"):
        with pytest.raises(MediaError):
            await read_given_image(source)
    with pytest.raises(MediaError, match="bytes"):
        await read_given_image(bytes(GIVEN_BYTES + 1))
