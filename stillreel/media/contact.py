"""Contact sheets: every shot on one picture, in order, with its name and how it stands."""

import asyncio
import itertools
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from stillreel.domain.errors import MediaError
from stillreel.media.limits import MOST_PIXELS

MOST = 120  # pictures on one sheet; more would be too small to be told apart, or a sheet too large to open
AREA = 288 * 162  # pixels of one picture, whatever its shape
WIDEST, TALLEST = 21 / 9, 9 / 21  # shapes that a cell takes on; others get bands
SHEET = 1.6  # width by height that a sheet comes near to
GAP, CAPTION, QUALITY = 14, 40, 85  # pixels, pixels, of a JPEG
PAPER, INK, FAINT, BLANK, ALARM = (24, 25, 28), (236, 236, 238), (160, 162, 168), (44, 46, 51), (255, 180, 120)
POINTS = 15


@dataclass(frozen=True)
class Cell:
    """One shot on a sheet."""

    name: str
    state: str
    picture: Path | None  # None: there is none to show


@dataclass(frozen=True)
class Grid:
    """How many cells there are side by side and below each other."""

    columns: int
    rows: int


def sheets(count: int) -> list[range]:
    """Which cells are on which sheet: as few sheets as there can be, all about equally full."""
    number = math.ceil(count / MOST)
    ends = [round(count * n / number) for n in range(number + 1)] if number else []
    return [range(begin, end) for begin, end in itertools.pairwise(ends)]


def grid(count: int, width: int, height: int) -> Grid:
    """The grid for so many cells of a size in which the sheet comes nearest to its shape, with no row left empty."""
    columns = max(1, min(count, round(math.sqrt(SHEET * count * height / width))))
    return Grid(columns, max(1, math.ceil(count / columns)))


async def contact_sheet(cells: Sequence[Cell], out: Path) -> None:
    """Write one sheet as a JPEG; a shot whose picture can't be read has a blank with its name."""
    await asyncio.to_thread(_draw, cells, out)


def _draw(cells: Sequence[Cell], out: Path) -> None:
    if not 0 < len(cells) <= MOST:
        raise MediaError(f"a contact sheet has 1 to {MOST} pictures, not {len(cells)}")
    wide, high = _box([cell.picture for cell in cells if cell.picture])
    step = wide + GAP, high + CAPTION + GAP
    laid = grid(len(cells), *step)
    paper = Image.new("RGB", (GAP + laid.columns * step[0], GAP + laid.rows * step[1]), PAPER)
    canvas, font = ImageDraw.Draw(paper), ImageFont.load_default(POINTS)
    for n, cell in enumerate(cells):
        left, top = GAP + n % laid.columns * step[0], GAP + n // laid.columns * step[1]
        canvas.rectangle((left, top, left + wide - 1, top + high - 1), fill=BLANK)
        picture = _picture(cell.picture, (wide, high))
        if picture is not None:
            paper.paste(picture, (left + (wide - picture.width) // 2, top + (high - picture.height) // 2))
        else:
            canvas.text((left + wide / 2, top + high / 2), "no picture", font=font, fill=FAINT, anchor="mm")
        canvas.text((left, top + high + 4), _fitting(cell.name, font, wide), font=font, fill=INK)
        colour = FAINT if cell.state == "done" else ALARM
        canvas.text((left, top + high + 4 + POINTS + 3), _fitting(cell.state, font, wide), font=font, fill=colour)
    paper.save(out, "JPEG", quality=QUALITY)


def _box(pictures: Sequence[Path]) -> tuple[int, int]:
    """The size of a cell's picture: in the shape that most have, and 16:9 if there are none."""
    shapes = Counter(shape for shape in map(_shape, pictures) if shape)
    shape = min(WIDEST, max(TALLEST, shapes.most_common(1)[0][0])) if shapes else 16 / 9
    return round(math.sqrt(AREA * shape)), round(math.sqrt(AREA / shape))


def _shape(path: Path) -> float | None:
    try:
        with Image.open(path) as picture:
            return round(picture.width / picture.height, 2)
    except (OSError, ValueError, Image.DecompressionBombError):
        return None


def _picture(path: Path | None, size: tuple[int, int]) -> Image.Image | None:
    if path is None:
        return None
    try:
        with Image.open(path) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                return None
            picture.draft("RGB", size)  # a JPEG is unpacked no larger than it is needed
            small = picture.convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
    small.thumbnail(size)
    return small


def _fitting(text: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, wide: int) -> str:
    """The text, cut to what there is room for."""
    if font.getlength(text) <= wide:
        return text
    while text and font.getlength(f"{text}…") > wide:
        text = text[:-1]
    return f"{text}…"
