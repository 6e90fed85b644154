"""The budget anew: what the events tell is what the lost one said, and until then nothing is bought."""

import asyncio
from decimal import Decimal

import pytest

from stillreel.archive import layout
from stillreel.archive.archive import Archive
from stillreel.archive.folder import FolderStore
from stillreel.domain.errors import CapReached, Corrupted, Refused, UnknownPurchase
from stillreel.domain.events import Result, Row, Settled
from stillreel.domain.selection import Selection
from stillreel.studio.buying import buy
from stillreel.studio.planning import plan
from stillreel.studio.rebuilding import rebuild
from stillreel.studio.reconciling import reconcile
from tests.studio.money import capped
from tests.studio.on_set import STILL, a_run, accepted_event, planned_event, produce, sending_event, shot, written

SUBMIT = {"task_types": ["imageInference"]}


async def a_story(on_set):
    """A done shot, one that failed, one that is unknown and one that was only planned."""
    await produce(await on_set.studio(), shot(STILL))
    on_set.emulator.switch(failure={"times": 1})
    with pytest.raises(Exception, match="timeoutProvider"):
        await produce(await on_set.studio(), shot(STILL, shot="pier"))
    on_set.emulator.switch(failure=None, lost_reply={**SUBMIT, "when": "before"})
    studio = await on_set.studio()
    with pytest.raises(UnknownPurchase):
        await buy(studio, (await plan(studio, shot(STILL, shot="boat"), a_run())).still, a_run())
    on_set.emulator.switch(lost_reply=None)
    stage = (await plan(studio, shot(STILL, shot="gull"), a_run())).still
    await written(studio, stage, [await planned_event(studio, stage, a_run())])
    return studio


async def put(studio, data):
    """An older version of the budget, restored in its place."""
    stands = await studio.archive.store.stat(layout.BUDGET)
    await studio.archive.store.replace(layout.BUDGET, data, generation=stands.generation)


@pytest.mark.parametrize("how", ["gone", "garbage"])
async def test_what_the_events_tell_is_what_the_lost_one_said(on_set, how):
    """Entries and totals come back as they were; what was only planned may be about to be sent, and is held, too."""
    studio = await a_story(on_set)
    before = await studio.archive.books.read()
    file = on_set.root / "budget.json"
    file.unlink() if how == "gone" else file.write_text("garbage")
    with pytest.raises(Corrupted, match="caps rebuild"):
        await studio.archive.books.read()
    await rebuild(studio.archive)
    after = await studio.archive.books.read()
    assert after.totals == before.totals
    assert len(after.totals) == 1
    (unknown,) = before.entries
    assert after.entries.pop(unknown) == before.entries[unknown]
    assert [entry.place.shot for entry in after.entries.values()] == ["gull"]
    with pytest.raises(CapReached, match=r"cap of \$0"):  # whatever the caps were, they can't be passed
        await produce(await on_set.studio(), shot(STILL, shot="another"), a_run("second"))


async def test_the_caps_of_a_budget_that_can_be_read_stay(on_set):
    """Counting anew what is right changes nothing but the day of an entry, and takes no cap away."""
    await capped(on_set, day=Decimal(5))
    studio = await a_story(on_set)
    before = await studio.archive.books.read()
    await rebuild(studio.archive)
    after = await studio.archive.books.read()
    assert (after.caps, after.totals) == (before.caps, before.totals)
    assert set(before.entries) <= set(after.entries)


async def test_an_older_budget_is_brought_up_to_date(on_set):
    """Put back from yesterday, it lacks what was bought since; counted anew it has it, and keeps its caps."""
    await capped(on_set, day=Decimal(5))
    old = (on_set.root / "budget.json").read_bytes()
    studio = await a_story(on_set)
    before = await studio.archive.books.read()
    await put(studio, old)
    assert (await (await on_set.studio()).archive.books.read()).totals == ()
    await rebuild((await on_set.studio()).archive)
    after = await (await on_set.studio()).archive.books.read()
    assert (after.caps.day, after.totals) == (5, before.totals)


async def test_what_is_about_to_be_sent_is_held_anew(on_set):
    """A run that had reserved when the budget was lost goes on afterwards, and what it buys is in the books."""
    studio = await on_set.studio()
    stage = (await plan(studio, shot(STILL), a_run())).still
    job = await written(studio, stage, [await planned_event(studio, stage, a_run())])
    (on_set.root / "budget.json").unlink()
    budget = await rebuild((await on_set.studio()).archive)
    assert list(budget.entries) == [job.uuid]
    await capped(on_set)
    await produce(await on_set.studio(), shot(STILL), a_run("second"))
    budget = await (await on_set.studio()).archive.books.read()
    assert budget.entries == {}
    assert sum(total.reported for total in budget.totals) == sum(billed for _, _, billed in on_set.bought) > 0


async def test_what_was_booked_before_it_was_closed_is_booked_anew(on_set):
    """Whoever closes a job has booked it before, and doesn't again: its ends alone say that it is to be counted."""
    studio = await on_set.studio()
    await produce(studio, shot(STILL))
    (uuid,) = await studio.archive.jobs()
    before = (await studio.archive.books.read()).totals
    closed = max(on_set.root.glob(f"jobs/{uuid}/*.json"), key=lambda path: int(path.stem))
    closed.unlink()
    (on_set.root / "budget.json").unlink()
    budget = await rebuild((await on_set.studio()).archive)
    assert (budget.entries, budget.totals) == ({}, before)


async def test_a_run_beside_the_counting_is_booked(on_set):
    """An older budget is put back, and a run closes its job while the events are counted: it is in the books, once."""
    await capped(on_set, day=Decimal(5))
    studio = await on_set.studio()
    stage = (await plan(studio, shot(STILL), a_run())).still
    old = (on_set.root / "budget.json").read_bytes()
    await buy(studio, stage, a_run())
    await put(studio, old)

    class Slow(FolderStore):
        """A folder whose next replacing finds that a run has ended meanwhile."""

        ran = False

        async def replace(self, *args, **more):
            if not self.ran:
                self.ran = True
                await produce(await on_set.studio(), shot(STILL), a_run("second"))
            return await super().replace(*args, **more)

    await rebuild(Archive(Slow(on_set.root), studio.clock))
    await reconcile(await on_set.studio(), Selection(), a_run("reconcile"))
    budget = await (await on_set.studio()).archive.books.read()
    assert budget.entries == {}
    assert sum(total.reported for total in budget.totals) == sum(billed for _, _, billed in on_set.bought) > 0


async def test_a_surplus_result_stands_for_none_that_is_missing(on_set):
    """Two results of which one has its end, and one more than was asked for: the job isn't over."""
    studio = await on_set.studio()
    stage = (await plan(studio, shot(STILL, results=2), a_run())).still
    now, row = studio.clock.now(), {"url": "https://im.runware.ai/a.png"}
    rows = [Result(at=now, nonce=f"r{k}", k=k, row=Row(id=f"i{k}", **row)) for k in (1, 2, 3)]
    ends = [Settled(at=now, nonce=f"e{k}", k=k, end="quarantined") for k in (1, 3)]
    told = [await planned_event(studio, stage, a_run()), sending_event(studio), accepted_event(studio, a_run())]
    job = await written(studio, stage, [*told, *rows, *ends])
    (on_set.root / "budget.json").unlink()
    assert list((await rebuild((await on_set.studio()).archive)).entries) == [job.uuid]


async def test_every_job_that_cannot_be_read_is_named(on_set):
    """The books would lack them, so nothing is written, and all of them are told at once."""
    studio = await a_story(on_set)
    bad = sorted(await studio.archive.jobs())[:2]
    for uuid in bad:
        (on_set.root / f"jobs/{uuid}/0.json").write_text('{"kind": "of tomorrow"}')
    (on_set.root / "budget.json").unlink()
    with pytest.raises(Corrupted, match=r"2 of 4 jobs can't be read") as caught:
        await rebuild((await on_set.studio()).archive)
    assert all(str(uuid) in caught.value.message for uuid in bad)
    assert not (on_set.root / "budget.json").exists()


async def test_the_budget_of_another_version_is_left_to_it(on_set):
    """It isn't taken for garbage: nothing is bought by us, nothing is counted anew, and it stays as it is."""
    studio = await a_story(on_set)
    await put(studio, b'{"schema": "stillreel/budget/2", "caps": {"hour": "1"}}')
    with pytest.raises(Corrupted, match="another version"):
        await (await on_set.studio()).archive.books.read()
    with pytest.raises(Refused, match="another version"):
        await rebuild(studio.archive)
    assert "hour" in (on_set.root / "budget.json").read_text()


@pytest.mark.parametrize("how", ["gone", "garbage"])
async def test_without_a_budget_nothing_is_sent_again(on_set, how):
    """A job whose send got lost isn't sent once more by somebody who can't read the caps."""
    studio = await on_set.studio()
    stage = (await plan(studio, shot(STILL), a_run())).still
    await written(studio, stage, [await planned_event(studio, stage, a_run()), sending_event(studio)])
    file = on_set.root / "budget.json"
    file.unlink() if how == "gone" else file.write_text("garbage")
    on_set.time.pass_by(studio.lease)
    with pytest.raises(Corrupted, match="without one nothing is bought"):
        await buy(await on_set.studio(), stage, a_run("second"))
    assert on_set.jobs == []


async def test_a_lost_identity_buys_nothing_anew(on_set):
    """Without archive.json every job would get another id: that is said, and nothing is bought."""
    await produce(await on_set.studio(), shot(STILL))
    (on_set.root / "archive.json").unlink()
    with pytest.raises(Corrupted, match="under another identity everything would be bought again"):
        await produce(await on_set.studio(), shot(STILL), a_run("second"))
    assert [runs for _, runs, _ in on_set.bought] == [1]


async def test_a_budget_that_somebody_writes_meanwhile_stays(on_set):
    """Two that rebuild at once: what was written first isn't written over."""
    studio = await a_story(on_set)
    (on_set.root / "budget.json").unlink()
    archives = [(await on_set.studio()).archive for _ in range(2)]
    said = await asyncio.gather(*map(rebuild, archives), return_exceptions=True)
    lost = [each for each in said if isinstance(each, Exception)]
    assert all(isinstance(each, Refused) and "meanwhile" in each.message for each in lost), lost
    assert len(lost) <= 1
    await studio.archive.books.read()


async def test_what_a_run_reserves_during_the_counting_stays(on_set):
    """A budget that is changed after it was looked at isn't written over with what was counted before."""
    studio = await a_story(on_set)
    before = await studio.archive.books.read()

    class Slow:
        """A store in which the looking at the budget is a moment of its own."""

        def __getattr__(self, name):
            return getattr(studio.archive.store, name)

        async def stat(self, name):
            found = await studio.archive.store.stat(name)
            await capped(on_set, day=Decimal(7))
            return found

    with pytest.raises(Refused, match="meanwhile"):
        await rebuild(Archive(Slow(), studio.clock))
    after = await (await on_set.studio()).archive.books.read()
    assert (after.caps.day, after.entries) == (7, before.entries)
