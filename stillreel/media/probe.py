"""What a file really is: opened, counted and decoded, never believed.

Only containers and codecs that were asked for are let in. A picture isn't a short video, though a video library says
so; a clip that was cut off isn't whole, though its header says so.
"""

import asyncio
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO

import av
from av.container import InputContainer
from av.video.stream import VideoStream
from PIL import Image, UnidentifiedImageError

from stillreel.domain.errors import MediaError
from stillreel.domain.media import Facts
from stillreel.media.limits import MOST_FRAMES, MOST_PIXELS

STILLS = {"PNG": "png", "JPEG": "jpeg", "WEBP": "webp"}  # as Pillow names them
NO_PICTURE = "the file isn't a readable PNG, JPEG or WEBP picture"
CLIPS = {
    "mp4": frozenset({"h264", "hevc", "av1", "vp9"}),
    "mov": frozenset({"h264", "hevc", "prores"}),
    "webm": frozenset({"vp8", "vp9", "av1"}),
}
_DEMUXERS = {"mp4": "mov", "mov": "mov", "webm": "matroska"}
_ISO_BOXES = frozenset({b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"})  # what a MOV may begin with


async def probe_still(path: Path) -> Facts:
    """The facts of a picture, decoded whole; MediaError for anything else."""
    return await asyncio.to_thread(still_facts, path)


async def probe_clip(path: Path) -> Facts:
    """The facts of a clip, every frame decoded; MediaError for anything else, and for a clip that was cut off."""
    return await asyncio.to_thread(clip_facts, path)


def container_of(first: bytes) -> str | None:
    """The container that a file's first 64 bytes promise: png, jpeg, webp, mp4, mov, webm; None for others."""
    match first[:4], first[4:8], first[8:12]:
        case b"\x89PNG", b"\r\n\x1a\n", _:
            return "png"
        case b"RIFF", _, b"WEBP":
            return "webp"
        case b"\x1a\x45\xdf\xa3", _, _:
            return "webm" if b"webm" in first[:64] else None
        case _, b"ftyp", brand:
            return "mov" if brand == b"qt  " else "mp4"
        case _, box, _ if box in _ISO_BOXES:
            return "mov"
    return "jpeg" if first[:3] == b"\xff\xd8\xff" else None


def still_facts(source: Path | BinaryIO) -> Facts:
    """The facts of a picture in a file or in memory; blocks, so call it in a thread."""
    try:
        size = source.stat().st_size if isinstance(source, Path) else source.seek(0, 2)
        with Image.open(source, formats=list(STILLS)) as image:
            _bearable(image.width, image.height)
            name = STILLS[image.format or ""]
            image.load()
    except UnidentifiedImageError as error:  # its words name the file as whoever opened it calls it
        raise MediaError(NO_PICTURE) from error
    except (OSError, ValueError, SyntaxError, KeyError, EOFError, Image.DecompressionBombError) as error:
        raise MediaError(f"{NO_PICTURE}: {error}") from error
    return Facts(kind="still", container=name, codec=name, width=image.width, height=image.height, size=size)


def open_clip(path: Path) -> InputContainer:
    """A clip of an allowed container, opened by that container's reader only; MediaError."""
    with path.open("rb") as file:
        container = container_of(file.read(64))
    if container not in CLIPS:
        raise MediaError("the file isn't an MP4, MOV or WEBM clip")
    try:
        return av.open(path, format=_DEMUXERS[container])
    except (av.FFmpegError, OSError, ValueError) as error:
        raise MediaError(f"the {container} file can't be opened: {error}") from error


def picture_of(clip: InputContainer) -> VideoStream:
    """The one picture stream of a clip, if its size is bearable; MediaError."""
    if len(clip.streams.video) != 1:
        raise MediaError(f"the clip has {len(clip.streams.video)} picture streams, not one")
    stream = clip.streams.video[0]
    _bearable(stream.width, stream.height)
    stream.codec_context.thread_count = 1  # files are many and cores few: FFmpeg's own threads cost CPU and memory
    return stream


def _bearable(width: int, height: int) -> None:
    """Before anything is unpacked."""
    if not 0 < width * height <= MOST_PIXELS:
        raise MediaError(f"the file says that it is {width}x{height} pixels; at most {MOST_PIXELS} in all are allowed")


def clip_facts(path: Path) -> Facts:
    """The facts of a clip, every frame decoded; blocks, so call it in a thread."""
    with path.open("rb") as file:
        container = container_of(file.read(64)) or ""
    with open_clip(path) as clip:
        stream = picture_of(clip)
        codec = stream.codec_context.name
        if codec not in CLIPS[container]:
            raise MediaError(
                f"the {container} clip is coded as {codec}; {', '.join(sorted(CLIPS[container]))} are allowed"
            )
        try:
            packets, frames, seconds = _counted(clip, stream)
        except (av.FFmpegError, OSError, ValueError) as error:
            raise MediaError(f"the {container} clip breaks off while it is read: {error}") from error
        if packets < stream.frames:  # not `frames`: VP8 has packets that are never shown
            raise MediaError(f"the clip promises {stream.frames} frames and has {packets}: it was cut off")
        return Facts(
            kind="clip",
            container=container,
            codec=codec,
            width=stream.width,
            height=stream.height,
            size=path.stat().st_size,
            seconds=round(float(seconds), 3),
            fps=round(float(frames / seconds), 3),
            frames=frames,
        )


def _counted(clip: InputContainer, stream: VideoStream) -> tuple[int, int, Fraction]:
    """Packets that are there, frames that decode, and the time that they last."""
    packets = frames = 0
    starts: list[int] = []
    for packet in clip.demux(stream):
        if packet.size:
            packets += 1
        for frame in packet.decode():
            frames += 1
            if frame.pts is not None:
                starts.append(frame.pts)
        if max(packets, frames) > MOST_FRAMES:
            raise MediaError(f"the clip has more than {MOST_FRAMES} frames")
    if frames == 0 or stream.time_base is None:
        raise MediaError("the clip has no frames")
    return packets, frames, _lasting(starts, frames, stream)


def _lasting(starts: list[int], frames: int, stream: VideoStream) -> Fraction:
    """From the first frame's start to the last one's end, which is a frame's usual length after its start."""
    shown = Fraction(max(starts) - min(starts)) * (stream.time_base or Fraction(1)) if starts else Fraction(0)
    if shown > 0:
        return shown * frames / (frames - 1)
    return 1 / Fraction(stream.average_rate or 25)
