"""Jobs in flight on a real Prefect server: limits that runs share, taken in blocks and given back."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Container
from contextlib import asynccontextmanager
from itertools import accumulate
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.actions import GlobalConcurrencyLimitCreate, GlobalConcurrencyLimitUpdate
from prefect.settings import PREFECT_CLIENT_MAX_RETRIES, temporary_settings
from prefect.types.names import BANNED_CHARACTERS

from deployments.servers import ROOT
from tasks.flight import Tell
from tasks.leases import limit_of, model_of
from tasks.limits import SharedSlots, open_slots
from tests.flows.commands import UNTIL, until
from tests.flows.sharing import Hurried

pytestmark = pytest.mark.server

TO_BEGIN = 180.0  # seconds for another process to load Prefect and to come to its turn, on a busy machine
ATTEMPTS = 3
HURRY = 100.0  # seconds of the runs' clock in one of ours: a turn takes 1.2 s


@pytest.fixture
async def limited(prefect_api):
    """Makes a limit for a model that no other test has; returns the model."""
    made = []

    async def make(most: int, active: bool = True) -> str:
        model = f"tests:{uuid4().hex}@1"
        async with get_client() as client:
            limit = GlobalConcurrencyLimitCreate(name=limit_of(model), limit=most, active=active)
            await client.create_global_concurrency_limit(limit)
        made.append(model)
        return model

    yield make
    async with get_client() as client:
        for model in made:
            await client.delete_global_concurrency_limit_by_name(limit_of(model))


@asynccontextmanager
async def asking() -> AsyncIterator[PrefectClient]:
    """A client that asks a busy server again, however patient the one is that a test looks at."""
    with temporary_settings(restore_defaults={PREFECT_CLIENT_MAX_RETRIES}):
        async with get_client() as client:
            yield client


async def taken(model: str) -> int:
    """The slots that the server counts as taken."""
    async with asking() as client:
        return (await client.read_global_concurrency_limit_by_name(limit_of(model))).active_slots


async def untaken(model: str, most: int) -> None:
    """Return once the server counts no more than so many."""
    await counted(model, range(most + 1))


async def counted(model: str, wanted: Container[int]) -> None:
    """Return once the server counts as it should."""
    async with asyncio.timeout(UNTIL):
        while await taken(model) not in wanted:  # noqa: ASYNC110 - the server sets no event here
            await asyncio.sleep(0.05)


class Jobs:
    """Jobs that hold a slot until they are told to end."""

    def __init__(self, slots: SharedSlots, model: str) -> None:
        self._slots, self.model = slots, model
        self.in_flight: list[asyncio.Event] = []
        self.tasks: list[asyncio.Task[None]] = []

    def begin(self, count: int) -> None:
        self.tasks += [asyncio.create_task(self._job()) for _ in range(count)]

    async def _job(self) -> None:
        async with self._slots.slot(self.model):
            over = asyncio.Event()
            self.in_flight.append(over)
            await over.wait()

    def end(self, count: int) -> None:
        for over in self.in_flight[:count]:
            over.set()
        del self.in_flight[:count]

    async def are(self, count: int) -> None:
        await until(lambda: len(self.in_flight) == count)

    async def all_end(self) -> None:
        while not all(task.done() for task in self.tasks):
            self.end(len(self.in_flight))
            await asyncio.sleep(0.01)


@asynccontextmanager
async def jobs_of(model: str, tell: Tell = pytest.fail) -> AsyncIterator[Jobs]:
    """Jobs of a process that shares the model's limit; in the end all of them end, and no slot stays taken."""
    async with open_slots(20, tell, Hurried(HURRY)) as slots:
        jobs = Jobs(slots, model)
        yield jobs
        await jobs.all_end()
    assert await taken(model) == 0


@given(st.text(), st.text())
def test_a_limit_is_named_after_one_model(one, other):
    """Any model has a name that Prefect takes, which says which model it is, and no two have the same."""
    assert model_of(limit_of(one)) == one
    assert not set(limit_of(one)) & set(BANNED_CHARACTERS)
    assert (limit_of(one) == limit_of(other)) is (one == other)


def test_names_are_the_models_own():
    """A person finds the limit of klingai:3@1 by its name."""
    assert limit_of("klingai:3@1") == "stillreel-klingai:3@1"


async def test_two_hundred_at_once(limited):
    """A storyboard's jobs all get their slots, the server counts each, and all are free afterwards."""
    model = await limited(200)
    async with jobs_of(model) as jobs:
        jobs.begin(200)
        await jobs.are(200)
        assert await taken(model) == 200


async def test_no_more_is_taken_than_is_needed(limited):
    """A few jobs take a few slots, and what ends is given back while others go on, but for the rest of a block."""
    model = await limited(200)
    async with jobs_of(model) as jobs:
        jobs.begin(3)
        await jobs.are(3)
        assert await taken(model) == 3
        jobs.begin(61)
        await jobs.are(64)
        assert await taken(model) == 64
        jobs.end(60)
        await untaken(model, 4 + 7)  # a lease goes back as a whole


async def test_a_full_limit_is_waited_for(limited):
    """With three slots there are never more than three jobs, and one that ends makes room for the next."""
    model, said = await limited(3), []
    async with jobs_of(model, said.append) as jobs:
        jobs.begin(5)
        for _ in range(2):
            await jobs.are(3)
            assert await taken(model) == 3
            jobs.end(1)
    assert [line for line in said if "is full" in line] == said != []


async def test_a_job_that_is_cancelled_leaves_no_slot_taken(limited):
    """Whether it waited for its slot, was just given it, or held it: a cancelled job's slot is free again."""
    model = await limited(2)
    async with jobs_of(model, lambda _: None) as jobs:
        jobs.begin(4)
        await jobs.are(2)
        waiting = [task for task in jobs.tasks if not task.done()][-1]
        waiting.cancel()
        jobs.end(1)  # its slot goes to the other one that waits
        await jobs.are(2)
        for task in jobs.tasks:
            task.cancel()
        await asyncio.wait(jobs.tasks)
        jobs.in_flight.clear()
        jobs.begin(2)
        await jobs.are(2)


@pytest.mark.parametrize("switched_off", [False, True], ids=["none", "switched off"])
async def test_without_a_limit_the_default_holds(prefect_api, limited, switched_off):
    """A model that has no limit, or whose limit a person has switched off, has the default within a process."""
    model = await limited(1, active=False) if switched_off else "nobody:knows@1"
    async with open_slots(4, pytest.fail) as slots:
        jobs = Jobs(slots, model)
        jobs.begin(9)
        await jobs.are(4)
        jobs.end(2)
        await jobs.are(4)
        await jobs.all_end()


async def test_a_limit_may_be_changed_or_taken_away_while_a_run_waits(limited):
    """A run takes smaller blocks from a limit that was lowered, and goes on by the default once it is gone."""
    model, said = await limited(100), []
    async with get_client() as client, open_slots(6, said.append, Hurried(HURRY)) as slots:
        await client.update_global_concurrency_limit(limit_of(model), GlobalConcurrencyLimitUpdate(limit=2))
        jobs = Jobs(slots, model)
        jobs.begin(9)
        await jobs.are(2)
        await client.delete_global_concurrency_limit_by_name(limit_of(model))
        await jobs.are(6)
        await jobs.all_end()
        await client.create_global_concurrency_limit(GlobalConcurrencyLimitCreate(name=limit_of(model), limit=1))
    assert "isn't there any more" in said[-1]


@pytest.fixture
async def process(prefect_api):
    """Starts another process that shares a limit, and returns it once its first job has begun."""
    started = []

    async def start(model: str, jobs: int, seconds: float) -> asyncio.subprocess.Process:
        words = (sys.executable, "-m", "tests.flows.sharing", model, str(jobs), str(seconds), str(HURRY))
        env = {**os.environ, "PREFECT_API_URL": prefect_api}
        pipe = asyncio.subprocess.PIPE
        each = await asyncio.create_subprocess_exec(*words, cwd=ROOT, env=env, stdin=pipe, stdout=pipe)
        started.append(each)
        async with asyncio.timeout(TO_BEGIN):
            assert await each.stdout.readline() == b"begun\n"
        return each

    yield start
    for each in started:
        if each.returncode is None:
            each.kill()
            await each.wait()


async def test_runs_share_a_limit_and_take_turns(process, limited):
    """Two processes never have more jobs in flight than the limit, and the second needn't wait for the first to end.

    They are seen anew where the server, which others keep busy, left one of them without an answer for too long.
    """
    for _ in range(ATTEMPTS):
        model = await limited(10)
        first = await process(model, 0, 0.1)
        await counted(model, [10])
        second = await process(model, 60, 0.1)
        mine = json.loads((await second.communicate())[0])
        assert len(mine["spans"]) == 60
        assert first.returncode is None
        others = json.loads((await first.communicate(b""))[0])  # which closes its standard input
        if not mine["unanswered"] + others["unanswered"]:
            break
    else:
        pytest.fail("the server was too busy each time")
    assert max(others["spans"])[0] > max(mine["spans"])[0]
    assert most_at_once(mine["spans"] + others["spans"]) <= 10
    assert await taken(model) == 0


def most_at_once(spans: list[tuple[float, float]]) -> int:
    """The most of the spans that overlap anywhere."""
    steps = sorted([(began, 1) for began, _ in spans] + [(ended, -1) for _, ended in spans])
    return max(accumulate(step for _, step in steps))


def test_overlaps_are_counted():
    """What the test above leans on."""
    assert most_at_once([(0, 2), (1, 3), (2, 4), (5, 6)]) == 2
