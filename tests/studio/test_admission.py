"""Admission: who is over what the provider takes waits for his turn, and nothing is sent in vain for long."""

import asyncio
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from random import Random
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillreel.domain.errors import CapReached, ObjectExists, ProviderError
from stillreel.domain.events import Sending, TurnedAway, Withdrawn
from stillreel.domain.names import Place
from stillreel.runware import Acknowledged, Refused
from stillreel.runware.classify import ErrorKind
from stillreel.runware.wire import WireError
from stillreel.studio.admission import BUSY_WAIT, Admission
from stillreel.studio.buying import buy
from stillreel.studio.planning import plan
from stillreel.studio.watching import watch
from tests.studio.money import capped
from tests.studio.on_set import STILL, Time, a_run, job_of, kinds, shot

FULL = Refused(errors=(WireError(code="rateLimitExceeded", message="full", kind=ErrorKind.RATE_LIMIT),), crowded=True)
PATIENCE = 1800.0
FOR_EVER = 10.0**6  # seconds


def turn_of(gate, uuid):
    """A turn in the queue, for a take of its own."""
    return gate.turn(uuid, Place(project="harbour", shot=f"shot-{uuid.int}", stage="still", take=1))


async def made(studio, n):
    """One still, bought and waited for; its job."""
    stage = (await plan(studio, shot(STILL, shot=f"shot-{n}"), a_run())).still
    outcome = await watch(studio, await buy(studio, stage, a_run()))
    assert len(outcome.rows) == 1
    return await job_of(studio, stage)


async def test_a_provider_with_twenty_slots_makes_two_hundred(open_set):
    """Twenty are taken at once: nobody fails, each is bought once, and few are sent before there is room."""
    on_set = await open_set(admit=20, latency={"*": 5})
    studio = await on_set.studio()
    jobs = await asyncio.gather(*(made(studio, n) for n in range(200)))
    assert [runs for _, runs, _ in on_set.bought] == [1] * 200
    sends = sum(len(job.all(Sending)) for job in jobs)
    assert sends < 2 * 200 + 180
    assert max(len(job.all(Sending)) for job in jobs) < 20


async def test_slots_that_others_hold_are_tried_for_one_at_a_time(open_set):
    """With nothing of ours at the provider, one job tries in a while; the others aren't sent at all."""
    on_set = await open_set(admit=1, latency={"*": 60})
    other = await on_set.studio()
    await buy(other, (await plan(other, shot(STILL, shot="theirs"), a_run("other"))).still, a_run("other"))
    studio = await on_set.studio()
    stages = [(await plan(studio, shot(STILL, shot=f"shot-{n}"), a_run())).still for n in range(4)]
    await buy(studio, stages[0], a_run())
    waiting = [asyncio.create_task(buy(studio, stage, a_run())) for stage in stages[1:]]
    await asyncio.gather(*waiting)
    first = await job_of(studio, stages[0])
    sends = [event.at for event in first.all(Sending)]
    assert all((later - sooner).total_seconds() >= 0.8 * BUSY_WAIT for sooner, later in pairwise(sends))
    assert sorted(runs for _, runs, _ in on_set.bought) == [1] * 5


async def full(open_set, many):
    """A provider whose one place somebody else has, and so many stills of ours that wait; the first has tried."""
    on_set = await open_set(admit=1, latency={"*": FOR_EVER})
    other = await on_set.studio()
    await buy(other, (await plan(other, shot(STILL, shot="theirs"), a_run("other"))).still, a_run("other"))
    studio = await on_set.studio(patience=FOR_EVER)
    stages = [(await plan(studio, shot(STILL, shot=f"shot-{n}"), a_run())).still for n in range(many)]
    waiting = []
    for stage in stages:
        waiting.append(asyncio.create_task(buy(studio, stage, a_run())))
        await until_sent(studio, stages[0])
    return on_set, studio, stages, waiting


async def until_sent(studio, stage, times=1):
    """Let things happen until a job was turned away so often."""
    async with asyncio.timeout(20):
        while len((await job_of(studio, stage)).all(TurnedAway)) < times:  # noqa: ASYNC110 - nobody tells when it was
            await asyncio.sleep(0)


async def number_of(gate, uuid):
    """The number of a job's turn, once it has one."""
    async with asyncio.timeout(20):
        while not (found := [turn.number for turn in gate.queue if turn.uuid == uuid]):  # noqa: ASYNC110 - as above
            await asyncio.sleep(0)
    return found[0]


class Patient(Time):
    """Time in which nobody's long sleep is over before it is said."""

    def __init__(self):
        super().__init__()
        self.over = asyncio.Event()

    async def sleep(self, seconds):
        if seconds > 1000:
            await self.over.wait()
        await super().sleep(seconds)


async def test_who_has_waited_looks_at_the_caps_again(on_set):
    """A job whose money was held waits for hours, and the cap is lowered meanwhile: nothing of it is sent."""
    studio = await on_set.studio(time=(time := Patient()), patience=FOR_EVER)
    stage = (await plan(studio, shot(STILL), a_run())).still
    gate = studio.admission.gate(stage.request.model)
    with turn_of(gate, UUID(int=1)) as turn:
        turn.answered(FULL.model_copy(update={"retry_after": 10_000.0}))
    waiting = asyncio.create_task(buy(studio, stage, a_run()))
    async with asyncio.timeout(20):
        while not any(turn.fresh for turn in gate.queue):  # noqa: ASYNC110 - as above
            await asyncio.sleep(0)
    await capped(on_set, day=Decimal(0))
    time.over.set()
    with pytest.raises(CapReached, match="was not bought"):
        await waiting
    assert kinds(await job_of(studio, stage)) == ["planned"]
    assert on_set.jobs == []


async def test_who_is_withdrawn_while_he_waits_keeps_his_place(open_set):
    """`reconcile` takes a job that waits for one that was left alone: its next purchase is in its place."""
    _, studio, stages, waiting = await full(open_set, 3)
    gate, again = studio.admission.gate(stages[1].request.model), stages[1]
    number = await number_of(gate, (await job_of(studio, again)).uuid)
    while (job := await job_of(studio, again)).standing != "withdrawn":
        word = Withdrawn(at=studio.clock.now(), nonce=studio.nonce(), reason="not sent within a lease")
        with suppress(ObjectExists):
            await studio.archive.append(job, word)
    assert await number_of(gate, await studio.uuid_of(again.place, again.digest, 2)) == number
    for task in waiting:
        task.cancel()
    await asyncio.wait(waiting)


async def test_tries_become_rarer_while_nothing_is_taken(open_set):
    """Half an hour in front of a queue that stays full is some dozens of tries, and nothing is bought."""
    on_set = await open_set(throttle={"task_types": ["imageInference"], "status": 429})
    studio = await on_set.studio(patience=PATIENCE)
    stage = (await plan(studio, shot(STILL), a_run())).still
    with pytest.raises(ProviderError, match="nothing was bought") as caught:
        await buy(studio, stage, a_run())
    assert caught.value.patience_over
    assert 40 < len((await job_of(studio, stage)).all(Sending)) < 100
    assert on_set.bought == []


async def test_a_provider_may_refuse_for_days():
    """However often it does, each refusal is taken in, and there is a next try."""
    clock = Time()
    gate = Admission(clock, Random(7), 1.0, FOR_EVER).gate("a model")  # noqa: S311 - jitter
    with turn_of(gate, UUID(int=1)) as turn:
        for _ in range(5000):
            clock.pass_by(BUSY_WAIT)
            turn.went = clock.now()
            turn.answered(FULL)
        turn.answered(FULL.model_copy(update={"retry_after": 1.0}))
        assert await turn.come(clock.now().replace(year=9999)) == "go"


async def test_who_waits_while_the_provider_is_left_alone_goes_afterwards():
    """A job of another model ends before the one that was refused is back in the queue: nobody waits for ever."""
    clock, uuid = Time(), UUID(int=1)
    admission = Admission(clock, Random(7), 1.0, PATIENCE)  # noqa: S311 - jitter
    gate, then = admission.gate("a model"), clock.now() + timedelta(seconds=30)
    with turn_of(gate, uuid) as turn:
        turn.answered(FULL.model_copy(update={"retry_after": 30.0}))
    with admission.flying("another model", UUID(int=2)):
        pass
    async with asyncio.timeout(20):
        with turn_of(gate, uuid) as turn:
            assert await turn.come(clock.now().replace(year=9999)) == "go"
    assert clock.now() >= then


async def test_who_came_first_goes_first():
    """Of those who are ready the first goes when one of ours has ended, also if it was refused before."""
    clock = Time()
    gate = Admission(clock, Random(7), 1.0, PATIENCE).gate("a model")  # noqa: S311 - jitter
    first, second, ours = (UUID(int=n) for n in (1, 2, 3))
    with turn_of(gate, first) as turn:
        turn.answered(FULL.model_copy(update={"retry_after": 0.0}))
    gate.fly(ours)
    fresh, went = clock.now().replace(year=9999), []

    async def go(uuid):
        with turn_of(gate, uuid) as turn:
            assert await turn.come(fresh) == "go"
            went.append(uuid)
            turn.answered(Acknowledged())
            gate.land(uuid)

    with turn_of(gate, second):  # came earlier than the first comes back
        await asyncio.gather(go(first), go(UUID(int=4)))
    assert went == [first, UUID(int=4)]


class Standing(Time):
    """Time that doesn't pass."""

    async def sleep(self, seconds):
        self.slept.append(seconds)
        await asyncio.Event().wait()


async def test_who_gives_up_his_place_holds_up_nobody():
    """A run that is cancelled in the queue never goes, and the one behind it is next."""
    clock = Standing()
    gate = Admission(clock, Random(7), 1.0, PATIENCE).gate("a model")  # noqa: S311 - jitter
    with turn_of(gate, UUID(int=1)) as turn:
        turn.answered(FULL)
    fresh, went = clock.now().replace(year=9999), []

    async def go(uuid):
        with turn_of(gate, uuid) as turn:
            went.extend([uuid] if await turn.come(fresh) == "go" else [])

    leaving, staying = (asyncio.create_task(go(UUID(int=n))) for n in (2, 3))
    await asyncio.sleep(0)
    leaving.cancel()
    await asyncio.wait([leaving])
    assert went == []
    gate.hurry()
    await staying
    assert (went, gate.queue) == ([UUID(int=3)], [])


@given(st.integers(1, 5), st.integers(1, 12), st.integers(0, 3), st.integers(0, 9))
def test_everybody_gets_in_whatever_the_limit(room, many, others, seed):
    """Whatever the provider has room for, and whoever shares it, all are taken in the end, and the queue is empty."""
    asyncio.run(_all_get_in(room, many, others, seed))


async def _all_get_in(room, many, others, seed):
    clock, flying, sent = Time(), set(), []
    admission = Admission(clock, Random(seed), 1.0, PATIENCE)  # noqa: S311 - jitter
    gate = admission.gate("a model")

    async def one(n):
        uuid = UUID(int=n)
        taken = False
        while not taken:
            with turn_of(gate, uuid) as turn:
                assert await turn.near() == "go"
                assert await turn.come(clock.now().replace(year=9999)) == "go"
                sent.append(n)
                taken = len(flying) + (others if len(sent) < 30 else 0) < room
                if taken:
                    flying.add(uuid)
                turn.answered(Acknowledged() if taken else FULL)
        with admission.flying("a model", uuid):
            await asyncio.sleep(0)
            flying.discard(uuid)

    await asyncio.wait_for(asyncio.gather(*(one(n) for n in range(many))), 20)
    assert set(sent) == set(range(many))
    assert not gate.queue
