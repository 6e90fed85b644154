"""The gate: requests that are held until told to go on, and jobs that aren't let in."""

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest

from stillreel.emulator import running_emulator
from tests.emulator.caller import LONG, clip, still
from tests.emulator.conftest import Calling


async def test_a_request_is_held_before_its_effect(calling: Calling) -> None:
    """The k-th request stops before its effect; when told to go on it has it, even if its caller has gone."""
    async with calling() as caller:
        caller.emulator.switch(hold={"request": 2, "when": "before"})
        first, second = await caller.bought(clip()), clip()
        with pytest.raises(httpx.ReadTimeout):
            await caller.http.post(caller.emulator.url, json=[second], timeout=0.1)
        await caller.emulator.until_held()
        assert list(caller.emulator.jobs()) == [first["taskUUID"]]
        assert caller.emulator.requests()["held"] == 1
        told = await caller.http.post(f"{caller.emulator.base}/emulator/go")
        assert told.json() == {"released": 1}
        await caller.bought(clip())
        assert caller.emulator.jobs()[second["taskUUID"]]["runs"] == 1


async def test_a_request_is_held_after_its_effect(calling: Calling) -> None:
    """The k-th request that holds such a task stops after its effect, and answers when told to go on."""
    async with calling(hold={"when": "after", "task_types": ["videoInference"]}) as caller:
        await caller.bought(still())
        task = clip()
        answering = asyncio.create_task(caller.post(task))
        await caller.emulator.until_held()
        assert caller.emulator.jobs()[task["taskUUID"]]["runs"] == 1
        assert not answering.done()
        await caller.http.put(f"{caller.emulator.base}/emulator/switches", json={"hold": None})
        assert (await answering).status_code == 200


@pytest.mark.parametrize("when, runs", [("before", []), ("after", [1])])
async def test_a_held_request_can_be_dropped(calling: Calling, when: str, runs: list[int]) -> None:
    """Dropped before its effect a request has none, after it its answer is lost; later requests go through."""
    async with calling(hold={"when": when}) as caller:
        answering = asyncio.create_task(caller.post(clip()))
        await caller.emulator.until_held()
        told = await caller.http.post(f"{caller.emulator.base}/emulator/go", json={"drop": True})
        assert told.json() == {"released": 1}
        with pytest.raises(httpx.RemoteProtocolError):
            await answering
        assert [job["runs"] for job in caller.emulator.jobs().values()] == runs
        await caller.bought(clip())


@pytest.mark.parametrize("body", ["[]", '{"drop": 1}', '{"lose": true}', "no"])
async def test_an_order_to_go_on_that_is_not_understood_changes_nothing(calling: Calling, body: str) -> None:
    """What isn't an order is a 400, and whoever is held stays held."""
    async with calling(hold={"when": "before"}) as caller:
        answering = asyncio.create_task(caller.post(clip()))
        await caller.emulator.until_held()
        assert (await caller.http.post(f"{caller.emulator.base}/emulator/go", content=body)).status_code == 400
        assert caller.emulator.requests()["held"] == 1
        caller.emulator.go()
        assert (await answering).status_code == 200


async def test_a_download_can_be_held(calling: Calling) -> None:
    """`path: media` counts downloads instead of tasks."""
    async with calling(hold={"path": "media"}) as caller:
        (row,) = await caller.finished(still())
        fetching = asyncio.create_task(caller.http.get(row["imageURL"]))
        await caller.emulator.until_held()
        caller.emulator.go()
        assert (await fetching).status_code == 200


async def test_what_is_held_when_the_emulator_ends_has_no_effect(tmp_path: Path) -> None:
    """An emulator that ends while it holds a request before its effect leaves no job behind."""
    hold: dict[str, Any] = {"hold": {"when": "before"}}
    async with httpx.AsyncClient(headers={"Authorization": "Bearer k"}, trust_env=False) as http:
        async with running_emulator(tmp_path, hold) as emulator:
            posting = asyncio.create_task(http.post(emulator.url, json=[clip()]))
            await emulator.until_held()
        with pytest.raises(httpx.HTTPError):
            await posting
    async with running_emulator(tmp_path) as emulator:
        assert emulator.jobs() == {}


async def test_callers_are_told_when_too_much_is_in_flight(calling: Calling) -> None:
    """`admit` refuses what is more than so many jobs at a time, with 429 and the task's own row."""
    async with calling(admit=2) as caller:
        one, _ = await caller.bought(clip()), await caller.bought(clip())
        third = clip()
        answer = await caller.post(third)
        assert answer.status_code == 429
        assert answer.json()["errors"][0]["taskUUID"] == third["taskUUID"]
        caller.emulator.advance(LONG)
        await caller.bought(third)
        assert (await caller.poll(one))["data"][0]["status"] == "success"
