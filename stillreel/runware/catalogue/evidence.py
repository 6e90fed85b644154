"""What an entry says without saying where it's from, and dates that can't be: rules and prices that never hold."""

from collections.abc import Iterator
from datetime import date

from stillreel.runware.catalogue.entry import Entry, Forbidden, Needed, Rule, Said, When

ALWAYS = When()


def unproven(entry: Entry) -> Iterator[str]:
    """Statements without a source or a day, and dates that make no sense, one sentence each."""
    for what, said in _statements(entry):
        if said.sure != "documented" and not said.source:
            yield f"{what}: a source is missing, because it isn't {entry.slug}'s page that says so"
        if said.sure == "sdk" and said.seen is None:
            yield f"{what}: the day (seen) of the vendor's client is missing"
    if entry.fps and not entry.fps_source:
        yield "fps_source is missing: who states frames per second"
    yield from _dates(entry)


def _statements(entry: Entry) -> Iterator[tuple[str, Said]]:
    yield from entry.fields.items()
    yield from ((f"response {name}", said) for name, said in entry.response.items())
    yield from ((f"sizes {mode}", said) for mode, said in entry.sizes.items())
    yield from ((f"rule '{rule.says}'", rule) for rule in entry.rules)


def _dates(entry: Entry) -> Iterator[str]:
    spans = [(f"rule '{rule.says}'", rule.since, rule.until) for rule in entry.rules]
    spans += [(f"prices: the row of {row.since}", row.since, row.until) for row in entry.prices]
    for what, since, until in spans:
        if since is not None and until is not None and until <= since:
            yield f"{what}: it ends on {until}, before it holds"
    if entry.released and entry.deactivates_at and entry.deactivates_at <= entry.released:
        yield f"deactivates_at: {entry.deactivates_at} is before the release"
    for rule in entry.rules:
        if isinstance(rule, Forbidden) and rule.when == ALWAYS:
            yield from (f"{path}: it is forbidden and needed on the same day" for path in _needed_too(entry, rule))


def _needed_too(entry: Entry, forbidden: Forbidden) -> Iterator[str]:
    for path in forbidden.fields:
        rules = (rule for rule in entry.rules if isinstance(rule, Needed) and rule.when == ALWAYS)
        needed = any(path in rule.fields and _overlap(rule, forbidden) for rule in rules)
        if needed or (path in entry.fields and entry.fields[path].required):
            yield path


def _overlap(one: Rule, other: Rule) -> bool:
    begins = max(one.since or date.min, other.since or date.min)
    return begins < min(one.until or date.max, other.until or date.max)
