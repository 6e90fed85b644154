"""Raw bodies that an entry allows, drawn from its data alone: all its modes, fields and values, on days that matter.

A body is drawn field by field and then brought in line with the rules across fields: whatever `third_reading` has
against it is mended by adding or leaving out what the broken rule is about, until nothing is wrong any more.
"""

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from hypothesis import assume
from hypothesis import strategies as st

from stillreel.runware.catalogue.entry import (
    Entry,
    ExactlyOne,
    Forbidden,
    Needed,
    OneNotMarked,
    Pairs,
    Pixels,
    SizeRule,
    Together,
    When,
)
from tests.runware.catalogue.legal_values import SHAPES, Media, sizes_of, some_value, values_of
from tests.runware.catalogue.third_reading import SIDES, Wrong, has, holds, mode_of, wrongs

TODAY = date(2026, 11, 22)
SHARE = 0.3  # of the fields that may be there, are
PATIENCE = 60  # mendings; two rules may undo each other's for a while
Flat = dict[str, Any]
Mending = Callable[[Flat], Flat]
Draw = Callable[..., Any]


@dataclass(frozen=True)
class Case:
    """A body that an entry allows on a day."""

    flat: Mapping[str, Any]
    day: date
    mode: str

    @property
    def body(self) -> dict[str, Any]:
        """As it is sent."""
        return nested(self.flat)


class Bodies:
    """Draws the bodies of one entry."""

    def __init__(self, entry: Entry, media: Media = SHAPES) -> None:
        self.entry = entry
        self.values = {path: values_of(rule, media) for path, rule in entry.fields.items()}
        self.some = {path: some_value(rule, media) for path, rule in entry.fields.items()}
        self.sizes = {mode: sizes_of(entry, mode) for mode in (*entry.modes, *entry.sizes)}
        self.days = days_of(entry)
        self.leaves = [path for path, rule in entry.fields.items() if rule.type != "object"]
        self.inputs = [path for path in self.leaves if path.startswith("inputs.")]
        self.frames = [path for path in self.inputs if entry.fields[path].type == "frames"]
        self.always = {path for path, rule in entry.fields.items() if rule.required and "." not in path}

    def allowed(self) -> st.SearchStrategy[Case]:
        """A strategy for what the entry allows."""
        return _allowed(self)

    def begun(self, draw: Draw, mode: str) -> Flat:
        """A body of a mode, before any rule across fields."""
        die = random.Random(draw(st.integers(0, 2**32)))  # noqa: S311 - Hypothesis alone would leave most fields out
        free = [path for path in self.leaves if path not in self.inputs and die.random() < SHARE]
        flat: Flat = {}
        for path in dict.fromkeys([*(path for path in self.leaves if path in self.always), *free]):
            self.give(draw, flat, path, mode)
        return self._entered(draw, flat, mode)

    def give(self, draw: Draw, flat: Flat, path: str, mode: str) -> None:
        """Put a field into a body, a side of the picture together with the other."""
        if path in SIDES:
            if self.sizes.get(mode):
                flat.update(zip(SIDES, draw(st.sampled_from(self.sizes[mode])), strict=True))
        else:
            flat[path] = draw(self.values[path])

    def _entered(self, draw: Draw, flat: Flat, mode: str) -> Flat:
        """The body with the inputs that make this mode, and one that belongs to no mode now and then."""
        others = [path for path in self.inputs if path not in self.frames]
        if mode == "reference" and others:
            self.give(draw, flat, draw(st.sampled_from(others)), mode)
        if mode in ("first_frame", "first_last_frame"):
            for path in self.frames:
                count = 1 if mode == "first_frame" else 2
                flat[path] = (draw(self.values[path]) + draw(self.values[path]))[:count]
        return flat


@st.composite
def _allowed(draw: Draw, bodies: Bodies) -> Case:
    day = draw(st.sampled_from(bodies.days))
    mode = draw(st.sampled_from(bodies.entry.modes))
    flat = bodies.begun(draw, mode)
    for _ in range(PATIENCE):
        wrong = next(wrongs(bodies.entry, flat, day), None)
        if wrong is None:
            return Case(flat, day, mode_of(bodies.entry, flat))
        flat = draw(st.sampled_from(list(_mendings(bodies, flat, wrong, draw))))(dict(flat))
    assume(False)
    raise AssertionError


def _mendings(bodies: Bodies, flat: Flat, wrong: Wrong, draw: Draw) -> Iterator[Mending]:
    """Every way to mend one wrong."""
    tools = _Tools(bodies, draw, mode_of(bodies.entry, flat))
    match wrong.of:
        case str(path):
            yield tools.adding(path)
            yield from tools.without(path.rpartition(".")[0])
        case Together(fields=fields):
            yield tools.adding(*(path for path in fields if not has(flat, path)))
            yield from tools.without(*fields)
        case ExactlyOne(groups=groups):
            yield from _one_group(tools, flat, groups)
        case Forbidden(fields=fields, when=when):
            yield from tools.without(*fields)
            yield from _unmet(tools, flat, when)
        case Needed(fields=fields, when=when):
            yield tools.adding(*(path for path in fields if not has(flat, path)))
            yield from _unmet(tools, flat, when)
        case OneNotMarked(field=path):
            yield lambda flat: {**flat, path: [_unmarked(flat[path][0]), *flat[path][1:]]}
        case Pairs() | Pixels() | SizeRule():
            yield from [tools.adding("width")] if bodies.sizes.get(tools.mode) else tools.without(*SIDES)


class _Tools:
    """How a body is mended: by fields more and fields less."""

    def __init__(self, bodies: Bodies, draw: Draw, mode: str) -> None:
        self.bodies = bodies
        self.mode = mode
        self._draw = draw

    def adding(self, *paths: str) -> Mending:
        """The body with these fields."""

        def mend(flat: Flat) -> Flat:
            for path in paths:
                self.bodies.give(self._draw, flat, path, self.mode)
            return flat

        return mend

    def without(self, *paths: str) -> Iterator[Mending]:
        """The body without these fields and all that is in them; no way at all where one is always required."""
        if not self.bodies.always & set(paths):
            yield lambda flat: {
                leaf: value
                for leaf, value in flat.items()
                if not any(f"{leaf}.".startswith(f"{path}.") for path in paths)
            }


def _one_group(tools: _Tools, flat: Flat, groups: tuple[tuple[str, ...], ...]) -> Iterator[Mending]:
    there = [group for group in groups if any(has(flat, path) for path in group)]
    for kept in there:
        yield from tools.without(*(path for group in groups for path in group if path not in kept))
    yield from (tools.adding(*group) for group in groups if not there)


def _unmet(tools: _Tools, flat: Flat, when: When) -> Iterator[Mending]:
    """The ways in which a condition that is met isn't met any more."""
    assert holds(tools.bodies.entry, when, flat)
    if when.any_present:
        yield from tools.without(*when.any_present)
    yield from (tools.adding(path) for path in when.none_present)
    for path in [*when.items, *when.differs]:
        yield from tools.without(path)
    for path, value in when.differs.items():
        yield lambda flat, path=path, value=value: {**flat, path: value}
    for path in when.items:
        if path in flat and len(flat[path]) > (tools.bodies.entry.fields[path].min_items or 0):
            yield lambda flat, path=path: {**flat, path: flat[path][:-1]}


def _unmarked(frame: Any) -> Any:
    return frame if isinstance(frame, str) else frame["image"]


def days_of(entry: Entry) -> list[date]:
    """Today, and the days on which something about the entry's rules changes, with the days before."""
    turns = {day for rule in entry.rules for day in (rule.since, rule.until) if day is not None}
    return sorted({TODAY, *turns, *(day - timedelta(days=1) for day in turns)})


def nested(flat: Mapping[str, Any]) -> dict[str, Any]:
    """A flat body as it is sent."""
    body: dict[str, Any] = {}
    for path, value in flat.items():
        *above, name = path.split(".")
        place = body
        for part in above:
            place = place.setdefault(part, {})
        if value == {} and isinstance(place.get(name), dict):
            continue  # the object is there already, with something in it
        place[name] = value
    return body
