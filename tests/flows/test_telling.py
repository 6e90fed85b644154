"""What the log of a run tells of a storyboard's progress."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import replace
from uuid import UUID

import pytest
from prefect import flow
from prefect.client.orchestration import get_client
from prefect.runtime import flow_run

from flows.board_progress import BoardProgress
from tasks.context import in_studio
from tasks.showing_boards import name_run, shown_progress
from tests.flows.test_records import logs_of
from tests.studio.on_set import Time, built

pytestmark = pytest.mark.server
SHOTS = [f"s{n}" for n in range(20)]


class Stopped(Time):
    """A clock on which the time goes on when a test says so."""

    def __init__(self) -> None:
        super().__init__()
        self.asleep, self._awake = asyncio.Event(), asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        self.asleep.set()
        await self._awake.wait()
        self._awake.clear()
        await super().sleep(seconds)

    async def go_on(self) -> None:
        """Let it go on until the next who sleeps."""
        self.asleep.clear()
        self._awake.set()
        await self.asleep.wait()


@pytest.mark.parametrize("handed_out", [True, False])
async def test_each_change_of_what_others_do_is_told_now_and_then(prefect_api, tmp_path, handed_out):
    """While runs of their own make the shots, a line for each change, one a pause; else for each tenth of them."""
    del prefect_api
    progress, clock = BoardProgress(), Stopped()

    @flow
    async def whole() -> str:
        async with shown_progress(progress, "progress-telling"):
            progress.begin(SHOTS, handed_out=handed_out)
            await clock.asleep.wait()
            for ended in (2, 0, 1):
                progress.heard(1, ended)
            await clock.go_on()
            progress.seen(1, "crashed")
            await clock.go_on()
            progress.changed.set()
            await clock.go_on()
        return str(flow_run.id)

    async with AsyncExitStack() as stack:
        studio = await (await built(tmp_path, stack)).studio()
        with in_studio(replace(studio, clock=clock)):
            run = await whole()
    logs = [log.message for log in await logs_of(run) if "shots: " in log.message]
    one = "1 of 20 shots: 19 handed out, 1 ended in their parts"
    assert logs == (["0 of 20 shots: 20 handed out", one, f"{one}; parts: 1 crashed"] if handed_out else [])


async def test_a_run_is_named_once_it_is_known_what_it_is_of(prefect_api):
    """What an address alone said is replaced in the UI."""
    del prefect_api

    @flow(flow_run_name="storyboard c.yaml")
    async def whole() -> str:
        await name_run("storyboard harbour/teaser")
        return str(flow_run.id)

    run = await whole()
    async with get_client() as client:
        assert (await client.read_flow_run(UUID(run))).name == "storyboard harbour/teaser"
