"""Lasting: how many seconds a clip is asked for, by a number or by its beats."""

from collections.abc import Mapping
from typing import NamedTuple

from stillreel.domain.problems import Problem
from stillreel.runware.catalogue.asked import AskedClip
from stillreel.runware.catalogue.entry import Entry

LEAST = 1  # seconds of a beat


class Together(NamedTuple):
    """The seconds of all beats; the least that they can be, while one isn't a number of whole seconds."""

    seconds: float
    sure: bool

    def __str__(self) -> str:
        return f"{self.seconds:g}" if self.sure else f"at least {self.seconds:g}"


def seconds_of(
    entry: Entry, asked: AskedClip, usual: float | None, keys: Mapping[str, str], problems: list[Problem]
) -> float:
    """Seconds: of all beats together, where the model knows beats, or as asked, or the model's own, which is usual."""
    together = _together(entry, asked)
    found = together.seconds if together and _counts(entry, together) else asked.duration or usual
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
    contradicted = asked.duration is not None and not _agrees(asked.duration, together)
    if wrong and _counts(entry, together):
        beside = f", beside a {length} of {asked.duration:g}" if contradicted else ""
        allowed = f"{wrong[0].allowed}, together"
        return [*others, Problem(field=beats, got=f"{together} s in all{beside}", allowed=allowed)]
    if wrong or not contradicted:
        return problems
    allowed = f"{together}, the sum of the beats, or leave it out"
    return [*others, Problem(field=length, got=f"{asked.duration:g}", allowed=allowed)]


def _together(entry: Entry, asked: AskedClip) -> Together | None:
    """The seconds of all beats; None where there are none, or the model has to be asked without them."""
    if not asked.beats or entry.field_of("beats") is None:
        return None
    seconds = [beat.duration for beat in asked.beats]
    known = [each for each in seconds if each >= LEAST and float(each).is_integer()]
    return Together(sum(known) + LEAST * (len(seconds) - len(known)), len(known) == len(seconds))


def _counts(entry: Entry, together: Together) -> bool:
    """Whether the sum can be judged: it is known, or is too long at least."""
    path = entry.field_of("duration")
    rule = None if path is None else entry.fields[path]
    bounds = [] if rule is None else [float(value) for value in (rule.values or (rule.max,)) if value is not None]
    return together.sure or (bool(bounds) and together.seconds > max(bounds))


def _agrees(duration: float, together: Together) -> bool:
    return duration == together.seconds if together.sure else duration >= together.seconds
