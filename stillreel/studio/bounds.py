"""Bounds: which numbers a shot's models take, for whoever wrote what is no number at all."""

from collections.abc import Sequence

from stillreel.domain.names import Stage
from stillreel.domain.problems import Problem
from stillreel.domain.shots import Shot, moves
from stillreel.runware.catalogue import Catalogue
from stillreel.runware.catalogue.keys import CLIP_KEYS, STILL_KEYS
from stillreel.runware.catalogue.values import described
from stillreel.studio.quoting import model_of

A_NUMBER, A_WHOLE_NUMBER = "a number", "a whole number"


def bounded(problems: Sequence[Problem], shot: Shot, catalogue: Catalogue) -> list[Problem]:
    """The problems, with the numbers that are allowed where it is known of which model they are."""
    strange = {problem.field for problem in problems}
    return [
        _bounded(problem, shot, catalogue, strange) if problem.allowed in (A_NUMBER, A_WHOLE_NUMBER) else problem
        for problem in problems
    ]


def _bounded(problem: Problem, shot: Shot, catalogue: Catalogue, strange: set[str]) -> Problem:
    kind: Stage = "clip" if moves(shot) and not problem.field.startswith("still.") else "still"
    keys = CLIP_KEYS if kind == "clip" else STILL_KEYS
    air = model_of(shot, kind)
    if air is None or air not in catalogue or keys["model"] in strange:
        return problem
    entry = catalogue[air]
    rules = [entry.fields.get(entry.words[word]) for word in entry.words if keys.get(word) == problem.field]
    return problem.model_copy(update={"allowed": described(rules[0])}) if rules and rules[0] is not None else problem
