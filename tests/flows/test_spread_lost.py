"""Parts of a storyboard whose runs are lost: the run that handed them out makes them, or says what is there."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import (
    ArtifactFilter,
    ArtifactFilterFlowRunId,
    FlowFilter,
    FlowFilterName,
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import Artifact, StateType
from prefect.states import AwaitingRetry, Cancelled, Cancelling

from stillreel.emulator import RunningEmulator, running_emulator
from tests.flows.boards import board, named
from tests.flows.commands import CANNED, settings, until
from tests.flows.deploying import PATIENCE, ask_for, ended
from tests.flows.test_records import logs_of
from tests.flows.test_spread import PACE, names, processes

pytestmark = pytest.mark.server
SHOTS = 3
AGAIN = "stillreel-crashed-runs-again"
SLOW = 2 * PATIENCE * CANNED["clock"]["speed"]  # seconds of the provider's, in which no test here is still waiting


@pytest.fixture
async def emulator(worker: Any, tmp_path: Path) -> AsyncIterator[RunningEmulator]:
    """A provider for runs that the worker finds."""
    del worker
    async with running_emulator(tmp_path / "emulator", CANNED) as emulator:
        yield emulator


@asynccontextmanager
async def nobody_begins_again() -> AsyncIterator[None]:
    """As if the server had lost the events of runs that crash."""
    async with get_client() as client:
        found = (await client.read_automations_by_name(AGAIN))[0]
        await client.pause_automation(found.id)
        try:
            yield
        finally:
            await client.resume_automation(found.id)


async def part_on_its_way(whole: UUID) -> UUID:
    """The run of the one part of a storyboard that runs now."""
    running = FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.RUNNING]))
    flow = FlowFilter(name=FlowFilterName(any_=["storyboard-shots"]))
    async with get_client() as client:
        runs = await client.read_flow_runs(flow_filter=flow, flow_run_filter=FlowRunFilter(state=running))
    (part,) = [run.id for run in runs if str(whole) in str(run.parameters)]
    return part


async def shown(run: UUID, kind: str) -> list[Artifact]:
    """What the run shows of this kind."""
    async with get_client() as client:
        of_run = ArtifactFilter(flow_run_id=ArtifactFilterFlowRunId(any_=[run]))
        return [one for one in await client.read_artifacts(artifact_filter=of_run) if one.type == kind]


async def table(run: UUID) -> tuple[str, str]:
    """What the run's table says: its rows, and the lines above it."""
    (artifact,) = await shown(run, "table")
    return str(artifact.data), str(artifact.description)


async def accepted(archive: str, jobs: int) -> None:
    """Once the archive knows of so many jobs that they are paid for."""
    while True:
        if sum(name.endswith("/2.json") for name in await names(archive, "jobs/")) == jobs:
            return
        await asyncio.sleep(0.3)


async def progressed(run: UUID, said: str) -> None:
    """Once the run's progress says this."""
    while True:
        if said in [one.description for one in await shown(run, "progress")]:
            return
        await asyncio.sleep(0.3)


async def begun(emulator: RunningEmulator, archive: str) -> tuple[UUID, UUID]:
    """A storyboard on workers and its part, whose stills are bought and whose clips have been sent."""
    emulator.switch(hold={"task_types": ["videoInference"], "when": "after"})
    order = {"storyboard": board("lost", *named(*(f"s{n}" for n in range(SHOTS)))), "spread": "workers"}
    run = await ask_for("storyboard", order, settings(emulator, archive, STILLREEL_PACE=PACE), parameter="order")
    async with asyncio.timeout(PATIENCE):
        await until(lambda: len(emulator.jobs()) == 2 * SHOTS)
    return run, await part_on_its_way(run)


async def kill(run: UUID) -> None:
    for pid in await asyncio.to_thread(processes, run):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


async def test_a_part_that_nobody_begins_again_is_made_by_the_whole(emulator: RunningEmulator, tmp_path: Path):
    """Killed, and the event of that lost: every shot is done, each job runs once, and all of them are counted."""
    async with nobody_begins_again():
        run, part = await begun(emulator, f"file://{tmp_path}/archive")
        await kill(part)
        emulator.go()
        over = await ended(run)
    assert over.state is not None
    assert over.state.is_completed(), over.state
    assert [job["runs"] for job in emulator.jobs().values()] == [1] * 2 * SHOTS
    said = (await table(run))[1]
    quoted = said.partition("quoted ")[2].partition(",")[0]
    assert f"this run bought {2 * SHOTS}, quoted {quoted}, reported " in said
    logs = [log.message for log in await logs_of(str(run))]
    whole = f"0 of {SHOTS} shots: {SHOTS} handed out"
    assert [line for line in (whole, f"{whole}; parts: 1 crashed") if logs.count(line) != 1] == []


async def test_a_part_that_a_person_has_ended_is_told_as_it_stands(emulator: RunningEmulator, tmp_path: Path):
    """Nobody goes on with it, and each shot is told with its still and what that has cost, as the archive knows."""
    archive = f"file://{tmp_path}/archive"
    async with nobody_begins_again(), get_client() as client:
        run, part = await begun(emulator, archive)
        await kill(part)
        await client.set_flow_run_state(part, Cancelled(), force=True)
        emulator.go()
        over = await ended(run)
    assert over.state is not None
    paid = sum(name.endswith("/2.json") for name in await names(archive, "jobs/")) - SHOTS
    said = str(over.state.message)
    assert f"{SHOTS} of {SHOTS} shots aren't done" in said
    assert f"{SHOTS - paid} unknown" in said  # the clip whose answer is held, and those that went with it
    assert not paid or f"{paid} running" in said
    rows, says = await table(run)
    assert rows.count("still-001.png") == SHOTS
    assert f"part 1 (run {part}) was cancelled" in rows
    assert "reported $0," not in says


async def test_a_part_that_a_person_cancels_is_told_and_made_when_asked_for(emulator: RunningEmulator, tmp_path: Path):
    """The whole tells how far the part is, and then what is paid for; retried, it has that made, and buys nothing."""
    archive = f"file://{tmp_path}/archive"
    emulator.switch(latency={"klingai:3@1": {"median": SLOW}})
    quick = {"shot": "quick", "motion": {"model": "klingai:5@1"}}
    order = {"storyboard": board("lost", *named(*(f"s{n}" for n in range(SHOTS))), quick), "spread": "workers"}
    run = await ask_for("storyboard", order, settings(emulator, archive, STILLREEL_PACE=PACE), parameter="order")
    async with asyncio.timeout(PATIENCE):
        await accepted(archive, 2 * SHOTS + 2)
        await progressed(run, "1 of 4 shots: 3 handed out, 1 ended in their parts")
    part = await part_on_its_way(run)
    async with get_client() as client:
        await client.set_flow_run_state(part, Cancelling())
        over = await ended(run)
        assert over.state is not None
        assert f"{SHOTS} of {SHOTS + 1} shots aren't done ({SHOTS} running)" in str(over.state.message)
        rows, _ = await table(run)
        assert "unknown" not in rows
        assert rows.count('"the money": "spent"') == SHOTS
        assert sum(f"job {uuid}" in rows for uuid in emulator.jobs()) == 2 * SHOTS
        emulator.advance(SLOW)
        await client.set_flow_run_state(run, AwaitingRetry())  # as the UI does it
        over = await ended(run)
        assert (await client.read_flow_run(part)).run_count == 2
    assert over.state is not None
    assert over.state.is_completed(), over.state
    assert [(job["submits"], job["runs"]) for job in emulator.jobs().values()] == [(1, 1)] * (2 * SHOTS + 2)


async def test_a_part_whose_run_is_deleted_is_made_by_the_whole(emulator: RunningEmulator, tmp_path: Path):
    """Its process is still at work and nobody knows of it: the storyboard is done, and nothing is bought twice."""
    run, part = await begun(emulator, f"file://{tmp_path}/archive")
    async with get_client() as client:
        await client.delete_flow_run(part)
    emulator.go()
    over = await ended(run)
    assert over.state is not None
    assert over.state.is_completed(), over.state
    assert [job["runs"] for job in emulator.jobs().values()] == [1] * 2 * SHOTS
    quoted = (await table(run))[1].partition("quoted ")[2].partition(",")[0]
    assert f"this run bought {2 * SHOTS}, quoted {quoted}, reported " in (await table(run))[1]
