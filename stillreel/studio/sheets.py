"""Sheets: shots of a storyboard as rows of a CSV file, as a spreadsheet saves it.

The first row names the columns. An empty cell says nothing, so the defaults hold. Commas, semicolons and tabs divide
cells; the one that makes most of the first row's cells known names is meant.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from stillreel.domain.errors import BadInput
from stillreel.domain.forms import Form
from stillreel.domain.problems import Problem
from stillreel.domain.storyboards import MOST_SHOTS, BoardMotion, BoardOutput, BoardStill, Defaults
from stillreel.studio.sheet_quotes import ALLOWED, broken_at

DELIMITERS = ",;\t"
MOST_COLUMNS = 200
TOLD = "?"  # in place of a column's field: what is wrong with it has been told
LONGEST_SHOWN = 40  # characters of a column's name
GROUPS: dict[str, type[Form]] = {"still": BoardStill, "motion": BoardMotion, "output": BoardOutput}
PLAIN = ["shot", *(name for name in Defaults.model_fields if name not in GROUPS)]
FIELDS = [*PLAIN, *(f"{group}.{name}" for group, form in GROUPS.items() for name in form.model_fields)]
LISTS = frozenset({"motion.beats"})
NUMBERS = frozenset({"motion.duration", "motion.guidance"})
SOUNDS: dict[str, Any] = {"yes": True, "true": True, "no": False, "false": False}
SEVERAL = {leaf for leaf, times in Counter(name.rpartition(".")[2] for name in FIELDS).items() if times > 1}
SHORT = {
    **{name.rpartition(".")[2]: name for name in FIELDS if name.rpartition(".")[2] not in SEVERAL},
    **{name.replace(".", "_"): name for name in FIELDS},
    **{name: name for name in FIELDS},
    "prompt": "still.prompt",
    "motion": "motion.prompt",
}
"""What a column may be called: a field with or without its group, and two words that spreadsheets have."""


@dataclass
class Sheet:
    """The rows of a file as shots, the line on which each begins, and what is wrong with the table itself."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    places: list[int] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def at(self, path: Sequence[str | int]) -> int | None:
        """The line of a shot's row."""
        index = path[1] if len(path) > 1 and path[0] == "shots" else None
        return self.places[index] if isinstance(index, int) and index < len(self.places) else None


def sheet_of(text: str) -> Sheet:
    """The shots in the text of a CSV file; BadInput if it is no table of at most 2,000."""
    sheet, divider = Sheet(), _delimiter(text)
    records = _records(text, divider)
    line, header = next(records, (1, []))
    columns = _columns(header, line, sheet)
    count, beyond = 0, None
    for line, cells in records:
        if not any(cell.strip() for cell in cells):
            continue
        count += 1
        beyond = line if count == MOST_SHOTS + 1 else beyond
        if count <= MOST_SHOTS:
            row = _row(columns, cells, comma=divider != ",")
            sheet.problems += _stray(row, columns, cells, line)
            sheet.rows.append(row)
            sheet.places.append(line)
    if not 0 < count <= MOST_SHOTS:
        got = f"{count:,} rows" if count else "no rows"
        allowed = f"1 to {MOST_SHOTS:,} shots, below the columns' names"
        raise BadInput([Problem(field="shots", got=got, allowed=allowed, line=beyond)])
    return sheet


def _records(text: str, divider: str) -> Iterator[tuple[int, list[str]]]:
    """The rows, each with the line on which it begins; a row may have several."""
    body = io.StringIO(text, newline="")
    skipped = 1 if _spelled_out(text) else 0
    if skipped:
        body.readline()
    reader = csv.reader(body, delimiter=divider, strict=True)
    line = 1 + skipped
    try:
        for cells in reader:
            yield line, cells
            line = reader.line_num + 1 + skipped
    except csv.Error as error:
        opened, got = broken_at(text, divider, line) or (line, str(error))
        raise BadInput([Problem(field="table", got=got, allowed=ALLOWED, line=opened)]) from None


def _spelled_out(text: str) -> str:
    """The divider that some spreadsheets write on a line of its own."""
    found = re.match(r"sep=([,;\t])\r?(?:\n|$)", text)
    return found.group(1) if found else ""


def _delimiter(text: str) -> str:
    """What divides the cells: the character by which the first row has the most columns that we know."""
    first = text[: text.find("\n")] if "\n" in text else text[:10_000]

    def known(delimiter: str) -> int:
        return sum(_plain(cell.strip('"')) in SHORT for cell in first.split(delimiter)[:MOST_COLUMNS])

    return _spelled_out(text) or max(DELIMITERS, key=known)


def _plain(header: str) -> str:
    return re.sub(r"[\s-]+", "_", header.strip().casefold())


def _columns(header: Sequence[str], line: int, sheet: Sheet) -> list[str | None]:
    """The field that each column holds; None for one without a name."""
    if len(header) > MOST_COLUMNS:
        got = f"{len(header):,} columns"
        raise BadInput([Problem(field="columns", got=got, allowed=f"at most {MOST_COLUMNS}", line=line)])
    columns: list[str | None] = []
    for written in header:
        name, plain = SHORT.get(_plain(written)), _plain(written)
        wrong = _wrong_column(plain, name) if plain else None
        if wrong is None and name is not None and name in columns:
            wrong = f"{name} has a column already"
        if wrong is not None:
            shown = written.strip() if len(written) < LONGEST_SHOWN else f"{written[:LONGEST_SHOWN]}…"
            sheet.problems.append(Problem(field="columns", got=repr(shown), allowed=wrong, line=line))
        columns.append(name if wrong is None else TOLD)
    return columns


def _wrong_column(plain: str, name: str | None) -> str | None:
    leaf = plain.rpartition(".")[2]
    if name is None and plain in SEVERAL:
        return f"which one is meant: {' or '.join(each for each in FIELDS if each.endswith(f'.{plain}'))}"
    if name is None:
        near = get_close_matches(plain, SHORT, 1) or get_close_matches(leaf, SHORT, 1)
        return f"no such column{f': try {near[0]!r}, or' if near else ';'} leave it out"
    return "beats don't fit into a cell: tell such a shot in YAML" if name in LISTS else None


def _row(columns: Sequence[str | None], cells: Sequence[str], *, comma: bool) -> dict[str, Any]:
    """What a row says; with `comma` a number may have one where a point is meant, since it doesn't divide cells."""
    words: dict[str, Any] = {}
    for name, cell in zip(columns, cells, strict=False):
        text = cell.strip()
        if name in {None, TOLD} or not text:
            continue
        value: Any = text.replace(",", ".", 1) if comma and name in NUMBERS else text
        value = SOUNDS.get(text.casefold(), value) if name == "motion.audio" else value
        group, _, leaf = name.rpartition(".")
        (words.setdefault(group, {}) if group else words)[leaf] = value
    return words


def _stray(row: Mapping[str, Any], columns: Sequence[str | None], cells: Sequence[str], line: int) -> Iterator[Problem]:
    """Cells that belong to no column."""
    strays = [cell for at, cell in enumerate(cells) if cell.strip() and (at >= len(columns) or columns[at] is None)]
    if strays:
        allowed = "a cell below each column's name and no others; a text with the divider in it stands in double quotes"
        got = f"{strays[0].strip()[:LONGEST_SHOWN]!r} in no column"
        yield Problem(field=f"shots.{row.get('shot', '')}".rstrip("."), got=got, allowed=allowed, line=line)
