"""Meeting: processes and runs that want the same take at the same moment buy it once."""

import asyncio

import pytest

from stillreel.archive.folder import FolderStore
from stillreel.studio.buying import buy
from stillreel.studio.planning import plan
from tests.studio.on_set import STILL, a_run, job_of, kinds, produce, shot


async def a_still(on_set, name="first", **changes):
    """A studio, and the plan of a still in it."""
    studio = await on_set.studio()
    return studio, (await plan(studio, shot(STILL, **changes), a_run(name))).still


def once(on_set, *, submits=1):
    """Whether one job was run and billed, after so many sends that arrived."""
    ((sent, runs, billed),) = on_set.bought
    return (sent, runs, billed) == (submits, 1, 100 - on_set.balance)


@pytest.mark.parametrize("studios", [1, 2], ids=["in one process", "in two processes"])
async def test_two_that_buy_the_same_take_buy_it_once(open_set, studios):
    """Two runs that meet share one job, even at a provider that would sell the same id twice."""
    on_set = await open_set(duplicate="always_rerun")
    working = [await on_set.studio() for _ in range(studios)]
    stage = (await plan(working[0], shot(STILL), a_run())).still
    tickets = await asyncio.gather(*(buy(working[n % studios], stage, a_run(f"run {n}")) for n in range(6)))
    assert all(ticket == tickets[0] for ticket in tickets)
    assert kinds(await job_of(working[0], stage)) == ["planned", "sending", "accepted"]
    assert once(on_set)


async def test_a_send_on_its_way_is_waited_for(on_set):
    """While one process waits for its answer, the other neither sends nor asks; it finds the answer in the events."""
    on_set.emulator.switch(hold={"task_types": ["imageInference"], "when": "before"}, duplicate="always_rerun")
    first, second = await on_set.studio(), await on_set.studio()
    stage = (await plan(first, shot(STILL), a_run())).still
    sender = asyncio.create_task(buy(first, stage, a_run("first")))
    await on_set.emulator.until_held()
    waiter = asyncio.create_task(buy(second, stage, a_run("second")))
    began = on_set.time.now()
    while (on_set.time.now() - began).total_seconds() < 30:  # noqa: ASYNC110 - time tells nobody when it passes
        await asyncio.sleep(0.001)
    asked = on_set.emulator.requests().get("getResponse", 0)
    on_set.emulator.go()
    assert await sender == await waiter
    assert asked == 0
    assert once(on_set)


async def test_a_send_on_its_way_is_waited_for_in_its_own_process_too(on_set):
    """Two runs in one process: the second one does nothing at the provider while the first one's send is out."""
    on_set.emulator.switch(hold={"task_types": ["imageInference"], "when": "before"}, duplicate="always_rerun")
    studio, stage = await a_still(on_set)
    sender = asyncio.create_task(buy(studio, stage, a_run("first")))
    await on_set.emulator.until_held()
    waiter = asyncio.create_task(buy(studio, stage, a_run("second")))
    await asyncio.wait({waiter}, timeout=0.2)
    requests = on_set.emulator.requests()
    on_set.emulator.go()
    assert await sender == await waiter
    assert (requests["imageInference"], requests.get("getResponse", 0)) == (1, 0)
    assert once(on_set)


class Slow(FolderStore):
    """A store that answers whether a file is there only after something else has happened."""

    def __init__(self, root, happening):
        super().__init__(root)
        self._happening = happening

    async def stat(self, name):
        if name.endswith(".png") and (happening := self._happening):
            self._happening = None
            await happening()
        return await super().stat(name)


async def test_a_take_that_is_made_while_one_looks_at_it_is_found(on_set):
    """Another run buys and archives it between two looks of this one: its file isn't one whose events are gone."""
    other = await on_set.studio()
    studio = await on_set.studio(store=Slow(on_set.root, lambda: produce(other, shot(STILL))))
    stage = (await plan(studio, shot(STILL), a_run("second"))).still
    ticket = await buy(studio, stage, a_run("second"))
    assert (await studio.archive.events(ticket.uuid)).standing == "closed"
    assert once(on_set)


async def test_a_send_that_was_cancelled_gets_its_time_to_arrive(on_set):
    """Cancelled during a send, and run again at once: the provider gets its two seconds before it is asked."""
    on_set.emulator.switch(
        hold={"task_types": ["imageInference"], "when": "after"}, register_delay_ms=1900, duplicate="always_rerun"
    )
    studio, stage = await a_still(on_set)
    sender = asyncio.create_task(buy(studio, stage, a_run()))
    await on_set.emulator.until_held()
    sender.cancel()
    await asyncio.gather(sender, return_exceptions=True)
    await buy(studio, stage, a_run())
    assert kinds(await job_of(studio, stage)) == ["planned", "sending", "accepted"]
    assert once(on_set)
