"""A run that somebody cancels in the UI: waiting ends, what is paid for doesn't, and the log says so."""

import asyncio
from pathlib import Path
from uuid import UUID

import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import LogFilter, LogFilterFlowRunId
from prefect.client.schemas.objects import StateType
from prefect.states import AwaitingRetry, Cancelling

from flows.reruns import BY_ITSELF
from stillreel.emulator import running_emulator
from tests.flows.boards import board, named
from tests.flows.commands import CANNED, run, settings, shot, until, write
from tests.flows.deploying import PATIENCE, ask_for, ended

pytestmark = pytest.mark.server


async def test_a_cancelled_run_says_what_is_paid_and_loses_nothing(worker, tmp_path: Path):
    """The log names the job that is paid for and how to go on; running the shot again buys nothing."""
    async with running_emulator(tmp_path / "emulator", {**CANNED, "clock": {"speed": 1}}) as emulator:
        emulator.switch(latency={"runware:z-image@turbo": {"median": 0.1}, "klingai:3@1": {"median": 3600}})
        env = settings(emulator, f"file://{tmp_path}/archive")
        flow_run = await ask_for("image-to-video", shot("cancelled"), env)
        await until(lambda: len([*tmp_path.glob("archive/jobs/*/2.json")]) == 2)  # both are written down as paid for
        async with get_client() as client:
            await client.set_flow_run_state(flow_run, Cancelling())
        state = (await ended(flow_run)).state
        assert state is not None
        assert state.is_cancelled(), state
        said = await warnings_of(flow_run)
        (stopped,) = [text for text in said if "stopped by hand" in text]
        assert all(uuid in stopped for uuid in emulator.jobs())
        assert "what is paid for costs nothing more" in stopped
        emulator.advance(7200)
        again = await run("image_to_video", write(tmp_path / "shot.yaml", shot("cancelled")), env)
        assert (again.code, again.line["state"], again.line["bought"]) == (0, "done", 0), again.stderr
        assert {(job["submits"], job["runs"]) for job in emulator.jobs().values()} == {(1, 1)}


async def test_a_cancelled_run_is_not_begun_again_by_itself(worker, tmp_path: Path):
    """The server has lost the event of its end, so that an automation offers it again: it ends as it had ended."""
    async with running_emulator(tmp_path / "emulator", {**CANNED, "clock": {"speed": 1}}) as emulator:
        emulator.switch(latency={"runware:z-image@turbo": {"median": 3600}})  # however late its end is noticed
        env = settings(emulator, f"file://{tmp_path}/archive")
        flow_run = await ask_for(
            "storyboard", {"storyboard": board("cancelled", *named("one"))}, env, parameter="order"
        )
        await until(lambda: len([*tmp_path.glob("archive/jobs/*/2.json")]) == 1)
        async with get_client() as client:
            await client.set_flow_run_state(flow_run, Cancelling())
            await ended(flow_run)
            emulator.advance(7200)  # whoever went on now would buy the clip
            await client.set_flow_run_state(flow_run, AwaitingRetry(message=f"{BY_ITSELF}: no heartbeat"))
            again = await ended(flow_run)
        assert again.state is not None
        assert (again.state.type, again.run_count) == (StateType.CANCELLED, 2)
        assert len(emulator.jobs()) == 1


async def warnings_of(flow_run: UUID) -> list[str]:
    """What the run's log says, once it says that it was stopped; logs arrive a little later than states."""
    async with asyncio.timeout(PATIENCE), get_client() as client:
        while True:
            logs = await client.read_logs(LogFilter(flow_run_id=LogFilterFlowRunId(any_=[flow_run])), limit=200)
            if any("stopped by hand" in log.message for log in logs):
                return [log.message for log in logs]
            await asyncio.sleep(0.2)
