"""The runs of parts that are waited for: deleted or silent, they are waited for no longer."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from prefect import flow
from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.objects import State
from prefect.events import Event, Resource
from prefect.events.clients import get_events_client
from prefect.events.filters import EventFilter, EventResourceFilter
from prefect.states import AwaitingRetry, Cancelling, Completed, Crashed, Pending, Running, Scheduled

from flows.awaiting import CRASHED_FOR, LISTEN, SILENT_FOR, Awaited, Over
from flows.reruns import MOST
from tests.flows.commands import UNTIL

pytestmark = pytest.mark.server
SILENT = f"is {{}} in Prefect, and has shown no sign of life for {SILENT_FOR} minutes"


class Hand:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.time = datetime(2026, 1, 1, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


class Scene:
    """Runs that no process makes, and who waits for them."""

    def __init__(self, client: PrefectClient) -> None:
        self.client, self.clock = client, Hand()
        self.awaited = Awaited(client, self.clock)

    async def run(self, *states: State[None]) -> UUID:
        """A run that came to be in these states, one after the other; of the last one its event is known."""

        @flow
        def part() -> None:
            """What nobody runs."""

        run = await self.client.create_flow_run(part, state=Pending())
        for state in states:
            await self.client.set_flow_run_state(run.id, state, force=True)
        await self.heard(run.id, f"prefect.flow-run.{states[-1].name}")
        return run.id

    async def beat(self, run: UUID) -> None:
        """A sign of life of the run, as its process sends them."""
        of_run = Resource({"prefect.resource.id": f"prefect.flow-run.{run}"})
        sign = Event(event="prefect.flow-run.heartbeat", resource=of_run)
        async with get_events_client(checkpoint_every=1) as events:
            await events.emit(sign)
        await self.heard(run, sign.event)

    async def heard(self, run: UUID, event: str) -> None:
        """Return once the server tells of the event as the newest of the run: it writes them down now and then."""
        of_run = EventFilter(resource=EventResourceFilter(id=[f"prefect.flow-run.{run}"]))
        async with asyncio.timeout(UNTIL):
            while [one.event for one in (await self.client.read_events(of_run, limit=1)).events] != [event]:  # noqa: ASYNC110 - the server sets no event here
                await asyncio.sleep(0.1)

    async def look(self, run: UUID, *, times: int = 1) -> Over | None:
        """What is known after so many minutes, with a look in each; earlier it was to be waited for."""
        for _ in range(times - 1):
            assert await self._look(run) is None
        return await self._look(run)

    async def _look(self, run: UUID) -> Over | None:
        await self.clock.sleep(LISTEN.total_seconds())
        return (await self.awaited.over([run])).get(run)


@pytest.fixture
async def scene(prefect_api: str) -> AsyncIterator[Scene]:
    """Somebody who waits, on a Prefect server."""
    del prefect_api
    async with get_client() as client:
        yield Scene(client)


async def test_a_deleted_run_is_not_waited_for(scene: Scene):
    """Once somebody has deleted it, that is said, and others can go on with its work."""
    run = await scene.run(Running())
    assert await scene.look(run) is None
    await scene.client.delete_flow_run(run)
    assert await scene.look(run) == Over("was deleted")


@pytest.mark.parametrize("state", [Running(), Pending(name="Starting")], ids=["running", "taken by a worker"])
async def test_a_silent_run_is_waited_for_so_long(scene: Scene, state: State[None]):
    """Its process or its host is lost, and no automation says so: after eight questions in a row it is given up."""
    run = await scene.run(state)
    assert await scene.look(run, times=SILENT_FOR + 1) == Over(SILENT.format(state.name))


async def test_a_sign_of_life_makes_patient_again(scene: Scene):
    """A heartbeat in the last minute, and it is waited for as long as at first."""
    run = await scene.run(Running())
    assert await scene.look(run, times=SILENT_FOR) is None
    await scene.beat(run)
    assert await scene.look(run, times=SILENT_FOR + 1) == Over(SILENT.format("Running"))


async def test_looking_often_is_not_silence(scene: Scene):
    """Looks within the same minute find nothing new, and mean nothing."""
    run = await scene.run(Running())
    for _ in range(3 * SILENT_FOR):
        assert await scene.awaited.over([run]) == {}


async def test_a_run_that_waits_for_a_worker_may_be_silent(scene: Scene):
    """Nobody has begun it, so nobody could say anything."""
    run = await scene.run(Scheduled(scheduled_time=datetime.now(UTC) + timedelta(days=1)))
    assert await scene.look(run, times=2 * SILENT_FOR) is None


async def test_a_silent_run_that_a_person_stops_is_stopped(scene: Scene):
    """Whoever cancels a run whose process is lost, doesn't want another to go on with its work."""
    run = await scene.run(Running(), Cancelling())
    assert await scene.look(run, times=SILENT_FOR + 1) == Over(SILENT.format("Cancelling"), for_good=True)


async def test_a_crashed_run_has_time_to_begin_again(scene: Scene):
    """What has crashed is looked at for a while; each time that it has begun in between, anew."""
    run = await scene.run(Running(), Crashed())
    assert await scene.look(run, times=CRASHED_FOR - 1) is None
    assert scene.awaited.seen == {run: "crashed"}
    for state in (AwaitingRetry(), Pending(), Running()):
        await scene.client.set_flow_run_state(run, state, force=True)
        assert await scene.look(run) is None
        assert scene.awaited.seen == {run: "begun again"}
    await scene.client.set_flow_run_state(run, Crashed(), force=True)
    assert await scene.look(run, times=CRASHED_FOR) == Over("ended as Crashed without a word")


async def test_a_run_that_kills_whoever_makes_it_is_left_alone(scene: Scene):
    """One that has begun as often as it may is nobody else's work."""
    run = await scene.run(*[state for _ in range(MOST) for state in (Running(), Crashed())])
    found = await scene.look(run, times=CRASHED_FOR)
    assert found is not None
    assert found.for_good


async def test_what_has_ended_is_told_at_once(scene: Scene):
    """At the first look."""
    run = await scene.run(Completed())
    assert await scene.look(run) == Over("ended as Completed without a word")
