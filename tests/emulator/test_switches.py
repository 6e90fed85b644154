"""Switches for what the service's documentation leaves open: each answer can be had."""

import math
from statistics import median
from typing import Any

import httpx
import pytest

from tests.emulator.caller import IMAGE, KLING, LONG, Caller, clip, new_uuid, still
from tests.emulator.conftest import Calling


async def runs(caller: Caller, task_uuid: str) -> int:
    """How often a job was run."""
    found = caller.emulator.jobs()[task_uuid]["runs"]
    assert isinstance(found, int)
    return found


async def test_a_known_uuid_conflicts(caller: Caller) -> None:
    """By default a UUID that is known is refused, while its job runs and after it has ended."""
    task = await caller.bought(clip())
    row = await caller.refused(task)
    assert (row["code"], row["taskUUID"]) == ("conflictTaskUUID", task["taskUUID"])
    caller.emulator.advance(LONG)
    assert (await caller.refused(task))["code"] == "conflictTaskUUID"
    assert await runs(caller, task["taskUUID"]) == 1


async def test_a_finished_uuid_can_run_again(calling: Calling) -> None:
    """`rerun_after_terminal` refuses while the job runs; later it runs and bills again, with new results."""
    async with calling(duplicate="rerun_after_terminal") as caller:
        task = await caller.bought(clip())
        assert (await caller.refused(task))["code"] == "conflictTaskUUID"
        caller.emulator.advance(LONG)
        first = (await caller.poll(task))["data"]
        second = await caller.finished(task)
        assert first[0]["videoUUID"] != second[0]["videoUUID"]
        job = caller.emulator.jobs()[task["taskUUID"]]
        assert (job["submits"], job["runs"], job["billed"]) == (3, 2, "0.3696")


async def test_a_uuid_can_always_run_again(calling: Calling) -> None:
    """`always_rerun` buys twice, even at once."""
    async with calling(duplicate="always_rerun") as caller:
        task = await caller.bought(clip())
        await caller.bought(task)
        assert await runs(caller, task["taskUUID"]) == 2


async def test_a_uuid_is_not_known_at_once(calling: Calling) -> None:
    """Within `register_delay_ms` a job can't be asked about, and the same UUID buys again."""
    async with calling(register_delay_ms=1000, clock={"speed": 0.001}) as caller:
        task = await caller.bought(clip())
        assert await caller.poll(task) == {"data": []}
        await caller.bought(task)
        caller.emulator.advance(1)
        assert (await caller.poll(task))["data"][0]["status"] == "processing"
        assert (await caller.refused(task))["code"] == "conflictTaskUUID"


async def test_a_job_may_be_shown_late(calling: Calling) -> None:
    """Within `show_delay_ms` neither question shows a job, and its UUID is taken all the same."""
    async with calling(show_delay_ms=1000, clock={"speed": 0.001}) as caller:
        task = await caller.bought(clip())
        details = {"taskType": "getTaskDetails", "taskUUID": task["taskUUID"]}
        assert (await caller.poll(task), (await caller.post(details)).json()) == ({"data": []}, {"data": []})
        assert (await caller.refused(task))["code"] == "conflictTaskUUID"
        caller.emulator.advance(1)
        assert (await caller.poll(task))["data"][0]["status"] == "processing"
        assert (await caller.post(details)).json()["data"]
        assert await runs(caller, task["taskUUID"]) == 1


async def test_a_uuid_is_forgotten(calling: Calling) -> None:
    """After `forget_after_s` polls and details know nothing, and the same UUID buys again."""
    async with calling(forget_after_s=3600) as caller:
        task = await caller.bought(clip())
        caller.emulator.advance(3601)
        assert await caller.poll(task) == {"data": []}
        details = await caller.post({"taskType": "getTaskDetails", "taskUUID": task["taskUUID"]})
        assert details.json() == {"data": []}
        await caller.bought(task)
        assert await runs(caller, task["taskUUID"]) == 2


async def test_an_unknown_uuid_is_empty_or_not_found(calling: Calling) -> None:
    """A poll for a stranger is empty by default; `unknown_uuid: taskNotFound` makes it an error."""
    async with calling() as caller:
        assert await caller.poll(clip()) == {"data": []}
        caller.emulator.switch(unknown_uuid="taskNotFound")
        answer = await caller.post({"taskType": "getResponse", "taskUUID": new_uuid()})
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (404, "taskNotFound")


async def test_a_mixed_batch_can_be_400(calling: Calling) -> None:
    """`mixed_status: 400` answers 400 although one task of the request was accepted."""
    async with calling(mixed_status=400) as caller:
        good = clip()
        answer = await caller.post(good, clip(duration=7))
        assert (answer.status_code, len(answer.json()["data"])) == (400, 1)
        assert await runs(caller, good["taskUUID"]) == 1


async def test_a_clean_answer_can_hold_empty_errors(calling: Calling) -> None:
    """`empty_errors` adds `"errors": []` where there are none."""
    async with calling(empty_errors=True) as caller:
        assert (await caller.post(clip())).json()["errors"] == []


async def test_a_running_job_can_show_an_id_or_progress(calling: Calling) -> None:
    """`poll_row` shows a row without a URL that has an id already, or a percentage."""
    async with calling(poll_row="early_id", clock={"speed": 0.001}, latency=100) as caller:
        task = await caller.bought(clip(numberResults=2))
        rows = (await caller.poll(task))["data"]
        assert len({row["videoUUID"] for row in rows}) == 2
        assert all("videoURL" not in row and row["status"] == "processing" for row in rows)
        caller.emulator.switch(poll_row="progress")
        caller.emulator.advance(57.5)
        (row,) = (await caller.poll(task))["data"]
        assert row["progress"] == 50


async def test_only_the_first_poll_of_a_request_may_be_answered(calling: Calling) -> None:
    """`batch_poll: first` leaves all but the first getResponse of a request unanswered."""
    async with calling(batch_poll="first") as caller:
        tasks = [await caller.bought(clip()) for _ in range(3)]
        rows = (await caller.poll(*tasks))["data"]
        assert [row["taskUUID"] for row in rows] == [tasks[0]["taskUUID"]]


async def test_a_model_can_be_retired(calling: Calling) -> None:
    """A model in `retired` is refused with invalidModel; jobs that run already end well."""
    async with calling() as caller:
        task = await caller.bought(clip())
        caller.emulator.switch(retired=[KLING])
        assert (await caller.refused(clip()))["code"] == "invalidModel"
        caller.emulator.advance(LONG)
        assert (await caller.poll(task))["data"][0]["status"] == "success"
        await caller.bought(still())


async def test_urls_can_have_a_default_life(calling: Calling) -> None:
    """`default_ttl_s` ends URLs for which no ttl was asked; a ttl that was asked for stands."""
    async with calling(default_ttl_s=3600, latency=0) as caller:
        short, long = await caller.bought(still()), await caller.bought(still(ttl=7200))
        urls = [(await caller.poll(task))["data"][0]["imageURL"] for task in (short, long)]
        caller.emulator.advance(3601)
        assert [(await caller.http.get(url)).status_code for url in urls] == [404, 200]


async def test_latency_is_a_seeded_distribution(calling: Calling) -> None:
    """Jobs take about the model's usual time, spread log-normally, or what is said for a model or for all."""

    async def seconds(**switches: Any) -> list[float]:
        async with calling(**switches) as caller:
            now = caller.emulator.service.clock.now
            took = []
            for _ in range(40):
                start, task = now(), await caller.bought(clip())
                took.append(caller.emulator.service.memory.results(task["taskUUID"], 1)[0].ready_at - start)
            return took

    usual = await seconds()
    assert 100 < median(usual) < 140
    assert min(usual) < 115
    assert max(usual) > 125
    spread = await seconds(latency={"*": {"median": 60, "sigma": 1}})
    assert max(spread) / min(spread) > 4
    assert all(math.isclose(one, 30, abs_tol=2) for one in await seconds(latency={KLING: 30, "*": 1}))
    assert max(await seconds(latency=0.5)) < 3


async def test_the_clock_can_run_faster_and_jump(calling: Calling) -> None:
    """`clock: {speed}` shortens the wait, `advance` and POST /emulator/clock end it."""
    async with calling(latency=1000) as caller:
        base, task = caller.emulator.base, await caller.bought(clip())
        await caller.http.put(f"{base}/emulator/switches", json={"clock": {"speed": 5, "advance": 400}})
        await caller.http.put(f"{base}/emulator/switches", json={"clock": {"advance": 0}})
        told = (await caller.http.post(f"{base}/emulator/clock", json={"advance": 500})).json()
        assert told["speed"] == 5
        assert (await caller.poll(task))["data"][0]["status"] == "processing"
        await caller.http.post(f"{base}/emulator/clock", json={"advance": 100})
        assert (await caller.poll(task))["data"][0]["status"] == "success"
        assert (await caller.http.post(f"{base}/emulator/clock", json={"speed": 0})).status_code == 400
        assert (await caller.http.post(f"{base}/emulator/clock", content=b"soon")).status_code == 400


async def test_a_tests_own_clock_can_lead(tmp_path: Any) -> None:
    """An emulator that is given a source of time follows it, and nothing else."""
    from stillreel.emulator import running_emulator

    time = [1_000_000.0]
    async with (
        running_emulator(tmp_path, {"latency": 60, "media": "canned"}, source=lambda: time[0]) as emulator,
        httpx.AsyncClient(headers={"Authorization": "Bearer k"}, trust_env=False) as http,
    ):
        caller = Caller(emulator, http)
        task = await caller.bought(clip())
        assert (await caller.poll(task))["data"][0]["status"] == "processing"
        time[0] += 60
        assert (await caller.poll(task))["data"][0]["status"] == "success"


async def test_prices_can_vary(calling: Calling) -> None:
    """`price_variance` multiplies what is reported and charged, for all models or for one."""
    async with calling(price_variance=2) as caller:
        (row,) = await caller.finished(clip(includeCost=True))
        assert row["cost"] == 0.37
        caller.emulator.switch(price_variance={IMAGE: "1.5"})
        (motion,) = await caller.finished(clip(includeCost=True))
        (picture,) = await caller.finished(still(includeCost=True, width=1024, height=1024))
        assert (motion["cost"], picture["cost"]) == (0.1848, 0.005347)


async def test_the_balance_can_be_set_and_told_in_two_shapes(calling: Calling) -> None:
    """Putting `balance` sets the ledger's at once; `balance_shape` tells it as a number or as an object."""
    async with calling(balance=5) as caller:
        account = {"taskType": "accountManagement", "taskUUID": new_uuid(), "operation": "getDetails"}
        assert (await caller.post(account)).json()["data"][0]["balance"] == 5
        caller.emulator.switch(balance="0.5", balance_shape="object")
        told = (await caller.post(account)).json()["data"][0]["balance"]
        assert told == {"amount": 0.5, "currency": "USD"}


async def test_details_of_refused_tasks_can_be_known(calling: Calling) -> None:
    """getTaskDetails knows tasks that were only refused when `details_of_refused` says so."""
    async with calling() as caller:
        bad = clip(duration=7)
        await caller.refused(bad)
        asked = {"taskType": "getTaskDetails", "taskUUID": bad["taskUUID"]}
        assert (await caller.post(asked)).json() == {"data": []}
        caller.emulator.switch(details_of_refused=True)
        (row,) = (await caller.post(asked)).json()["data"]
        assert row["response"]["errors"][0]["code"] == "unsupportedDuration"


async def test_luck_with_time_can_hang_on_the_prompt(calling: Calling) -> None:
    """With `latency_by: prompt` a job's time is that of its model and words, whatever its UUID and its order."""

    async def times(caller: Caller, *prompts: str) -> dict[str, float]:
        tasks = [clip(positivePrompt=prompt) for prompt in prompts]
        for task in tasks:
            await caller.bought(task)
        told: list[Any] = caller.emulator.results()
        took = {row["taskUUID"]: row["ready"] - row["accepted"] for row in told}
        return {task["positivePrompt"]: took[task["taskUUID"]] for task in tasks}

    async with calling(latency={"median": 100, "sigma": 0.5}, latency_by="prompt") as caller:
        there = await times(caller, "gulls lift off", "rain on the quay")
        back = await times(caller, "rain on the quay", "gulls lift off")
        caller.emulator.switch(latency_by="uuid")
        other = await times(caller, "gulls lift off")
    assert there == pytest.approx(back, abs=1)
    assert abs(there["gulls lift off"] - there["rain on the quay"]) > 1
    assert abs(other["gulls lift off"] - there["gulls lift off"]) > 1


async def test_the_seed_decides_everything_that_looks_random(calling: Calling, tmp_path: Any) -> None:
    """The same task under the same `seed` gets the same ids and seeds; under another one it doesn't."""
    task = clip(numberResults=2)

    async def ids(folder: str, seed: int) -> list[tuple[str, int]]:
        from stillreel.emulator import running_emulator

        switches = {"seed": seed, "media": "canned"}
        async with (
            running_emulator(tmp_path / folder, switches) as emulator,
            httpx.AsyncClient(headers={"Authorization": "Bearer k"}, trust_env=False) as http,
        ):
            return [(row["videoUUID"], row["seed"]) for row in await Caller(emulator, http).finished(task)]

    assert await ids("one", 1) == await ids("two", 1)
    assert await ids("three", 1) != await ids("four", 2)
