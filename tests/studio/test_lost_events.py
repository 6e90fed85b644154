"""Events that are gone or can't be read: nothing is bought anew, and nobody says that nothing was spent."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from flows.production import summary_of
from flows.progress import Progress
from stillreel.archive.folder import FolderStore
from stillreel.archive.store import Stored
from stillreel.domain.errors import ArchiveMissing, Corrupted, Money
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


class Forgetful(FolderStore):
    """A folder that loses all of a job's events, once, as soon as the one of a number is there."""

    def __init__(self, root: Path, number: int) -> None:
        super().__init__(root)
        self._root, self._number = root, number

    async def create(self, name: str, data: bytes, **how: Any) -> Stored:
        stored = await super().create(name, data, **how)
        if name.startswith("jobs/") and name.endswith(f"/{self._number}.json"):
            self._number = -1
            shutil.rmtree(self._root / name.rpartition("/")[0])
        return stored


@pytest.mark.parametrize("number, money", [(0, Money.UNKNOWN), (2, Money.SPENT)])
async def test_events_that_go_while_a_job_is_bought_are_missed(on_set, number, money):
    """Gone once it is planned, or once the provider has it: nothing is begun anew, and nobody calls it unspent."""
    studio = await on_set.studio(store=Forgetful(on_set.root, number))
    with pytest.raises(Corrupted, match=r"was begun, and .* is gone; put it back") as caught:
        await produce(studio, shot(STILL))
    assert caught.value.money == money
    assert [job["submits"] for job in on_set.jobs] == [1] * (money == Money.SPENT)
    assert not list(on_set.root.glob("jobs/*/*.json"))


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


async def test_a_run_tells_what_it_bought_though_the_archive_has_lost_it(on_set):
    """A job whose events are gone at the end counts with its quote, and an error that knows of none isn't believed."""
    studio = await on_set.studio()
    planned = await plan(studio, shot(STILL), a_run())
    await buy(studio, planned.still, a_run())
    run = Progress("first", plan=planned, bought=studio.bought, paid=studio.paid, takes=studio.takes)
    on_set.root.rename(on_set.root.with_name("elsewhere"))
    summary = await summary_of(studio, run, ArchiveMissing("there is no folder"))
    assert (summary.bought, summary.money, summary.spent.quoted) == (1, Money.SPENT, planned.still.quote.expected)
    assert summary.put_back


async def test_a_run_whose_job_is_gone_says_to_put_it_back(on_set):
    """Its summary marks it, for whoever would be advised to run again; what went wrong otherwise isn't marked."""
    studio = await on_set.studio(store=Forgetful(on_set.root, 2))
    with pytest.raises(Corrupted) as caught:
        await produce(studio, shot(STILL))
    run = Progress("first", bought=studio.bought, paid=studio.paid, takes=studio.takes)
    gone, other = [await summary_of(studio, run, error) for error in (caught.value, Corrupted("other bytes"))]
    assert (gone.put_back, other.put_back) == (True, False)
    assert "put it back, or mend the archive's address, before anything is run again" in gone.message
