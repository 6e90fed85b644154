"""The books: whatever dies, whenever, what was bought is in them once, and nothing is held for ever."""

from decimal import Decimal

import pytest

from stillreel.archive import layout
from stillreel.archive.folder import FolderStore
from stillreel.domain.errors import Corrupted, Money, Rejected
from stillreel.domain.events import Rejection, Result, Row, Settled, Withdrawn
from stillreel.studio.budgeting import hold, release_ended
from stillreel.studio.buying import buy
from stillreel.studio.planning import plan
from stillreel.studio.sending import accept, send
from stillreel.studio.settling import close
from tests.studio.money import REPORTED, a_clip, budget_of, capped, settled_to
from tests.studio.on_set import (
    CLIP,
    CLIP_USD,
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


async def test_a_budget_that_cannot_be_read_stops_buying(on_set):
    """Nothing is bought, neither by a new run nor by one that had planned before it broke."""
    studio, stage = await a_clip(on_set)
    (on_set.root / layout.BUDGET).write_bytes(b"{")
    with pytest.raises(Corrupted, match="isn't a budget") as caught:
        await buy(studio, stage, a_run())
    assert caught.value.money is Money.NOT_SPENT
    with pytest.raises(Corrupted):
        await produce(await on_set.studio(), shot(CLIP, shot="another"))
    assert on_set.jobs == []
    assert kinds(await job_of(studio, stage)) == ["planned"]


async def test_a_budget_that_breaks_later_loses_no_clip(on_set):
    """An accepted job is archived all the same; it is closed once it can be booked, and booked once."""
    studio, stage = await a_clip(on_set)
    await buy(studio, stage, a_run())
    good = (on_set.root / layout.BUDGET).read_bytes()
    (on_set.root / layout.BUDGET).write_bytes(b"{")
    with pytest.raises(Corrupted) as caught:
        await produce(await on_set.studio(), shot(CLIP), a_run("second"))
    assert caught.value.money is Money.SPENT
    assert kinds(await job_of(studio, stage))[-1] == "settled"
    (on_set.root / layout.BUDGET).write_bytes(good)
    await produce(await on_set.studio(), shot(CLIP), a_run("third"))
    assert kinds(await job_of(studio, stage))[-1] == "closed"
    assert await settled_to(on_set, reported=str(REPORTED))


class Dying(FolderStore):
    """A folder whose process dies at its n-th write, before or after it took effect."""

    def __init__(self, root, *, at, after):
        super().__init__(root)
        self.left, self.after, self.last = at, after, ""

    def __getattribute__(self, name):
        if name not in ("create", "create_file", "replace", "delete"):
            return super().__getattribute__(name)
        method = super().__getattribute__(name)

        async def write(*args, **more):
            self.left -= 1
            if self.left > 0:
                return await method(*args, **more)
            if self.left == 0:
                self.last = str(args[0])
                if self.after:
                    await method(*args, **more)
            raise Died

        return write


class Died(BaseException):
    """The process is gone: nothing that it could still do has an effect."""


async def test_no_crash_leaves_anything_held(open_set):
    """Whichever write of a run is its last, a rerun ends it with one bill, one booking and nothing held."""
    on_set = await open_set()
    await capped(on_set, day=CLIP_USD * 1000)
    died, runs = [], 0
    for after in (False, True):
        for at in range(1, 40):
            store = Dying(on_set.root, at=at, after=after)
            wanted, runs = shot(CLIP, shot=f"shot-{after:d}-{at}"), runs + 1
            try:
                await produce(await on_set.studio(store=store), wanted, a_run(f"{after}-{at}"))
            except Died:
                died.append(store.last.rpartition("/")[2])
            else:
                break
            finally:
                await store.aclose()
            on_set.time.pass_by(120)  # the lease of the dead process ends
            await produce(await on_set.studio(), wanted, a_run(f"{after}-{at} again"))
    assert {"0.json", "1.json", "2.json", layout.BUDGET, "clip-001.mp4"} <= set(died)
    assert died.count(layout.BUDGET) == 5, "with the archive's beginning; reserved and settled, before and after"
    assert [bought[1:] for bought in on_set.bought] == [(1, REPORTED)] * runs
    assert await settled_to(on_set, reported=str(runs * REPORTED))
    assert await (await on_set.studio()).archive.open_jobs() == {}


async def left_behind(on_set, name="left", code="invalidProviderContent"):
    """A job that was reserved and refused, by a process that died before it released what the job held."""
    studio, stage = await a_clip(on_set, shot=name)
    job = await written(studio, stage, [await planned_event(studio, stage, a_run(name))])
    assert await hold(studio, job)
    end = Rejection(at=studio.clock.now(), nonce=studio.nonce(), code=code, reason="no")
    for each in [sending_event(studio), end]:
        job = await studio.archive.append(job, each)
    assert (await budget_of(on_set)).entries[job.uuid].held == CLIP_USD
    return job


async def test_a_leftover_holds_nobody_up(on_set):
    """What a dead run left behind after a refusal is dropped by whoever meets the cap, in planning and in buying."""
    studio, stage = await a_clip(on_set, shot="planned-earlier")
    await left_behind(on_set)
    await capped(on_set, day=CLIP_USD)
    await plan(studio, shot(CLIP, shot="another"), a_run())
    assert not (await budget_of(on_set)).entries
    await capped(on_set)
    await left_behind(on_set, "left-again")
    await capped(on_set, day=CLIP_USD)
    await buy(studio, stage, a_run())
    assert [entry.place.shot for entry in (await budget_of(on_set)).entries.values()] == ["planned-earlier"]


async def test_a_leftover_of_the_same_shot_is_dropped_on_the_way(on_set):
    """Whoever looks at a refusal releases what the job still holds, whether there is a next purchase or not."""
    await left_behind(on_set, "moderated")
    with pytest.raises(Rejected):
        await produce(await on_set.studio(), shot(CLIP, shot="moderated"), a_run("second"))
    assert await settled_to(on_set)
    await left_behind(on_set, code="somethingElse")
    await produce(await on_set.studio(), shot(CLIP, shot="left"), a_run("second"))
    assert await settled_to(on_set, reported=str(REPORTED))


async def test_a_job_that_ended_meanwhile_holds_nothing(on_set):
    """A process that stood still while somebody withdrew its plan reserves nothing for it, and doesn't send it."""
    studio, stage = await a_clip(on_set)
    seen = await written(studio, stage, [await planned_event(studio, stage, a_run())])
    gone = Withdrawn(at=studio.clock.now(), nonce=studio.nonce(), reason="too old")
    await (await on_set.studio()).archive.append(seen, gone)
    assert not await hold(studio, seen)
    assert not (await budget_of(on_set)).entries
    await send(studio, seen, a_run())
    assert on_set.jobs == []


@pytest.mark.parametrize("died", [False, True], ids=["held", "died before it was held"])
async def test_what_was_accepted_after_all_is_held_again(on_set, died):
    """A refusal released a job that another send had brought through: it is held, booked once and let go at its end."""
    job = await left_behind(on_set)
    studio = await on_set.studio()
    await release_ended(studio, job.uuid)
    await capped(on_set, day=Decimal(0))
    if died:
        await studio.archive.append(job, accepted_event(studio, a_run()))
    else:
        for _ in range(2):
            await accept(studio, job, a_run(), "row")
        assert (await budget_of(on_set)).entries[job.uuid].held == CLIP_USD
    row = Row(id="late", url="https://vm.runware.ai/late.mp4", cost=REPORTED)
    job = await studio.archive.events(job.uuid)
    for event in [
        Result(at=studio.clock.now(), nonce="r", k=1, row=row),
        Settled(at=studio.clock.now(), nonce="e", k=1, end="lost", cost=REPORTED),
    ]:
        job = await studio.archive.append(job, event)
    for _ in range(2):
        await close(studio, job)
    assert await settled_to(on_set, reported=str(REPORTED))


async def test_only_what_has_ended_is_released(on_set):
    """Whoever asks to release a job that goes on releases nothing."""
    studio, stage = await a_clip(on_set)
    ticket = await buy(studio, stage, a_run())
    await release_ended(studio, ticket.uuid)
    assert set((await budget_of(on_set)).entries) == {ticket.uuid}
