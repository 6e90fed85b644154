"""The budget anew: what the events tell is what the lost one said, and until then nothing is bought."""

import asyncio
from decimal import Decimal

import pytest

from stillreel.domain.errors import Corrupted, GenerationMismatch, Refused, UnknownPurchase
from stillreel.studio.buying import buy
from stillreel.studio.planning import plan
from stillreel.studio.rebuilding import rebuild
from tests.studio.money import capped
from tests.studio.on_set import STILL, a_run, planned_event, produce, sending_event, shot, written

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


@pytest.mark.parametrize("how", ["gone", "garbage"])
async def test_what_the_events_tell_is_what_the_lost_one_said(on_set, how):
    """Entries and totals come back as they were; the caps don't, and are to be set again."""
    studio = await a_story(on_set)
    before = await studio.archive.books.read()
    file = on_set.root / "budget.json"
    file.unlink() if how == "gone" else file.write_text("garbage")
    with pytest.raises(Corrupted, match="caps rebuild"):
        await studio.archive.books.read()
    await rebuild(studio.archive)
    after = await studio.archive.books.read()
    assert (after.entries, after.totals) == (before.entries, before.totals)
    assert len(after.entries) == 1
    assert len(after.totals) == 1


async def test_a_budget_that_can_be_read_stays(on_set):
    """Caps aren't lost by mistake."""
    await capped(on_set, day=Decimal(5))
    studio = await on_set.studio()
    with pytest.raises(Refused, match="nothing to make anew"):
        await rebuild(studio.archive)
    assert (await studio.archive.books.read()).caps.day == 5


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


async def test_a_budget_that_somebody_put_back_meanwhile_stays(on_set):
    """Two that rebuild at once, or one and a person: what was written first isn't written over."""
    studio = await a_story(on_set)
    (on_set.root / "budget.json").unlink()
    archives = [(await on_set.studio()).archive for _ in range(2)]
    said = await asyncio.gather(*map(rebuild, archives), return_exceptions=True)
    lost = [each for each in said if isinstance(each, Exception)]
    assert [type(each) for each in lost] in ([GenerationMismatch], [Refused])
    await studio.archive.books.read()
