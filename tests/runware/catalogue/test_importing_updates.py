"""What a schema would write over an entry is what its difference tells: no more, no less, and nothing older."""

from datetime import date, timedelta
from decimal import Decimal
from functools import cache

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stillreel.domain.errors import BadInput
from stillreel.runware.catalogue import Entry
from stillreel.runware.catalogue.blocks import extended
from stillreel.runware.catalogue.importing import imported, read_schema
from stillreel.runware.catalogue.importing.alike import alike
from stillreel.runware.catalogue.importing.clauses import clauses_of, demands, there
from stillreel.runware.catalogue.importing.pricelist import key_of
from stillreel.runware.catalogue.rules import in_force
from tests.runware.catalogue.schema_files import DAY, PRO, changed, found, item

STANDARD = "klingai-1-6-standard"


def fields(document):
    return item(document)["properties"]


def rates(document):
    return document["info"]["x-pricing"].get("rates") or [{}]


def forced(name):
    """A field that is always there by a rule across fields, and not by the list of required ones."""
    return lambda document: item(document)["allOf"].append({"required": [name]})


def with_guidance(document):
    item(document)["allOf"].append({"if": {"required": ["CFGScale"]}, "then": {"required": ["duration"]}})


def unless(needed, other):
    return {"if": {"not": {"required": [other]}}, "then": {"required": [needed]}}


def needed_unless(document):
    item(document)["required"] = [name for name in item(document)["required"] if name != "positivePrompt"]
    item(document)["allOf"] = [*item(document).get("allOf", []), unless("positivePrompt", "negativePrompt")]


CHANGES = (
    needed_unless,
    lambda d: item(d)["required"].append("duration"),
    lambda d: item(d)["required"].remove("positivePrompt"),
    lambda d: item(d)["allOf"].pop(),
    lambda d: item(d)["allOf"].pop(0),
    lambda d: item(d)["allOf"].append({"not": {"required": ["negativePrompt", "CFGScale"]}}),
    lambda d: item(d)["allOf"].append(unless("negativePrompt", "duration")),
    lambda d: item(d)["allOf"].append({"anyOf": [{"required": ["negativePrompt"]}, {"required": ["CFGScale"]}]}),
    lambda d: item(d)["allOf"].append({"dependentRequired": {"CFGScale": ["negativePrompt"]}}),
    lambda d: item(d)["allOf"].append({"minProperties": 3}),
    forced("duration"),
    forced("negativePrompt"),
    with_guidance,
    lambda d: fields(d).pop("negativePrompt"),
    lambda d: fields(d)["CFGScale"].update(maximum=20),
    lambda d: fields(d).update(seed={"type": "integer", "minimum": 0, "maximum": 9}),
    lambda d: fields(d).update(strength={"type": "number", "minimum": 0, "maximum": 1}),
    lambda d: rates(d)[0].update(amount=0.5, display="$0.5 per second"),
    lambda d: rates(d)[0].update(label="4k"),
    lambda d: rates(d).append({"amount": 0.7, "unit": "durationSecond", "label": "1440p"}),
    lambda d: rates(d).pop(),
    lambda d: d["info"].pop("x-pricing"),
    lambda d: d["info"].update({"x-status": "retired"}),
    lambda d: d["info"].pop("x-released-at", None),
    lambda d: d["info"]["x-modes"].pop(),
)


def variant(name, changes) -> bytes:
    def apply(document):
        for change in changes:
            try:
                change(document)
            except (KeyError, ValueError, IndexError):
                continue  # there is no such thing in this one, or not any more
        if not item(document).get("allOf", True):
            del item(document)["allOf"]  # an empty one is no JSON Schema

    return changed(name, apply)


def made(data: bytes, day: date, ours: Entry | None):
    return imported(read_schema(data, "it"), day, ours)


def as_written(update) -> Entry:
    return Entry.model_validate(extended(yaml.safe_load(update.text)))


@cache
def first(name) -> Entry:
    return found(name).entry


def rows(entry):
    return {(key_of(row), row.amount, row.since, row.until) for row in entry.prices}


def demanded(entry, day):
    return {clause for rule in entry.rules if in_force(rule, day) for clause in clauses_of(rule)}


def whole(entry, path, day):
    """The rule of a field, required also where a rule says so without a condition."""
    rule = entry.fields[path]
    return rule.model_copy(update={"required": rule.required or frozenset({there(path)}) in demanded(entry, day)})


def expected(ours, written, day):
    """How the lines of a difference must begin, by what is another thing in the written entry."""
    yield from fields_expected(ours, written, day)
    for here, other, mark in ((ours, written, "-"), (written, ours, "+")):
        for rule in here.rules:
            about_fields = all(len(clause) == 1 and next(iter(clause)).kind == "there" for clause in clauses_of(rule))
            if in_force(rule, day) and not about_fields and not clauses_of(rule) <= demanded(other, day):
                yield f"{mark} rule: {rule.says}"
        yield from (f"{mark} mode {mode}" for mode in set(here.modes) - set(other.modes))
    if rows(ours) != rows(written):
        yield ("- price", "+ price", "~ price")
    for name in ("status", "released", "tiers", "words", "fps"):
        if getattr(ours, name) != getattr(written, name):
            yield f"~ {name}"
    yield from (f"+ unknown: {said[:40]}" for said in set(written.unknown) - set(ours.unknown))
    yield from (f"- unknown: {said[:40]}" for said in set(ours.unknown) - set(written.unknown))


def worded(entry):
    """The rules of an entry, each in its words and with its days; not by whom it is known."""
    return {rule.model_dump_json(exclude={"sure", "source", "seen"}) for rule in entry.rules}


def fields_expected(ours, written, day):
    for path in ours.fields.keys() - written.fields.keys():
        yield f"- field {path}"
    for path in written.fields.keys() - ours.fields.keys():
        yield f"+ field {path}"
    for path in ours.fields.keys() & written.fields.keys():
        if not alike(whole(ours, path, day), whole(written, path, day)):
            yield f"~ field {path}"


PICKED = st.lists(st.sampled_from(CHANGES), max_size=4, unique=True)


@pytest.mark.parametrize("name", [PRO, STANDARD])
@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(before=PICKED, after=PICKED, days=st.integers(0, 2))
def test_each_changed_key_of_the_written_file_is_told(name, before, after, days):
    """Whatever a schema changes has a line of its own, without a line nothing is changed, and all it demands holds."""
    ours = made(variant(name, before), DAY, None).entry
    day = DAY + timedelta(days)
    update = made(variant(name, after), day, ours)
    wanted = list(expected(ours, as_written(update), day))
    for beginning in wanted:
        assert any(line.startswith(beginning) for line in update.differences), (beginning, update.differences)
    assert bool(wanted) == bool(update.differences), update.differences
    assert demands(as_written(update), day) == demands(update.entry, day)
    if not update.differences:
        assert worded(as_written(update)) == worded(ours)


def test_a_rule_in_place_of_a_required_field_is_told():
    """A field that was required, and now is only where another is missing, is told with its new rule."""
    update = found(STANDARD, needed_unless, ours=first(STANDARD))
    assert "~ field positivePrompt: required true -> false" in update.differences
    assert "+ rule: without negativePrompt, positivePrompt is needed" in update.differences


@pytest.mark.parametrize("changes", [(forced("duration"), with_guidance), (with_guidance, forced("duration"))])
def test_what_another_rule_fulfils_already_is_no_rule(changes):
    """What a field demands that is always there makes other demands for it idle: they are neither told nor written."""
    update = found(STANDARD, *changes, ours=first(STANDARD))
    assert update.differences == ("~ field duration: required false -> true",)
    assert len(as_written(update).rules) == len(first(STANDARD).rules) + 1
    (line,) = found(STANDARD, with_guidance, ours=first(STANDARD)).differences
    assert line == "+ rule: with CFGScale, duration is needed"


def brings(one, other):
    return {"if": {"required": [one]}, "then": {"required": [other]}}


def bars(*names):
    return {"not": {"required": [*names]}}


SIDES = {"dependentRequired": {"width": ["height"], "height": ["width"]}}
FRAMED = {
    "if": {"required": ["CFGScale"]},
    "then": {"not": {"anyOf": [{"required": [s]} for s in ("width", "height")]}},
}
WAYS = {
    "together": ([SIDES], [brings("width", "height"), brings("height", "width")]),
    "forbidden": ([SIDES, FRAMED], [SIDES, bars("CFGScale", "width"), bars("CFGScale", "height")]),
    "forbidden through the other": ([SIDES, FRAMED], [SIDES, bars("CFGScale", "width")]),
}


@pytest.mark.parametrize("one,other", [*WAYS.values(), *(ways[::-1] for ways in WAYS.values())])
def test_the_same_said_in_another_way_changes_nothing(one, other):
    """Rules that a schema splits, joins or turns round are told by no line, and stay in our words, with our days."""
    ours = found(STANDARD, lambda d: item(d).update(allOf=one)).entry
    block, *own = ours.rules  # the first is every clip's
    dated = [rule.model_copy(update={"since": date(2026, 3, 1)}) for rule in own]
    ours = ours.model_copy(update={"rules": (block, *dated)})
    update = found(STANDARD, lambda d: item(d).update(allOf=other), ours=ours)
    assert update.differences == ()
    assert worded(as_written(update)) == worded(ours)


def test_of_a_rule_that_is_gone_in_part_the_rest_is_new():
    """What a schema says less of a rule ends it by a line, and what is left of it holds from that day on."""
    ours = found(STANDARD, lambda d: item(d).update(allOf=[FRAMED])).entry
    update = found(STANDARD, lambda d: item(d).update(allOf=[bars("CFGScale", "width")]), ours=ours)
    assert [line[:7] for line in update.differences] == ["- rule:"]
    assert demanded(as_written(update), DAY) == demanded(update.entry, DAY)


def estimated(entry, **changes):
    row = {"approximate": True, "upper": Decimal("0.112"), "sure": "observed", **changes}
    return entry.model_copy(update={"prices": tuple(price.model_copy(update=row) for price in entry.prices)})


def unpriced(document):
    document["info"].pop("x-pricing")


def test_an_estimate_is_not_contradicted_by_silence():
    """A schema without a price says nothing of a price that nobody prints: there is no line, and the estimate stays."""
    ours = estimated(first(STANDARD))
    update = found(STANDARD, unpriced, ours=ours)
    assert (update.differences, update.notes) == ((), ())
    assert as_written(update).prices == ours.prices
    for told in (found(STANDARD, unpriced, ours=first(STANDARD)), found(STANDARD, unpriced)):
        assert told.notes == ("The price: the schema says nothing of it.",)


def test_an_estimate_that_is_printed_now_is_told():
    """A price that was an estimate and is printed now is a line, though the amount is the same: its bound is gone."""
    update = found(STANDARD, ours=estimated(first(STANDARD)))
    (line,) = update.differences
    before = "about $0.037 a second, 720p, at most $0.112"
    assert line == f"~ price: {before} -> $0.037 a second, 720p (the row since {DAY} vanishes)"


def test_an_older_schema_is_refused(catalogue):
    """A schema from before the entry was seen is refused with both days, whatever it says."""
    ours = catalogue.entry("klingai:kling-video@2.6-pro")
    known = max(ours.seen, ours.status_seen)
    with pytest.raises(
        BadInput, match=f"(?s)got {known - timedelta(1)}; {known}, when the entry that we have was seen"
    ):
        made(changed(PRO), known - timedelta(1), ours)
    assert made(changed(PRO), known, ours).differences == ()


def dearer(amount):
    return lambda document: rates(document)[0].update(amount=amount, display=f"${amount} per second")


def test_a_price_of_the_same_day_is_shown_to_vanish():
    """A second schema of one day replaces the first one's price, and says that the row is gone for good."""
    ours = found(STANDARD, dearer(0.05)).entry
    update = found(STANDARD, dearer(0.06), ours=ours)
    assert update.differences == (
        f"~ price: $0.05 a second, 720p -> $0.06 a second, 720p (the row since {DAY} vanishes)",
    )
    assert [str(row.amount) for row in as_written(update).prices] == ["0.06"]


def test_a_price_that_is_announced_stays():
    """A price of a day to come isn't thrown away by a schema that has another one today."""
    ours = found(STANDARD).entry
    (row,) = ours.prices
    day, later = DAY + timedelta(10), DAY + timedelta(30)
    announced = row.model_copy(update={"amount": Decimal("0.09"), "since": later})
    ours = ours.model_copy(update={"prices": (row.model_copy(update={"until": later}), announced)})
    update = made(changed(STANDARD, dearer(0.05)), day, ours)
    assert update.differences == ("~ price: $0.037 a second, 720p -> $0.05 a second, 720p",)
    told = [(str(row.amount), row.since, row.until) for row in as_written(update).prices]
    assert told == [("0.037", DAY, day), ("0.09", later, None), ("0.05", day, later)]
