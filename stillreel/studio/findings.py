"""Findings: problems, each told where its word stands; of a storyboard those of the defaults once."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from stillreel.domain.errors import BadInput
from stillreel.domain.problems import Problem
from stillreel.studio.lines import Lines
from stillreel.studio.parsing import shown_key

Step = str | int


@dataclass
class Findings:
    """What is wrong with a storyboard so far."""

    lines: Lines
    data: Mapping[str, Any]  # all of the board
    defaults: Mapping[str, Any] = field(default_factory=dict)
    shots: Sequence[Mapping[str, Any]] = ()
    own: list[Problem] = field(default_factory=list)
    common: dict[Problem, list[str]] = field(default_factory=dict)  # with the shots that have it
    told: dict[int, list[Problem]] = field(default_factory=dict)  # of each shot, as its own words have it

    def of_board(self, problem: Problem) -> None:
        """A problem of what isn't a shot's."""
        self.own.append(_placed(problem, self.data, self.lines))

    def of_shot(self, index: int, label: str, problem: Problem) -> None:
        """A problem of a shot, which is the defaults' if it is they that say the word."""
        self.told.setdefault(index, []).append(problem)
        mine, common = path_in(self.shots[index], problem.field), path_in(self.defaults, problem.field)
        if len(common) > len(mine):
            line = self.lines.at(("defaults", *common))
            told = problem.model_copy(update={"field": f"defaults.{problem.field}", "line": line})
            self.common.setdefault(told, []).append(label)
            return
        where = f"shots.{label}.{problem.field}".rstrip(".")
        line = self.lines.at(("shots", index, *mine))
        self.own.append(problem.model_copy(update={"field": where, "line": line}))

    @property
    def problems(self) -> list[Problem]:
        """All of them, in the order of their lines."""
        return in_order([*dict.fromkeys(self.own), *self._of_defaults()])

    def has_told(self, index: int, field: str) -> bool:
        """Whether something is told of a shot's field already, by its own words or by those of the defaults."""
        common = any(problem.field == f"defaults.{field}" for problem in self.own)
        return common or any(problem.field == field for problem in self.told.get(index, ()))

    def _of_defaults(self) -> Iterator[Problem]:
        for problem, labels in self.common.items():
            shots = f"shot '{labels[0]}'" if len(labels) == 1 else f"{len(labels):,} shots, first '{labels[0]}'"
            yield problem.model_copy(update={"allowed": f"{problem.allowed} (for {shots})"})


@contextmanager
def with_lines(data: Any, lines: Lines) -> Iterator[None]:
    """What BadInput says of a shot's words inside the block, it says with the lines of the shot's file."""
    try:
        yield
    except BadInput as error:
        if not isinstance(data, Mapping):  # no words that could stand anywhere
            raise
        raise BadInput(in_order([_placed(each, data, lines) for each in error.problems]), what="the shot") from None


@contextmanager
def said_of(what: str) -> Iterator[None]:
    """What BadInput says inside the block, it says of this."""
    try:
        yield
    except BadInput as error:
        raise BadInput(error.problems, what=what) from None


def in_order(problems: Sequence[Problem]) -> list[Problem]:
    """The problems as one meets them reading on from the first line."""
    return sorted(problems, key=lambda problem: problem.line or 0)


def _placed(problem: Problem, data: Any, lines: Lines) -> Problem:
    return problem.model_copy(update={"line": lines.at(path_in(data, problem.field))})


def path_in(words: Any, where: str) -> tuple[Step, ...]:
    """The way to a field as far as it is there; keys may have dots in them."""
    path: list[Step] = []
    while where:
        step = _step(words, where)
        if step is None:
            break
        path.append(step)
        words, where = words[step], where[len(shown_key(step)) + 1 :]
    return tuple(path)


def _step(words: Any, where: str) -> Step | None:
    if isinstance(words, Mapping):
        fitting = [key for key in words if f"{where}.".startswith(f"{shown_key(key)}.")]
        return max(fitting, key=lambda key: len(shown_key(key)), default=None)
    first = where.partition(".")[0]
    inside = isinstance(words, list) and first.isascii() and first.isdigit() and int(first) < len(words)
    return int(first) if inside else None
