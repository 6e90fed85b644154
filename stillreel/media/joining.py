"""The reel: clips joined in order into one MP4, as they are where they fit, coded again where they don't.

One clip at a time is on the disk, and none is in memory. Each is decoded from end to end before it is joined, and so
is the reel afterwards.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Generator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Literal, ParamSpec, Protocol, TypeVar

import av

from stillreel.domain.errors import MediaError
from stillreel.domain.media import Facts
from stillreel.media.joinable import Clip, look, most_frequent
from stillreel.media.probe import open_clip, picture_of
from stillreel.media.remuxing import Remux

FITS = "codec, size, frames a second, decoder set-up and sound are the same in all"
AT_ONCE = 240  # frames that are counted before anybody can stop it
NEAR = 0.1  # seconds by which a reel's length may differ from its clips': the last frame's own, and rounding

P = ParamSpec("P")
T = TypeVar("T")
R = TypeVar("R", bound="_Growing")


class _Growing(Protocol):
    """A reel that is being made."""

    def close(self) -> None:
        """Let go of its file."""


class Source(Protocol):
    """A clip that can be had as a file, as often as it is needed."""

    @property
    def name(self) -> str:
        """As people know it."""

    def opened(self) -> AbstractAsyncContextManager[Path]:
        """The file, for as long as the block lasts."""


@dataclass(frozen=True)
class Reel:
    """What joining came to."""

    how: Literal["remuxed", "re-encoded"]
    why: str
    clips: tuple[Clip, ...]
    facts: Facts


async def join(sources: Sequence[Source], out: Path) -> Reel:
    """Write the reel of these clips; a MediaError names the clip that can't be joined.

    Being cancelled, it ends after the clip in hand.
    """
    if not sources:
        raise MediaError("a reel needs at least one clip")
    clips, misfit = await _remuxed(sources, out)
    if misfit:
        await _recoded(sources, clips, out)
    facts = await reel_facts(out)
    _compare(facts, clips, exact=not misfit)
    return Reel("re-encoded" if misfit else "remuxed", misfit or FITS, tuple(clips), facts)


async def reel_facts(reel: Path) -> Facts:
    """The facts of a reel, every frame decoded; MediaError if it breaks off."""
    return await _in_thread(_facts, reel, await _frames_of(reel))


async def _remuxed(sources: Sequence[Source], out: Path) -> tuple[list[Clip], str]:
    """Look at every clip, and join them for as long as they fit; what they are like, and what doesn't fit."""
    clips = list[Clip]()
    misfit = ""
    async with _closing(Remux(out)) as reel:
        for n, source in enumerate(sources, 1):
            async with source.opened() as path:
                clip = await _of(n, source, look, path)
                if not misfit:
                    why = await _of(n, source, reel.take, path, clip)
                    misfit = f"clip {n}, {source.name}: {why}" if why else ""
            clips.append(clip)
    return clips, misfit


async def _recoded(sources: Sequence[Source], clips: Sequence[Clip], out: Path) -> None:
    from stillreel.media.recoding import Recode  # noqa: PLC0415 - every command would load the arrays of its sound

    size, fps = (most_frequent([getattr(clip.like, part) for clip in clips]) for part in ("size", "fps"))
    sound = any(clip.like.sound for clip in clips)
    async with _closing(Recode(out, size, fps, sound=sound)) as reel:
        for n, (source, clip) in enumerate(zip(sources, clips, strict=True), 1):
            async with source.opened() as path:
                await _of(n, source, reel.take, path, clip)
        await _in_thread(reel.finish)


@asynccontextmanager
async def _closing(reel: R) -> AsyncIterator[R]:
    """Whatever happens, the file is let go of; in a thread, for its end may be a copy of the whole file."""
    try:
        yield reel
    finally:
        await _in_thread(reel.close)


async def _of(n: int, source: Source, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Work on one clip, whose trouble has its name."""
    try:
        return await _in_thread(work, *args, **kwargs)
    except MediaError as error:
        raise MediaError(f"clip {n}, {source.name}: {error.message}") from error
    except (av.FFmpegError, ValueError) as error:
        raise MediaError(f"clip {n}, {source.name}, can't be joined: {error}") from error


async def _in_thread(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Work in a thread that is waited for even if nobody wants its work any more: it has the files open."""
    working = asyncio.ensure_future(asyncio.to_thread(work, *args, **kwargs))
    try:
        return await asyncio.shield(working)
    except asyncio.CancelledError:
        await asyncio.wait([working])
        raise


async def _frames_of(reel: Path) -> int:
    """The frames that are there when the whole reel is decoded."""
    counting = _counted(reel)
    frames = 0
    try:
        while (seen := await _in_thread(next, counting, None)) is not None:
            frames = seen
    except (av.FFmpegError, ValueError) as error:
        raise MediaError(f"the reel breaks off while it is read: {error}") from error
    finally:
        counting.close()
    return frames


def _counted(reel: Path) -> Generator[int]:
    frames = 0
    with open_clip(reel) as container:
        for frames, _ in enumerate(container.decode(picture_of(container)), 1):
            if frames % AT_ONCE == 0:
                yield frames
    yield frames


def _facts(reel: Path, frames: int) -> Facts:
    with open_clip(reel) as container:
        stream = picture_of(container)
        seconds = Fraction(container.duration or 0, av.time_base)
        if stream.duration and stream.time_base:
            seconds = stream.duration * stream.time_base
        if seconds <= 0:
            raise MediaError("the reel doesn't say how long it lasts")
        return Facts(
            kind="clip",
            container="mp4",
            codec=stream.codec_context.name,
            width=stream.width,
            height=stream.height,
            size=reel.stat().st_size,
            seconds=round(float(seconds), 3),
            fps=round(float(frames / seconds), 3),
            frames=frames,
        )


def _compare(facts: Facts, clips: Sequence[Clip], *, exact: bool) -> None:
    """As long as its clips together, and with all of their frames unless it has a pace of its own."""
    seconds, frames = float(sum(clip.seconds for clip in clips)), sum(clip.frames for clip in clips)
    if abs((facts.seconds or 0) - seconds) > NEAR:
        raise MediaError(f"the reel lasts {facts.seconds} s, its clips {seconds:.3f} s")
    if exact and facts.frames != frames:
        raise MediaError(f"the reel has {facts.frames} frames, its clips {frames}")
