"""Reels: in order, as long as their clips, as they are where they fit and coded again where they don't."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import av
import pytest

from stillreel.domain.errors import MediaError
from stillreel.media.joining import Reel, join
from tests.media.clips import BLUE, GREEN, RED, clip, colour_at, like, loudness, payloads

COLOURS = (RED, GREEN, BLUE)


@dataclass
class Shelf:
    """Where the clips of a reel lie, and how many are taken off it at once."""

    path: Path
    name: str
    out: list[str] = field(default_factory=list)
    most: list[int] = field(default_factory=list)
    seen: asyncio.Event = field(default_factory=asyncio.Event)

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Path]:
        self.out.append(self.name)
        self.most.append(len(self.out))
        self.seen.set()
        yield self.path
        self.out.remove(self.name)


def shelf(*paths: Path) -> list[Shelf]:
    out, most = list[str](), list[int]()
    return [Shelf(path, f"shot-{n}", out, most) for n, path in enumerate(paths, 1)]


async def check(paths: list[Path], out: Path, how: str, lengths: list[float]) -> Reel:
    """Join, and hold the result against what every reel promises."""
    reel = await join(shelf(*paths), out)
    assert reel.how == how, reel.why
    begins = [sum(lengths[:n]) for n in range(len(lengths))]
    for begin, length, colour in zip(begins, lengths, COLOURS, strict=False):
        for at in (begin, begin + length / 2, begin + length - 0.1):
            assert like(colour_at(out, at), colour), (at, colour_at(out, at), colour)
    with av.open(str(out)) as container:
        times = [frame.time for frame in container.decode(video=0)]
        assert len(times) == reel.facts.frames
        assert times == sorted(set(times))
        assert times[0] == 0
        assert container.duration == pytest.approx(sum(lengths) * 1e6, abs=60_000)
    assert reel.facts.seconds == pytest.approx(sum(lengths), abs=0.03)
    data = await asyncio.to_thread(out.read_bytes)
    assert data.index(b"moov") < data.index(b"mdat")  # a player can begin before it has all
    return reel


CODED = {"ultrafast": None, "with frames that look ahead": {"preset": "medium", "bf": "3", "g": "12"}}


@pytest.mark.parametrize("options", CODED.values(), ids=CODED)
@pytest.mark.parametrize(
    "kind,sound", [("mp4", None), ("mp4", 48_000), ("mov", 44_100), ("webm", None), ("webm", 48_000)]
)
async def test_clips_that_fit_are_not_coded_again(tmp_path, kind, sound, options):
    """Equal clips follow each other frame by frame as they are, with their sound."""
    if kind == "webm" and options:
        pytest.skip("the options are those of H.264")
    paths = [clip(tmp_path / f"{n}", c, kind=kind, sound=sound, options=options) for n, c in enumerate(COLOURS)]
    await check(paths, tmp_path / "reel.mp4", "remuxed", [1, 1, 1])
    assert payloads(tmp_path / "reel.mp4") == [each for path in paths for each in payloads(path)]
    heard = [payload for path in paths for payload in payloads(path, "audio")]
    joined = payloads(tmp_path / "reel.mp4", "audio")
    assert set(joined) <= set(heard)
    assert len(heard) - 3 * 2 <= len(joined) <= len(heard)  # but for what stands before and after the picture
    assert all(level > 0.1 for level in loudness(tmp_path / "reel.mp4")) or not sound


MISFITS = {
    "another size": ({"size": (180, 320)}, "it is 180x320 pixels"),
    "another pace": ({"fps": 30, "frames": 30}, "30 frames a second"),
    "another codec": ({"kind": "webm"}, "coded as vp9"),
    "no MP4 at all": ({"kind": "vp8"}, "doesn't hold vp8"),
    "another set-up": ({"options": {"preset": "medium"}}, "set up otherwise"),
    "sound": ({"sound": 44_100}, "it has aac sound, mono at 44100 Hz, the first no sound"),
}


@pytest.mark.parametrize("changes,why", MISFITS.values(), ids=MISFITS)
async def test_clips_that_differ_are_coded_again(tmp_path, changes, why):
    """One clip that differs makes the reel be coded anew, says why, and shows in full and in order."""
    paths = [clip(tmp_path / str(n), c, **(changes if n == 1 else {})) for n, c in enumerate(COLOURS)]
    reel = await check(paths, tmp_path / "reel.mp4", "re-encoded", [1, 1, 1])
    assert reel.why.startswith("clip 2, shot-2: ")
    assert why in reel.why
    assert (reel.facts.codec, reel.facts.width, reel.facts.height) == ("h264", 320, 180)
    assert reel.facts.fps == pytest.approx(24, abs=0.05)


def early(source: Path, out: Path) -> Path:
    """The same clip, whose frames are to be decoded two frames sooner than they are shown."""
    with av.open(str(source)) as whole, av.open(str(out), "w", format="mp4") as copy:
        stream = copy.add_stream_from_template(whole.streams.video[0])
        for packet in whole.demux(video=0):
            if packet.dts is not None and packet.duration:
                packet.dts -= 2 * packet.duration
                packet.stream = stream
                copy.mux(packet)
    return out


async def test_frames_that_meet_are_coded_again(tmp_path):
    """A clip that is to be decoded before the one in front of it has ended fits once it is coded again."""
    paths = [clip(tmp_path / str(n), c) for n, c in enumerate(COLOURS)]
    paths[1] = early(paths[1], tmp_path / "early")
    reel = await check(paths, tmp_path / "reel.mp4", "re-encoded", [1, 1, 1])
    assert reel.why.startswith("clip 2, shot-2: an MP4 doesn't take its frames as they are: ")


async def test_the_first_clip_may_be_the_one_that_differs(tmp_path):
    """The reel has the size and the pace that most clips have, and smaller pictures have black beside them."""
    odd = {"size": (180, 180), "fps": 12, "frames": 12, "kind": "vp8"}
    paths = [clip(tmp_path / str(n), c, **(odd if n == 0 else {})) for n, c in enumerate(COLOURS)]
    reel = await check(paths, tmp_path / "reel.mp4", "re-encoded", [1, 1, 1])
    assert (reel.facts.width, reel.facts.height, reel.facts.frames) == (320, 180, 72)
    with av.open(str(tmp_path / "reel.mp4")) as container:
        edge = next(container.decode(video=0)).to_ndarray(format="rgb24")[90, 5]
    assert max(edge) < 20


async def test_silence_where_a_clip_has_no_sound(tmp_path):
    """Sound stays with its picture: heard where its clip is, silence elsewhere, each of the right length."""
    sounds = [None, 44_100, None]
    paths = [
        clip(tmp_path / str(n), c, sound=s, layout="stereo")
        for n, (c, s) in enumerate(zip(COLOURS, sounds, strict=True))
    ]
    await check(paths, tmp_path / "reel.mp4", "re-encoded", [1, 1, 1])
    levels = loudness(tmp_path / "reel.mp4")
    assert [level > 0.1 for level in levels[:6]] == [False, False, True, True, False, False]
    assert max(levels[0], levels[5]) < 0.01


@pytest.mark.parametrize("kind", ["mp4", "mov", "webm"])
async def test_sound_from_before_the_picture_is_left_out(tmp_path, kind):
    """Where a clip's sound begins before its picture, they are together in the reel all the same."""
    early = clip(tmp_path / "early", GREEN, kind=kind, sound=48_000, early=0.5)
    paths = [clip(tmp_path / "first", RED), early, clip(tmp_path / "last", BLUE)]
    await check(paths, tmp_path / "reel.mp4", "re-encoded", [1, 1, 1])
    levels = loudness(tmp_path / "reel.mp4")
    assert [level > 0.1 for level in levels[:6]] == [False, False, True, True, False, False]


async def test_lengths_add_up(tmp_path):
    """Paces that don't divide each other don't make the reel drift away from its clips."""
    paces = [24, 25, 30]
    paths = [clip(tmp_path / str(n), c, fps=paces[n % 3], frames=31) for n, c in enumerate(COLOURS * 4)]
    lengths = [31 / paces[n % 3] for n in range(12)]
    reel = await join(shelf(*paths), tmp_path / "reel.mp4")
    assert reel.facts.seconds == pytest.approx(sum(lengths), abs=0.03)
    for n in range(12):
        assert like(colour_at(tmp_path / "reel.mp4", sum(lengths[:n]) + 0.6), COLOURS[n % 3])


async def test_one_clip_is_a_reel(tmp_path):
    """The shortest reel is a copy of its one clip."""
    only = clip(tmp_path / "only", RED, sound=48_000)
    await check([only], tmp_path / "reel.mp4", "remuxed", [1])


async def test_a_broken_clip_is_named(tmp_path):
    """A clip that was cut off, or is none, is an error that says which."""
    good = clip(tmp_path / "good", RED)
    cut = tmp_path / "cut"
    whole = clip(tmp_path / "whole.mov", GREEN, kind="mov").read_bytes()
    for data in (whole[: len(whole) // 2], b"<html>not found</html>", b""):
        cut.write_bytes(data)
        with pytest.raises(MediaError, match=r"^clip 2, shot-2: "):
            await join(shelf(good, cut), tmp_path / "reel.mp4")


async def test_no_clips_are_no_reel(tmp_path):
    """Nothing joined is an error, not an empty file."""
    with pytest.raises(MediaError, match="at least one"):
        await join([], tmp_path / "reel.mp4")


@pytest.mark.parametrize("fps", [24, 30])
async def test_one_clip_at_a_time_is_held(tmp_path, fps):
    """However many clips there are, one lies there at any time, and each is let go of."""
    paths = [clip(tmp_path / str(n), RED, frames=6, fps=fps if n else 24) for n in range(12)]
    clips = shelf(*paths)
    await join(clips, tmp_path / "reel.mp4")
    assert set(clips[0].most) == {1}
    assert len(clips[0].most) == (12 if fps == 24 else 24)
    assert clips[0].out == []


async def test_it_can_be_stopped_between_clips(tmp_path):
    """Somebody who cancels waits for the clip in hand, and not for the others."""
    clips = shelf(*[clip(tmp_path / str(n), RED, frames=6) for n in range(8)])
    working = asyncio.create_task(join(clips, tmp_path / "reel.mp4"))
    await clips[2].seen.wait()
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working
    assert len(clips[0].most) < 8
