"""The cross rules of an entry as the vendor's schemas have them: conditions on which fields are there."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from stillreel.runware.catalogue import Entry
from stillreel.runware.catalogue.entry import ExactlyOne, Forbidden, Needed, Pairs, Together, When
from stillreel.runware.catalogue.rules import in_force

Json = dict[str, Any]


def cross_rules(entry: Entry, today: date) -> Iterator[Json]:
    """The rules of a day, each an element of `allOf`; those that a JSON Schema can't say are left out."""
    for rule in entry.rules:
        if not in_force(rule, today):
            continue
        match rule:
            case Together(fields=fields):
                for one in fields:
                    yield {"if": _there(one), "then": _all([_there(other) for other in fields if other != one])}
            case Needed(fields=fields, when=when):
                yield _when(entry, when, [_there(path) for path in fields])
            case Forbidden(fields=fields, when=when):
                yield _when(entry, when, [{"not": _there(path)} for path in fields])
            case ExactlyOne(groups=groups):
                yield {"oneOf": [_any([_there(path) for path in group]) for group in groups]}
            case Pairs():
                yield _pairs(rule, entry)
            case _:
                pass


def _there(path: str) -> Json:
    """That a field is there, wherever it stands."""
    return _within(path, None)


def _within(path: str, demand: Json | None) -> Json:
    """That a field is there, and meets a demand."""
    name, _, rest = path.partition(".")
    inner = _within(rest, demand) if rest else demand
    return {"required": [name], **({} if inner is None else {"properties": {name: inner}})}


def _when(entry: Entry, when: When, demands: Sequence[Json]) -> Json:
    conditions = [_any([_there(path) for path in when.any_present])] if when.any_present else []
    conditions += [{"not": _there(path)} for path in when.none_present]
    conditions += [_within(path, _count(entry, path, count)) for path, count in when.items.items()]
    conditions += [_within(path, {"not": {"const": value}}) for path, value in when.differs.items()]
    return {"if": _all(conditions), "then": _all(demands)} if conditions else _all(demands)


def _count(entry: Entry, path: str, count: int) -> Json:
    """That a list has so many items; where more aren't legal anyway, as the vendor says it."""
    return {"minItems": count, **({} if entry.fields[path].max_items == count else {"maxItems": count})}


def _pairs(rule: Pairs, entry: Entry) -> Json:
    titles = {pair: name for name, pairs in entry.tiers.items() for pair in pairs}
    first, second = rule.fields
    branches = [
        {
            **({"title": titles[pair]} if pair in titles else {}),
            "properties": {first: {"const": pair[0]}, second: {"const": pair[1]}},
        }
        for pair in rule.values
    ]
    return {"if": _any([_there(first), _there(second)]), "then": {"oneOf": branches}}


def _all(parts: Sequence[Json]) -> Json:
    return parts[0] if len(parts) == 1 else {"allOf": [*parts]}


def _any(parts: Sequence[Json]) -> Json:
    return parts[0] if len(parts) == 1 else {"anyOf": [*parts]}
