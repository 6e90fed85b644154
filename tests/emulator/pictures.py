"""Looking at media: decoded frames, and how alike two pictures are; and a plain picture to give."""

import base64
import io
from typing import NamedTuple

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image


class Clip(NamedTuple):
    """What a clip's bytes really hold."""

    container: str
    codec: str
    size: tuple[int, int]
    rate: float
    frames: list[Image.Image]  # first, middle and last
    count: int
    seconds: float


def opened(data: bytes) -> Clip:
    """Decode a clip to its last frame."""
    with av.open(io.BytesIO(data)) as container:
        stream = container.streams.video[0]
        frames = list(container.decode(video=0))
        rate = float(stream.average_rate or 0)
        last = frames[-1]
        assert last.pts is not None
        assert last.time_base is not None
        return Clip(
            container.format.name,
            stream.codec_context.name,
            (stream.codec_context.width, stream.codec_context.height),
            rate,
            [frames[index].to_image() for index in (0, len(frames) // 2, -1)],
            len(frames),
            float(last.pts * last.time_base) + 1 / rate,
        )


def inline(width: int, height: int) -> str:
    """A plain picture as base64."""
    out = io.BytesIO()
    Image.new("RGB", (width, height), (20, 90, 160)).save(out, "PNG")
    return base64.b64encode(out.getvalue()).decode()


def ssim(one: Image.Image, other: Image.Image) -> float:
    """Structural similarity of the brightness, by 8×8 blocks: 1 for the same picture."""
    a, b = _blocks(one), _blocks(other)
    mean_a, mean_b = a.mean(axis=(1, 3)), b.mean(axis=(1, 3))
    spread_a, spread_b = a.var(axis=(1, 3)), b.var(axis=(1, 3))
    together = (a * b).mean(axis=(1, 3)) - mean_a * mean_b
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    over = (2 * mean_a * mean_b + c1) * (2 * together + c2)
    under = (mean_a**2 + mean_b**2 + c1) * (spread_a + spread_b + c2)
    return float((over / under).mean())


def _blocks(image: Image.Image) -> NDArray[np.float64]:
    grey = np.asarray(image.convert("L"), dtype=np.float64)
    height, width = (side // 8 * 8 for side in grey.shape)
    return grey[:height, :width].reshape(height // 8, 8, width // 8, 8)
