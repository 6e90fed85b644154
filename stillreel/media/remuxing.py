"""Clips one after the other as they are: their coded frames are copied, and only their times are moved."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import av

from stillreel.media.joinable import Clip, why_not
from stillreel.media.probe import open_clip, picture_of

FASTSTART = {"movflags": "+faststart"}  # a player can begin before it has the whole file


class Remux:
    """An MP4 that grows by a clip at a time, for as long as they fit."""

    def __init__(self, out: Path) -> None:
        self._container: Any = av.open(str(out), "w", format="mp4", options=FASTSTART)
        self._first: Clip | None = None
        self._picture: Any = None
        self._sound: Any = None
        self._ends = Fraction(0)

    def take(self, path: Path, clip: Clip) -> str:
        """Put a clip behind those that are there, or say why it doesn't fit."""
        self._first = self._first or clip
        misfit = why_not(self._first, clip)
        if not misfit:
            with open_clip(path) as source:
                misfit = self._copy(source, clip)
            self._ends += clip.seconds
        return misfit

    def close(self) -> None:
        """Write what players need to find their way, and let go of the file."""
        self._container.close()

    def _copy(self, source: Any, clip: Clip) -> str:
        """Copy what is coded; what the file doesn't take of it, as times that don't grow, or nothing."""
        picture = picture_of(source)
        sound = source.streams.audio[0] if source.streams.audio else None
        if self._picture is None:
            self._picture = self._container.add_stream_from_template(picture)
            self._sound = self._container.add_stream_from_template(sound) if sound else None
        into = {picture.index: self._picture} | ({sound.index: self._sound} if sound else {})
        for packet in source.demux([stream for stream in (picture, sound) if stream]):
            if packet.dts is None or (packet.stream is sound and self._beside(packet, clip)):
                continue
            moved = round((self._ends - clip.start) / packet.time_base)
            packet.pts, packet.dts = packet.pts + moved, packet.dts + moved
            packet.stream = into[packet.stream.index]
            try:
                self._container.mux(packet)
            except av.FFmpegError as error:
                return f"an MP4 doesn't take its frames as they are: {error.strerror}"
        return ""

    def _beside(self, packet: Any, clip: Clip) -> bool:
        """Whether a packet of sound begins before its clip's picture or after it, where another clip's sound is.

        Encoders begin before the picture to warm up; only at the very beginning is there room for that.
        """
        begins = packet.pts * packet.time_base - clip.start
        return bool(begins >= clip.seconds or begins < 0 < self._ends)
