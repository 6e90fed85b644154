"""The engine's server is away while jobs are in flight: none is stopped, none is kept waiting, no slot stays taken."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from uuid import uuid4

import pytest
from prefect.client.schemas.actions import GlobalConcurrencyLimitCreate
from prefect.settings import PREFECT_API_URL, PREFECT_CLIENT_MAX_RETRIES, temporary_settings

from tasks.leases import ANSWER, limit_of
from tasks.limits import open_slots
from tests.flows.commands import until
from tests.flows.engine import Engine
from tests.flows.sharing import Hurried
from tests.flows.test_limits import Jobs, asking, taken, untaken

pytestmark = pytest.mark.server

HURRY = 100.0
LASTS = 600.0  # seconds: no lease that is given back has only come to its end


@pytest.fixture
async def model(engine: Engine) -> AsyncIterator[str]:
    """A model that no other test has, with a limit of three; who asks the server that may be killed, asks once."""
    model = f"tests:{uuid4().hex}@1"
    with temporary_settings({PREFECT_API_URL: f"{engine.running.url}/api", PREFECT_CLIENT_MAX_RETRIES: 0}):
        async with asking() as client:
            await client.create_global_concurrency_limit(GlobalConcurrencyLimitCreate(name=limit_of(model), limit=3))
        yield model


async def begin_by_the_count(jobs: Jobs, count: int, *, of: int, said: list[str]) -> None:
    """Begin jobs until those in flight are the server's own count: the first questions may meet one that is busy."""
    while True:
        before = len(said)
        jobs.begin(count)
        await until(lambda: len(jobs.in_flight) >= of)
        if not any("no slot could be asked for" in each for each in said[before:]):
            return
        await jobs.all_end()
        await untaken(jobs.model, 0)


async def test_a_server_that_goes_away_stops_no_job(engine, model):
    """Jobs go on, those that wait go on by the default, and once it is back its own count holds again."""
    said: list[str] = []
    async with open_slots(5, said.append, Hurried(HURRY), LASTS) as slots:
        jobs = Jobs(slots, model)
        await begin_by_the_count(jobs, 3, of=3, said=said)
        engine.kill()
        jobs.begin(4)
        await jobs.are(5)
        assert not any(task.done() for task in jobs.tasks)
        assert "no slot could be asked for" in said[-1]
        await asyncio.to_thread(engine.start_again)
        assert await taken(model) == 3
        await jobs.all_end()
        await untaken(model, 0)
        await begin_by_the_count(jobs, 4, of=3, said=said)
        assert await taken(model) == 3
        await jobs.all_end()
    assert await taken(model) == 0


async def test_slots_that_nobody_could_be_told_of_are_given_back_later(engine, model):
    """Jobs that end while the server is away keep no slot from others for longer than it is away."""
    said: list[str] = []
    async with open_slots(5, said.append, Hurried(HURRY), LASTS) as slots:
        jobs = Jobs(slots, model)
        await begin_by_the_count(jobs, 3, of=3, said=said)
        engine.kill()
        await jobs.all_end()
        await asyncio.to_thread(engine.start_again)
        await untaken(model, 0)


async def test_a_server_that_is_away_from_the_beginning_is_told_once(engine, model):
    """A run that can't look for limits begins all the same, with the default."""
    engine.kill()
    said: list[str] = []
    async with open_slots(2, said.append) as slots:
        jobs = Jobs(slots, model)
        jobs.begin(3)
        await jobs.are(2)
        await jobs.all_end()
    assert len(said) == 1
    assert "limits couldn't be looked for" in said[0]


async def test_a_silent_server_keeps_nobody_from_leaving(engine, model):
    """Who leaves gives a server that takes questions and answers none less time than one answer may take."""
    stack, said = AsyncExitStack(), list[str]()
    slots = await stack.enter_async_context(open_slots(5, said.append, Hurried(HURRY)))
    jobs = Jobs(slots, model)
    await begin_by_the_count(jobs, 3, of=3, said=said)
    with engine.silent():
        async with asyncio.timeout(ANSWER):
            await jobs.all_end()
            await stack.aclose()
