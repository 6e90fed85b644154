"""The rules across fields of a model's entry, as the service applies them: dated, with a list of parameters each."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from stillreel.emulator.refusals import TaskError, coded
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

Given = Mapping[str, Any]
INPUTS = "inputs."


def check_rules(entry: Entry, given: Given, today: date) -> None:
    """Raise TaskError for the first rule in force that the given fields break."""
    for rule in entry.rules:
        in_force = (rule.since is None or rule.since <= today) and (rule.until is None or today < rule.until)
        if in_force:
            _check(entry, rule, given)
    size = entry.sizes.get(mode_of(entry, given))
    if size is not None:
        _check_size(size, given)


def mode_of(entry: Entry, given: Given) -> str:
    """Which of a model's modes the given inputs mean: frames decide, else any other input; without any it is text."""
    kinds = {path: entry.fields[path].type for path in given}
    for path, kind in kinds.items():
        if kind == "frames" and isinstance(given[path], list) and given[path]:
            return "first_frame" if len(given[path]) == 1 else "first_last_frame"
    referred = any(path.startswith(INPUTS) and kind not in {"frames", "object"} for path, kind in kinds.items())
    return "reference" if referred else "text"


def _check(entry: Entry, rule: Rule, given: Given) -> None:
    match rule:
        case Together():
            if 0 < sum(field in given for field in rule.fields) < len(rule.fields):
                raise _broken(rule, rule.fields)
        case ExactlyOne():
            if _present_groups(rule, given) != 1:
                raise _broken(rule, [field for group in rule.groups for field in group])
        case Forbidden():
            _check_forbidden(entry, rule, given)
        case Needed():
            _check_needed(entry, rule, given)
        case Pairs():
            _check_pair(rule, given)
        case OneNotMarked():
            _check_marks(rule, given.get(rule.field) or [])
        case Pixels():
            _check_pixels(rule, given)


def _check_marks(rule: OneNotMarked, frames: list[Any]) -> None:
    if frames and all(isinstance(item, dict) and item.get("frame") in rule.positions for item in frames):
        raise _broken(rule, [rule.field])


def _present_groups(rule: ExactlyOne, given: Given) -> int:
    return sum(any(field in given for field in group) for group in rule.groups)


def _check_forbidden(entry: Entry, rule: Forbidden, given: Given) -> None:
    there = [field for field in rule.fields if field in given]
    if there and _holds(entry, rule.when, given):
        raise _broken(rule, there)


def _check_needed(entry: Entry, rule: Needed, given: Given) -> None:
    lacking = [field for field in rule.fields if field not in given]
    if lacking and _holds(entry, rule.when, given):
        raise TaskError(coded("missing", lacking[0]), f"{rule.says}.", lacking if lacking[1:] else lacking[0])


def _check_pixels(rule: Pixels, given: Given) -> None:
    one, other = (given.get(field) for field in rule.fields)
    if one is not None and other is not None and one * other < rule.min:
        raise TaskError("unsupportedParameter", f"{rule.says}.", rule.fields, min=rule.min)


def _broken(rule: Rule, fields: tuple[str, ...] | list[str]) -> TaskError:
    return TaskError("incompatibleParameters", f"{rule.says}.", fields if len(fields) > 1 else fields[0])


def _check_pair(rule: Pairs, given: Given) -> None:
    pair = tuple(given.get(field) for field in rule.fields)
    if None not in pair and pair not in rule.values:
        told = [f"{one}x{other}" for one, other in rule.values]
        quoted = ", ".join(f"'{size}'" for size in told)
        message = (
            f"Unsupported combination of '{rule.fields[0]}' and '{rule.fields[1]}'. Supported values are: {quoted}."
        )
        raise TaskError("unsupportedParameter", message, rule.fields, allowedValues=[*told])


def _check_size(size: SizeRule, given: Given) -> None:
    there = [name for name in ("width", "height") if name in given]
    if size.from_image and there:
        message = "The size comes from the image: leave out 'width' and 'height'."
        raise TaskError("incompatibleParameters", message, there if len(there) > 1 else there[0])
    if size.pairs is not None and len(there) > 1 and (given["width"], given["height"]) not in size.pairs:
        told = [f"{one}x{other}" for one, other in size.pairs]
        quoted = ", ".join(f"'{pair}'" for pair in told)
        message = f"Unsupported width and height. Supported values are: {quoted}."
        raise TaskError("unsupportedParameter", message, ["width", "height"], allowedValues=[*told])
    for name in there:
        _check_side(size, name, given[name])
    if size.min_pixels is not None and len(there) > 1 and given["width"] * given["height"] < size.min_pixels:
        message = f"Unsupported width and height. Their product must be at least {size.min_pixels}."
        raise TaskError("unsupportedParameter", message, ["width", "height"], min=size.min_pixels)


def _check_side(size: SizeRule, name: str, side: int) -> None:
    small = side < (size.min or 1)
    big = size.max is not None and side > size.max
    if small or big or (size.step is not None and side % size.step):
        raise TaskError(
            coded("invalid", name),
            f"Invalid value for '{name}'. It must be an integer value between {size.min} and {size.max}, "
            f"in multiples of {size.step}.",
            name,
            type="integer",
            min=size.min,
            max=size.max,
            multiplier=size.step,
        )


def _holds(entry: Entry, when: When, given: Given) -> bool:
    return (
        (not when.any_present or any(field in given for field in when.any_present))
        and not any(field in given for field in when.none_present)
        and all(len(given.get(field) or ()) == count for field, count in when.items.items())
        and all(_differs(entry, field, value, given) for field, value in when.differs.items())
    )


def _differs(entry: Entry, field: str, value: str | int | bool, given: Given) -> bool:
    actual = given.get(field, entry.fields[field].default if field in entry.fields else None)
    return actual is not None and actual != value
