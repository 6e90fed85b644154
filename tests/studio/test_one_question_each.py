"""A provider that refuses questions about several jobs at once: whatever was bought is found and brought home."""

import asyncio
from uuid import uuid4

import pytest

from stillreel.domain.errors import ProviderError
from stillreel.domain.selection import Selection
from stillreel.studio.planning import plan
from stillreel.studio.reconciling import reconcile
from tests.studio.on_set import (
    STILL,
    a_run,
    accepted_event,
    planned_event,
    produce,
    sending_event,
    shot,
    written,
)

SUBMIT = {"task_types": ["imageInference"]}
SHOTS = [f"shot-{n}" for n in range(1, 9)]


def polls(on_set):
    return on_set.emulator.requests().get("getResponse", 0)


async def test_lost_answers_are_asked_about_one_by_one(open_set):
    """Eight purchases whose answer got lost together are each found again, run once, and lie in the archive."""
    on_set = await open_set(batch_poll="refuse", lost_reply={**SUBMIT, "times": 1})
    studio = await on_set.studio()
    reels = await asyncio.gather(*(produce(studio, shot(STILL, shot=name)) for name in SHOTS))
    assert [kept.end for reel in reels for kept in reel.kept] == ["archived"] * 8
    assert [(sent, runs) for sent, runs, _ in on_set.bought] == [(1, 1)] * 8


@pytest.mark.parametrize("last", ["sending", "accepted"])
async def test_reconciling_brings_all_home(open_set, last):
    """Eight jobs that a run has left open are all taken to their ends by asking about each."""
    on_set = await open_set(batch_poll="refuse")
    studio = await on_set.studio()
    for name in SHOTS:
        stage = (await plan(studio, shot(STILL, shot=name), a_run())).still
        planned = await planned_event(studio, stage, a_run())
        await studio.client.submit([planned.body])
        steps = [planned, sending_event(studio), *([accepted_event(studio, a_run())] if last == "accepted" else [])]
        await written(studio, stage, steps)
    on_set.time.pass_by(600)
    stands = await reconcile(studio, Selection(), a_run("reconcile"))
    assert [stand.became for stand in stands] == ["ended"] * 8, [stand.says for stand in stands]
    assert await studio.archive.open_jobs() == {}


async def test_the_refusal_is_found_out_once(open_set):
    """Who asks after others have been refused asks about each at once."""
    on_set = await open_set(batch_poll="refuse")
    studio = await on_set.studio()
    await asyncio.gather(*(studio.post.ask(uuid4()) for _ in range(8)))
    before = polls(on_set)
    await asyncio.gather(*(studio.post.ask(uuid4()) for _ in range(8)))
    assert polls(on_set) - before == 8
    assert studio.client.most == 1


async def test_who_cannot_be_asked_about_is_told_so(open_set):
    """Where questions about each are refused, too, each caller hears why, and nobody takes it for an answer."""
    on_set = await open_set(batch_poll="refuse")
    studio = await on_set.studio()
    on_set.emulator.switch(throttle={"task_types": ["getResponse"], "status": 404})
    said = await asyncio.gather(*(studio.post.ask(uuid4()) for _ in range(3)), return_exceptions=True)
    assert [type(each) for each in said] == [ProviderError] * 3
