"""Cross rules as logic, so that two ways to say the same rule are one: sets of clauses, of which each must hold.

A clause is a set of literals, of which at least one must be true: "no width with a frame" is {no frame, no width}.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, NamedTuple

from stillreel.runware.catalogue.entry import Entry, ExactlyOne, Forbidden, Needed, Pixels, Rule, Together, When
from stillreel.runware.catalogue.rules import in_force

ASIDE = {"says", "number", "since", "until", "sure", "source", "seen"}  # of a rule: what it doesn't demand


class Literal(NamedTuple):
    """Something about a body, or that it isn't so."""

    kind: str  # there, items (exactly so many), differs (is there with another value), together, pixels, rule
    path: str
    value: str = ""  # as JSON
    holds: bool = True

    def __invert__(self) -> "Literal":
        return self._replace(holds=not self.holds)


Clause = frozenset[Literal]


def there(path: str) -> Literal:
    """The field is there."""
    return Literal("there", path)


def items(path: str, count: int) -> Literal:
    """The field is there with exactly so many items."""
    return Literal("items", path, str(count))


def differs(path: str, value: Any) -> Literal:
    """The field is there with another value than this."""
    return Literal("differs", path, json.dumps(value))


def clauses_of(rule: Rule) -> set[Clause]:
    """A rule of an entry as clauses."""
    match rule:
        case Together(fields=fields):
            return {frozenset({~there(one), there(other)}) for one in fields for other in fields if one != other}
        case Needed(fields=fields, when=when):
            return {frozenset({there(field), *unless}) for field in fields for unless in _unless(when)}
        case Forbidden(fields=fields, when=when):
            return {frozenset({~there(field), *unless}) for field in fields for unless in _unless(when)}
        case ExactlyOne(groups=groups):
            some = frozenset(there(field) for group in groups for field in group)
            pairs = [(one, other) for n, one in enumerate(groups) for other in groups[n + 1 :]]
            both = {frozenset({~there(a), ~there(b)}) for one, other in pairs for a in one for b in other}
            return {some, *both}
        case Pixels(fields=fields, min=least):
            return {frozenset({Literal("pixels", " ".join(sorted(fields)), str(least))})}
        case _:
            return {frozenset({_whole(rule)})}


def required(fields: Mapping[str, Any]) -> set[Clause]:
    """What the required ones among these fields (by path, as FieldRule) demand."""
    found = set()
    for path, rule in fields.items():
        parent = path.rpartition(".")[0]
        if rule.required:
            found.add(frozenset({there(path), *([~there(parent)] if parent else [])}))
    return found


def demands(entry: Entry, today: date) -> set[Clause]:
    """All that an entry's rules and required fields demand of a body today, in a form that can be compared."""
    held = required(entry.fields)
    for rule in entry.rules:
        if in_force(rule, today):
            held |= clauses_of(rule)
    return plain(held, same(held))


def same(clauses: Iterable[Clause]) -> dict[str, tuple[str, ...]]:
    """Fields that come together by these clauses: each with its whole group, in order."""
    implied = {_implication(clause) for clause in clauses} - {None}
    groups: dict[str, set[str]] = {}
    for pair in implied:
        if pair is not None and pair[::-1] in implied:
            joined = groups.get(pair[0], {pair[0]}) | groups.get(pair[1], {pair[1]})
            groups.update(dict.fromkeys(joined, joined))
    return {path: tuple(sorted(group)) for path, group in groups.items()}


def plain(clauses: Iterable[Clause], together: Mapping[str, tuple[str, ...]]) -> set[Clause]:
    """The same clauses with one field standing for those that come together, and without what others imply."""
    told = {_shorter(frozenset(_for_all(literal, together) for literal in clause)) for clause in clauses}
    sure = {clause for clause in told if not any(~literal in clause for literal in clause)}
    for group in set(together.values()):
        if frozenset({there(group[0])}) not in sure:
            sure.add(frozenset({Literal("together", " ".join(group))}))
    return {clause for clause in sure if not any(other < clause for other in sure)}


def implied(clause: Clause, by: Iterable[Clause]) -> bool:
    """Whether one of the clauses demands at least as much."""
    return any(other <= clause for other in by)


def _for_all(literal: Literal, together: Mapping[str, tuple[str, ...]]) -> Literal:
    if literal.kind != "there" or literal.path not in together:
        return literal
    return literal._replace(path=together[literal.path][0])


def _shorter(clause: Clause) -> Clause:
    """Without the absence of a field where the clause speaks of the absence of what is in it, or of its value."""
    absent = {literal for literal in clause if literal.kind == "there" and not literal.holds}
    idle = {
        one
        for one in absent
        for other in clause - {one}
        if not other.holds and f"{other.path}.".startswith(f"{one.path}.")
    }
    some = any(literal.kind == "there" for literal in clause - idle)
    return clause - idle if some else clause  # a rule needs a field to speak of


def _implication(clause: Clause) -> tuple[str, str] | None:
    """(a, b) of a clause that says: with a comes b."""
    if len(clause) != 2 or any(literal.kind != "there" for literal in clause):
        return None
    left, right = sorted(clause, key=lambda literal: literal.holds)
    return None if left.holds == right.holds else (left.path, right.path)


def _unless(when: When) -> list[set[Literal]]:
    """The negated condition, once for each field of which any will do."""
    base = {there(path) for path in when.none_present}
    base |= {~items(path, count) for path, count in when.items.items()}
    base |= {~differs(path, value) for path, value in when.differs.items()}
    return [base | {~there(path)} for path in when.any_present] or [base]


def _whole(rule: Rule) -> Literal:
    """A rule that is only ever compared as it stands, its lists in order."""
    data = {key: value for key, value in rule.model_dump(mode="json").items() if key not in ASIDE}
    for key, value in data.items():
        if isinstance(value, list) and key != "fields":
            data[key] = sorted(value, key=json.dumps)
    return Literal("rule", rule.kind, json.dumps(data, sort_keys=True))
