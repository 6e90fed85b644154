"""The short table that a storyboard's command ends with: those shots that somebody must act on, and where to look."""

from collections import Counter

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from stillreel.domain.money import spelled
from stillreel.studio.board_summary import WORST_FIRST, BoardSummary, ShotLine

MOST_ROWS = 40  # a screenful; a storyboard that was stopped has a row for each shot that never began
PLAIN = 160  # columns where nobody's terminal says how many there are


def print_table(summary: BoardSummary, console: Console | None = None) -> None:
    """Print it on stderr: a row for each shot that isn't fine, how many are, warnings, the gallery."""
    console = console or Console(stderr=True)
    if not console.is_terminal:
        console.width = PLAIN
    left = sorted((line for line in summary.shots if not line.fine), key=_worst_first)
    if left:
        console.print(_table(left[:MOST_ROWS], plain=not console.is_terminal))
    if len(left) > MOST_ROWS:
        console.print(
            Text(f"and {len(left) - MOST_ROWS} more that aren't done; the last line and the gallery have all")
        )
    fine = Counter(line.state for line in summary.shots if line.fine)
    if fine:
        said = ", ".join(f"{count} {state}" for state, count in fine.items())
        console.print(Text(f"{said}; reported ${spelled(summary.cost.reported)} in all"))
    for warning in summary.warned:
        console.print(Text(f"warning: {warning}"), soft_wrap=True)
    if summary.gallery:
        console.print(Text(f"gallery: {summary.gallery}"), soft_wrap=True)


def _worst_first(line: ShotLine) -> int:
    return WORST_FIRST.index(line.state) if line.state in WORST_FIRST else len(WORST_FIRST)


def _table(left: list[ShotLine], *, plain: bool) -> Table:
    table = Table(box=box.ASCII if plain else box.ROUNDED, show_lines=True)
    for name, folds in (("shot", False), ("state", False), ("reported", False), ("why", True), ("what to do", True)):
        table.add_column(name, no_wrap=not folds, overflow="fold", ratio=1 if folds else None)
    for line in left:
        cost = f"${spelled(line.cost.reported)}"
        table.add_row(*map(Text, (line.shot, line.state, cost, line.message, line.todo)))  # nobody's words are markup
    return table
