"""Events that are gone or can't be read: nothing is bought anew, and nobody says that nothing was spent."""

import shutil

import pytest

from stillreel.domain.errors import Corrupted, Money
from stillreel.domain.selection import Selection
from stillreel.studio.buying import buy
from stillreel.studio.deciding import decide
from stillreel.studio.planning import plan
from stillreel.studio.reconciling import reconcile
from stillreel.studio.standing import stands
from tests.studio.on_set import STILL, a_run, produce, shot

MONEY = Money.UNKNOWN


async def test_a_take_whose_events_are_gone_is_not_bought_again(on_set):
    """Its file lies in the archive, so it was paid for, whatever the provider remembers by now."""
    on_set.emulator.switch(forget_after_s=3600)
    await produce(await on_set.studio(), shot(STILL))
    shutil.rmtree(on_set.root / "jobs")
    on_set.time.pass_by(7300)
    with pytest.raises(Corrupted, match=r"put the events of its job back.*nothing was bought"):
        await produce(await on_set.studio(), shot(STILL), a_run("second"))
    assert [(submits, runs) for submits, runs, _ in on_set.bought] == [(1, 1)]


@pytest.mark.parametrize("how", ["cut short", "gone"])
async def test_what_cannot_be_read_is_never_called_not_spent(on_set, how):
    """A run, a round, a decision and the list of jobs say that nobody knows, and name what is to be put back."""
    studio = await on_set.studio()
    stage = (await plan(studio, shot(STILL), a_run())).still
    uuid = (await buy(studio, stage, a_run())).uuid
    file = on_set.root / f"jobs/{uuid}/1.json"
    file.unlink() if how == "gone" else file.write_text(file.read_text()[:50])
    other = await on_set.studio()
    with pytest.raises(Corrupted, match=r"put it back|isn't what was written") as caught:
        await produce(other, shot(STILL), a_run("second"))
    with pytest.raises(Corrupted) as decided:
        await decide(other, uuid, "write_off", who="ada")
    (listed,) = await stands(other.archive, other.clock.now(), other.lease)
    (round_of,) = await reconcile(other, Selection(), a_run("reconcile"))
    assert (caught.value.money, decided.value.money, listed.money, round_of.money) == (MONEY,) * 4
    assert (listed.standing, round_of.standing) == ("unreadable", "unreadable")
