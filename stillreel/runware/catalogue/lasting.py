"""Lasting: how many seconds a clip is asked for, by a number or by its beats."""

from collections.abc import Mapping

from stillreel.domain.problems import Problem
from stillreel.runware.catalogue.asked import AskedClip
from stillreel.runware.catalogue.entry import Entry


def seconds_of(
    entry: Entry, asked: AskedClip, usual: float | None, keys: Mapping[str, str], problems: list[Problem]
) -> float:
    """Seconds: of all beats together, where the model knows beats, or as asked, or the model's own, which is usual."""
    together = _together(entry, asked)
    found = together or asked.duration or usual
    if found is None:
        problems.append(Problem(field=keys["duration"], got="nothing", allowed=f"{entry.name} has no default"))
    return 5 if found is None else found


def of_beats(entry: Entry, asked: AskedClip, keys: Mapping[str, str], problems: list[Problem]) -> list[Problem]:
    """The same problems where a clip is as long as its beats: that sum is the beats' matter, and told once."""
    together = _together(entry, asked)
    if together is None:
        return problems
    length, beats = keys["duration"], keys["beats"]
    wrong = [problem for problem in problems if problem.field == length]
    others = [problem for problem in problems if problem.field != length]
    contradicted = asked.duration not in (None, together)
    if wrong:
        beside = f", beside a {length} of {asked.duration:g}" if contradicted else ""
        told = [Problem(field=beats, got=f"{together:g} s in all{beside}", allowed=f"{wrong[0].allowed}, together")]
        return others + ([] if any(problem.field.startswith(f"{beats}.") for problem in others) else told)
    allowed = f"{together:g}, the sum of the beats, or leave it out"
    return others + ([Problem(field=length, got=f"{asked.duration:g}", allowed=allowed)] if contradicted else [])


def _together(entry: Entry, asked: AskedClip) -> float | None:
    """The seconds of all beats; None where there are none, or the model has to be asked without them."""
    return sum(beat.duration for beat in asked.beats) or None if entry.field_of("beats") else None
