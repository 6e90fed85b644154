"""Cross rules: what fields of one body mean for each other, on the day they are sent."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from stillreel.domain.problems import Problem
from stillreel.runware.catalogue.entry import (
    Entry,
    ExactlyOne,
    Forbidden,
    Needed,
    OneNotMarked,
    Pairs,
    Pixels,
    Rule,
    Together,
    When,
)
from stillreel.runware.catalogue.values import is_same, shown

Body = Mapping[str, Any]  # by dotted path; only what is there and isn't null


def rule_problems(entry: Entry, there: Body, today: date) -> Iterator[Problem]:
    """What the rules in force today have against the fields that are there."""
    for rule in entry.rules:
        if in_force(rule, today):
            yield from _problems(rule, there, entry)


def is_forbidden(entry: Entry, field: str, there: Body, today: date) -> bool:
    """Whether a rule in force today forbids this one beside the fields that are there."""
    rules = (rule for rule in entry.rules if isinstance(rule, Forbidden) and field in rule.fields)
    return any(in_force(rule, today) and _holds(rule.when, there, entry) for rule in rules)


def in_force(rule: Rule, today: date) -> bool:
    """Whether the rule holds on a day: from `since` on, and before `until`."""
    return (rule.since is None or rule.since <= today) and (rule.until is None or today < rule.until)


def _problems(rule: Rule, there: Body, entry: Entry) -> Iterator[Problem]:
    match rule:
        case Together(fields=fields):
            yield from _absent(fields if any(field in there for field in fields) else (), there, rule.says)
        case Needed(fields=fields, when=when):
            yield from _absent(fields if _holds(when, there, entry) else (), there, rule.says)
        case Forbidden(fields=fields, when=when):
            found = [field for field in fields if field in there] if _holds(when, there, entry) else []
            why = f"leave it out: {rule.says}"
            yield from (Problem(field=field, got=shown(there[field]), allowed=why) for field in found)
        case ExactlyOne(groups=groups):
            yield from _not_one(groups, there, rule.says)
        case Pairs():
            yield from _no_pair(rule, there)
        case OneNotMarked():
            yield from _all_marked(rule, there)
        case Pixels():
            yield from _too_few(rule, there)


def _no_pair(rule: Pairs, there: Body) -> Iterator[Problem]:
    first, second = given = [there.get(field) for field in rule.fields]
    if isinstance(first, int) and isinstance(second, int):
        if (first, second) not in rule.values:
            yield Problem(field=rule.fields[0], got=f"{first}x{second}", allowed=rule.says)
        return
    for side, value in enumerate(given):  # its other half is missing or no number: that is told by itself
        if isinstance(value, int) and all(pair[side] != value for pair in rule.values):
            yield Problem(field=rule.fields[side], got=shown(value), allowed=rule.says)


def _too_few(rule: Pixels, there: Body) -> Iterator[Problem]:
    first, second = (there.get(field) for field in rule.fields)
    if isinstance(first, int) and isinstance(second, int) and first * second < rule.min:
        yield Problem(field=rule.fields[0], got=f"{first}x{second}", allowed=rule.says)


def _all_marked(rule: OneNotMarked, there: Body) -> Iterator[Problem]:
    frames = there.get(rule.field)
    if isinstance(frames, list | tuple) and frames and all(_marked(frame, rule.positions) for frame in frames):
        yield Problem(field=rule.field, got=shown(frames), allowed=rule.says)


def _absent(fields: tuple[str, ...], there: Body, says: str) -> Iterator[Problem]:
    for field in fields:
        if field not in there:
            yield Problem(field=field, got="nothing", allowed=says)


def _not_one(groups: tuple[tuple[str, ...], ...], there: Body, says: str) -> Iterator[Problem]:
    found = [field for group in groups for field in group if field in there]
    given = sum(any(field in there for field in group) for group in groups)
    if given != 1:
        allowed = f"leave one out: {says}" if given else says
        yield Problem(field=groups[0][0], got=" and ".join(found) or "none of them", allowed=allowed)


def _holds(when: When, there: Body, entry: Entry) -> bool:
    return (
        (not when.any_present or any(field in there for field in when.any_present))
        and not any(field in there for field in when.none_present)
        and all(_items(there.get(field)) == count for field, count in when.items.items())
        and all(_differs(field, value, there, entry) for field, value in when.differs.items())
    )


def _items(value: Any) -> int | None:
    return len(value) if isinstance(value, list | tuple) else None


def _differs(field: str, value: str | int | bool, there: Body, entry: Entry) -> bool:
    rule = entry.fields.get(field)
    found = there.get(field, None if rule is None else rule.default)
    return found is not None and not is_same(found, value)


def _marked(frame: Any, positions: tuple[str | int, ...]) -> bool:
    return isinstance(frame, Mapping) and any(is_same(frame.get("frame"), position) for position in positions)
