"""How alike two pictures are: one number for their structure, one for their rough shape."""

from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from PIL import Image

WINDOW = 8  # pixels; the side of the squares that are compared
LONGEST = 640  # pixels; larger pictures are compared at this size, which blurs what coding a clip adds
_STEADY = (0.01 * 255) ** 2, (0.03 * 255) ** 2  # the constants of Wang et al., 2004

_Floats = NDArray[np.floating[Any]]


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


def dhash(image: Image.Image) -> int:
    """64 bits that say where a picture gets brighter from left to right."""
    small = np.asarray(image.convert("L").resize((9, 8), Image.Resampling.BOX), np.int16)
    return int("".join("01"[int(bit)] for bit in (small[:, 1:] > small[:, :-1]).flat), 2)


def distance(one: Image.Image, other: Image.Image) -> int:
    """How many of the 64 bits differ: up to 10 is the same scene."""
    return (dhash(one) ^ dhash(other)).bit_count()


def _means(values: _Floats) -> _Floats:
    """The mean of each window, by rows and then by columns."""
    rows = sliding_window_view(values, WINDOW, axis=0).mean(axis=-1)
    return np.asarray(sliding_window_view(rows, WINDOW, axis=1).mean(axis=-1))
