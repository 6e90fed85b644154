"""The difference between an entry that we have and what a schema says now, line by line, as a person reviews it."""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from stillreel.domain.money import PriceRow
from stillreel.runware.catalogue.entry import Entry, FieldRule, Pixels, Rule, SizeRule
from stillreel.runware.catalogue.importing.alike import differing
from stillreel.runware.catalogue.importing.clauses import Clause, clauses_of, demands, implied, plain, same, there
from stillreel.runware.catalogue.importing.sizing import carried
from stillreel.runware.catalogue.rules import in_force
from stillreel.runware.catalogue.values import described

NEAR = Decimal("1.25")  # between two estimates; the vendor's own samples lie further apart


def differences(ours: Entry, theirs: Entry, today: date) -> list[str]:
    """What is gone (-), new (+) or changed (~) from our entry to theirs, as of a day; empty where both say the same."""
    return [
        *_plainly(ours, theirs),
        *_sizes(ours, theirs),
        *_fields(ours, theirs, today),
        *_rules(ours, theirs, today),
        *_prices(ours, theirs, today),
        *_results(ours.response, theirs.response),
        *(f"+ unknown: {sentence}" for sentence in theirs.unknown if sentence not in ours.unknown),
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
    low, high, step = (part if part is not None else "?" for part in (rule.min, rule.max, rule.step))
    return ", ".join(part for part in (f"{low} to {high} in steps of {step}", least) if part) + named


def _fields(ours: Entry, theirs: Entry, today: date) -> Iterator[str]:
    surer = []
    for path, rule in ours.fields.items():
        if path not in theirs.fields:
            yield f"- field {path}: {told(rule)}"
            continue
        before, after = _effective(path, rule, ours, today), _effective(path, theirs.fields[path], theirs, today)
        changes = [f"{name} {_shown(one)} -> {_shown(other)}" for name, one, other in differing(before, after)]
        if changes:
            yield f"~ field {path}: {', '.join(changes)}"
        if theirs.fields[path].sure == "documented" and rule.sure != "documented":
            surer.append(path)
    yield from (f"+ field {path}: {told(rule)}" for path, rule in theirs.fields.items() if path not in ours.fields)
    if surer:
        yield f"~ documented now: {', '.join(surer)}"


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
    before, after = demands(ours, today), demands(theirs, today)
    gone = beyond(ours, after, theirs, today)
    new = beyond(theirs, before, ours, today)
    yield from (f"- rule: {rule.says}" for rule in gone if not unsayable(rule))
    yield from (f"+ rule: {rule.says}" for rule in new)


def beyond(entry: Entry, others: set[Clause], other: Entry, today: date) -> Iterator[Rule]:
    """The rules of an entry that demand something which the other one doesn't."""
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


def _prices(ours: Entry, theirs: Entry, today: date) -> Iterator[str]:
    before, after = (_by_kind(entry, today) for entry in (ours, theirs))
    if not after:  # the schema says nothing that is understood; the sentence about it stands under unknown
        return
    for key, row in before.items():
        if key not in after:
            yield from () if concluded(row) else (f"- price: {priced(row)}",)
        elif not same_price(row, after[key]):
            yield f"~ price: {priced(row)} -> {priced(after[key])}"
    yield from (f"+ price: {priced(row)}" for key, row in after.items() if key not in before)


def _by_kind(entry: Entry, today: date) -> dict[tuple[Any, ...], PriceRow]:
    rows = [row for row in entry.prices if row.since <= today and (row.until is None or today < row.until)]
    return {key_of(row): row for row in sorted(rows, key=lambda row: row.since)}


def key_of(row: PriceRow) -> tuple[Any, ...]:
    """What a price is for."""
    return row.unit, row.tier, row.audio, row.given


def concluded(row: PriceRow) -> bool:
    """Whether a row is our own conclusion about a kind of input, which a schema that prices none doesn't contradict."""
    return row.sure == "inferred" and row.given is not None


def same_price(one: PriceRow, other: PriceRow) -> bool:
    """Whether two rows for the same thing say the same; estimates needn't agree to the cent."""
    if one.approximate and other.approximate:
        return max(one.amount, other.amount) <= min(one.amount, other.amount) * NEAR
    return one.amount == other.amount and one.approximate == other.approximate


def priced(row: PriceRow) -> str:
    """A price in a line."""
    audio = {None: "", True: ", with audio", False: ", without audio"}[row.audio]
    parts = (f", {row.tier}" if row.tier else "", audio, f", input {row.given}" if row.given else "")
    return f"{'about ' if row.approximate else ''}${row.amount:f} a {row.unit}{''.join(parts)}"


def _results(ours: Mapping[str, FieldRule], theirs: Mapping[str, FieldRule]) -> Iterator[str]:
    for path, rule in theirs.items():
        if path not in ours:
            yield f"+ result {path}: {told(rule)}"
        elif ours[path].required != rule.required:
            yield f"~ result {path}: required {_shown(ours[path].required)} -> {_shown(rule.required)}"


def _shown(value: Any) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(str(item) for item in value)}]"
    return "none" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
