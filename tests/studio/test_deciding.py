"""A person's decision: only where nobody can say, each word does what it says, and what turns up later isn't lost."""

import asyncio
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from stillreel.domain.errors import BadInput, CapReached, Flagged, GenerationFailed, Money, Refused, UnknownPurchase
from stillreel.domain.events import Accepted, Sending
from stillreel.domain.jobs import MEMORY
from stillreel.domain.selection import Selection
from stillreel.studio.buying import buy, purchases
from stillreel.studio.deciding import decide
from stillreel.studio.giving_up import LOOKED_FOR
from stillreel.studio.planning import plan
from stillreel.studio.reconciling import reconcile
from stillreel.studio.standing import stands
from tests.studio.money import capped
from tests.studio.on_set import STILL, a_run, kinds, produce, shot

ADA = {"who": "ada", "why": "the account shows nothing"}
SUBMIT = {"task_types": ["imageInference"]}
QUESTIONS = {"task_types": ["getResponse", "getTaskDetails"]}
QUARANTINED = "quarantine/projects/harbour/lighthouse/still-001.png"
FIRST = a_run("first")
AN_HOUR = MEMORY.total_seconds()


async def sent(on_set, *, when="before", after=AN_HOUR, **changes):
    """A studio, a still's stage and its job, which was sent once without an answer; it is so many seconds ago."""
    on_set.emulator.switch(lost_reply={**SUBMIT, "when": when, "times": 1}, throttle={**QUESTIONS, "status": 503})
    studio = await on_set.studio()
    stage = (await plan(studio, shot(STILL, **changes), FIRST)).still
    with pytest.raises(UnknownPurchase) as caught:
        await buy(studio, stage, FIRST)
    on_set.emulator.switch(lost_reply=None, throttle=None)
    on_set.time.pass_by(after)
    (job,) = await purchases(studio, stage.place, stage.digest)
    assert f"resume --job {job.uuid}" in caught.value.message  # so soon another run may still find out
    return studio, stage, job


async def refused(studio, uuid, match, word="buy_again"):
    """A decision that is refused, and changes nothing; the error."""
    before = kinds(await studio.archive.events(uuid))
    with pytest.raises(Refused, match=match) as caught:
        await decide(studio, uuid, word, **ADA)
    assert kinds(await studio.archive.events(uuid))[: len(before)] == before
    assert "decided" not in kinds(await studio.archive.events(uuid))[len(before) :]
    return caught.value


async def books(studio):
    """What the budget holds, and what it counts as spent without a word from the provider."""
    budget = await studio.archive.books.read()
    held = sum((entry.held for entry in budget.entries.values()), Decimal(0))
    return held, sum((total.unreported + total.unknown for total in budget.totals), Decimal(0))


async def test_a_resend_that_finds_no_room_can_be_given_up(on_set):
    """Decided and not sent yet, it may be written off after all; deciding the same again is refused."""
    studio, _, job = await sent(on_set)
    await decide(studio, job.uuid, "resend", **ADA)
    with pytest.raises(Refused, match="it stands at 'resend'"):
        await decide(studio, job.uuid, "resend", **ADA)
    job = await decide(studio, job.uuid, "write_off", **ADA)
    assert kinds(job) == ["planned", "sending", "decided", "decided", "settled", "closed"]
    assert (await books(studio))[0] == 0
    assert on_set.jobs == []


async def test_a_resend_without_room_may_have_been_bought(on_set):
    """A cap that can't hold a second send says that it isn't sent again, not that it was never bought."""
    studio, stage, job = await sent(on_set)
    await decide(studio, job.uuid, "resend", **ADA)
    await capped(on_set, day=stage.quote.upper)
    with pytest.raises(CapReached, match="isn't sent again, and nobody knows yet whether it was bought") as caught:
        await buy(studio, stage, a_run("second"))
    assert caught.value.money is Money.UNKNOWN
    assert "was not bought" not in caught.value.message


async def test_what_was_written_off_may_have_been_spent(on_set):
    """A run of its take, another decision and the list of jobs say the same of its money: nobody knows."""
    studio, _, job = await sent(on_set)
    await decide(studio, job.uuid, "write_off", **ADA)
    with pytest.raises(GenerationFailed) as caught:
        await produce(await on_set.studio(), shot(STILL), a_run("second"))
    assert caught.value.money is Money.UNKNOWN
    assert (await refused(studio, job.uuid, "it stands at 'closed'")).money is Money.UNKNOWN
    (stand,) = await stands(studio.archive, studio.clock.now(), studio.lease)
    assert (stand.job, stand.money) == (job.uuid, Money.UNKNOWN)


async def test_a_resend_lets_a_run_send_once_more(on_set):
    """The same job goes out under the same id, and is paid for once; both sends are held until then."""
    studio, stage, job = await sent(on_set)
    job = await decide(studio, job.uuid, "resend", **ADA)
    assert (job.standing, job.events[-1].who, job.events[-1].why) == ("resend", *ADA.values())
    (stand,) = await reconcile(studio, Selection(), a_run("reconcile"))
    assert (stand.became, stand.standing) == ("needs a run", "resend")
    ticket = await buy(studio, stage, a_run("second"))
    assert (ticket.uuid, ticket.purchase) == (job.uuid, 1)
    assert kinds(await studio.archive.events(job.uuid)) == ["planned", "sending", "decided", "sending", "accepted"]
    assert (await books(studio))[0] == 2 * stage.quote.upper
    assert [(sent, runs) for sent, runs, _ in on_set.bought] == [(1, 1)]


async def test_a_resend_asks_before_it_sends(on_set):
    """What shows after all when a decided resend is about to go, or when a round looks, is found, and paid once."""
    on_set.emulator.switch(duplicate="always_rerun")
    for shot_name, finder in (("a", "a run"), ("b", "reconcile")):
        studio, stage, job = await sent(on_set, when="after", shot=shot_name)
        on_set.emulator.switch(throttle={**QUESTIONS, "status": 503})
        await decide(studio, job.uuid, "resend", **ADA)
        on_set.emulator.switch(throttle=None)
        if finder == "a run":
            await buy(studio, stage, a_run("second"))
        else:
            await reconcile(studio, Selection(project="harbour", shot="b"), a_run("second"))
        job = await studio.archive.events(job.uuid)
        assert [event.by for event in job.all(Accepted)] == ["row"]
    assert [(sent, runs) for sent, runs, _ in on_set.bought] == [(1, 1), (1, 1)]


async def test_a_resend_that_was_never_sent_is_not_booked(on_set):
    """It was held for two sends, and the first one shows: one is booked, as reported, and nothing is unknown."""
    studio, _, job = await sent(on_set, when="after")
    on_set.emulator.switch(throttle={**QUESTIONS, "status": 503})
    await decide(studio, job.uuid, "resend", **ADA)
    on_set.emulator.switch(throttle=None)
    await produce(await on_set.studio(), shot(STILL), a_run("second"))
    assert (await studio.archive.events(job.uuid)).standing == "closed"
    assert await books(studio) == (0, 0)


async def test_nothing_is_decided_while_the_provider_is_away_and_remembers(on_set):
    """Within the hour whoever asks later learns the truth, so a word is refused; it may have been bought."""
    on_set.emulator.switch(throttle={**QUESTIONS, "status": 503})
    studio, _, job = await sent(on_set, when="after", after=200)
    on_set.emulator.switch(throttle={**QUESTIONS, "status": 503})
    error = await refused(studio, job.uuid, "can't be asked now, and still remembers it")
    assert error.money is Money.UNKNOWN


async def test_two_purchases_of_a_take_lie_side_by_side_in_quarantine(on_set):
    """What turns up late of the first and what is flagged of the second have names of their own, and both end."""
    studio, _, job = await sent_and_unanswered(on_set)
    await decide(studio, job.uuid, "buy_again", **ADA)
    on_set.emulator.switch(throttle=None, moderation={"how": "flag"})
    await reconcile(studio, Selection(), a_run("reconcile"))
    with pytest.raises(Flagged):
        await produce(await on_set.studio(), shot(STILL), a_run("second"))
    pictures = [name for name in on_set.files if name.endswith(".png")]
    assert pictures == [QUARANTINED, QUARANTINED.replace(".png", ".purchase-2.png")]
    assert (await books(studio))[0] == 0


async def test_a_resend_is_one(on_set):
    """A resend that goes unanswered, too, is for a person again; no run sends a third time by itself."""
    studio, stage, job = await sent(on_set)
    await decide(studio, job.uuid, "resend", **ADA)
    on_set.emulator.switch(lost_reply={**SUBMIT, "when": "before"})
    for name in ("second", "third"):
        with pytest.raises(UnknownPurchase, match="too long ago"):
            await buy(studio, stage, a_run(name))
    assert len((await studio.archive.events(job.uuid)).all(Sending)) == 2
    on_set.time.pass_by(studio.lease)
    assert (await decide(studio, job.uuid, "write_off", **ADA)).standing == "closed"


async def test_a_resend_is_not_forgotten_at_once(open_set):
    """The provider's memory of what was sent again an hour later begins then: a slow one isn't taken for a loss."""
    on_set = await open_set(register_delay_ms=5000, latency={"*": 60})
    studio, _, job = await sent(on_set)
    await decide(studio, job.uuid, "resend", **ADA)
    reel = await produce(studio, shot(STILL), a_run("second"))
    assert [kept.end for kept in reel.kept] == ["archived"]


async def test_buying_again_is_another_purchase(on_set):
    """The old job ends as lost, at its quote; the take's next purchase is bought by the next run, under another id."""
    studio, stage, job = await sent(on_set)
    job = await decide(studio, job.uuid, "buy_again", **ADA)
    assert kinds(job) == ["planned", "sending", "decided", "settled", "closed"]
    assert "ada" in job.settled[1].reason
    assert await books(studio) == (0, stage.quote.upper)
    reel = await produce(await on_set.studio(), shot(STILL), a_run("second"))
    assert [kept.end for kept in reel.kept] == ["archived"]
    first, second = await purchases(studio, stage.place, stage.digest)
    assert (first.uuid, second.standing, second.planned.purchase) == (job.uuid, "closed", 2)
    assert [runs for _, runs, _ in on_set.bought] == [1]
    again = await produce(await on_set.studio(), shot(STILL), a_run("third"))
    assert (again.uris, len(on_set.jobs)) == (reel.uris, 1)


async def test_a_take_that_was_written_off_stays_so(on_set):
    """No run buys it again; each says what was decided and how to get another."""
    studio, stage, job = await sent(on_set)
    job = await decide(studio, job.uuid, "write_off", **ADA)
    assert (job.standing, kinds(job)) == ("closed", ["planned", "sending", "decided", "settled", "closed"])
    assert await books(studio) == (0, stage.quote.upper)
    for name in ("second", "third"):
        with pytest.raises(Exception, match="given up by ada: the account shows nothing"):
            await produce(await on_set.studio(), shot(STILL), a_run(name))
    assert len(await purchases(studio, stage.place, stage.digest)) == 1
    assert on_set.jobs == []


@pytest.mark.parametrize("word", ["buy_again", "write_off"])
@pytest.mark.parametrize("results", [1, 2])
async def test_what_turns_up_later_goes_to_quarantine(on_set, word, results):
    """A job that was given up and had arrived after all: its results are kept apart and counted, once."""
    on_set.emulator.switch(throttle={**QUESTIONS, "status": 503})
    studio, _, job = await sent_and_unanswered(on_set, results=results)
    await decide(studio, job.uuid, word, **ADA)
    on_set.emulator.switch(throttle=None)
    on_set.time.pass_by(60)
    (stand,) = await reconcile(studio, Selection(), a_run("reconcile"))
    assert "turned up" in stand.says
    files = [name for name in on_set.files if name.endswith(".png")]
    assert len(files) == results
    assert all(name.startswith("quarantine/") for name in files)
    (stand,) = await reconcile(studio, Selection(), a_run("reconcile"))
    assert (stand.became, await studio.archive.open_jobs()) == ("ended", {})
    assert await reconcile(studio, Selection(), a_run("reconcile")) == []
    ends = [event.end for event in (await studio.archive.events(job.uuid)).events if event.kind == "settled"]
    assert ends == ["lost"] * results + ["quarantined"] * results
    (total,) = (await studio.archive.books.read()).totals
    assert (total.reported, total.unreported, total.unknown) == (sum(job["billed"] for job in billed(on_set)), 0, 0)
    if word == "buy_again":
        reel = await produce(await on_set.studio(), shot(STILL, results=results), a_run("second"))
        assert [kept.end for kept in reel.kept] == ["archived"] * results
        assert [runs for _, runs, _ in on_set.bought] == [1, 1]


async def test_what_turns_up_after_the_next_purchase_is_booked(on_set):
    """Both were paid for, and both stand in the books with what the provider said."""
    studio, _, job = await sent_and_unanswered(on_set)
    await decide(studio, job.uuid, "buy_again", **ADA)
    on_set.emulator.switch(throttle=None)
    reel = await produce(await on_set.studio(), shot(STILL), a_run("second"))
    on_set.time.pass_by(60)
    await reconcile(studio, Selection(), a_run("reconcile"))
    (total,) = (await studio.archive.books.read()).totals
    assert (total.reported, total.unreported) == (100 - on_set.balance, 0)
    assert (reel.kept[0].end, QUARANTINED in on_set.files) == ("archived", True)


def billed(on_set):
    return [{**job, "billed": Decimal(job["billed"])} for job in on_set.jobs]


async def sent_and_unanswered(on_set, **changes):
    """A job that arrived, of a provider that answers no question for more than an hour."""
    studio, stage, job = await sent(on_set, when="after", **changes)
    on_set.emulator.switch(throttle={**QUESTIONS, "status": 503})
    return studio, stage, job


async def test_what_never_turns_up_is_looked_for_a_day(on_set):
    """A job that was given up keeps its marker for a day, and no longer."""
    studio, _, job = await sent(on_set)
    await decide(studio, job.uuid, "write_off", **ADA)
    (stand,) = await reconcile(studio, Selection(), a_run("reconcile"))
    assert (stand.became, list(await studio.archive.open_jobs())) == ("ended", [job.uuid])
    assert "ada" in stand.says
    on_set.time.pass_by(LOOKED_FOR.total_seconds())
    await reconcile(studio, Selection(), a_run("reconcile"))
    assert (await studio.archive.open_jobs(), (await studio.archive.books.read()).entries) == ({}, {})


async def test_nothing_is_decided_about_what_has_arrived(on_set):
    """The provider is asked first: it shows the job, which is then known to be paid for, and is brought home."""
    studio, _, job = await sent(on_set, when="after", after=120)
    assert (await refused(studio, job.uuid, "it has arrived")).money is Money.SPENT
    (stand,) = await reconcile(studio, Selection(), a_run("reconcile"))
    assert (stand.became, stand.standing) == ("ended", "closed")
    assert len(on_set.jobs) == 1


async def test_nothing_is_decided_while_a_run_may_send(on_set):
    """Within the hour, a job that the provider doesn't know is sent again by any run: no decision is needed."""
    studio, _, job = await sent(on_set, after=120)
    assert (await refused(studio, job.uuid, "would still remember")).money is Money.UNKNOWN


async def test_nothing_is_decided_during_a_send(on_set):
    """While a lease lives, its owner is the one who knows."""
    studio, _, job = await sent(on_set, after=0)
    await refused(studio, job.uuid, "sending it at this moment")


async def test_nothing_is_decided_about_what_ended(on_set):
    """A job that was closed says so, and where the money stands; so does one that nobody knows."""
    studio = await on_set.studio()
    reel = await produce(studio, shot(STILL), FIRST)
    uuid = await studio.uuid_of(reel.plan.still.place, reel.plan.still.digest, 1)
    assert (await refused(studio, uuid, "'closed'")).money is Money.SPENT
    with pytest.raises(BadInput, match="stillreel jobs"):
        await decide(studio, UUID(int=7, version=4), "resend", **ADA)


@pytest.mark.parametrize("word", ["resend", "buy_again", "write_off"])
async def test_one_decision_is_enough(on_set, word):
    """What was decided is decided: the same word is refused until something has happened, also at the same moment."""
    studio, _, job = await sent(on_set)
    others = [decide(await on_set.studio(), job.uuid, word, **ADA) for _ in range(2)]
    said = await asyncio.gather(*others, return_exceptions=True)
    assert sorted(isinstance(each, Refused) for each in said) == [False, True]
    assert (await studio.archive.events(job.uuid)).all(Sending)[0].at + timedelta(hours=1) <= on_set.time.now()
    await refused(studio, job.uuid, f"'{word}'" if word == "resend" else "'closed'", word)


@pytest.mark.parametrize("word", ["buy_again", "write_off"])
async def test_a_decision_whose_maker_died_is_carried_out(on_set, word):
    """Died right after the word was written: the next run, or reconciling, ends the job."""
    studio, stage, job = await sent(on_set)
    job = await decide(studio, job.uuid, word, **ADA)
    for n in (3, 4):
        (on_set.root / f"jobs/{job.uuid}/{n}.json").unlink()
    assert (await studio.archive.events(job.uuid)).standing == word
    if word == "buy_again":
        assert (await buy(studio, stage, a_run("second"))).purchase == 2
    else:
        await reconcile(studio, Selection(), a_run("reconcile"))
    assert (await studio.archive.events(job.uuid)).standing == "closed"
