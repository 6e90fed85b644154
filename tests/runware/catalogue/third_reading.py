"""The rules across fields, read a third time: neither our check nor the emulator has a line in common with this.

A body is flat here: its leaves by dotted path. What is wrong is told with the code and the parameters that the service
answers with.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, NamedTuple

from stillreel.runware.catalogue.entry import (
    Entry,
    ExactlyOne,
    Forbidden,
    Needed,
    OneNotMarked,
    Pairs,
    Pixels,
    Rule,
    SizeRule,
    Together,
    When,
)

Flat = Mapping[str, Any]
SIDES = ("width", "height")


class Wrong(NamedTuple):
    """One thing that the service has against a body."""

    code: str
    parameters: tuple[str, ...]
    of: Rule | SizeRule | str  # the rule that is broken, or the field that is missing


def has(flat: Flat, path: str) -> bool:
    """Whether a field is there: itself, or something in the object that it is."""
    return path in flat or any(leaf.startswith(f"{path}.") for leaf in flat)


def named(prefix: str, path: str, suffix: str = "") -> str:
    """The code that a parameter's last part makes."""
    last = path.rsplit(".", maxsplit=1)[-1]
    return f"{prefix}{last[0].upper()}{last[1:]}{suffix}"


def wrongs(entry: Entry, flat: Flat, day: date) -> Iterator[Wrong]:
    """What is missing, then what the rules of that day have against it in their order, then the size."""
    yield from missing(entry, flat)
    for rule in entry.rules:
        if (rule.since or day) <= day and (rule.until is None or rule.until > day):
            yield from _against(entry, rule, flat)
    yield from _against_size(entry.sizes.get(mode_of(entry, flat), SizeRule()), flat)


def missing(entry: Entry, flat: Flat) -> Iterator[Wrong]:
    """Fields that must be there: always, or because the object is that they stand in."""
    for path, field in entry.fields.items():
        *above, _ = path.split(".")
        if field.required and not has(flat, path) and (not above or has(flat, ".".join(above))):
            yield Wrong(named("missing", path), (path,), path)


def _against(entry: Entry, rule: Rule, flat: Flat) -> Iterator[Wrong]:
    match rule:
        case Together():
            there = [has(flat, path) for path in rule.fields]
            bad = any(there) and not all(there)
            about = rule.fields
        case ExactlyOne():
            bad = len([group for group in rule.groups if any(has(flat, path) for path in group)]) != 1
            about = tuple(path for group in rule.groups for path in group)
        case Forbidden():
            about = tuple(path for path in rule.fields if has(flat, path))
            bad = about != () and holds(entry, rule.when, flat)
        case Pairs() | Pixels():
            if not _takes(rule, flat):
                yield Wrong("unsupportedParameter", rule.fields, rule)
            return
        case OneNotMarked():
            marks = [frame.get("frame") if isinstance(frame, dict) else "" for frame in flat.get(rule.field, [])]
            bad = marks != [] and set(marks) <= set(rule.positions)
            about = (rule.field,)
        case Needed():
            about = tuple(path for path in rule.fields if not has(flat, path))
            if about and holds(entry, rule.when, flat):
                yield Wrong(named("missing", about[0]), about, rule)
            return
    if bad:
        yield Wrong("incompatibleParameters", about, rule)


def _takes(rule: Pairs | Pixels, flat: Flat) -> bool:
    if any(path not in flat for path in rule.fields):
        return True
    size = (flat[rule.fields[0]], flat[rule.fields[1]])
    return size in rule.values if isinstance(rule, Pairs) else size[0] * size[1] >= rule.min


def _against_size(rule: SizeRule, flat: Flat) -> Iterator[Wrong]:
    there = tuple(side for side in SIDES if side in flat)
    if rule.from_image and there:
        yield Wrong("incompatibleParameters", there, rule)
    elif rule.pairs is not None and there == SIDES and (flat["width"], flat["height"]) not in rule.pairs:
        yield Wrong("unsupportedParameter", SIDES, rule)
    elif rule.pairs is None:
        for side in there:
            if not (rule.min or 1) <= flat[side] <= (rule.max or flat[side]) or flat[side] % (rule.step or 1):
                yield Wrong(named("invalid", side), (side,), rule)
        if there == SIDES and flat["width"] * flat["height"] < (rule.min_pixels or 0):
            yield Wrong("unsupportedParameter", SIDES, rule)


def mode_of(entry: Entry, flat: Flat) -> str:
    """Which mode a body means by its inputs."""
    for path, value in flat.items():
        if entry.fields[path].type == "frames":
            return "first_frame" if len(value) == 1 else "first_last_frame"
    given = [path for path in flat if path.startswith("inputs.") and entry.fields[path].type != "object"]
    return "reference" if given else "text"


def holds(entry: Entry, when: When, flat: Flat) -> bool:
    """Whether a condition is met: by all of its parts."""
    for path, count in when.items.items():
        if len(flat.get(path, [])) != count:
            return False
    for path, value in when.differs.items():
        said = flat.get(path, entry.fields[path].default)
        if said is None or said == value:
            return False
    met = not when.any_present or any(has(flat, path) for path in when.any_present)
    return met and not any(has(flat, path) for path in when.none_present)
