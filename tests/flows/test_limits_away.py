"""The engine's server is away while jobs are in flight: none is stopped, none is kept waiting, no slot stays taken."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import GlobalConcurrencyLimitCreate
from prefect.settings import PREFECT_API_URL, PREFECT_CLIENT_MAX_RETRIES, temporary_settings

from deployments import servers
from tasks.leases import ANSWER, limit_of
from tasks.limits import open_slots
from tests.flows.commands import until
from tests.flows.engine import Engine, server
from tests.flows.sharing import Hurried
from tests.flows.test_limits import Jobs, taken, untaken

pytestmark = pytest.mark.server

MODEL = "tests:away@1"
HURRY = 100.0


@pytest.fixture
async def engine(tmp_path: Path):
    """A server of this test's own with a limit of three."""
    engine = Engine(
        tmp_path, await asyncio.to_thread(lambda: servers.wait_for(servers.start(server(tmp_path), tmp_path)))
    )
    with temporary_settings({PREFECT_API_URL: f"{engine.running.url}/api", PREFECT_CLIENT_MAX_RETRIES: 0}):
        async with get_client() as client:
            await client.create_global_concurrency_limit(GlobalConcurrencyLimitCreate(name=limit_of(MODEL), limit=3))
        yield engine
    await asyncio.to_thread(servers.stop, engine.running)


async def begin_by_the_count(jobs: Jobs, count: int, *, of: int, said: list[str]) -> None:
    """Begin jobs until those in flight are the server's own count: the first questions may meet one that starts."""
    while True:
        before = len(said)
        jobs.begin(count)
        await until(lambda: len(jobs.in_flight) >= of)
        if not any("no slot could be asked for" in each for each in said[before:]):
            return
        await jobs.all_end()
        await untaken(MODEL, 0)


async def test_a_server_that_goes_away_stops_no_job(engine):
    """Jobs go on, those that wait go on by the default, and once it is back its own count holds again."""
    said: list[str] = []
    async with open_slots(5, said.append, Hurried(HURRY)) as slots:
        jobs = Jobs(slots, MODEL)
        jobs.begin(3)
        await jobs.are(3)
        engine.kill()
        jobs.begin(4)
        await jobs.are(5)
        assert not any(task.done() for task in jobs.tasks)
        assert "no slot could be asked for" in said[-1]
        await asyncio.to_thread(engine.start_again)
        assert await taken(MODEL) == 3
        await jobs.all_end()
        await untaken(MODEL, 0)
        await begin_by_the_count(jobs, 4, of=3, said=said)
        assert await taken(MODEL) == 3
        await jobs.all_end()
    assert await taken(MODEL) == 0


async def test_slots_that_nobody_could_be_told_of_are_given_back_later(engine):
    """Jobs that end while the server is away keep no slot from others for longer than it is away."""
    async with open_slots(5, lambda _: None, Hurried(HURRY)) as slots:
        jobs = Jobs(slots, MODEL)
        jobs.begin(3)
        await jobs.are(3)
        engine.kill()
        await jobs.all_end()
        await asyncio.to_thread(engine.start_again)
        await untaken(MODEL, 0)


async def test_a_server_that_is_away_from_the_beginning_is_told_once(engine):
    """A run that can't look for limits begins all the same, with the default."""
    engine.kill()
    said: list[str] = []
    async with open_slots(2, said.append) as slots:
        jobs = Jobs(slots, MODEL)
        jobs.begin(3)
        await jobs.are(2)
        await jobs.all_end()
    assert len(said) == 1
    assert "limits couldn't be looked for" in said[0]


async def test_a_silent_server_keeps_nobody_from_leaving(engine):
    """Who leaves gives a server that takes questions and answers none less time than one answer may take."""
    stack = AsyncExitStack()
    slots = await stack.enter_async_context(open_slots(5, lambda _: None, Hurried(HURRY)))
    jobs = Jobs(slots, MODEL)
    jobs.begin(3)
    await jobs.are(3)
    with engine.silent():
        async with asyncio.timeout(ANSWER):
            await jobs.all_end()
            await stack.aclose()
