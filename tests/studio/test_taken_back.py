"""What was taken back: a refusal of what was bought after all, a write-off of what arrives after all."""

from stillreel.domain.errors import GenerationFailed, Money
from stillreel.domain.events import Decided, Rejection, Settled
from stillreel.domain.selection import Selection
from stillreel.studio.budgeting import hold
from stillreel.studio.buying import buy
from stillreel.studio.judging import shortfall, verdicts
from stillreel.studio.orders import Sources
from stillreel.studio.rebuilding import rebuild
from stillreel.studio.reconciling import reconcile
from stillreel.studio.sending import accept
from stillreel.studio.settling import close, settle
from stillreel.studio.standing import money_of
from stillreel.studio.watching import watch
from tests.studio.money import REPORTED, a_clip, budget_of, settled_to
from tests.studio.on_set import CLIP, a_run, job_of, planned_event, produce, sending_event, shot, written

ENOUGH = 600.0  # seconds in which every job here ends


async def arrived(on_set, *then):
    """A studio, a clip's stage and its job, which the provider has; what was written of it says otherwise."""
    studio, stage = await a_clip(on_set)
    planned = await planned_event(studio, stage, a_run())
    job = await written(studio, stage, [planned])
    assert await hold(studio, job)
    job = await studio.archive.append(job, sending_event(studio))
    await studio.client.submit([planned.body])
    for event in then:
        at, nonce = studio.clock.now(), studio.nonce()
        job = await studio.archive.append(job, event.model_copy(update={"at": at, "nonce": nonce}))
    return studio, stage, job


def refused(on_set):
    return Rejection(at=on_set.time.now(), nonce="", code="somethingNobodyHasSeen", reason="no")


async def test_the_name_of_another_purchase_loses_nobody(on_set):
    """The first purchase was refused, the second is archived, and the first turns up: it lies in quarantine."""
    studio, stage, job = await arrived(on_set, refused(on_set))
    await produce(await on_set.studio(), shot(CLIP), a_run("second"))
    await accept(studio, job, a_run(), "row")
    on_set.time.pass_by(ENOUGH)
    await reconcile(await on_set.studio(), Selection(), a_run("reconcile"))
    end = (await job_of(studio, stage)).settled[1]
    assert (end.end, end.uri) == (
        "quarantined",
        f"file://{on_set.root}/quarantine/projects/harbour/lighthouse/clip-001.mp4",
    )
    assert "another purchase of the take" in end.reason
    assert await settled_to(on_set, reported=str(2 * REPORTED))


async def test_a_refusal_that_is_taken_back_is_booked_once_though_the_budget_is_made_anew(on_set):
    """All of its results have their ends, the budget is counted from the events, and then it is closed."""
    studio, stage, job = await arrived(on_set, refused(on_set))
    await accept(studio, job, a_run(), "row")
    outcome = await watch(studio, await buy(studio, stage, a_run()))
    job = await job_of(studio, stage)
    end = Settled(at=studio.clock.now(), nonce="end", k=1, end="lost", cost=REPORTED)
    job = await studio.archive.append(job, end)
    assert outcome.rows
    (on_set.root / "budget.json").unlink()
    await rebuild((await on_set.studio()).archive)
    await close(studio, job)
    assert await settled_to(on_set, reported=str(REPORTED))


async def test_what_was_given_up_and_arrives_is_spent(on_set):
    """A person wrote it off, and the provider shows it: its run, the list of jobs and the books say what it cost."""
    given_up = (
        Decided(at=on_set.time.now(), nonce="", word="write_off", who="ada"),
        Settled(at=on_set.time.now(), nonce="", k=1, end="lost", reason="given up by ada"),
    )
    studio, stage, job = await arrived(on_set, *given_up)
    await accept(studio, job, a_run(), "row")
    on_set.time.pass_by(ENOUGH)
    outcome = await watch(studio, await buy(studio, stage, a_run()))
    error = shortfall(stage, await settle(studio, outcome, verdicts(outcome, stage.request), Sources(), a_run()))
    assert isinstance(error, GenerationFailed)
    assert (error.money, money_of(await job_of(studio, stage))) == (Money.SPENT, Money.SPENT)
    (total,) = (await budget_of(on_set)).totals
    assert (total.reported, total.unknown + total.unreported) == (REPORTED, 0)
