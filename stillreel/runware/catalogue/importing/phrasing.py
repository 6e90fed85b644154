"""Clauses as rules that a person would have written: few, and each a sentence."""

import json
import typing
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from stillreel.runware.catalogue.entry import ExactlyOne, Forbidden, Needed, Rule, Together, When
from stillreel.runware.catalogue.importing.clauses import Clause, Literal, clauses_of, plain, same
from stillreel.runware.catalogue.importing.conditions import NotUnderstood

Name = typing.Literal["fields", "any_present"]
Groups = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class _Part:
    """One rule in the making: what becomes of its fields when its condition holds."""

    needed: bool
    fields: tuple[str, ...]
    any_present: tuple[str, ...] = ()
    none_present: tuple[str, ...] = ()
    items: tuple[tuple[str, int], ...] = ()
    differs: tuple[tuple[str, Any], ...] = ()


def rules_for(
    clauses: set[Clause], together: Groups, meant: set[str], order: Sequence[str], *, choice: bool, given: set[Clause]
) -> list[Rule]:
    """The rules that say these clauses, given those of required fields; NotUnderstood where an entry can't say one.

    `together` are all fields that come together by whatever rule, `meant` those that the rule is about, and `choice`
    says whether it was written as one of several.
    """
    own = dict.fromkeys(same(clauses).values())
    rules: list[Rule] = [_together(_sorted(group, order)) for group in own]
    within = {clause for rule in rules for clause in clauses_of(rule)}
    if choice:
        groups = _groups(_rest(clauses - within, given, together), order)
        if groups is not None:
            return [*rules, _exactly_one([_all_of(group, together, order) for group in groups])]
    try:
        return rules + _plainly(_rest(clauses - within, given, {}), meant, {}, order)
    except NotUnderstood:  # one field may still be able to speak for those that come with it
        about = {together.get(path, (path,))[0] for path in meant}
        return rules + _plainly(_rest(clauses - within, given, together), about, together, order)


def _rest(clauses: set[Clause], given: set[Clause], together: Groups) -> set[Clause]:
    """What the clauses say beyond those that are given; NotUnderstood if nothing could meet them."""
    rest = plain(clauses | given, together) - plain(given, together)
    if any(not clause for clause in rest):
        raise NotUnderstood("no request could meet it")
    return {clause for clause in rest if not any(literal.kind == "together" for literal in clause)}


def _plainly(rest: set[Clause], about: set[str], together: Groups, order: Sequence[str]) -> list[Rule]:
    parts = [_part(clause, about, order) for clause in sorted(rest, key=lambda clause: _place(clause, order))]
    return [_rule(part, together, order) for part in _joined(_joined(parts, "fields", order), "any_present", order)]


def _part(clause: Clause, about: set[str], order: Sequence[str]) -> _Part:
    """A clause as what one of its fields may or must be, in a condition that the others make."""
    plainly = sorted(
        (literal for literal in clause if literal.kind == "there"),
        key=lambda literal: (literal.path not in about, not literal.holds, -_index(literal.path, order)),
    )
    for target in plainly:
        part = _aimed(target, clause - {target}, order)
        if part is not None:
            return part
    raise NotUnderstood("an entry can't say a rule on this combination")


def _aimed(target: Literal, others: Iterable[Literal], order: Sequence[str]) -> _Part | None:
    present: list[str] = []
    absent: list[str] = []
    items: list[tuple[str, int]] = []
    differs: list[tuple[str, Any]] = []
    for literal in others:
        if literal.kind == "there":
            (absent if literal.holds else present).append(literal.path)
        elif literal.holds:
            return None
        elif literal.kind == "items":
            items.append((literal.path, int(literal.value)))
        else:
            differs.append((literal.path, json.loads(literal.value)))
    if len(present) > 1:
        return None
    return _Part(
        target.holds,
        (target.path,),
        tuple(present),
        tuple(_sorted(absent, order)),
        tuple(sorted(items)),
        tuple(sorted(differs, key=str)),
    )


def _joined(parts: Sequence[_Part], name: Name, order: Sequence[str]) -> list[_Part]:
    """Parts that differ in one list alone as one part; conditions join where any of them will do."""
    found: dict[_Part, list[str]] = {}
    for part in parts:
        own = getattr(part, name)
        key = _with(part, name, ())
        found.setdefault(key, [])
        found[key] += [path for path in own if path not in found[key]]
    return [_with(key, name, _sorted(paths, order)) for key, paths in found.items()]


def _with(part: _Part, name: Name, paths: tuple[str, ...]) -> _Part:
    return replace(part, fields=paths) if name == "fields" else replace(part, any_present=paths)


def _groups(clauses: set[Clause], order: Sequence[str]) -> list[list[str]] | None:
    """The groups of which exactly one is there, if that is what the clauses say."""
    wholes = [clause for clause in clauses if all(literal.holds and literal.kind == "there" for literal in clause)]
    if len(wholes) != 1:
        return None
    groups: list[list[str]] = []
    for path in _sorted([literal.path for literal in wholes[0]], order):
        for group in groups:
            if not any(_excluded(path, other) in clauses for other in group):
                group.append(path)
                break
        else:
            groups.append([path])
    rule = _exactly_one(groups)
    return groups if clauses_of(rule) == clauses else None


def _excluded(one: str, other: str) -> Clause:
    return frozenset({Literal("there", one, holds=False), Literal("there", other, holds=False)})


def _rule(part: _Part, together: Groups, order: Sequence[str]) -> Rule:
    fields = _all_of(part.fields, together, order)
    when = When(
        any_present=tuple(_sorted(part.any_present, order)),
        none_present=part.none_present,
        items=dict(part.items),
        differs=dict(part.differs),
    )
    condition = _condition(when)
    if part.needed:
        are = "are" if len(fields) > 1 else "is"
        return Needed(kind="needed", fields=fields, when=when, says=f"{condition}{_and(fields)} {are} needed")
    says = f"{condition}there is no {_and(fields, ' and no ')}"
    return Forbidden(kind="forbidden", fields=fields, when=when, says=says)


def _condition(when: When) -> str:
    parts = [f"with {_and(when.any_present, ' or ')}"] if when.any_present else []
    parts += [f"without {_and(when.none_present)}"] if when.none_present else []
    parts += [f"with {count} items in {path}" for path, count in when.items.items()]
    parts += [
        f"with {path} {str(not value).lower()}" if isinstance(value, bool) else f"with {path} other than {value}"
        for path, value in when.differs.items()
    ]
    return f"{' and '.join(parts)}, " if parts else ""


def _together(fields: tuple[str, ...]) -> Rule:
    return Together(kind="together", fields=fields, says=f"{_and(fields)} are given together or not at all")


def _exactly_one(groups: Sequence[Sequence[str]]) -> Rule:
    named = [" with ".join(group) for group in groups]
    says = f"exactly one is given: {_and(named, ' or ')}"
    return ExactlyOne(kind="exactly_one", groups=tuple(tuple(group) for group in groups), says=says)


def _all_of(paths: Iterable[str], together: Groups, order: Sequence[str]) -> tuple[str, ...]:
    """The paths, with those that come together with them."""
    return _sorted({path for one in paths for path in together.get(one, (one,))}, order)


def _and(names: Sequence[str], word: str = " and ") -> str:
    return ", ".join(names[:-1]) + (word if names[:-1] else "") + names[-1]


def _sorted(paths: Iterable[str], order: Sequence[str]) -> tuple[str, ...]:
    return tuple(sorted(paths, key=lambda path: (_index(path, order), path)))


def _index(path: str, order: Sequence[str]) -> int:
    return order.index(path) if path in order else len(order)


def _place(clause: Clause, order: Sequence[str]) -> list[tuple[int, str, bool]]:
    return sorted((_index(literal.path, order), f"{literal.kind}{literal.path}", literal.holds) for literal in clause)
