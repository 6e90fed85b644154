"""The watcher: all jobs of a studio in few requests, each in time, whatever is made of questions for many."""

import asyncio
import random
from dataclasses import replace
from decimal import Decimal

import httpx
import pytest

from stillreel.domain.errors import StillRunning
from stillreel.runware import Client
from stillreel.runware.policy import MOST_TOGETHER
from stillreel.studio.buying import buy
from stillreel.studio.durations import LAST, Durations
from stillreel.studio.planning import plan
from stillreel.studio.watching import watch
from tests.studio.on_set import CATALOGUE, CLIP, STILL, a_run, shot

POLLS = {"task_types": ["getResponse"]}
KLING, TURBO = "klingai:3@1", "runware:z-image@turbo"


async def bought(studio, many, data=STILL):
    """So many jobs that the provider has just accepted."""
    stages = [await plan(studio, shot(data, shot=f"shot-{n}"), a_run()) for n in range(many)]
    return await asyncio.gather(*(buy(studio, stage.still or stage.clip, a_run()) for stage in stages))


def polls(on_set):
    return on_set.emulator.requests().get("getResponse", 0)


async def test_many_jobs_share_few_requests(open_set):
    """Thirty jobs need less than half of the requests that they would need one by one, about fifteen each."""
    on_set = await open_set(latency={"*": 200})
    studio = await on_set.studio(max_usd=Decimal(6))
    tickets = await bought(studio, 30, CLIP)
    outcomes = await asyncio.gather(*(watch(studio, ticket) for ticket in tickets))
    assert [len(outcome.rows) for outcome in outcomes] == [1] * 30
    assert polls(on_set) < 7 * 30


@pytest.mark.parametrize("batch_poll", ["first", "refuse"])
async def test_a_provider_that_takes_one_question_a_request(open_set, batch_poll):
    """Whether questions for many are answered in part or refused, everybody gets home, and it is found out once."""
    on_set = await open_set(latency={"*": 30}, batch_poll=batch_poll)
    studio = await on_set.studio()
    outcomes = await asyncio.gather(*(watch(studio, ticket) for ticket in await bought(studio, 12)))
    assert [len(outcome.rows) for outcome in outcomes] == [1] * 12
    on_set.emulator.switch(batch_poll="all", latency={"*": 0})
    before = polls(on_set)
    more = [await plan(studio, shot(STILL, shot=f"more-{n}"), a_run()) for n in range(3)]
    tickets = [await buy(studio, stage.still, a_run()) for stage in more]
    on_set.time.pass_by(60)
    await asyncio.gather(*(watch(studio, ticket) for ticket in tickets))
    assert polls(on_set) - before == 3


async def test_a_provider_that_shows_new_jobs_late_is_asked_about_many(open_set):
    """Jobs that it left out because they were new, and shows a moment later, say nothing of how many it answers."""
    on_set = await open_set(latency={"*": 200}, show_delay_ms=15_000)
    studio = await on_set.studio(max_usd=Decimal(6))
    tickets = await bought(studio, 5, CLIP)
    outcomes = await asyncio.gather(*(watch(studio, ticket) for ticket in tickets))
    assert [len(outcome.rows) for outcome in outcomes] == [1] * 5
    assert studio.client.most == MOST_TOGETHER


async def test_a_round_that_is_refused_halves_the_questions_once(open_set):
    """Several requests of one round that are refused together say no more than one of them would."""
    on_set = await open_set()
    studio = await on_set.studio()
    for _ in range(8):
        studio.client.refused_together(40)
    assert studio.client.most == 20


async def test_a_job_that_the_provider_does_not_know_troubles_nobody(open_set):
    """One job that every answer leaves out is asked about by itself at its own gaps; the others stay together."""
    on_set = await open_set(latency={"*": 200}, forget_after_s=1)
    studio = await on_set.studio(patience=300)
    (lost,) = await bought(studio, 1)
    on_set.time.pass_by(2)
    on_set.emulator.switch(forget_after_s=None)
    others = await bought(studio, 6, CLIP)
    on_set.time.pass_by(100)
    before = polls(on_set)
    ends = await asyncio.gather(*(watch(studio, ticket) for ticket in (lost, *others)), return_exceptions=True)
    assert [getattr(end, "failures", None) for end in ends[1:]] == [()] * 6
    assert polls(on_set) - before < 7 * 20


async def test_who_stops_waiting_is_not_asked_about(open_set):
    """A caller that goes away takes its job along, and the loop ends with the last one."""
    on_set = await open_set(latency={"*": 100})
    studio = await on_set.studio()
    first, second = await bought(studio, 2)
    leaving, staying = (asyncio.create_task(watch(studio, ticket)) for ticket in (first, second))
    await asyncio.sleep(0)  # both wait now
    leaving.cancel()
    assert len((await staying).rows) == 1
    assert leaving.cancelled()
    third = asyncio.create_task(watch(studio, first))
    await asyncio.sleep(0)
    third.cancel()
    await asyncio.gather(third, return_exceptions=True)
    await asyncio.sleep(0)
    before = polls(on_set)
    await asyncio.sleep(0.05)
    assert polls(on_set) == before


async def test_who_is_told_to_wait_leaves_the_provider_alone(open_set):
    """A refusal for load holds up the questions of all for as long as it says, and ends nobody's waiting."""
    on_set = await open_set(latency={"*": 10}, throttle={**POLLS, "status": 429, "retry_after": 50, "times": 1})
    studio = await on_set.studio()
    tickets = await bought(studio, 5)
    began = on_set.time.now()
    outcomes = await asyncio.gather(*(watch(studio, ticket) for ticket in tickets))
    assert [len(outcome.rows) for outcome in outcomes] == [1] * 5
    assert (on_set.time.now() - began).total_seconds() >= 50
    assert polls(on_set) <= 1 + len(tickets)


async def test_trouble_stretches_the_pace_and_passes(open_set):
    """While questions fail they become rarer for everybody, and patience still ends the waiting."""
    on_set = await open_set(latency={"*": 10}, throttle={**POLLS, "status": 503})
    studio = await on_set.studio(patience=300)
    ends = await asyncio.gather(*(watch(studio, ticket) for ticket in await bought(studio, 20)), return_exceptions=True)
    assert {type(end) for end in ends} == {StillRunning}
    assert polls(on_set) < 60


class Breaking(httpx.AsyncHTTPTransport):
    """A line that breaks in a way that nobody foresaw, wherever one of these words is said."""

    words: tuple[str, ...] = ()

    async def handle_async_request(self, request):
        if any(word.encode() in request.content for word in self.words):
            raise RuntimeError("unforeseen")
        return await super().handle_async_request(request)


@pytest.mark.parametrize("many", [1, 3])
async def test_what_nobody_foresaw_ends_the_waiting_of_those_it_strikes(on_set, many):
    """A question that breaks for one job ends nobody else's waiting; one that always breaks leaves nobody waiting."""
    studio = await on_set.studio()
    async with httpx.AsyncClient(transport=(line := Breaking())) as http:
        rng = random.Random(7)  # noqa: S311 - jitter
        client = Client(http, url=on_set.emulator.url, key=studio.settings.key, clock=on_set.time, rng=rng)
        studio = replace(studio, client=client)
        tickets = await bought(studio, 12)
        struck = tickets[:many] if many == 1 else tickets
        line.words = tuple(str(ticket.uuid) for ticket in struck)
        async with asyncio.timeout(20):
            ends = await asyncio.gather(*(watch(studio, ticket) for ticket in tickets), return_exceptions=True)
    broken = [ticket for ticket, end in zip(tickets, ends, strict=True) if isinstance(end, RuntimeError)]
    assert broken == struck
    assert all(len(end.rows) == 1 for end in ends if not isinstance(end, RuntimeError))


async def test_who_waits_outlives_the_loop(on_set):
    """The loop is ended from outside while somebody waits: another one goes on, and he gets home."""
    studio = await on_set.studio()
    (ticket,) = await bought(studio, 1)
    waiting = asyncio.create_task(watch(studio, ticket))
    loops = set()
    while not loops:
        await asyncio.sleep(0)
        loops = {task for task in asyncio.all_tasks() if "Watcher" in task.get_coro().__qualname__}
    for task in loops:
        task.cancel()
    async with asyncio.timeout(20):
        assert len((await waiting).rows) == 1


async def test_the_first_look_is_learnt(open_set):
    """Once a job of a model was seen to end, the next one is looked at after half of what that one took."""
    on_set = await open_set(latency={"*": 400})
    studio = await on_set.studio()
    (first,) = await bought(studio, 1, CLIP)
    await watch(studio, first)
    assert 370 < studio.durations.usual(KLING) < 430
    stage = await plan(studio, shot(CLIP, shot="next"), a_run())
    ticket = await buy(studio, stage.clip, a_run())
    on_set.time.slept.clear()
    await watch(studio, ticket)
    assert 185 < on_set.time.slept[0] < 215


async def test_what_was_over_before_anybody_looked_teaches_nothing(on_set):
    """A run that comes back the next day doesn't learn that jobs take a day."""
    studio = await on_set.studio()
    (ticket,) = await bought(studio, 1)
    on_set.time.pass_by(86_400)
    assert len((await watch(studio, ticket)).rows) == 1
    assert not studio.durations.knows(TURBO)


def test_a_model_that_has_left_the_catalogue_is_waited_for():
    """Nobody's waiting ends because a job among those that are open is of a model that nobody knows any more."""
    assert 0 < Durations(CATALOGUE, 1.0).usual("somebody:1@1") < 600


def test_the_usual_duration_is_the_median_of_the_last_ones():
    """The catalogue's figure, at the pace of the settings, until something was seen; then the last twenty count."""
    durations = Durations(CATALOGUE, 0.5)
    assert durations.usual(KLING) == 60
    for seconds in (1000.0, *(30.0 for _ in range(LAST // 2)), *(50.0 for _ in range(LAST // 2))):
        durations.learn(KLING, seconds)
    assert durations.usual(KLING) == 40
