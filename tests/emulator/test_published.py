"""The emulator's schema.json files: what `stillreel models refresh` reads, without the vendor."""

import json
from datetime import date

import pytest
import yaml

from stillreel.emulator.published import published
from stillreel.runware.catalogue import Entry, load
from stillreel.runware.catalogue.blocks import extended
from stillreel.runware.catalogue.importing import Imported, imported, read_schema
from stillreel.runware.documents import schema_address
from stillreel.runware.refreshing import look_at
from stillreel.studio.clock import SystemClock
from tests.emulator.caller import KLING, Caller

DAY = date(2026, 11, 26)
CATALOGUE = load()
PRO = "klingai:kling-video@2.6-pro"


def rules_of(entry: Entry) -> list[str]:
    """The rules across fields with their words and days, whoever says them and in whatever order."""
    return sorted(rule.model_dump_json(exclude={"sure", "source", "seen"}) for rule in entry.rules)


def read_back(entry: Entry) -> Imported:
    """What the schema that is published of an entry changes in it."""
    return imported(read_schema(json.dumps(published(entry, DAY)).encode(), "it"), DAY, entry)


@pytest.mark.parametrize("air", sorted(CATALOGUE))
def test_an_entry_comes_back_from_its_schema(air: str) -> None:
    """Exported and imported an entry differs in nothing, but for what is documented now, and keeps its rules."""
    found = read_back(CATALOGUE[air])
    assert found.differences == ()
    assert found.lacks == ()
    written = Entry.model_validate(extended(yaml.safe_load(found.text)))
    assert rules_of(written) == rules_of(CATALOGUE[air])
    assert written.tiers == CATALOGUE[air].tiers
    again = read_back(written)
    assert (again.differences, again.surer) == ((), ())


@pytest.mark.parametrize("air", [KLING, PRO])
def test_a_model_whose_page_is_known_is_the_same(air: str) -> None:
    """Of a model that an entry knows from its schema alone nothing at all differs, prices and sizes neither."""
    assert read_back(CATALOGUE[air]).differences == ()


async def test_refresh_can_be_tried_on_the_emulator(caller: Caller) -> None:
    """Every model is found where its entry says and is the same, unless it is retired: then it is gone."""
    base, clock = caller.emulator.base, SystemClock(0)
    caller.emulator.switch(retired=[PRO])
    looks = {look.entry.air: look for look in await look_at([*CATALOGUE.values()], clock, base)}
    assert {air for air, look in looks.items() if look.kind == "gone"} == {PRO}
    assert {look.kind for look in looks.values()} == {"gone", "same"}
    assert [look for look in looks.values() if look.found and look.found.surer]


async def test_a_page_that_nobody_has_is_not_found(caller: Caller) -> None:
    """A schema of no model is a 404, and looks are counted by themselves."""
    there = schema_address(CATALOGUE[KLING].page, caller.emulator.base)
    assert (await caller.http.get(there.replace("klingai", "nobody"))).status_code == 404
    assert (await caller.http.get(there)).json()["info"]["x-air-id"] == KLING
    assert caller.emulator.requests()["schema"] == 2
