"""A clip that was paid for and can't be had any more: lost and spent, and bought again only by a person's word."""

from decimal import Decimal

import pytest

from stillreel.domain.errors import GenerationFailed, Money, ProviderError, StillRunning
from stillreel.domain.selection import Selection
from stillreel.studio.reconciling import reconcile
from stillreel.studio.resuming import resume
from stillreel.studio.standing import ended_badly
from tests.studio.money import REPORTED, settled_to
from tests.studio.on_set import CLIP, OnSet, Open, a_run, produce, shot

TWO_DAYS = 2 * 86_400
FORGETFUL = {"forget_after_s": 3600}
BROKEN = {"download": {"how": "status", "status": 503}}


async def left_behind(on_set: OnSet, *, seen: bool) -> None:
    """A run that paid for a clip, and saw its address or not; then two days, in which the provider forgets it all."""
    on_set.emulator.switch(**(BROKEN if seen else {"throttle": {"task_types": ["getResponse"]}}))
    with pytest.raises(ProviderError if seen else StillRunning):
        await produce(await on_set.studio(patience=300), shot(CLIP), a_run("died"))
    on_set.emulator.switch(download=None, throttle=None, **FORGETFUL)
    on_set.time.pass_by(TWO_DAYS)


async def end(on_set: OnSet, name: str) -> GenerationFailed:
    """How a run of the same shot ends."""
    with pytest.raises(GenerationFailed) as caught:
        await produce(await on_set.studio(), shot(CLIP), a_run(name))
    return caught.value


@pytest.mark.parametrize("seen", [False, True], ids=["nobody saw its address", "its address has expired"])
@pytest.mark.parametrize("by", ["a run", "reconcile", "resume"])
async def test_it_ends_as_lost_and_spent(open_set: Open, by: str, seen: bool) -> None:
    """Whoever finds it, the job ends as lost, counts as spent, and is told with what to do; nothing buys it again."""
    on_set = await open_set()
    await left_behind(on_set, seen=seen)
    studio = await on_set.studio()
    if by == "reconcile":
        (stand,) = await reconcile(studio, Selection(), a_run("reconcile"))
        assert (stand.became, stand.standing, stand.money) == ("ended", "closed", Money.SPENT)
    elif by == "resume":
        await resume(studio, Selection(), a_run("resume"))
    for name in ("second", "third"):
        error = await end(on_set, name)
        assert (error.state, "`take: new`" in error.message) == ("failed", True)
    assert on_set.bought == [(1, 1, REPORTED)]
    assert await studio.archive.open_jobs() == {}
    (stand,) = await ended_badly(studio.archive, studio.clock.now(), studio.lease)
    assert stand.money is Money.SPENT
    assert "1: lost" in stand.says
    assert "`take: new`" in stand.says
    spent = {"reported": REPORTED} if seen else {"unreported": Decimal("0.185")}
    assert await settled_to(on_set, **spent)


@pytest.mark.parametrize("seen", [False, True], ids=["nobody saw its address", "its address has expired"])
async def test_a_run_says_that_it_is_spent(open_set: Open, seen: bool) -> None:
    """The run that finds it lost, and each one after it, says 'spent': the provider had accepted it."""
    on_set = await open_set()
    await left_behind(on_set, seen=seen)
    assert [(await end(on_set, name)).money for name in ("second", "third")] == [Money.SPENT] * 2


@pytest.mark.parametrize("seen", [False, True], ids=["nobody saw its address", "its address has expired"])
async def test_a_person_s_word_buys_another(open_set: Open, seen: bool) -> None:
    """`take: new` is the decision: it buys the next take, and what was lost stays as it is."""
    on_set = await open_set()
    await left_behind(on_set, seen=seen)
    await end(on_set, "second")
    on_set.emulator.switch(forget_after_s=None)
    reel = await produce(await on_set.studio(), shot(CLIP, take="new"), a_run("third"))
    assert [kept.uri.rpartition("/")[2] for kept in reel.kept if kept.uri] == ["clip-002.mp4"]
    assert on_set.bought == [(1, 1, REPORTED)] * 2
