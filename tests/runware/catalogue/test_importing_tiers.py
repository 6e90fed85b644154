"""Names of resolutions in a schema: their case is what one asks by, and one spelling is kept wherever they stand."""

import json
from datetime import date

import pytest
import yaml

from stillreel.emulator.published import published
from stillreel.runware.catalogue import Entry, quote
from stillreel.runware.catalogue.blocks import extended
from stillreel.runware.catalogue.importing import imported, read_schema

DAY = date(2026, 11, 26)
BANANA, OMNI = "google:4@3", "klingai:kling-video@o3-pro"
NAMES = ["0.5K", "1K", "2K", "4K"]


def schema_of(entry, *changes):
    document = published(entry, DAY)
    for change in changes:
        change(document)
    return read_schema(json.dumps(document).encode(), "it")


def rates(document):
    return document["info"]["x-pricing"]["rates"]


def sizes(document):
    """The branches of the list of sizes, each with its title."""
    (rule,) = [
        rule for rule in document["components"]["schemas"]["RequestBody"]["items"]["allOf"]
        if any("title" in branch for branch in rule.get("then", {}).get("oneOf", ()))
    ]  # fmt: skip
    return rule["then"]["oneOf"]


def lower_labels(document):
    for rate in rates(document):
        rate["label"] = rate["label"].lower()


def lower_titles(document):
    for branch in sizes(document):
        branch["title"] = f"16:9 {branch['title'].lower()}"


@pytest.mark.parametrize("ours", [True, False])
@pytest.mark.parametrize("changes", [(), (lower_labels,), (lower_titles,), (lower_labels, lower_titles)])
def test_a_resolution_is_spelt_as_it_is_asked_for(catalogue, ours, changes):
    """Whatever case labels and titles are in, a price and its sizes have the name that a request has."""
    entry = catalogue.entry(BANANA)
    found = imported(schema_of(entry, *changes), DAY, entry if ours else None)
    written = Entry.model_validate(extended(yaml.safe_load(found.text)))
    assert [row.tier for row in written.prices] == [*written.tiers] == NAMES
    assert found.lacks == ()
    for name, amount in zip(NAMES, ("0.04657", "0.06895", "0.10255", "0.15295"), strict=True):
        size = written.tiers[name][0]
        price = quote(written, width=size[0], height=size[1], duration=None, results=1, resolution=name, today=DAY)
        assert str(price.expected) == amount


def test_a_name_that_nobody_asks_by_is_spelt_as_ours(catalogue):
    """Where a schema has no field for a resolution, another case in its labels changes nothing."""
    entry = catalogue.entry(OMNI)
    assert "resolution" not in entry.fields
    upper = [lambda document: [rate.update(label=rate["label"].replace("1080p", "1080P")) for rate in rates(document)]]
    assert not [line for line in imported(schema_of(entry, *upper), DAY, entry).differences if "price" in line]


def test_a_name_that_we_do_not_ask_by_stays_so(catalogue):
    """A mode whose sizes nobody asks for by name, although the field is known, isn't turned to names by a schema."""
    for air in (BANANA, "bytedance:seedream@4.5", "bytedance:seedream@5.0-pro"):
        entry = catalogue.entry(air)
        found = imported(schema_of(entry), DAY, entry)
        assert Entry.model_validate(extended(yaml.safe_load(found.text))).sizes["text"].resolutions == ()
        assert imported(schema_of(entry), DAY, None).entry.sizes["text"].resolutions != ()
