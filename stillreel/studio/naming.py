"""Naming: what the shots of a storyboard are called, each by a name of its own."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from stillreel.domain.names import legal_name, propose
from stillreel.domain.problems import Problem
from stillreel.studio.findings import Findings

LONGEST_SHOWN = 80  # characters of what somebody took for a name


def named(rows: Sequence[Any], findings: Findings) -> tuple[list[str], list[str]]:
    """How each shot is told of, and what it is called meanwhile if its name won't do.

    It is told of by its name; by its index where it has none, and by both where others have the same.
    Names that are missing, illegal or another shot's are told, each with one that is free.
    """
    written = [row.get("shot") if isinstance(row, Mapping) else None for row in rows]
    legal = [name if _is_legal(name) else None for name in written]
    times = Counter(name for name in legal if name is not None)
    taken = set(times)
    first: dict[str, int] = {}
    labels, names = [], []
    for index, name in enumerate(legal):
        labels.append(str(index) if name is None else name if times[name] == 1 else f"{index} ({name})")
        fresh = name is not None and name not in first
        names.append(name if name is not None and fresh else propose(_start(written[index], index), taken))
        taken.add(names[-1])
        if isinstance(rows[index], Mapping) and not fresh:
            problem = _problem(written[index], names[-1], _place(findings, first.get(name or "")))
            findings.of_shot(index, labels[-1], problem)
        first.setdefault(names[-1], index)
    return labels, names


def _is_legal(name: Any) -> bool:
    try:
        return isinstance(name, str) and bool(legal_name(name))
    except ValueError:
        return False


def _start(written: Any, index: int) -> str:
    """What a proposal is made from."""
    plain = str(written) if isinstance(written, str | int) and not isinstance(written, bool) else ""
    return plain[:1000] or f"shot-{index + 1}"


def _place(findings: Findings, index: int | None) -> str | None:
    """Where the shot stands that has the name already."""
    if index is None:
        return None
    line = findings.lines.at(("shots", index, "shot"))
    return f"shots.{index}{'' if line is None else f' in line {line}'} has it already"


def _problem(written: Any, proposal: str, other: str | None) -> Problem:
    if other is not None:
        return Problem(field="shot", got=repr(written), allowed=f"a name of its own, {other}: try '{proposal}'")
    if written is None:
        return Problem(field="shot", got="nothing", allowed=f"it is required: try '{proposal}'")
    got = repr(written)
    got = got if len(got) < LONGEST_SHOWN else f"{got[: LONGEST_SHOWN - 3]}…"
    if not isinstance(written, str):
        return Problem(field="shot", got=got, allowed=f"text: try '{proposal}', in quotes if it is a number")
    try:
        legal_name(written)
    except ValueError as error:
        told = str(error).rpartition(": try ")[0]
    return Problem(field="shot", got=got, allowed=f"{told}: try '{proposal}'")
