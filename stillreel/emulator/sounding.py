"""Sound for clips: a soft chord that the seed decides, as AAC or Opus, exactly as long as the picture."""

import random
from collections.abc import Iterator
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

CODECS = {"MP4": "aac", "MOV": "aac", "WEBM": "libopus"}
RATE = 48_000  # samples a second
PIECE = {"aac": 1024, "libopus": 960}  # samples that the encoder takes at a time
LOUDNESS = 0.1
ROOTS = (110.0, 123.5, 130.8, 146.8, 164.8)  # Hz


class Track:
    """The sound of one clip, encoded as far as the picture has come."""

    def __init__(self, container: Any, kind: str, seed: int, seconds: float) -> None:
        self._codec = CODECS[kind]
        self._stream: Any = container.add_stream(self._codec, rate=RATE)
        self._stream.layout = "mono"
        self._frames = _frames(seed, round(seconds * RATE), PIECE[self._codec])
        self._done = 0

    def until(self, seconds: float) -> Iterator[Any]:
        """The packets of all that sounds before this moment."""
        while self._done < seconds * RATE:
            frame = next(self._frames, None)
            if frame is None:
                return
            self._done += frame.samples
            yield from self._stream.encode(frame)

    def rest(self) -> Iterator[Any]:
        """The packets that are left when the picture has ended."""
        for frame in self._frames:
            yield from self._stream.encode(frame)
        yield from self._stream.encode(None)


def _frames(seed: int, count: int, piece: int) -> Iterator[av.AudioFrame]:
    sound = _chord(seed, count)
    for start in range(0, count, piece):
        frame = av.AudioFrame.from_ndarray(sound[None, start : start + piece], format="fltp", layout="mono")
        frame.sample_rate, frame.pts = RATE, start
        yield frame


def _chord(seed: int, count: int) -> NDArray[np.float32]:
    root = random.Random(seed).choice(ROOTS)  # noqa: S311 - a sound
    at = np.arange(count, dtype=np.float64) / RATE
    chord = np.zeros(count, dtype=np.float64)
    for ratio in (1, 1.5, 2):
        chord += np.sin(at * (2 * np.pi * root * ratio))
    return (chord * (LOUDNESS / 3)).astype(np.float32)
