"""The difference between an entry that we have and what a schema says now, line by line, as a person reviews it."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from stillreel.runware.catalogue.entry import Entry, FieldRule, Pixels, Rule, SizeRule
from stillreel.runware.catalogue.importing.alike import differing
from stillreel.runware.catalogue.importing.clauses import (
    Clause,
    clauses_of,
    demands,
    implied,
    plain,
    required,
    same,
    there,
)
from stillreel.runware.catalogue.importing.pricelist import price_lines
from stillreel.runware.catalogue.importing.sizing import carried
from stillreel.runware.catalogue.rules import in_force
from stillreel.runware.catalogue.values import described

ELSEWHERE = {
    *("status", "released", "modes", "sizes", "fields", "rules", "prices", "response", "unknown"),  # each has its lines
    *("unsaid", "doubted"),  # what becomes surer
    *("source", "seen", "status_seen", "status_note", "usual_seconds", "usual_source"),  # nothing of a request
}


def differences(ours: Entry, theirs: Entry, written: Entry, today: date) -> list[str]:
    """What is gone (-), new (+) or changed (~) from our entry to theirs, as of a day; empty where both say the same.

    `written` is what becomes of our entry: what the schema says, with what only ours knew.
    """
    return [
        *_plainly(ours, theirs),
        *_sizes(ours, theirs),
        *_fields(ours, theirs, today),
        *_rules(ours, theirs, today),
        *price_lines(ours.prices, written.prices),
        *_results(ours.response, written.response),
        *_others(ours, written),
        *(f"- unknown: {sentence}" for sentence in ours.unknown if sentence not in written.unknown),
        *(f"+ unknown: {sentence}" for sentence in written.unknown if sentence not in ours.unknown),
    ]


def _plainly(ours: Entry, theirs: Entry) -> Iterator[str]:
    if ours.status != theirs.status:
        yield f"~ status: {ours.status} (seen {ours.status_seen}) -> {theirs.status}"
    if theirs.released is not None and ours.released != theirs.released:
        yield f"~ released: {ours.released or 'unknown'} -> {theirs.released}"
    yield from (f"- mode {mode}" for mode in ours.modes if mode not in theirs.modes)
    yield from (f"+ mode {mode}" for mode in theirs.modes if mode not in ours.modes)


def _sizes(ours: Entry, theirs: Entry) -> Iterator[str]:
    for mode, rule in theirs.sizes.items():
        if mode not in ours.sizes:
            yield f"+ sizes {mode}: {_size(rule)}"
            continue
        before, after = _size(ours.sizes[mode]), _size(carried(ours, mode, rule))
        if before != after:
            yield f"~ sizes {mode}: {before} -> {after}"


def _size(rule: SizeRule) -> str:
    named = f", by name {', '.join(sorted(rule.resolutions))}" if rule.resolutions else ""
    if rule.from_image:
        return f"as the image{named}"
    if rule.pairs is not None:
        return ", ".join(f"{width}x{height}" for width, height in sorted(rule.pairs)) + named
    least = f"{rule.min_pixels} pixels and more" if rule.min_pixels else ""
    if rule.min is None and rule.max is None and rule.step is None:
        return f"{least or 'unknown'}{named}"
    low, high = (part if part is not None else "?" for part in (rule.min, rule.max))
    return ", ".join(part for part in (f"{low} to {high} in steps of {rule.step or 1}", least) if part) + named


def _fields(ours: Entry, theirs: Entry, today: date) -> Iterator[str]:
    for path, rule in ours.fields.items():
        if path not in theirs.fields:
            yield f"- field {path}: {told(rule)}"
            continue
        before, after = _effective(path, rule, ours, today), _effective(path, theirs.fields[path], theirs, today)
        changes = [f"{name} {_shown(one)} -> {_shown(other)}" for name, one, other in differing(before, after)]
        if changes:
            yield f"~ field {path}: {', '.join(changes)}"
    yield from (f"+ field {path}: {told(rule)}" for path, rule in theirs.fields.items() if path not in ours.fields)


def _effective(path: str, rule: FieldRule, entry: Entry, today: date) -> FieldRule:
    """The rule of a field, required also where a cross rule that always holds says so."""
    parent = path.rpartition(".")[0]
    due = frozenset({there(path), *([~there(parent)] if parent else [])})
    always = any(in_force(cross, today) and implied(due, clauses_of(cross)) for cross in entry.rules)
    return rule.model_copy(update={"required": rule.required or always})


def told(rule: FieldRule) -> str:
    """A field's rule in a line."""
    default = "" if rule.default is None else f", default {_shown(rule.default)}"
    items = f", {rule.min_items or 0} to {rule.max_items}" if rule.max_items is not None else ""
    return f"{described(rule)}{items}{default}{', required' if rule.required else ''}"


def _rules(ours: Entry, theirs: Entry, today: date) -> Iterator[str]:
    gone = beyond(ours, agreed(theirs, ours, today), theirs, today)
    new = beyond(theirs, agreed(ours, theirs, today), ours, today)
    yield from (f"- rule: {rule.says}" for rule in gone if not unsayable(rule))
    yield from (f"+ rule: {rule.says}" for rule in new)


def agreed(entry: Entry, other: Entry, today: date) -> set[Clause]:
    """What an entry demands and the other one as well; a rule that demands more or less is another rule."""
    together = same({clause for rule in entry.rules if in_force(rule, today) for clause in clauses_of(rule)})
    theirs = {clause for rule in other.rules if in_force(rule, today) for clause in clauses_of(rule)}
    held = plain(theirs | required(other.fields), together)
    return {clause for clause in demands(entry, today) if implied(clause, held)}


def beyond(entry: Entry, others: set[Clause], other: Entry, today: date) -> Iterator[Rule]:
    """The rules of an entry that demand something which isn't among what the other one demands."""
    together = same({clause for rule in other.rules if in_force(rule, today) for clause in clauses_of(rule)})
    for rule in entry.rules:
        if not in_force(rule, today) or _about_required(rule):
            continue
        own = plain(clauses_of(rule), together)
        own = {clause for clause in own if not any(literal.kind == "together" for literal in clause)}
        if not all(implied(clause, others) for clause in own):
            yield rule


def unsayable(rule: Rule) -> bool:
    """Whether no JSON Schema can say a rule, so that one without it doesn't contradict it."""
    return isinstance(rule, Pixels)


def _about_required(rule: Rule) -> bool:
    """Whether all that a rule says is that fields are required, which is told of the fields."""
    return all(len(clause) == 1 and next(iter(clause)).kind == "there" for clause in clauses_of(rule))


def _results(ours: Mapping[str, FieldRule], written: Mapping[str, FieldRule]) -> Iterator[str]:
    for path, rule in written.items():
        if path not in ours:
            yield f"+ result {path}: {told(rule)}"
        elif changes := [
            f"{name} {_shown(one)} -> {_shown(other)}" for name, one, other in differing(ours[path], rule)
        ]:
            yield f"~ result {path}: {', '.join(changes)}"
    yield from (f"- result {path}: {told(rule)}" for path, rule in ours.items() if path not in written)


def _others(ours: Entry, written: Entry) -> Iterator[str]:
    """What else of our entry wouldn't be in the written one as it is, key by key."""
    for name in Entry.model_fields:
        before, after = getattr(ours, name), getattr(written, name)
        if name not in ELSEWHERE and before != after:
            yield f"~ {name}: {_shown(before)} -> {_shown(after)}"


def _shown(value: Any) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(str(item) for item in value)}]"
    return "none" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
