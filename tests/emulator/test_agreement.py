"""Our check and the emulator share the catalogue's data and no line of code: on every body they must agree.

Bodies come from the data alone, for each entry there is (see `tests/runware/catalogue/bodies_of.py`), so that a model
that is added later is covered. Every run of the suite sends the same bodies;
`AGREEMENT_CASES=20000 pytest tests/emulator/test_agreement.py` sends as many others.
"""

import asyncio
import json
import os
import random
import re
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stillreel.emulator import running_emulator
from stillreel.emulator.refusals import TaskError
from stillreel.emulator.service import Service
from stillreel.emulator.strictness import check_task
from stillreel.emulator.wire import read
from stillreel.runware.catalogue import Entry, check_body, load
from stillreel.runware.catalogue.entry import SizeRule
from tests.emulator.caller import Caller, new_uuid
from tests.emulator.pictures import inline
from tests.runware.catalogue.bodies_of import TODAY, Bodies, Case
from tests.runware.catalogue.breaking import Broken, broken
from tests.runware.catalogue.legal_values import SHAPES, Media
from tests.runware.catalogue.mutating import mutated

ENTRIES: dict[str, Entry] = dict(load(Path(__file__).parent / "models"))  # ours, and one that has everything
UNSAID = sorted(air for air, entry in ENTRIES.items() if "last" in entry.unsaid)
OTHERS = os.environ.get("AGREEMENT_CASES")
CASES = int(OTHERS or 1300)  # bodies that are drawn, over all entries
BROKEN = 0.04  # of them, each broken in every way there is, which makes some 200 of one
MUTATED = 0.5  # of them, several times each
MUTATIONS = 5
ON_THE_WIRE = 6  # bodies of each entry and kind
RICH = {"balance": "1000000000", "media": "canned"}
KINDS = {"together", "exactly_one", "forbidden", "needed", "pairs", "one_not_marked", "pixels", "size", "field"}

Reply = tuple[str, frozenset[str]] | None  # code and parameters, or nothing said against it
every_entry = pytest.mark.parametrize("air", sorted(ENTRIES))


class Judge:
    """The emulator's answer to a body: checked and priced in this process, not bought."""

    def __init__(self, folder: Path) -> None:
        self._now = 0.0
        self._loop = asyncio.new_event_loop()
        self._service = Service(folder, RICH, entries=ENTRIES, source=lambda: self._now)
        image = inline(640, 360)
        upload = {"taskType": "mediaStorage", "taskUUID": new_uuid(), "operation": "upload", "media": image}
        (row,) = self._answer(upload)["data"]
        self.media = Media((row["mediaUUID"], row["mediaURL"], f"data:image/png;base64,{image}", image), SHAPES.videos)

    def reply(self, body: Mapping[str, Any], day: date) -> Reply:
        """What the service says of one task on a day."""
        self._now = noon(day)
        answer = self._answer(body, dry=True)
        if "errors" in answer:
            return told(*answer["errors"])
        assert answer["data"][0]["cost"] > 0
        return None

    def close(self) -> None:
        """Let go of the folder."""
        self._loop.run_until_complete(self._service.close())
        self._loop.close()

    def _answer(self, body: Mapping[str, Any], *, dry: bool = False) -> dict[str, Any]:
        asked = read(json.dumps([body]).encode())
        found: dict[str, Any] = self._loop.run_until_complete(
            self._service.answer(asked, "http://emulator", dry=dry)
        ).body
        return found


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Judge]:
    """An emulator that knows every entry, and an uploaded image in every form."""
    found = Judge(tmp_path_factory.mktemp("emulator"))
    yield found
    found.close()


@pytest.fixture(scope="module")
def faults() -> Counter[str]:
    """Which kinds of fault were made."""
    return Counter()


def each(share: float) -> settings:
    """So many examples of one entry that all entries together have this share of all cases."""
    return settings(
        max_examples=max(3, round(CASES * share / len(ENTRIES))),
        derandomize=OTHERS is None,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


def noon(day: date) -> float:
    """Seconds since 1970."""
    return datetime.combine(day, time(12), UTC).timestamp()


def told(row: Mapping[str, Any]) -> Reply:
    """What an error row says."""
    parameter = row["parameter"]
    return row["code"], frozenset([parameter] if isinstance(parameter, str) else parameter)


def ours(entry: Entry, body: Mapping[str, Any], day: date) -> set[str]:
    """The fields that our check names, without the numbers of items."""
    return {re.sub(r"\[\d+\]", "", problem.field) for problem in check_body(entry, body, day)}


def near(one: str, other: str) -> bool:
    """Whether two paths are one, or one stands in the other."""
    return one == other or one.startswith(f"{other}.") or other.startswith(f"{one}.")


def kind_of(fault: Broken) -> str:
    """What kind of rule a body breaks."""
    return "size" if isinstance(fault.of, SizeRule) else "field" if isinstance(fault.of, str) else fault.of.kind


@every_entry
def test_what_an_entry_allows_both_accept(judge: Judge, air: str) -> None:
    """Bodies of all modes, at the edges of all bounds and on both sides of all dates, are accepted by both."""
    entry, bodies, seen = ENTRIES[air], Bodies(ENTRIES[air], judge.media), Counter[str]()

    @each(1)
    @given(case=bodies.allowed())
    def agree(case: Case) -> None:
        seen[case.mode] += 1
        assert check_body(entry, case.body, case.day) == []
        assert judge.reply(case.body, case.day) is None

    agree()
    assert set(entry.modes) <= set(seen), "the generator doesn't reach every mode"


@every_entry
def test_what_breaks_one_thing_both_refuse(judge: Judge, faults: Counter[str], air: str) -> None:
    """Each single fault is refused by both: with the service's code and parameter there, at the same field here."""
    entry, bodies = ENTRIES[air], Bodies(ENTRIES[air], judge.media)

    @each(BROKEN)
    @given(case=bodies.allowed())
    def agree(case: Case) -> None:
        for fault in broken(bodies, case):
            faults[kind_of(fault)] += 1
            assert judge.reply(fault.body, case.day) == (fault.code, fault.parameters), fault
            found = ours(entry, fault.body, case.day)
            assert any(near(field, parameter) for field in found for parameter in fault.parameters), (found, fault)

    agree()


def test_every_kind_of_rule_was_broken(faults: Counter[str]) -> None:
    """The faults that were made are of all kinds: the test before this one isn't empty."""
    if not faults:
        pytest.skip("the faults of this run were made in no test before")
    assert set(faults) == KINDS


@every_entry
def test_on_any_body_both_agree(air: str) -> None:
    """Whatever is done to a body, both accept it or both refuse it; whether an image is there is no body's matter."""
    entry, bodies = ENTRIES[air], Bodies(ENTRIES[air])

    @each(MUTATED)
    @given(case=bodies.allowed(), seed=st.integers(0, 2**32))
    def agree(case: Case, seed: int) -> None:
        die = random.Random(seed)  # noqa: S311 - changes to a body
        for _ in range(MUTATIONS):
            body = mutated(bodies, case.body, die)
            refused = check_body(entry, body, case.day)
            assert bool(refused) is refuses(entry, body, case.day), (refused, body)

    agree()


@pytest.mark.parametrize("air", UNSAID)
def test_a_last_frame_may_be_refused_where_nobody_speaks_of_it(air: str) -> None:
    """With `unknown: refuse` the service refuses what we refuse of the same model without a last frame, and no more."""
    entry, bodies, seen = known(ENTRIES[air]), Bodies(ENTRIES[air]), Counter[bool]()
    frames = entry.fields["inputs.frameImages"].model_copy(update={"max_items": 1, "positions": ("first", 0)})
    first = entry.model_copy(update={"fields": {**entry.fields, "inputs.frameImages": frames}})

    @each(1)
    @given(case=bodies.allowed())
    def agree(case: Case) -> None:
        refused = check_body(first, case.body, case.day) != []
        seen[refused] += 1
        assert refused is refuses(entry, case.body, case.day, accept_unknown=False)

    agree()
    assert set(seen) == {True, False}


def known(entry: Entry) -> Entry:
    """The same model, nothing of which is in doubt but its last frame."""
    fields = {path: rule.model_copy(update={"sure": "documented"}) for path, rule in entry.fields.items()}
    return entry.model_copy(update={"fields": fields, "doubted": ()})


def refuses(entry: Entry, body: Mapping[str, Any], day: date, *, accept_unknown: bool = True) -> bool:
    """Whether the service's strict reading finds a fault; numbers come to it as on the wire."""
    try:
        check_task(entry, read(json.dumps([body]).encode())[0], day, accept_unknown=accept_unknown)
    except TaskError:
        return True
    return False


@pytest.fixture(scope="module")
async def on_the_wire(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Caller]:
    """The same emulator as a server."""
    folder, key = tmp_path_factory.mktemp("emulator"), {"Authorization": "Bearer k"}
    async with (
        running_emulator(folder, RICH, entries=ENTRIES, source=lambda: noon(TODAY)) as emulator,
        httpx.AsyncClient(headers=key, trust_env=False) as http,
    ):
        yield Caller(emulator, http)


@every_entry
async def test_the_wire_changes_nothing(on_the_wire: Caller, air: str) -> None:
    """Over real HTTP, several in one request, what is allowed is accepted and what is broken is told as well."""
    bodies = Bodies(ENTRIES[air], Media((inline(640, 360),), SHAPES.videos))
    allowed, wrong = drawn(bodies)
    tasks = [{**body, "taskUUID": new_uuid()} for body in (*allowed, *(fault.body for fault in wrong))]
    answer = (await on_the_wire.post(*tasks, **{"X-Runware-Dry-Run": "1"})).json()
    uuids = [task["taskUUID"] for task in tasks]
    assert [row["taskUUID"] for row in answer["data"]] == uuids[: len(allowed)]
    assert [told(row) for row in answer["errors"]] == [(fault.code, fault.parameters) for fault in wrong]


def drawn(bodies: Bodies) -> tuple[list[dict[str, Any]], list[Broken]]:
    """Bodies that are allowed today, and as many broken ones."""
    allowed: list[dict[str, Any]] = []
    wrong: list[Broken] = []

    @settings(each(1), max_examples=2 * ON_THE_WIRE)
    @given(case=bodies.allowed(), seed=st.integers(0, 2**32))
    def draw(case: Case, seed: int) -> None:
        if case.day == TODAY:
            allowed.append(case.body)
            faults = [fault for fault in broken(bodies, case) if fault.parameters != {"taskUUID"}]
            wrong.append(random.Random(seed).choice(faults))  # noqa: S311 - which of them is sent

    draw()
    return allowed, wrong
