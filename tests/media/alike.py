"""How alike two pictures are, and the two frames of a clip that are worth comparing with a still."""

from collections import deque
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from PIL import Image

WINDOW = 8  # pixels; the side of the squares that are compared
LONGEST = 640  # pixels; larger pictures are compared at this size, which blurs what coding a clip adds
_STEADY = (0.01 * 255) ** 2, (0.03 * 255) ** 2  # the constants of Wang et al., 2004

_Floats = NDArray[np.floating[Any]]


def first_and_last_frame(clip: Path) -> tuple[Image.Image, Image.Image]:
    """The clip's first and last frame as RGB pictures, read with nothing of ours."""
    with av.open(str(clip)) as container:
        frames = container.decode(video=0)
        first = next(frames)
        (last,) = deque(frames, maxlen=1) or (first,)
        return first.to_image(), last.to_image()


def ssim(one: Image.Image, other: Image.Image) -> float:
    """Structural similarity of two pictures, 1.0 for the same; the second is scaled to the first one's size."""
    side = LONGEST / max(one.width, one.height, LONGEST)
    size = (max(WINDOW, round(one.width * side)), max(WINDOW, round(one.height * side)))
    a, b = (np.asarray(image.convert("L").resize(size, Image.Resampling.BOX), np.float64) for image in (one, other))
    mean_a, mean_b = _means(a), _means(b)
    var_a, var_b = _means(a * a) - mean_a**2, _means(b * b) - mean_b**2
    both = _means(a * b) - mean_a * mean_b
    c1, c2 = _STEADY
    alike = (2 * mean_a * mean_b + c1) * (2 * both + c2)
    return float(np.mean(alike / ((mean_a**2 + mean_b**2 + c1) * (var_a + var_b + c2))))


def _means(values: _Floats) -> _Floats:
    """The mean of each window, by rows and then by columns."""
    rows = sliding_window_view(values, WINDOW, axis=0).mean(axis=-1)
    return np.asarray(sliding_window_view(rows, WINDOW, axis=1).mean(axis=-1))
