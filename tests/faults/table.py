"""The fault table as docs/operating.md shows it. `python -m tests.faults.table` writes it there."""

import re
from collections.abc import Iterator
from pathlib import Path

from tests.faults.engine import ENGINE
from tests.faults.failing import WORLDS
from tests.faults.finishing import FETCHING, WATCHING
from tests.faults.rows import ASSUMPTIONS, Elsewhere, Row
from tests.faults.sending import SENDING
from tests.faults.storing import STORING

PAGE = Path(__file__).parents[2] / "docs" / "operating.md"
COMMAND = "python -m tests.faults.table"
BEGIN = f"<!-- what follows is written by `{COMMAND}` -->"
END = "<!-- what `tests.faults.table` writes ends here -->"
WRITTEN = re.compile(f"{re.escape(BEGIN)}.*{re.escape(END)}", re.DOTALL)
HEAD = ("fault", "the job", "the money", "the file", "needs")

GROUPS: dict[str, tuple[Row | Elsewhere, ...]] = {
    "Sending": SENDING,
    "Waiting": WATCHING,
    "Fetching": FETCHING,
    "The archive": STORING,
    "Prefect": ENGINE,
}
PLAYED = [row for rows in GROUPS.values() for row in rows if isinstance(row, Row)]
ELSEWHERE = [row for rows in GROUPS.values() for row in rows if isinstance(row, Elsewhere)]


def page() -> str:
    """The section with its marks."""
    return "\n".join([BEGIN, *_lines(), END])


def _lines() -> Iterator[str]:
    yield "A run met the fault, and the shot was run again without it; every row is a test that plays it."
    yield "*Needs* names what the row takes for granted of the world:\n"
    yield from (f"- {letter}: {words}" for letter, words in ASSUMPTIONS.items())
    for name, rows in GROUPS.items():
        if not rows:
            continue
        yield f"\n### {name}\n"
        yield _row(HEAD)
        yield _row(("---",) * len(HEAD))
        yield from (_row(row.cells) for row in rows)
    yield "\n### Where an assumption fails\n"
    yield "Runware documents none of the four. These are worlds in which one fails, played as well:\n"
    yield _row(("assumption", "the world", "one take is"))
    yield _row(("---",) * 3)
    yield from (_row(world.cells) for world in WORLDS)


def _row(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    text = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(WRITTEN.sub(lambda _: page(), text), encoding="utf-8")
