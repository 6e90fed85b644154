"""Slots: as many jobs of a model are in flight as somebody wants, and what is done needs none."""

import asyncio
from collections import Counter
from contextlib import asynccontextmanager
from dataclasses import replace

from stillreel.studio.planning import plan
from stillreel.studio.slots import LocalSlots, in_a_slot
from tests.studio.on_set import STILL, a_run, planned_event, produce, sending_event, shot, written


class Counted:
    """Slots of somebody else's, who counts them."""

    def __init__(self):
        self.taken = Counter()

    @asynccontextmanager
    async def slot(self, model):
        self.taken[model] += 1
        yield


async def test_a_model_has_so_many_slots_and_another_has_its_own():
    """Who finds none waits until one is free, however its block ends; another model's are not touched."""
    slots, inside = LocalSlots(2), []

    async def hold(model, until):
        async with slots.slot(model):
            inside.append(model)
            await until.wait()

    go = asyncio.Event()
    tasks = [asyncio.create_task(hold(model, go)) for model in ("a", "a", "a", "b")]
    for _ in range(3):
        await asyncio.sleep(0)
    assert inside == ["a", "a", "b"]
    tasks[0].cancel()
    await asyncio.wait([tasks[0]])
    for _ in range(3):
        await asyncio.sleep(0)
    assert inside == ["a", "a", "b", "a"]
    go.set()
    await asyncio.gather(*tasks[1:])


async def test_a_job_that_is_closed_takes_no_slot(on_set):
    """What is to be bought or waited for takes one of its model's slots; what is done goes by."""
    counted = Counted()
    studio = replace(await on_set.studio(), slots=counted)
    reel = await produce(studio, shot(STILL))
    async with in_a_slot(studio, reel.plan.still):
        assert not counted.taken
    fresh = await produce(studio, shot(STILL, shot="pier"), a_run("second"))
    planned = fresh.plan.still.model_copy(update={"digest": "0" * 64})
    async with in_a_slot(studio, planned):
        assert counted.taken == {planned.request.model: 1}


async def test_a_job_that_may_be_at_the_provider_waits_for_no_slot(on_set):
    """What was sent and not answered is asked about before the provider forgets it, however long the others take."""
    counted = Counted()
    studio = replace(await on_set.studio(), slots=counted)
    stage = (await plan(studio, shot(STILL), a_run())).still
    await written(studio, stage, [await planned_event(studio, stage, a_run()), sending_event(studio)])
    async with in_a_slot(studio, stage):
        assert not counted.taken
