"""Buying: whatever comes back from a send, one take is paid for once."""

import asyncio
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise

import pytest

from stillreel.domain.errors import Money, ProviderError, Rejected, UnknownPurchase
from stillreel.domain.events import Accepted, Rejection, Sending
from stillreel.domain.jobs import MEMORY
from stillreel.domain.selection import Selection
from stillreel.studio.buying import buy, purchases
from stillreel.studio.planning import plan
from stillreel.studio.reconciling import reconcile
from tests.studio.on_set import CHAIN, STILL, a_run, job_of, kinds, planned_event, produce, sending_event, shot, written

SUBMIT = {"task_types": ["imageInference"]}
QUESTIONS = {"task_types": ["getResponse", "getTaskDetails"]}


async def a_still(on_set, name="first", **changes):
    """A studio, and the plan of a still in it."""
    studio = await on_set.studio()
    return studio, (await plan(studio, shot(STILL, **changes), a_run(name))).still


async def bought(on_set, name="first"):
    """Buy the still in a studio of its own; its job afterwards."""
    studio, stage = await a_still(on_set, name)
    ticket = await buy(studio, stage, a_run(name))
    job = await studio.archive.events(ticket.uuid)
    assert job.standing == "accepted"
    return job


def once(on_set, *, submits=1):
    """Whether one job was run and billed, after so many sends that arrived."""
    ((sent, runs, billed),) = on_set.bought
    return (sent, runs, billed) == (submits, 1, 100 - on_set.balance)


async def test_an_acknowledged_send_is_accepted(on_set):
    """A job is planned, sent and accepted, in events, and marked open until it ends."""
    job = await bought(on_set)
    assert kinds(job) == ["planned", "sending", "accepted"]
    assert job.last(Accepted).by == "acknowledgement"
    assert job.last(Accepted).flow_run == "first"
    assert list(await (await on_set.studio()).archive.open_jobs()) == [job.uuid]
    assert once(on_set)


async def test_an_answer_that_is_lost_is_found_again(open_set):
    """A send whose answer never arrives is found by its id and paid for once."""
    on_set = await open_set(lost_reply={**SUBMIT, "when": "after"})
    job = await bought(on_set)
    assert kinds(job) == ["planned", "sending", "accepted"]
    assert job.last(Accepted).by == "row"
    assert once(on_set)


async def test_a_job_that_is_registered_late_is_found_again(open_set):
    """The provider gets its two seconds to register a send that we gave up on."""
    on_set = await open_set(lost_reply={**SUBMIT, "when": "after"}, register_delay_ms=1900, duplicate="always_rerun")
    await bought(on_set)
    assert once(on_set)


@pytest.mark.parametrize("fault", ["lost_reply", "throttle"], ids=["a cut connection", "HTTP 503"])
async def test_a_send_that_never_arrived_is_sent_again(open_set, fault):
    """Asked, the provider knows nothing, so the same body goes out again under the same id."""
    on_set = await open_set(**{fault: {**SUBMIT, "when": "before", "times": 2}})
    job = await bought(on_set)
    assert kinds(job) == ["planned", "sending", "sending", "sending", "accepted"]
    assert [event.attempt for event in job.all(Sending)] == [1, 2, 3]
    assert once(on_set)


@pytest.mark.parametrize("how", ["malformed", "truncated", "html", "empty", "bare_list"])
async def test_an_answer_that_makes_no_sense_is_no_answer(open_set, how):
    """Whatever the body of an answer looks like, what was taken isn't bought again."""
    on_set = await open_set(answer={**SUBMIT, "how": how, "times": 1})
    await bought(on_set)
    assert once(on_set)


async def test_who_cannot_ask_does_not_send_again(open_set):
    """A lost answer and a provider that can't be asked: unknown, and found again by the next run."""
    on_set = await open_set(lost_reply={**SUBMIT, "when": "after"}, throttle={**QUESTIONS, "status": 503})
    with pytest.raises(UnknownPurchase, match="may have been bought") as caught:
        await bought(on_set)
    assert (caught.value.state, caught.value.money) == ("unknown", Money.UNKNOWN)
    on_set.emulator.switch(throttle=None, lost_reply=None)
    assert kinds(await bought(on_set, "second")) == ["planned", "sending", "accepted"]
    assert once(on_set)


async def test_what_somebody_else_has_found_is_in_doubt_no_more(open_set):
    """A send in doubt that `reconcile` finds at the provider is paid for, and not told as perhaps bought, too."""
    on_set = await open_set(lost_reply={**SUBMIT, "when": "after"}, throttle={**QUESTIONS, "status": 503})
    studio, stage = await a_still(on_set)
    with pytest.raises(UnknownPurchase):
        await buy(studio, stage, a_run())
    assert len(studio.doubtful) == 1
    on_set.emulator.switch(throttle=None, lost_reply=None)
    on_set.time.pass_by(studio.lease)
    await reconcile(await on_set.studio(), Selection(), a_run("round"))
    ticket = await buy(studio, stage, a_run())
    assert (studio.doubtful, studio.paid) == (set(), {ticket.uuid})


async def test_sends_that_never_arrive_end_as_unknown(open_set):
    """A provider that never answers a send gets a handful in a run, and none after an hour; then it's a person's."""
    on_set = await open_set(lost_reply={**SUBMIT, "when": "before"})
    studio, stage = await a_still(on_set)
    for name in ("first", "second"):
        with pytest.raises(
            UnknownPurchase, match="nobody knows what became of it; the last answer was: RemoteProtocolError"
        ):
            await buy(studio, stage, a_run(name))
    sends = len((await job_of(studio, stage)).all(Sending))
    assert 2 <= sends <= 12
    on_set.time.pass_by(MEMORY.total_seconds())
    with pytest.raises(UnknownPurchase, match="too long ago"):
        await buy(await on_set.studio(), stage, a_run("third"))
    assert len((await job_of(studio, stage)).all(Sending)) == sends
    assert on_set.jobs == []


async def test_a_provider_that_is_busy_is_given_its_time(open_set):
    """A refusal for load is waited out as long as it says, and every send has its own event."""
    on_set = await open_set(throttle={**SUBMIT, "status": 429, "retry_after": 17, "times": 3})
    job = await bought(on_set)
    assert kinds(job) == ["planned", *("sending", "turned_away") * 3, "sending", "accepted"]
    sends = [event.at for event in job.all(Sending)]
    assert all(later - sooner >= timedelta(seconds=17) for sooner, later in pairwise(sends))
    assert once(on_set)


async def test_a_provider_that_is_full_is_waited_for(on_set):
    """A queue that is full refuses by name; the job goes out when there is room."""
    on_set.emulator.switch(admit=1, latency={"*": 12})
    first, second = await asyncio.gather(bought(on_set), _another(on_set))
    assert first.uuid != second
    assert sorted((runs for _, runs, _ in on_set.bought)) == [1, 1]


async def _another(on_set):
    studio = await on_set.studio()
    stage = (await plan(studio, shot(STILL, shot="pier"), a_run("other"))).still
    return (await buy(studio, stage, a_run("other"))).uuid


async def test_a_provider_that_stays_busy_is_left_alone(open_set):
    """Past a run's patience with refusals for load somebody is told, nothing is bought, and a later run buys it."""
    on_set = await open_set(throttle={**SUBMIT, "status": 429})
    studio = await on_set.studio(patience=150)
    stage = (await plan(studio, shot(STILL), a_run())).still
    with pytest.raises(ProviderError, match=r"took nothing for 150 s, .* nothing was bought") as caught:
        await buy(studio, stage, a_run())
    assert caught.value.money is Money.NOT_SPENT
    assert len((await job_of(studio, stage)).all(Sending)) > 8
    assert on_set.jobs == []
    on_set.emulator.switch(throttle=None)
    await bought(on_set, "second")  # at once: what was turned away leaves no lease and no doubt
    assert once(on_set)


async def test_what_moderation_refuses_is_never_sent_again(open_set):
    """A refused prompt ends with its reason, nothing spent, and no other run sends it again."""
    on_set = await open_set(moderation={"how": "reject"})
    studio, stage = await a_still(on_set)
    for name in ("first", "first", "second", "third"):
        with pytest.raises(Rejected, match="invalidProviderContent") as caught:
            await buy(studio, stage, a_run(name))
        assert (caught.value.state, caught.value.money) == ("rejected", Money.NOT_SPENT)
    assert [job["submits"] for job in on_set.jobs] == [1]
    assert on_set.balance == 100
    job = await job_of(studio, stage)
    assert kinds(job) == ["planned", "sending", "rejected"]
    assert job.last(Rejection).parameters == ("positivePrompt",)
    assert await studio.archive.open_jobs() == {}


async def test_a_refusal_is_the_last_word_of_a_run_only(open_set):
    """What the provider refuses for any other reason is tried once more by another run, as a purchase of its own."""
    on_set = await open_set(refuse={"code": "somethingNobodyHasSeen", "times": 1})
    studio, stage = await a_still(on_set)
    for _ in range(2):
        with pytest.raises(Rejected, match="somethingNobodyHasSeen"):
            await buy(studio, stage, a_run("first"))
    assert [job["submits"] for job in on_set.jobs] == [1]
    ticket = await buy(studio, stage, a_run("second"))
    assert ticket.purchase == 2
    assert [runs for _, runs, _ in on_set.bought] == [0, 1]
    assert [job.standing for job in await purchases(studio, stage.place, stage.digest)] == ["rejected", "accepted"]


async def test_one_new_send_a_run_whoever_planned_it(open_set):
    """A run that sends what another one planned, and is refused, doesn't send the next purchase, too."""
    on_set = await open_set(refuse={"code": "somethingNobodyHasSeen"})
    studio, stage = await a_still(on_set)
    await written(studio, stage, [await planned_event(studio, stage, a_run("died"))])
    with pytest.raises(Rejected):
        await buy(studio, stage, a_run("second"))
    assert [job["submits"] for job in on_set.jobs] == [1]


async def test_an_account_that_was_emptied_since_the_plan_is_a_refusal(on_set):
    """The provider refuses the job by name: nothing is spent."""
    studio, stage = await a_still(on_set)
    on_set.emulator.switch(balance="0.001")
    with pytest.raises(Rejected, match="insufficientCredits"):
        await buy(studio, stage, a_run())
    assert on_set.balance == Decimal("0.001")
    assert all(runs == 0 for _, runs, _ in on_set.bought)


async def test_a_key_that_was_revoked_since_the_plan_leaves_a_doubt(on_set):
    """A refusal of the key names no job: whether it was taken is found out with the right key, and it is paid once."""
    studio, stage = await a_still(on_set)
    on_set.emulator.switch(keys=["another"])
    with pytest.raises(UnknownPurchase, match="doesn't take the key"):
        await buy(studio, stage, a_run())
    on_set.emulator.switch(keys=None)
    await bought(on_set, "second")
    assert once(on_set)


@pytest.mark.parametrize("status", [401, 402, 403])
async def test_a_gateway_that_refuses_what_was_taken_buys_nothing_twice(open_set, status):
    """A status without a word about our job, after the provider has taken it: found again, and paid for once."""
    on_set = await open_set(throttle={**SUBMIT, "status": status, "when": "after", "times": 1})
    job = await bought(on_set)
    assert kinds(job) == ["planned", "sending", "accepted"]
    assert once(on_set)


async def test_a_refusal_after_a_silence_proves_nothing(open_set):
    """A definite no after a send that went unanswered isn't the job's end: that one may have arrived."""
    on_set = await open_set(
        lost_reply={**SUBMIT, "when": "before", "times": 1}, refuse={"code": "somethingNobodyHasSeen", "times": 2}
    )
    job = await bought(on_set)
    assert kinds(job) == ["planned", "sending", "sending", "sending", "sending", "accepted"]
    assert once(on_set, submits=3)


async def test_a_known_id_is_ours_once_it_is_confirmed(on_set):
    """A conflict means that an earlier send arrived; the provider shows it, and it isn't bought again."""
    studio, stage = await a_still(on_set)
    plan_of_it = await planned_event(studio, stage, a_run("died"))
    await studio.client.submit([plan_of_it.body])
    await written(studio, stage, [plan_of_it])
    await buy(studio, stage, a_run("second"))
    job = await job_of(studio, stage)
    assert kinds(job) == ["planned", "sending", "accepted"]
    assert job.last(Accepted).by == "conflict"
    assert once(on_set, submits=2)


async def test_a_conflict_that_nothing_confirms_is_unknown(open_set):
    """An id that is refused as known, and of which nothing is ever shown, ends as unknown in bounded time."""
    on_set = await open_set(refuse={"code": "conflictTaskUUID"})
    studio, stage = await a_still(on_set)
    began = on_set.time.now()
    with pytest.raises(UnknownPurchase, match="shows nothing of it"):
        await buy(studio, stage, a_run())
    assert (on_set.time.now() - began).total_seconds() < 600
    assert kinds(await job_of(studio, stage)) == ["planned", "sending"]


async def test_a_frame_that_is_refused_is_uploaded(open_set):
    """The provider doesn't take its own id of the still: our copy is uploaded, and the clip is bought with that."""
    on_set = await open_set(refuse_frame_uuid=True)
    reel = await produce(await on_set.studio(), shot(size="1:1"))
    assert [kept.end for kept in reel.kept] == ["archived", "archived"]
    assert [runs for _, runs, _ in on_set.bought] == [1, 0, 1]
    studio = await on_set.studio()
    first, second = [await job_of(studio, reel.plan.clip, purchase) for purchase in (1, 2)]
    assert (first.standing, second.standing) == ("rejected", "closed")
    frames = [job.planned.body["inputs"]["frameImages"][0]["image"] for job in (first, second)]
    assert frames[0] == reel.still.kept[0].id
    assert frames[1] != frames[0]
    before = on_set.bought
    again = await produce(await on_set.studio(), shot(size="1:1"), a_run("second"))
    assert again.uris == reel.uris
    assert on_set.bought == before


async def test_a_frame_that_is_refused_twice_is_refused(open_set):
    """The fallback is one more purchase, not many."""
    on_set = await open_set(refuse={"code": "invalidFrameImages", "models": ["klingai:3@1"]})
    with pytest.raises(Rejected, match="invalidFrameImages"):
        await produce(await on_set.studio(), shot(CHAIN))
    assert [runs for _, runs, _ in on_set.bought] == [1, 0, 0]


async def test_a_connection_that_never_came_about_bought_nothing(on_set):
    """A provider that nobody can reach took nothing: it is known for certain, and the next run sends at once."""
    studio, stage = await a_still(on_set)
    nowhere = await on_set.studio(url="http://127.0.0.1:9/v1")
    with pytest.raises(ProviderError, match="took nothing 20 times") as caught:
        await buy(nowhere, stage, a_run())
    assert caught.value.money is Money.NOT_SPENT
    job = await job_of(studio, stage)
    assert (job.standing, job.unanswered) == ("planned", ())
    before = on_set.time.now()
    await buy(studio, stage, a_run("second"))
    assert once(on_set)
    assert on_set.time.now() - before < timedelta(seconds=1)


async def test_a_refusal_for_load_answers_its_own_send_only(open_set):
    """A send without an answer stays in doubt, however often later ones are turned away."""
    on_set = await open_set(throttle={**SUBMIT, "status": 429})
    studio, stage = await a_still(on_set)
    await written(studio, stage, [await planned_event(studio, stage, a_run("died")), sending_event(studio)])
    on_set.time.pass_by(studio.lease)
    with pytest.raises(UnknownPurchase, match="a send had no answer"):
        await bought(on_set)
    on_set.emulator.switch(throttle=None)
    job = await bought(on_set, "second")
    assert [event.attempt for event in job.unanswered] == [1, 22]
    assert once(on_set)
