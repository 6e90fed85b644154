"""The page holds the table as its rows tell it, and no fault is without a row."""

import ast
from collections.abc import Iterator
from pathlib import Path

from stillreel.emulator.switches import Switches
from tests.faults.rows import ASSUMPTIONS
from tests.faults.table import COMMAND, ELSEWHERE, GROUPS, PAGE, PLAYED, WRITTEN, page

ROOT = Path(__file__).parents[2]
NO_FAULT = {
    "seed": "which dice are thrown",
    "keys": "a wrong key is found before anything is planned",
    "balance_shape": "a spelling",
    "media": "what the files show",
    "canned_bytes": "how long the files are",
    "latency_by": "what a job's luck with its time hangs on",
    "clock": "the rows have a clock of their own",
    "hold": "stops a request for tests that kill",
    "details_of_refused": "what a refusal leaves behind",
    "mixed_status": "the status of an answer whose body is read in any case",
    "batch_poll": "a row that is played elsewhere",
    "default_ttl_s": "we always ask for a life of our own",
    "fetchable": "where images may come from",
    "stand_ins": "where images may come from",
    "webhook": "a hint that we don't rely on",
    "upload": "somebody else's delivery",
}


def test_the_page_shows_the_table() -> None:
    """What stands in docs/operating.md is what the tests played; `python -m tests.faults.table` writes it anew."""
    found = WRITTEN.findall(PAGE.read_text(encoding="utf-8"))
    assert found == [page()], f"the page is out of date: {COMMAND}"


def test_every_switch_has_a_row() -> None:
    """A new fault of the emulator needs a row here, or a reason why it is none."""
    played = {name for row in PLAYED for plot in row.plots for name in (*plot.switches, *plot.then)}
    assert set(Switches.model_fields) - played - set(NO_FAULT) == set()
    assert played & set(NO_FAULT) == set()


def test_every_row_is_one_of_its_own() -> None:
    """No fault stands twice in a group, and each assumption is needed by a row."""
    for rows in GROUPS.values():
        faults = [row.fault for row in rows]
        assert len(set(faults)) == len(faults)
    needs = [row.needs for row in PLAYED] + [row.needs for row in ELSEWHERE]
    assert set("".join(needs)) == set(ASSUMPTIONS)


def test_rows_that_are_played_elsewhere_are_played() -> None:
    """A row that names a test names one that exists."""
    named = {row.test for row in ELSEWHERE}
    assert named - set(_tests(sorted({name.partition("::")[0] for name in named}))) == set()


def _tests(files: list[str]) -> Iterator[str]:
    for file in files:
        tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
        kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
        yield from (f"{file}::{node.name}" for node in tree.body if isinstance(node, kinds))
