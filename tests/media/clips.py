"""Clips of one colour each, with or without a tone, so that a reel shows its order."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from tests.media.conftest import CODERS

RED, GREEN, BLUE, GREY = (200, 30, 30), (30, 180, 30), (30, 30, 200), (120, 120, 120)
Colour = tuple[int, int, int]


def clip(
    path: Path,
    colour: Colour = GREY,
    *,
    kind: str = "mp4",
    size: tuple[int, int] = (320, 180),
    frames: int = 24,
    fps: int = 24,
    sound: int | None = None,
    layout: str = "mono",
    early: float = 0,
    options: dict[str, str] | None = None,
) -> Path:
    """Write a clip; `sound` is the samples a second of a tone as long as the picture.

    Sound may begin some seconds early: in silence, and its tone with the picture.
    """
    container_name, codec, usual = CODERS[kind]
    with av.open(str(path), "w", format=container_name) as container:
        stream: Any = container.add_stream(codec, rate=fps, options=options or usual)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        voice: Any = (
            container.add_stream("libopus" if "webm" in container_name else "aac", rate=sound) if sound else None
        )
        if voice:
            voice.layout = layout
            container.mux(_tone(voice, sound or 0, Fraction(frames, fps), layout, early))
        for n in range(frames):
            pixels = np.full((size[1], size[0], 3), colour, np.uint8)
            pixels[: size[1] // 8, : (n + 1) * size[0] // frames] = 255  # a bar that grows: every frame is another
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            frame.pts, frame.time_base = n + round(early * fps), Fraction(1, fps)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def _tone(voice: Any, rate: int, seconds: Fraction, layout: str, early: float) -> list[Any]:
    tone = np.sin(np.arange(round(seconds * rate)) * (2 * np.pi * 440 / rate)) * 0.3
    wave = np.concatenate([np.zeros(round(early * rate)), tone]).astype(np.float32)
    count = len(wave)
    piece, packets = 960 if voice.codec.name == "libopus" else 1024, list[Any]()
    for start in range(0, count, piece):
        data = np.stack([wave[start : start + piece]] * (2 if layout == "stereo" else 1))
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(data), format="fltp", layout=layout)
        frame.sample_rate, frame.pts = rate, start
        packets += voice.encode(frame)
    return [*packets, *voice.encode(None)]


def colour_at(path: Path, seconds: float) -> Colour:
    """The colour in the middle of what a player shows after it has been sent to a moment."""
    with av.open(str(path)) as container:
        container.seek(round(seconds * av.time_base))
        for frame in container.decode(video=0):
            if frame.time is not None and frame.time + 1e-6 >= seconds:
                pixel = frame.to_ndarray(format="rgb24")[frame.height // 2, frame.width // 2]
                return int(pixel[0]), int(pixel[1]), int(pixel[2])
    raise AssertionError(f"nothing is shown at {seconds} s")


def like(one: Colour, other: Colour) -> bool:
    """The same colour, but for what coding does to it."""
    return max(abs(a - b) for a, b in zip(one, other, strict=True)) < 16


def payloads(path: Path, kind: str = "video") -> list[bytes]:
    """The coded frames of a file."""
    with av.open(str(path)) as container:
        streams = getattr(container.streams, kind)
        return [bytes(packet) for packet in container.demux(streams[0]) if packet.size] if streams else []


def loudness(path: Path) -> list[float]:
    """The mean loudness of each half second of sound; empty without any."""
    with av.open(str(path)) as container:
        if not container.streams.audio:
            return []
        rate = container.streams.audio[0].rate
        resampler = av.AudioResampler("fltp", "mono", rate)
        pieces = [piece.to_ndarray()[0] for frame in container.decode(audio=0) for piece in resampler.resample(frame)]
    sound, step = np.concatenate(pieces), rate // 2
    return [float(np.abs(sound[at : at + step]).mean()) for at in range(0, len(sound) - step // 2, step)]
