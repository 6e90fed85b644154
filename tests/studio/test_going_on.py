"""Going on: a run that died anywhere leaves events, and the next one goes on from them and buys nothing twice."""

import asyncio
from datetime import timedelta

import pytest

from stillreel.archive import layout
from stillreel.archive.folder import FolderStore
from stillreel.domain.errors import UnknownPurchase
from stillreel.domain.events import Accepted, Closed, Result, Sending, Settled
from stillreel.domain.jobs import MEMORY
from stillreel.domain.lineage import Lineage
from stillreel.studio.buying import buy
from stillreel.studio.judging import verdicts
from stillreel.studio.orders import Sources
from stillreel.studio.planning import plan
from stillreel.studio.sending import LOOK_AGAIN
from stillreel.studio.settling import settle
from stillreel.studio.watching import watch
from tests.studio.on_set import (
    STILL,
    a_run,
    accepted_event,
    job_of,
    kinds,
    planned_event,
    produce,
    sending_event,
    shot,
    written,
)

DIED = a_run("died")


async def left(on_set, *steps, results=1, arrived=None):
    """A studio and a still's stage, after a run that died having written these events; it may have arrived."""
    studio = await on_set.studio()
    stage = (await plan(studio, shot(STILL, results=results), DIED)).still
    events = {
        "planned": await planned_event(studio, stage, DIED),
        "sending": sending_event(studio),
        "accepted": accepted_event(studio, DIED),
    }
    if arrived or "accepted" in steps:
        await studio.client.submit([events["planned"].body])
    await written(studio, stage, [events[step] for step in steps])
    return studio, stage


def a_lease_later(on_set, studio):
    on_set.time.pass_by(studio.lease + 1)


async def gone_on(on_set, *, results=1):
    """Run the still again, in another process and run; the kinds of its job's events."""
    reel = await produce(await on_set.studio(), shot(STILL, results=results), a_run("second"))
    assert [kept.end for kept in reel.kept] == ["archived"] * results
    studio = await on_set.studio()
    assert await studio.archive.open_jobs() == {}
    job = await job_of(studio, reel.plan.still)
    assert job.standing == "closed"
    return job


def once(on_set, *, submits=1):
    ((sent, runs, billed),) = on_set.bought
    assert billed == 100 - on_set.balance
    return (sent, runs) == (submits, 1)


async def test_after_the_marker(on_set):
    """Died with a marker and no event: it is bought as if nothing had been."""
    studio, stage = await left(on_set)
    await studio.archive.mark_open(await studio.uuid_of(stage.place, stage.digest, 1))
    assert kinds(await gone_on(on_set))[:3] == ["planned", "sending", "accepted"]
    assert once(on_set)


async def test_after_planning(on_set):
    """Died before sending: what was planned is sent, under the same id."""
    await left(on_set, "planned")
    job = await gone_on(on_set)
    assert kinds(job)[:3] == ["planned", "sending", "accepted"]
    assert job.planned.run == DIED
    assert once(on_set)


@pytest.mark.parametrize("arrived", [False, True])
async def test_during_the_send(on_set, arrived):
    """Died while sending: once the lease is over the provider is asked, and only what it doesn't know is sent."""
    studio, _ = await left(on_set, "planned", "sending", arrived=arrived)
    a_lease_later(on_set, studio)
    job = await gone_on(on_set)
    again = [] if arrived else ["sending"]
    assert kinds(job)[:-3] == ["planned", "sending", *again, "accepted"]
    assert job.last(Accepted).by == ("row" if arrived else "acknowledgement")
    assert once(on_set)


async def test_a_lease_of_another_process_is_waited_for(on_set):
    """While the lease lives, nobody else sends or asks; the wait is as long as the lease."""
    studio, stage = await left(on_set, "planned", "sending")
    began, asked = on_set.time.now(), on_set.emulator.requests().get("getResponse", 0)
    await buy(studio, stage, a_run("second"))
    first, second = (await job_of(studio, stage)).all(Sending)
    assert second.at - first.at >= timedelta(seconds=studio.lease)
    assert on_set.time.now() - began < timedelta(seconds=studio.lease + 10)
    assert on_set.emulator.requests()["getResponse"] == asked + 1
    assert once(on_set)


async def test_an_acceptance_ends_the_wait_for_a_lease(on_set):
    """Whoever waits for a lease goes on as soon as its owner has written the answer, and sends nothing."""
    studio, stage = await left(on_set, "planned", "sending", arrived=True)
    job = await job_of(studio, stage)
    waiter = asyncio.create_task(buy(studio, stage, a_run("second")))
    while not on_set.time.slept:  # noqa: ASYNC110 - time tells nobody when it passes
        await asyncio.sleep(0)
    await studio.archive.append(job, accepted_event(studio, DIED))
    ticket = await waiter
    assert ticket.uuid == job.uuid
    assert kinds(await job_of(studio, stage)) == ["planned", "sending", "accepted"]
    assert once(on_set)


@pytest.mark.parametrize("arrived", [False, True])
async def test_long_after_the_send(on_set, arrived):
    """Past the provider's memory a silence proves nothing: not sent again. What it still shows is adopted."""
    studio, stage = await left(on_set, "planned", "sending", arrived=arrived)
    on_set.time.pass_by(MEMORY.total_seconds())
    if arrived:
        await gone_on(on_set)
        assert once(on_set)
        return
    for name in ("second", "third"):
        with pytest.raises(UnknownPurchase, match="too long ago"):
            await buy(studio, stage, a_run(name))
    assert kinds(await job_of(studio, stage)) == ["planned", "sending"]
    assert on_set.jobs == []


async def test_after_the_acceptance(on_set):
    """Died while waiting: the job is watched to its end and not sent."""
    await left(on_set, "planned", "sending", "accepted")
    assert kinds(await gone_on(on_set)) == ["planned", "sending", "accepted", "result", "settled", "closed"]
    assert once(on_set)
    record = (on_set.root / "projects/harbour/lighthouse/still-001.lineage.json").read_bytes()
    told = Lineage.model_validate_json(record)
    assert (told.bought_by, told.run) == (DIED, a_run("second"))


async def numbered(on_set, *, results, known, settled=0):
    """An accepted job of several results, some of which have their number, and some their end."""
    studio, stage = await left(on_set, "planned", "sending", "accepted", results=results)
    on_set.time.pass_by(600)
    job = await job_of(studio, stage)
    rows = (await studio.client.ask([job.uuid]))[job.uuid].rows
    for k, row in enumerate(rows[::-1][:known], 1):  # numbered in another order than the provider tells them
        job = await studio.archive.append(job, Result(at=on_set.time.now(), nonce=f"k{k}", k=k, row=row))
    ticket = await buy(studio, stage, DIED)
    outcome = await watch(studio, ticket) if settled else None
    if outcome is not None:
        told = verdicts(outcome, stage.request)
        await settle(studio, outcome, told, Sources(), DIED)
    return rows


async def test_after_some_results_were_numbered(on_set):
    """Numbers that were given stay; the others get the next ones, and no file is made twice."""
    rows = await numbered(on_set, results=3, known=2)
    job = await gone_on(on_set, results=3)
    assert [result.row.id for _, result in sorted(job.results.items())] == [rows[2].id, rows[1].id, rows[0].id]
    assert once(on_set)


async def rewound(on_set, *, events, files=()):
    """A still that was made, with its last events, and some of its files, taken away: as a crash would leave it."""
    studio = await on_set.studio()
    reel = await produce(studio, shot(STILL), DIED)
    job = await job_of(studio, reel.plan.still)
    for n in range(events, len(job.events)):
        await studio.archive.store.delete(layout.job_event(job.uuid, n))
    for name in files:
        await studio.archive.store.delete(f"projects/harbour/lighthouse/{name}")
    await studio.archive.mark_open(job.uuid)
    return reel


@pytest.mark.parametrize(
    "files",
    [(), ("still-001.lineage.json",), ("still-001.lineage.json", "still-001.png")],
    ids=["lineage written", "file written", "downloaded"],
)
async def test_between_the_file_and_its_end(on_set, files):
    """Died after the file was put, or its lineage: the same bytes are adopted, and what is missing is written."""
    first = await rewound(on_set, events=4, files=files)
    job = await gone_on(on_set)
    assert kinds(job) == ["planned", "sending", "accepted", "result", "settled", "closed"]
    assert job.settled[1].sha256 == first.kept[0].sha256
    assert on_set.files == [
        "projects/harbour/lighthouse/still-001.lineage.json",
        "projects/harbour/lighthouse/still-001.png",
    ]
    assert once(on_set)


async def test_between_the_last_end_and_the_close(on_set):
    """Died with every result settled: the job is closed, nothing is downloaded again."""
    await rewound(on_set, events=5)
    media = on_set.emulator.requests()["media"]
    job = await gone_on(on_set)
    assert isinstance(job.events[-1], Closed)
    assert len(job.all(Settled)) == 1
    assert on_set.emulator.requests()["media"] == media
    assert once(on_set)


async def test_between_the_last_end_and_the_close_with_a_provider_that_forgot(on_set):
    """Every result has its end: a provider that knows nothing of the job any more changes nothing."""
    await rewound(on_set, events=5)
    on_set.time.pass_by(2 * MEMORY.total_seconds())
    on_set.emulator.switch(forget_after_s=60)
    job = await gone_on(on_set)
    assert [end.end for end in job.all(Settled)] == ["archived"]


async def test_after_the_close(on_set):
    """Died before the marker was taken away: the next run does that, and asks nobody."""
    await rewound(on_set, events=6)
    asked = on_set.emulator.requests()["v1"]
    await gone_on(on_set)
    assert on_set.emulator.requests()["v1"] == asked


class SlowDisk(FolderStore):
    """A folder on a disk that takes very long over the first right to send."""

    def __init__(self, root, time):
        super().__init__(root)
        self._time = time

    async def create(self, name, data, **more):
        stored = await super().create(name, data, **more)
        if name.endswith("/1.json"):
            self._time.pass_by(80)
        return stored


async def test_who_stood_still_does_not_send(on_set):
    """A process that stood still after taking the right to send looks at the clock once more, and doesn't send."""
    studio = await on_set.studio(store=SlowDisk(on_set.root, on_set.time))
    stage = (await plan(studio, shot(STILL), a_run())).still
    await buy(studio, stage, a_run())
    assert kinds(await job_of(studio, stage)) == ["planned", "sending", "turned_away", "sending", "accepted"]
    assert on_set.emulator.requests()["imageInference"] == 1
    assert once(on_set)


async def test_a_send_whose_caller_went_away_is_waited_for(on_set):
    """What was cancelled here is still on its way: another task of the studio doesn't send beside it."""
    studio = await on_set.studio()
    stage = (await plan(studio, shot(STILL), a_run())).still
    on_set.emulator.switch(hold={"task_types": ["imageInference"], "when": "before"}, duplicate="always_rerun")
    gone = asyncio.create_task(buy(studio, stage, a_run()))
    await on_set.emulator.until_held()
    gone.cancel()
    other = asyncio.create_task(buy(studio, stage, a_run()))
    while on_set.time.slept.count(LOOK_AGAIN) < 5:  # noqa: ASYNC110 - time tells nobody when it passes
        await asyncio.sleep(0)
    on_set.emulator.go()
    await other
    assert on_set.emulator.requests()["imageInference"] == 1
    assert once(on_set)
