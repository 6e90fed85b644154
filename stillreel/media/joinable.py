"""What a clip is like to somebody who wants to put another one right behind it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, fields
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.container import InputContainer

from stillreel.domain.errors import MediaError
from stillreel.media.probe import clip_facts, open_clip, picture_of

IN_MP4 = frozenset({"h264", "hevc", "av1", "vp9"})  # pictures that an MP4 holds as they are
SOUNDS_IN_MP4 = frozenset({"aac", "mp3", "opus"})

SLACK = Fraction(2, 1000)  # seconds


@dataclass(frozen=True)
class Sound:
    """How a clip's sound is coded; two that are equal are one to a player."""

    codec: str
    rate: int
    layout: str
    extradata: bytes


@dataclass(frozen=True)
class Likeness:
    """What must be the same in two clips for one to follow the other without being coded again."""

    codec: str
    size: tuple[int, int]
    fps: Fraction
    extradata: bytes  # with which the decoder is set up, once for the whole file
    sound: Sound | None


@dataclass(frozen=True)
class Clip:
    """A clip that was decoded from its first frame to its last."""

    like: Likeness
    frames: int
    seconds: Fraction  # exact: rounded ones would add up
    start: Fraction  # of its picture, by its own time
    whole: bool = True  # every frame in the file is meant to be shown


def look(path: Path) -> Clip:
    """What a clip is like; MediaError if it isn't whole. Blocks, so call it in a thread."""
    facts = clip_facts(path)
    with open_clip(path) as container:
        stream = picture_of(container)
        fps = Fraction(stream.average_rate or stream.guessed_rate or 0)
        if fps <= 0 or stream.time_base is None:
            raise MediaError("the clip doesn't say how many frames a second it has")
        size = (stream.width, stream.height)
        like = Likeness(
            codec=facts.codec,
            size=size,
            fps=fps,
            extradata=stream.codec_context.extradata or b"",
            sound=_sound(container),
        )
        starts, ends, whole, usual = [], [], True, 1 / fps
        for packet in container.demux(stream):
            if packet.size and packet.pts is not None:
                begins = packet.pts * stream.time_base
                starts.append(begins)
                ends.append(begins + (packet.duration * stream.time_base if packet.duration else usual))
                whole = whole and not packet.is_discard
        if not starts:
            raise MediaError("the clip's frames have no times")
        frames = facts.frames or 0
        return Clip(like, frames, _lasting(max(ends) - min(starts), frames / fps), min(starts), whole=whole)


def why_not(first: Clip, clip: Clip) -> str:
    """Why a clip can't simply follow the first one; empty if it can."""
    if clip.like.codec not in IN_MP4:
        return f"an MP4 doesn't hold {clip.like.codec}"
    if clip.like.sound is not None and clip.like.sound.codec not in SOUNDS_IN_MP4:
        return f"an MP4 isn't given sound as {clip.like.sound.codec}"
    if not clip.whole:
        return "it has frames that aren't meant to be shown"
    for part in fields(Likeness):
        mine, theirs = getattr(clip.like, part.name), getattr(first.like, part.name)
        if mine != theirs:
            return _differs(part.name, mine, theirs)
    return ""


def most_frequent(values: Sequence[Any]) -> Any:
    """The value that is there most often; of several, the one that comes first."""
    return Counter(values).most_common(1)[0][0]


def _lasting(seen: Fraction, meant: Fraction) -> Fraction:
    """A WEBM's times are whole milliseconds: what they add up to is taken for what was meant."""
    return meant if abs(seen - meant) < SLACK else seen


def _differs(part: str, mine: Any, theirs: Any) -> str:
    match part:
        case "size":
            return f"it is {mine[0]}x{mine[1]} pixels, the first is {theirs[0]}x{theirs[1]}"
        case "fps":
            return f"it has {float(mine):g} frames a second, the first {float(theirs):g}"
        case "codec":
            return f"it is coded as {mine}, the first as {theirs}"
        case "extradata":
            return "its decoder is set up otherwise than that of the first"
    return f"it has {_heard(mine)}, the first {_heard(theirs)}"


def _heard(sound: Sound | None) -> str:
    return f"{sound.codec} sound, {sound.layout} at {sound.rate} Hz" if sound else "no sound"


def _sound(container: InputContainer) -> Sound | None:
    if not container.streams.audio:
        return None
    stream: av.AudioStream = container.streams.audio[0]
    context = stream.codec_context
    return Sound(context.name, context.sample_rate, context.layout.name, context.extradata or b"")
