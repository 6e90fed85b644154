"""Posters of clips, and the measure that other tests compare pictures by."""

from pathlib import Path

import pytest
from PIL import Image, ImageEnhance, ImageOps

from stillreel.domain.errors import MediaError
from stillreel.media.frames import poster
from tests.media.alike import first_and_last_frame, ssim
from tests.media.conftest import MakeClip, picture


@pytest.mark.parametrize("kind", ["mp4", "mov", "webm"])
def test_the_ends_of_a_clip_are_found(make_clip: MakeClip, kind: str) -> None:
    """The first frame is the picture that the clip starts from; the last one is where it moved to."""
    first, last = first_and_last_frame(make_clip(kind, frames=30))
    assert first.size == last.size == (320, 180)
    assert ssim(picture(320, 180), first) > 0.9
    assert ssim(picture(320, 180, shift=3 * 29), last) > 0.9
    assert ssim(first, last) < 0.9


async def test_a_poster_shows_how_a_clip_begins(make_clip: MakeClip, tmp_path: Path) -> None:
    """A poster is a JPEG of the first frame."""
    await poster(make_clip(frames=48), tmp_path / "poster.jpg")
    with Image.open(tmp_path / "poster.jpg") as shown:
        assert shown.format == "JPEG"
        assert ssim(picture(320, 180), shown) > 0.9


async def test_a_poster_of_the_same_clip_is_the_same_file(make_clip: MakeClip, tmp_path: Path) -> None:
    """A second try at settling makes the same bytes, so that it recognises the first one's poster."""
    clip = make_clip(frames=48)
    for name in ("a", "b"):
        await poster(clip, tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


async def test_a_large_clip_has_a_bearable_poster(make_clip: MakeClip, tmp_path: Path) -> None:
    """A poster's longest side is at most 1280 pixels, in the clip's shape."""
    await poster(make_clip(width=1920, height=1080, frames=2), tmp_path / "poster.jpg")
    with Image.open(tmp_path / "poster.jpg") as shown:
        assert shown.size == (1280, 720)


async def test_no_clip_has_no_poster(tmp_path: Path) -> None:
    """What isn't a clip has no frame to show."""
    picture(64, 64).save(tmp_path / "still.png")
    with pytest.raises(MediaError):
        await poster(tmp_path / "still.png", tmp_path / "out.jpg")
    assert not (tmp_path / "out.jpg").exists()


def test_a_picture_is_like_itself_alone() -> None:
    """The measure of these tests can fail: a darker picture is alike, a mirrored or a foreign one isn't."""
    scene = picture(640, 360)
    assert ssim(scene, scene) == pytest.approx(1)
    assert ssim(scene, ImageEnhance.Brightness(scene).enhance(0.8)) > 0.85
    assert ssim(scene, ImageOps.mirror(scene)) < 0.6
    assert ssim(scene, Image.effect_noise(scene.size, 80).convert("RGB")) < 0.5
