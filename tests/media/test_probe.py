"""What files really are."""

from pathlib import Path

import pytest
from PIL import Image

from stillreel.domain.errors import MediaError
from stillreel.media.probe import container_of, probe_clip, probe_still
from tests.media.conftest import MakeClip, picture


@pytest.mark.parametrize(
    "kind, container, codec",
    [("mp4", "mp4", "h264"), ("mov", "mov", "h264"), ("webm", "webm", "vp9"), ("vp8", "webm", "vp8")],
)
async def test_a_clip_is_counted(make_clip: MakeClip, kind: str, container: str, codec: str) -> None:
    """Container, codec, size, time, rate and frames come from what is really there."""
    path = make_clip(kind, frames=48)
    facts = await probe_clip(path)
    assert (facts.kind, facts.container, facts.codec) == ("clip", container, codec)
    assert (facts.width, facts.height, facts.frames) == (320, 180, 48)
    assert facts.seconds == pytest.approx(2.0, abs=0.03)
    assert facts.fps == pytest.approx(24, abs=0.4)
    assert facts.size == path.stat().st_size


@pytest.mark.parametrize("kind", ["mp4", "mov"])
@pytest.mark.parametrize("faststart", [True, False])
@pytest.mark.parametrize("part", [0.05, 0.5, 0.9])
async def test_a_clip_that_was_cut_off_is_found(make_clip: MakeClip, kind: str, faststart: bool, part: float) -> None:
    """A header that promises more frames than follow is not believed."""
    path = make_clip(kind, frames=48, faststart=faststart)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * part)])
    with pytest.raises(MediaError):
        await probe_clip(path)


@pytest.mark.parametrize("kind", ["mkv", "mpeg4"])
async def test_only_asked_for_kinds_are_let_in(make_clip: MakeClip, kind: str) -> None:
    """Another container, or another codec in a known one, is refused."""
    with pytest.raises(MediaError):
        await probe_clip(make_clip(kind))


@pytest.mark.parametrize("picture_format", ["PNG", "JPEG", "WEBP"])
async def test_a_picture_is_no_clip(tmp_path: Path, picture_format: str) -> None:
    """A picture has facts of its own, and is refused where a clip was promised."""
    path = tmp_path / "picture"
    picture(64, 48).save(path, picture_format)
    facts = await probe_still(path)
    assert (facts.kind, facts.container, facts.width, facts.height) == ("still", picture_format.lower(), 64, 48)
    assert facts.seconds is None
    with pytest.raises(MediaError):
        await probe_clip(path)


@pytest.mark.parametrize(
    "data", [b"", b"<html>not found</html>", b"\x00\x00\x00\x18ftypmp42", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"]
)
async def test_rubbish_is_refused(tmp_path: Path, data: bytes) -> None:
    """An error page, nothing at all or a mere beginning is neither picture nor clip."""
    path = tmp_path / "file"
    path.write_bytes(data)
    for probe in (probe_still, probe_clip):
        with pytest.raises(MediaError):
            await probe(path)


async def test_a_clip_is_no_picture(make_clip: MakeClip) -> None:
    """A clip is refused where a picture was promised."""
    with pytest.raises(MediaError):
        await probe_still(make_clip())


@pytest.mark.parametrize("picture_format", ["PNG", "JPEG", "WEBP"])
async def test_half_a_picture_is_refused(tmp_path: Path, picture_format: str) -> None:
    """A picture that was cut off doesn't pass by its header."""
    path = tmp_path / "picture"
    picture(200, 200).save(path, picture_format)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(MediaError):
        await probe_still(path)


async def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    """A small file that says it is huge is refused before it is unpacked."""
    path = tmp_path / "bomb.png"
    Image.new("1", (8000, 8000)).save(path)
    assert path.stat().st_size < 100_000
    with pytest.raises(MediaError, match="8000x8000"):
        await probe_still(path)


def test_containers_are_told_by_their_first_bytes(make_clip: MakeClip) -> None:
    """The first bytes of each kind say what it is, and those of a foreign kind nothing."""
    for kind, container in (("mp4", "mp4"), ("mov", "mov"), ("webm", "webm"), ("vp8", "webm"), ("mkv", None)):
        assert container_of(make_clip(kind).read_bytes()[:64]) == container
    assert container_of(b"") is None
    assert container_of(b"<html>") is None
