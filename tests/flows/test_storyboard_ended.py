"""Storyboards that are ended from outside in mid work, and run again: nothing is bought twice, nothing is lost."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from stillreel.emulator import RunningEmulator, running_emulator
from tests.crash.scene import CLIP, LATENCY, STILL
from tests.flows.boards import board, named, states
from tests.flows.commands import CANNED, begin, end, run, settings, until, write

pytestmark = pytest.mark.server

PACE = 0.05  # a lease of six seconds, within which nobody here stands still
SHOTS = [*named("one", "two", "three"), {"shot": "four", "still": {"image": "shot:one"}}]
JOBS = 7  # three chains, and a clip from the still of the first
MOMENTS: Mapping[str, Mapping[str, Any]] = {
    "a still is bought, and nobody has been told": {"task_types": ["imageInference"], "when": "after"},
    "a clip's order is on its way and gets lost": {"task_types": ["videoInference"], "when": "before"},
    "a clip is being fetched": {"path": "media", "request": 5, "when": "before"},
}


@asynccontextmanager
async def scene(folder: Path, **switches: Any) -> AsyncIterator[tuple[RunningEmulator, Path, dict[str, str | None]]]:
    """A provider, a storyboard's file and the settings of its command."""
    await asyncio.to_thread(folder.mkdir)
    switches = {**CANNED, "clock": {"speed": 1 / PACE}, "latency": LATENCY, **switches}
    async with running_emulator(folder / "emulator", switches) as emulator:
        env = settings(emulator, f"file://{folder}/archive", STILLREEL_PACE=str(PACE))
        yield emulator, write(folder / "board.yaml", board("ended", *SHOTS)), env


def accepted(folder: Path) -> int:
    """How many jobs the archive knows to be paid for."""
    return sum('"accepted"' in event.read_text() for event in (folder / "archive" / "jobs").rglob("*.json"))


def bought(emulator: RunningEmulator) -> list[tuple[int, int]]:
    return [(job["submits"], job["runs"]) for job in emulator.jobs().values()]


async def test_killed_in_mid_storyboard_and_run_again(prefect_api, tmp_path):
    """Killed at three moments with all of its processes, and run again: every shot is done, every job bought once."""

    async def play(number: int, moment: Mapping[str, Any]) -> None:
        async with scene(tmp_path / str(number)) as (emulator, file, env):
            emulator.switch(hold=dict(moment))
            process = await begin("storyboard", file, env)
            async with asyncio.timeout(240):
                await emulator.until_held()
            os.killpg(process.pid, signal.SIGKILL)
            await process.communicate()
            emulator.go(drop=moment["when"] == "before")
            again = await run("storyboard", file, env)
            assert (again.code, set(states(again.line).values())) == (0, {"done"}), again.stderr
            assert bought(emulator) == [(1, 1)] * JOBS

    await asyncio.gather(*(play(number, moment) for number, moment in enumerate(MOMENTS.values())))


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
async def test_stopped_by_hand_it_says_what_is_paid(sign, prefect_api, tmp_path):
    """Ctrl-C and a container's polite end: one line names the jobs that are paid for, and a rerun buys nothing more."""
    slow = {STILL: {"median": 0.1}, CLIP: {"median": 3600}}
    async with scene(tmp_path / "scene", latency=slow, clock={"speed": 1}) as (emulator, file, env):
        process = await begin("storyboard", file, env)
        await until(lambda: accepted(file.parent) == JOBS)
        process.send_signal(sign)
        told = await end(process)
        assert (told.code, told.line["state"], told.line["bought"], told.line["money"]) == (1, "running", JOBS, "spent")
        assert all(uuid in told.line["message"] for uuid in emulator.jobs())
        assert set(states(told.line).values()) == {"running"}
        assert sum(shot["bought"] for shot in told.line["shots"]) == JOBS
        assert {shot["money"] for shot in told.line["shots"]} == {"spent"}
        assert float(told.line["cost"]["quoted"]) > 0
        emulator.advance(7200)
        again = await run("storyboard", file, env)
        assert (again.code, again.line["bought"], again.line["state"]) == (0, 0, "done"), again.stderr
        assert bought(emulator) == [(1, 1)] * JOBS


async def test_stopped_after_a_refusal_it_says_what_it_has_bought(prefect_api, tmp_path):
    """A clip that was bought in place of a refused one counts in its row and in the sums, as the provider has it."""
    slow = {STILL: {"median": 0.1}, CLIP: {"median": 3600}}
    switches = {"latency": slow, "clock": {"speed": 1}, "refuse_frame_uuid": True}
    async with scene(tmp_path / "scene", **switches) as (emulator, _, env):
        file = write(tmp_path / "board.yaml", board("ended", *named("one", "two")))
        process = await begin("storyboard", file, env)
        await until(lambda: accepted(tmp_path / "scene") == 4)
        process.send_signal(signal.SIGTERM)
        told = await end(process)
        jobs = [job for job in emulator.jobs().values() if job["runs"]]
        assert len(emulator.jobs()) == len(jobs) + 2, told.stderr
        assert told.line["bought"] == sum(shot["bought"] for shot in told.line["shots"]) == len(jobs)
        spent = [shot["spent"] for shot in told.line["shots"]]
        assert [each["quoted"] for each in spent] == ["0.18813344"] * 2
        billed = sum(Decimal(job["billed"]) for job in jobs if job["model"] == STILL)
        assert sum(Decimal(each["reported"]) for each in spent) == billed > 0
        assert told.line["spent"] == {"quoted": "0.37626688", "reported": str(billed)}


async def test_stopped_with_shots_that_were_never_begun(prefect_api, tmp_path):
    """What hadn't its turn yet is told as not begun and not spent, and isn't bought after the stop."""
    slow = {STILL: {"median": 3600}}
    async with scene(tmp_path / "scene", latency=slow, clock={"speed": 1}) as (emulator, _, env):
        said = board("ended", *named("one", "two", "three"), limits={"at_once": 1})
        process = await begin("storyboard", write(tmp_path / "board.yaml", said), env)
        await until(lambda: accepted(tmp_path / "scene") == 1)
        process.send_signal(signal.SIGINT)
        told = await end(process)
        assert states(told.line) == {"one": "running", "two": "failed", "three": "failed"}
        assert [shot["money"] for shot in told.line["shots"][1:]] == ["not spent", "not spent"]
        assert len(emulator.jobs()) == 1


async def test_two_runs_of_one_storyboard_at_once(prefect_api, tmp_path):
    """Both end with every shot done and name the same files; each job is bought once by one of them."""
    async with scene(tmp_path / "scene", duplicate="rerun_after_terminal") as (emulator, file, env):
        told = await asyncio.gather(*(run("storyboard", file, env) for _ in range(2)))
        assert [one.code for one in told] == [0, 0], told[0].stderr + told[1].stderr
        assert sum(one.line["bought"] for one in told) == JOBS
        assert [shot["clips"] for shot in told[0].line["shots"]] == [shot["clips"] for shot in told[1].line["shots"]]
        assert bought(emulator) == [(1, 1)] * JOBS
