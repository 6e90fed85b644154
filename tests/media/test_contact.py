"""Contact sheets: every shot in order, in a grid that one can take in, with blanks where there is no picture."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from stillreel.domain.errors import MediaError
from stillreel.media.contact import BLANK, CAPTION, GAP, MOST, Cell, contact_sheet, grid, sheets
from tests.media.clips import BLUE, GREEN, RED, like

WIDE, HIGH = 288, 162


def pictures(folder: Path, colours: list[tuple[int, int, int]], size: tuple[int, int] = (640, 360)) -> list[Path]:
    paths = [folder / f"{n}.jpg" for n in range(len(colours))]
    for path, colour in zip(paths, colours, strict=True):
        Image.new("RGB", size, colour).save(path, quality=95)
    return paths


@given(st.integers(0, 2_100))
def test_every_shot_is_on_one_sheet(count: int) -> None:
    """All sheets together show each shot once and in order; all are about equally full."""
    parts = sheets(count)
    assert [n for part in parts for n in part] == list(range(count))
    assert all(0 < len(part) <= MOST for part in parts)
    assert max(map(len, parts), default=0) - min(map(len, parts), default=0) <= 1


@given(st.integers(1, MOST), st.integers(120, 500), st.integers(120, 500))
def test_a_grid_holds_all_and_wastes_no_row(count: int, width: int, height: int) -> None:
    """Every cell has its place, the last row isn't empty, and the sheet stays within what anything opens."""
    laid = grid(count, width, height)
    assert laid.columns * (laid.rows - 1) < count <= laid.columns * laid.rows
    assert laid.columns * width < 10_000
    assert laid.rows * height < 10_000


async def test_shots_are_shown_in_order(tmp_path):
    """Each picture stands in its place, from left to right and from top to bottom."""
    colours = [RED, GREEN, BLUE, RED, BLUE]
    cells = [Cell(f"shot-{n}", "done", path) for n, path in enumerate(pictures(tmp_path, colours))]
    await contact_sheet(cells, tmp_path / "sheet.jpg")
    laid = grid(5, WIDE + GAP, HIGH + GAP + CAPTION)
    with Image.open(tmp_path / "sheet.jpg") as sheet:
        for n, colour in enumerate(colours):
            x = GAP + n % laid.columns * (WIDE + GAP) + WIDE // 2
            y = GAP + n // laid.columns * (HIGH + GAP + CAPTION) + HIGH // 2
            assert like(sheet.getpixel((x, y)), colour)


async def test_a_shot_without_a_picture_has_a_labelled_blank(tmp_path):
    """No picture, or one that can't be read, leaves a blank with words on it, and its name and state below."""
    (tmp_path / "bad.jpg").write_bytes(b"no picture")
    drawn = []
    for n, (name, state, path) in enumerate(
        [("lost", "failed", None), ("lost", "failed", tmp_path / "bad.jpg"), ("lost", "flagged", None)]
    ):
        out = tmp_path / f"sheet-{n}.jpg"
        await contact_sheet([Cell(name, state, path)], out)
        with Image.open(out) as sheet:
            assert like(sheet.getpixel((GAP + 10, GAP + 10)), BLANK)
            label = sheet.crop((GAP, GAP + HIGH + 2, GAP + WIDE, GAP + HIGH + CAPTION)).convert("L")
            word = sheet.crop((GAP + 60, GAP + 60, GAP + WIDE - 60, GAP + HIGH - 60)).convert("L")
            assert min(label.getextrema()[1], word.getextrema()[1]) > 120  # letters are there
            drawn.append(label.tobytes())
    assert drawn[0] == drawn[1] != drawn[2]


@pytest.mark.parametrize("size", [(720, 1280), (1024, 1024), (1280, 720)])
async def test_cells_have_the_shape_of_most_pictures(tmp_path, size):
    """Upright shots fill upright cells."""
    paths = pictures(tmp_path, [RED] * 3, size)
    await contact_sheet([Cell("a", "done", path) for path in paths], tmp_path / "sheet.jpg")
    with Image.open(tmp_path / "sheet.jpg") as sheet:
        reds = (np.abs(np.asarray(sheet, np.int16) - RED).max(axis=-1) < 16).mean()
    assert reds > 0.45


async def test_the_longest_name_stays_in_its_cell(tmp_path):
    """A name of 63 letters is cut, and doesn't run into its neighbour's."""
    await contact_sheet([Cell("w" * 63, "done", None)], tmp_path / "sheet.jpg")
    with Image.open(tmp_path / "sheet.jpg") as sheet:
        assert sheet.crop((GAP + WIDE, 0, sheet.width, sheet.height)).convert("L").getextrema()[1] < 60


async def test_the_largest_sheet_is_bearable(tmp_path):
    """A full sheet is some megapixels and at most a few megabytes."""
    (picture,) = pictures(tmp_path, [RED])
    await contact_sheet([Cell(f"s-{n}", "done", picture) for n in range(MOST)], tmp_path / "sheet.jpg")
    with Image.open(tmp_path / "sheet.jpg") as sheet:
        assert max(sheet.size) < 4_500
    assert (tmp_path / "sheet.jpg").stat().st_size < 6_000_000


@pytest.mark.parametrize("count", [0, MOST + 1])
async def test_too_many_are_refused(tmp_path, count):
    """What isn't one sheet isn't drawn as one."""
    with pytest.raises(MediaError, match="contact sheet"):
        await contact_sheet([Cell("a", "done", None)] * count, tmp_path / "sheet.jpg")
