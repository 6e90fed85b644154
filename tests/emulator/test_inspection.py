"""The emulator's own pages: switches put and read, jobs, ledger and requests told."""

import pytest

from stillreel.emulator.switches import Switches
from tests.emulator.caller import KLING, Caller, clip, still
from tests.emulator.conftest import Calling


async def test_switches_are_put_read_and_reset(caller: Caller) -> None:
    """PUT changes what it names, null sets one back, DELETE all; GET tells every switch."""
    url = f"{caller.emulator.base}/emulator/switches"
    put = await caller.http.put(url, json={"media": "drawn", "throttle": {"status": 429}})
    assert put.json()["throttle"][0]["status"] == 429
    assert put.json()["media"] == "drawn"
    assert (await caller.http.get(url)).json().keys() == Switches.model_fields.keys()
    assert (await caller.http.put(url, json={"throttle": None})).json()["throttle"] == []
    assert (await caller.http.put(url, json={"mixed_status": 400})).json()["media"] == "drawn"
    assert (await caller.http.delete(url)).json()["mixed_status"] == 200


@pytest.mark.parametrize(
    "body,named",
    [
        ('{"speed": 3}', "speed"),
        ('{"media": "painted"}', "media"),
        ('{"throttle": {"sometimes": true}}', "throttle.0.sometimes"),
        ('{"nobody": null}', "nobody"),
        ('["media"]', "object"),
        ("{", "JSON"),
    ],
)
async def test_what_is_no_switch_is_refused_clearly(caller: Caller, body: str, named: str) -> None:
    """An unknown switch or value is a 400 that names it, and changes nothing."""
    url = f"{caller.emulator.base}/emulator/switches"
    before = (await caller.http.get(url)).json()
    answer = await caller.http.put(url, content=body.encode())
    assert answer.status_code == 400
    assert named in answer.json()["error"]
    assert (await caller.http.get(url)).json() == before


async def test_the_emulators_pages_tell_what_happened(caller: Caller) -> None:
    """Jobs, ledger and requests are told as JSON, money as text."""
    task, base = await caller.bought(clip()), caller.emulator.base
    await caller.refused(task)
    assert (await caller.http.get(f"{base}/emulator/jobs")).json() == {
        task["taskUUID"]: {
            "taskType": "videoInference",
            "model": KLING,
            "state": "processing",
            "submits": 2,
            "runs": 1,
            "billed": "0.1848",
            "refusal": "conflictTaskUUID",
        }
    }
    ledger = (await caller.http.get(f"{base}/emulator/ledger")).json()
    assert (ledger["balance"], ledger["charges"][0]["amount"]) == ("99.8152", "0.1848")
    assert ledger["charges"][0]["taskUUID"] == task["taskUUID"]
    requests = (await caller.http.get(f"{base}/emulator/requests")).json()
    assert requests == {"v1": 2, "media": 0, "resolve": 0, "videoInference": 2, "held": 0}


async def test_it_is_told_when_a_result_was_ready_and_when_it_was_first_seen(calling: Calling) -> None:
    """A result's times are told: accepted, ready, and seen by the first answer that showed it, never by a later one."""
    async with calling(latency=30) as caller:
        (picture,) = await caller.finished(still())
        caller.emulator.switch(moderation={"how": "fail", "results": [1]})
        task = await caller.bought(clip(numberResults=2, inputs={"frameImages": [picture["imageUUID"]]}))
        caller.emulator.advance(20)
        await caller.poll(task)
        caller.emulator.advance(20)
        await caller.poll(task)
        caller.emulator.advance(1000)
        await caller.poll(task)
        first, one, other = (await caller.http.get(f"{caller.emulator.base}/emulator/results")).json()
    assert (first["id"], first["taskType"], first["first"]) == (picture["imageUUID"], "imageInference", None)
    assert {(row["taskUUID"], row["first"]) for row in (one, other)} == {(task["taskUUID"], picture["imageUUID"])}
    assert [row["failed"] for row in (first, one, other)] == [False, False, True]
    assert (one["ready"] - one["accepted"], other["ready"] - other["accepted"]) == pytest.approx((30, 34.5), abs=0.1)
    assert one["seen"] - one["accepted"] == pytest.approx(40, abs=5)
    assert other["seen"] - other["accepted"] == pytest.approx(40, abs=5)


async def test_what_was_delivered_at_once_is_seen_at_once(calling: Calling) -> None:
    """A result that its submit waited for counts as seen; one that nobody has asked for doesn't."""
    async with calling(latency=0) as caller:
        await caller.post(still(deliveryMethod="sync"))
        await caller.bought(still())
        one, other = caller.emulator.results()
    assert one["seen"] == pytest.approx(one["ready"], abs=5)
    assert other["seen"] is None
