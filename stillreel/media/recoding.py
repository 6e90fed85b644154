"""Clips one after the other, coded again: in one size, at one pace, with sound or silence throughout."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import av.filter
import numpy as np
from numpy.typing import NDArray

from stillreel.media.joinable import Clip
from stillreel.media.probe import open_clip, picture_of
from stillreel.media.remuxing import FASTSTART

QUALITY = {"crf": "18", "preset": "fast"}  # of libx264: hardly to be told from what it was made from
RATE = 48_000  # samples a second
LAYOUT, BITS = "stereo", 192_000
PIECE = 1024  # samples that the encoder takes at a time


class Recode:
    """An MP4 that grows by a clip at a time, whatever the clips are like."""

    def __init__(self, out: Path, size: tuple[int, int], fps: Fraction, *, sound: bool) -> None:
        self._container: Any = av.open(str(out), "w", format="mp4", options=FASTSTART)
        self._size = size[0] // 2 * 2, size[1] // 2 * 2  # colours are kept for two pixels at a time
        self._fps = fps
        self._picture: Any = self._container.add_stream("libx264", rate=fps, options=QUALITY)
        self._picture.width, self._picture.height, self._picture.pix_fmt = *self._size, "yuv420p"
        self._picture.time_base = self._picture.codec_context.time_base = 1 / fps
        self._sound = _Sound(self._container) if sound else None
        self._ends = Fraction(0)
        self.frames = 0

    def take(self, path: Path, clip: Clip) -> None:
        """Put a clip behind those that are there."""
        with open_clip(path) as source:
            picture = picture_of(source)
            sound = source.streams.audio[0] if self._sound and source.streams.audio else None
            shape, shown = _Shape(picture, self._size), None
            if self._sound:
                self._sound.begin(self._ends, self._ends + clip.seconds, silent=sound is None)
            frames: Iterator[Any] = source.decode([stream for stream in (picture, sound) if stream])
            for frame in frames:
                if isinstance(frame, av.AudioFrame):
                    self._sound.add(frame, clip.start)  # type: ignore[union-attr]  # decoded only if it is wanted
                    continue
                at = Fraction(frame.pts or 0) * (frame.time_base or Fraction(0)) - clip.start
                self._show(shown, self._ends + at)
                shown = shape.of(frame)
            self._ends += clip.seconds
            self._show(shown, self._ends)
            if self._sound:
                self._sound.fill(self._ends)

    def finish(self) -> None:
        """Write what the encoders still hold."""
        self._container.mux(self._picture.encode(None))
        if self._sound:
            self._sound.finish()

    def close(self) -> None:
        """Write what players need to find their way, and let go of the file."""
        self._container.close()

    def _show(self, frame: Any, until: Fraction) -> None:
        """Show a frame up to a moment, as often as our pace asks for."""
        while frame is not None and self.frames < round(until * self._fps):
            frame.pts, frame.time_base, frame.pict_type = self.frames, 1 / self._fps, 0
            self._container.mux(self._picture.encode(frame))
            self.frames += 1
        if frame is not None and self._sound and self._sound.silent:
            self._sound.fill(until)


class _Shape:
    """Frames in the reel's size: as large as they fit, with black beside them."""

    def __init__(self, picture: Any, size: tuple[int, int]) -> None:
        wide, high = size
        self._graph = av.filter.Graph()
        into = self._graph.add_buffer(template=picture, time_base=picture.time_base)
        fitted = f"{wide}:{high}:force_original_aspect_ratio=decrease:force_divisible_by=2"
        steps = [
            self._graph.add("scale", fitted),
            self._graph.add("pad", f"{wide}:{high}:(ow-iw)/2:(oh-ih)/2:black"),
            self._graph.add("setsar", "1"),
            self._graph.add("format", "yuv420p"),
            self._graph.add("buffersink"),
        ]
        for one, other in zip([into, *steps], steps, strict=False):
            one.link_to(other)
        self._graph.configure()

    def of(self, frame: Any) -> Any:
        """The frame in that size."""
        self._graph.push(frame)
        return self._graph.pull()


class _Sound:
    """The reel's sound: each clip's exactly as long as its picture, and silence where there is none."""

    def __init__(self, container: Any) -> None:
        self._container = container
        self._stream: Any = container.add_stream("aac", rate=RATE, layout=LAYOUT)
        self._stream.bit_rate = BITS
        self._waiting = av.AudioFifo()
        self._resampler = av.AudioResampler("fltp", LAYOUT, RATE)
        self._begins = Fraction(0)
        self._said = self._most = self._coded = 0  # samples
        self._early: int | None = None  # samples from before the picture that are still to come; None: not known yet
        self.silent = False

    def begin(self, begins: Fraction, ends: Fraction, *, silent: bool) -> None:
        """From here to there comes another clip."""
        self._begins, self._most, self.silent = begins, round(ends * RATE), silent
        self._resampler, self._early = av.AudioResampler("fltp", LAYOUT, RATE), None

    def add(self, frame: av.AudioFrame, start: Fraction) -> None:
        """Take more of the clip's sound, at the time that it has in the clip."""
        at = self._begins + Fraction(frame.pts or 0) * (frame.time_base or Fraction(0)) - start
        if self._early is None:
            self._early = max(0, round((self._begins - at) * RATE))
        if at * RATE - self._said > PIECE:  # a hole, or it sets in later than the picture
            self._quiet(round(at * RATE))
        self._resample(frame)

    def fill(self, until: Fraction) -> None:
        """Make the sound last up to here: silence for what is missing."""
        if not self.silent:
            self._resample(None)
        self._quiet(round(until * RATE))

    def finish(self) -> None:
        """Write what the encoder still holds."""
        self._encode(self._waiting.read(0, partial=True))
        self._container.mux(self._stream.encode(None))

    def _resample(self, frame: av.AudioFrame | None) -> None:
        """Take a clip's sound at our rate, but for what comes before its picture: there another clip's sound is."""
        for piece in self._resampler.resample(frame):
            samples, early = piece.to_ndarray(), self._early or 0
            self._early = max(0, early - samples.shape[1])
            self._write(samples[:, early:])

    def _quiet(self, until: int) -> None:
        while self._said < min(until, self._most):
            self._write(np.zeros((2, min(RATE, until - self._said)), np.float32))

    def _write(self, samples: NDArray[Any]) -> None:
        """Take samples, as far as the clip's picture lasts."""
        kept = samples[:, : max(0, self._most - self._said)]
        if kept.shape[1]:
            piece = av.AudioFrame.from_ndarray(np.ascontiguousarray(kept), format="fltp", layout=LAYOUT)
            piece.sample_rate = RATE
            piece.pts = None
            self._waiting.write(piece)
            self._said += kept.shape[1]
        while (whole := self._waiting.read(PIECE)) is not None:
            self._encode(whole)

    def _encode(self, piece: av.AudioFrame | None) -> None:
        if piece is not None:
            piece.pts, piece.time_base = self._coded, Fraction(1, RATE)
            self._coded += piece.samples
            self._container.mux(self._stream.encode(piece))
