"""Small pictures and clips, made for these tests."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

MakeClip = Callable[..., Path]

CODERS = {
    "mp4": ("mp4", "libx264", {"preset": "ultrafast", "crf": "23"}),
    "mov": ("mov", "libx264", {"preset": "ultrafast", "crf": "23"}),
    "webm": ("webm", "libvpx-vp9", {"deadline": "realtime", "cpu-used": "8"}),
    "vp8": ("webm", "libvpx", {"deadline": "realtime", "cpu-used": "16"}),
    "mkv": ("matroska", "libx264", {"preset": "ultrafast"}),
    "mpeg4": ("mp4", "mpeg4", {}),
}


def picture(width: int, height: int, shift: int = 0) -> Image.Image:
    """A scene with shapes that can be told from its mirror image, moved to the right by so many pixels."""
    y, x = np.mgrid[0:height, 0:width]
    x = x - shift
    bands = 90 + 80 * np.sin(x / 23) * np.cos(y / 31) + 60 * ((x // 40 + y // 30) % 2)
    scene = np.stack([bands, np.clip(x * 255 / width, 0, 255), 255 - bands], axis=-1)
    return Image.fromarray(np.clip(scene, 0, 255).astype(np.uint8))


@pytest.fixture
def make_clip(tmp_path: Path) -> MakeClip:
    def make(
        kind: str = "mp4",
        *,
        width: int = 320,
        height: int = 180,
        frames: int = 24,
        fps: int = 24,
        faststart: bool = False,
    ) -> Path:
        container_name, codec, options = CODERS[kind]
        path = tmp_path / f"{kind}-{width}x{height}-{frames}.{container_name}"
        flags = {"movflags": "+faststart"} if faststart else {}
        with av.open(str(path), "w", format=container_name, options=flags) as container:
            stream = container.add_stream(codec, rate=Fraction(fps), options=options)
            assert isinstance(stream, av.VideoStream)
            stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
            for n in range(frames):
                drawn = np.asarray(picture(width, height, shift=3 * n))
                container.mux(stream.encode(av.VideoFrame.from_ndarray(drawn, format="rgb24")))
            container.mux(stream.encode())
        return path

    return make
