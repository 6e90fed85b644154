"""Cross rules of a schema as rules of an entry.

Which JSON Schema becomes which rule, wherever it stands (`allOf[n]`, the task itself, an object in it); `there(x)` is
`required: [x]`, or `properties: {inputs: {required: [x]}}, required: [inputs]` for a field inside of an object:

    together      dependentRequired both ways; or an if/then after which each of some fields brings all others
    forbidden     if there(a) then not there(b); not(allOf: [there(a), there(b)]); not required [a, b];
                  with minItems = maxItems, or an enum's only other value, in the condition; properties: {a: false}
    needed        if there(a) then there(b); if not there(a) then there(b); anyOf of there(...); dependentRequired
    exactly_one   oneOf of there(...), where fields of one branch come together
    pairs         oneOf or anyOf of {properties: {width: const or enum, height: const or enum}}, alone or after
                  if anyOf [there(width), there(height)]
    one_not_marked  contains: {not: {properties: {frame: {enum: [last, -1]}}, required: [frame]}} of a list of frames

What is none of these stands in the entry's `unknown`, with its JSON path.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from stillreel.runware.catalogue.entry import FieldRule, OneNotMarked, Rule
from stillreel.runware.catalogue.importing.clauses import Clause, clauses_of, required, same
from stillreel.runware.catalogue.importing.conditions import NotUnderstood, Reading, Some, clauses, negated
from stillreel.runware.catalogue.importing.fields import CROSS, Fields
from stillreel.runware.catalogue.importing.pairing import pairs_in
from stillreel.runware.catalogue.importing.phrasing import rules_for

LONGEST_SHOWN = 400  # characters of a rule that isn't understood


@dataclass
class Crossing:
    """The cross rules of a task, each with the JSON path that it comes from, and those that aren't understood."""

    rules: list[tuple[str, Rule]] = field(default_factory=list)
    titles: dict[tuple[int, int], str] = field(default_factory=dict)  # what the schema calls a size
    notes: list[str] = field(default_factory=list)


def cross_rules(task: Mapping[str, Any], found: Fields, fields: Mapping[str, FieldRule]) -> Crossing:
    """Every cross rule of a task whose fields are known by now."""
    crossing = Crossing()
    understood: list[tuple[str, set[Clause], set[str], bool]] = []
    places = {}
    for number, (path, prefix, schema) in enumerate(_elements(task, found)):
        places[path] = number
        try:
            pairs = pairs_in(schema) if not prefix else None
            if pairs is not None and set(pairs.fields) <= set(fields):
                crossing.titles |= pairs.titles
                crossing.rules.append((path, pairs.rule))
            else:
                strangers: set[str] = set()
                understood.append((path, *_read(schema, prefix, Reading(fields, strangers))))
                crossing.notes += [
                    f"{path}: it also speaks of {name}, which isn't in this entry."
                    for name in sorted(strangers & set(found.left_out))
                ]
        except NotUnderstood as reason:
            crossing.notes.append(f"{path}: {_shown(schema)} isn't understood ({reason}), so it isn't checked.")
    sure = required(fields)
    together = same({clause for _, part, _, _ in understood for clause in part})
    for path, part, meant, choice in understood:
        try:
            rules = rules_for(part, together, meant, [*fields], choice=choice, given=sure)
            crossing.rules += [(path, rule) for rule in rules]
        except NotUnderstood as reason:
            crossing.notes.append(f"{path}: it isn't understood ({reason}), so it isn't checked.")
    demanded = {clause for _, rule in crossing.rules for clause in clauses_of(rule)}
    crossing.rules = [(path, rule) for path, rule in crossing.rules if not _idle(rule, demanded)]
    crossing.rules.sort(key=lambda rule: places[rule[0]])
    crossing.rules += [(path, _marked(name, positions)) for name, path, positions in found.marked]
    return crossing


def _idle(rule: Rule, demanded: set[Clause]) -> bool:
    """Whether other rules demand more than all that this one does."""
    own = clauses_of(rule)
    return all(any(other < clause for other in demanded - own) for clause in own)


def _elements(task: Mapping[str, Any], found: Fields) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Each cross rule: its JSON path, the object that it is inside of, and its schema."""
    for prefix, place, schema in [("", "", task), *found.inner]:
        dot = "." if place else ""
        for number, part in enumerate(schema.get("allOf", [])):
            yield f"{place}{dot}allOf[{number}]", prefix, part
        rest = {key: value for key, value in schema.items() if key in CROSS and key != "allOf"}
        for key in ("if", "anyOf", "oneOf", "not", "dependentRequired", "dependentSchemas"):
            if key in rest:
                branches: dict[str, Any] = {
                    name: rest[name] for name in ("then", "else") if name in rest and key == "if"
                }
                yield f"{place}{dot}{key}", prefix, {key: rest[key], **branches}


def _read(schema: Mapping[str, Any], prefix: str, reading: Reading) -> tuple[set[Clause], set[str], bool]:
    """A rule as clauses, the fields that it forbids or needs rather than those it asks about, and if it is a choice."""
    at = f"{prefix}." if prefix else ""
    formula = reading.formula(schema, at)
    if prefix:
        formula = Some((negated(reading.formula({"required": [prefix.rpartition(".")[2]]}, _above(prefix))), formula))
    found = clauses(formula)
    meant = {literal.path for clause in _meant(reading, schema, at) for literal in clause}
    return found, meant, "oneOf" in schema


def _above(prefix: str) -> str:
    parent = prefix.rpartition(".")[0]
    return f"{parent}." if parent else ""


def _meant(reading: Reading, schema: Mapping[str, Any], at: str) -> set[Clause]:
    """What a rule is about, as clauses: what comes of a condition, or the last of what excludes each other."""
    found: set[Clause] = set()
    for branch in ("then", "else"):
        found |= clauses(reading.formula(schema.get(branch, True), at))
    for names in schema.get("dependentRequired", {}).values():
        found |= clauses(reading.formula({"required": names}, at))
    excluded = schema.get("not")
    if isinstance(excluded, Mapping):
        last = excluded.get("allOf", [True])[-1]
        found |= clauses(reading.formula(last, at)) | clauses(
            reading.formula({"required": excluded.get("required", [])[-1:]}, at)
        )
    return found


def _marked(path: str, positions: list[Any]) -> Rule:
    says = "at least one frame isn't marked as the last"
    return OneNotMarked(kind="one_not_marked", field=path, positions=tuple(positions), says=says)


def _shown(schema: Any) -> str:
    text = json.dumps(schema, default=str, ensure_ascii=True)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"
