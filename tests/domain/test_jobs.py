"""Jobs: what their events say together."""

from datetime import timedelta
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillreel.domain.events import EVENT, Accepted, Rejection, Sending
from stillreel.domain.jobs import MEMORY, Job, Standing
from tests.domain.examples import (
    JOB,
    NOON,
    accepted,
    closed,
    decided,
    planned,
    rejected,
    result,
    sending,
    settled,
    turned_away,
    withdrawn,
)

STORIES = {
    "nothing": [[]],
    "planned": [
        [planned()],
        [planned(), sending(), turned_away()],
        [planned(), sending(), turned_away(), sending(100, attempt=2), turned_away(2)],
    ],
    "sending": [
        [planned(), sending()],
        [planned(), sending(), sending(100, owner="you", attempt=2)],
        [planned(), sending(), decided("resend"), sending(5000, attempt=2)],
        [planned(), sending(), turned_away(), sending(100, attempt=2)],
        [planned(), sending(), sending(100, attempt=2), turned_away(2)],  # nobody knows about the first
    ],
    "rejected": [[planned(), sending(), rejected()]],
    "withdrawn": [[planned(), withdrawn()]],
    "accepted": [
        [planned(), sending(), accepted()],
        [planned(), sending(), rejected(), accepted()],  # a refusal that was overtaken by the truth
        [planned(), sending(), accepted(), rejected()],
        [planned(), sending(), accepted(), sending(100)],
        [planned(), sending(), accepted(), result(1)],
        [planned(), sending(), accepted(), result(1), settled(1)],
        [planned(), sending(), decided(), accepted()],  # a decision that was overtaken by the truth
    ],
    "closed": [
        [planned(), sending(), accepted(), result(1), settled(1), closed()],
        [planned(), sending(), accepted(), closed(), result(1)],  # a result that turned up after the end
        [planned(), sending(), decided(), settled(1, "lost"), closed()],
        [planned(), sending(), decided("buy_again"), settled(1, "lost"), closed()],
    ],
    "resend": [
        [planned(), sending(), decided("resend")],
        [planned(), sending(), decided("resend"), sending(5000, attempt=2), turned_away(2)],
    ],
    "buy_again": [[planned(), sending(), decided("buy_again")]],
    "write_off": [[planned(), sending(), decided()], [planned(), sending(), decided(), settled(1, "lost")]],
}


def job(*events):
    return Job(JOB, events)


@pytest.mark.parametrize("standing,events", [(name, events) for name, several in STORIES.items() for events in several])
def test_where_a_job_stands(standing, events):
    """A job stands where its last word puts it, and once it is accepted no refusal takes that back."""
    assert job(*events).standing == standing


def test_every_standing_has_its_story():
    """A standing that is added must be told here."""
    assert set(STORIES) == set(get_args(Standing))


@pytest.mark.parametrize(
    "event",
    [
        planned(),
        sending(),
        turned_away(),
        accepted(),
        rejected(),
        withdrawn(),
        result(),
        settled(),
        closed(),
        decided(),
    ],
    ids=repr,
)
def test_events_come_back_from_json(event):
    """An event that was written is the event that is read, whatever its kind."""
    assert EVENT.validate_json(EVENT.dump_json(event)) == event


def test_the_first_end_of_a_result_stands():
    """Whoever settles a result second changes nothing."""
    told = job(planned(), sending(), accepted(), result(1), settled(1, "archived"), settled(1, "lost"), settled(2))
    assert {k: end.end for k, end in told.settled.items()} == {1: "archived", 2: "archived"}


def test_results_have_their_numbers():
    """Each result is found by the number it was given."""
    told = job(planned(results=2), sending(), accepted(), result(2, result_id="late"), result(1))
    assert {k: event.row.id for k, event in told.results.items()} == {1: "id-1", 2: "late"}


def test_the_plan_is_found_wherever_it_stands():
    """A job knows what it is for; one without a plan says so."""
    plan = planned()
    assert job(plan, sending()).planned is plan
    with pytest.raises(ValueError, match="no planned event"):
        _ = job(sending()).planned


@pytest.mark.parametrize("second,leased", [(0, True), (89.999, True), (90, False), (1000, False)])
def test_a_lease_ends_by_the_clock(second, leased):
    """Somebody has the right to send until the lease is over, and not a moment longer."""
    assert job(planned(), sending()).leased(NOON + timedelta(seconds=second)) is leased


def test_a_lease_ends_with_an_answer():
    """Once anything is written after a send, nobody holds the right any more."""
    for answer in (accepted(), rejected(), withdrawn(), turned_away()):
        assert not job(planned(), sending(), answer).leased(NOON)
    assert not job(planned()).leased(NOON)


def test_the_provider_remembers_from_the_first_send():
    """The hour of the provider's memory runs from the first send; later ones don't make it longer."""
    told = job(planned(), sending(0), sending(1000, attempt=2))
    assert told.remembered(NOON + MEMORY - timedelta(seconds=1))
    assert not told.remembered(NOON + MEMORY)
    assert not job(planned()).remembered(NOON)


def test_a_send_that_was_turned_away_leaves_no_doubt():
    """Only sends without an answer count for the provider's memory, and for whether anything may have been bought."""
    told = job(planned(), sending(0), turned_away(), sending(1000, attempt=2))
    assert [event.attempt for event in told.unanswered] == [2]
    assert told.remembered(NOON + MEMORY + timedelta(seconds=999))
    assert not job(planned(), sending(), turned_away()).unknown(NOON + MEMORY)
    assert job(planned(), sending(), sending(100, attempt=2), turned_away(2)).unknown(NOON + MEMORY)


def test_nobody_need_ask_before_anything_can_be_there():
    """A job that has just been accepted is left alone until its first look, and no longer than nothing came of it."""
    soon = accepted().model_copy(update={"look_after": NOON + timedelta(seconds=60)})
    assert job(planned(), sending(), soon).early(NOON + timedelta(seconds=59))
    assert not job(planned(), sending(), soon).early(NOON + timedelta(seconds=60))
    assert not job(planned(), sending(), soon, result()).early(NOON)
    assert not job(planned(), sending(), accepted()).early(NOON)
    assert not job().early(NOON)


def test_a_job_is_unknown_when_nobody_can_be_asked_any_more():
    """Sent, no lease alive and past the provider's memory: derived from the events, and over with the next one."""
    late = NOON + MEMORY
    assert job(planned(), sending()).unknown(late)
    assert not job(planned(), sending()).unknown(late - timedelta(seconds=1))
    assert not job(planned(), sending(), sending(MEMORY.total_seconds() - 1, attempt=2)).unknown(late)
    for answer in (accepted(), rejected(), decided(), decided("resend"), decided("buy_again")):
        assert not job(planned(), sending(), answer).unknown(late)
    assert not job(planned()).unknown(late)


def test_a_late_send_may_still_be_shown():
    """A job that was sent again after the first hour isn't forgotten before an hour has passed since then."""
    told = job(planned(), sending(), decided("resend"), sending(5000, attempt=2))
    assert not told.remembered(NOON + timedelta(seconds=5001))
    assert told.traceable(NOON + timedelta(seconds=5001))
    assert not told.traceable(NOON + timedelta(seconds=5000) + MEMORY)
    assert not job(planned()).traceable(NOON)


@pytest.mark.parametrize(
    "more,times",
    [
        ([], 0),
        ([decided("resend")], 0),
        ([decided("resend"), sending(5000, attempt=2), turned_away(2)], 0),
        ([sending(200, attempt=2)], 0),
        ([decided("resend"), sending(5000, attempt=2)], 1),
        ([decided("resend"), sending(5000, attempt=2), turned_away(2), sending(5100, attempt=3)], 1),
        ([decided("resend"), sending(5000, attempt=2), sending(5100, attempt=3)], 1),
        ([decided("resend"), sending(5000, attempt=2), decided("resend"), sending(9999, attempt=3)], 2),
        ([decided("resend"), decided("write_off")], 0),
    ],
)
def test_a_resend_counts_once_it_was_sent(more, times):
    """One that was decided and never left, or was turned away, has bought nothing; repeats within the hour are one."""
    assert job(planned(), sending(), *more).sent_again == times


@pytest.mark.parametrize("word,given_up,again", [("resend", 0, 0), ("buy_again", 1, 1), ("write_off", 1, 0)])
@pytest.mark.parametrize("after", [[], [accepted()], [settled(1, "lost"), closed()]])
def test_a_job_that_was_given_up_stays_so(word, given_up, again, after):
    """Whatever turns up after the decision: results go to quarantine, and the next purchase stays the take's."""
    told = job(planned(), sending(), decided(word), *after)
    assert (told.given_up is not None, told.passed_over) == (given_up, again)


@pytest.mark.parametrize("end", [rejected(), withdrawn()])
def test_what_was_never_bought_is_passed_over(end):
    """After a refusal or a withdrawal the take is bought by its next purchase; acceptance takes that back."""
    assert job(planned(), sending(), end).passed_over
    assert not job(planned(), sending(), end, accepted()).passed_over
    assert not job(planned(), sending()).passed_over


before = st.lists(st.sampled_from([planned(), sending(), rejected(), withdrawn()]), max_size=5)
after = st.lists(
    st.sampled_from([sending(50), rejected(), result(1), result(2), settled(1), settled(1, "lost"), settled(2)]),
    max_size=7,
)


@given(before, st.booleans(), after, st.booleans())
def test_folding_any_story(start, was_accepted, rest, was_closed):
    """Whatever the order: acceptance and the end are never taken back, the first end stands unless a file is there."""
    events = [*start, *([accepted(), *rest] if was_accepted else []), *([closed()] if was_closed else [])]
    told = job(*events)
    assert told.standing in get_args(Standing)
    assert (told.standing == "closed") is was_closed
    assert (told.standing == "accepted") is (was_accepted and not was_closed)
    assert told.all(Accepted) == tuple(event for event in events if isinstance(event, Accepted))
    assert told.last(Rejection) == next((event for event in events[::-1] if isinstance(event, Rejection)), None)
    for k, end in told.settled.items():
        ends = [event for event in events if getattr(event, "end", None) and event.k == k]
        assert end is next((event for event in ends if event.end == "archived"), ends[0])
    assert told.leased(NOON) is bool(events and isinstance(events[-1], Sending))


@given(before, after)
def test_a_longer_story_takes_no_end_back(start, rest):
    """Reading more events never changes an end that was read before, but that a file is in the archive after all."""
    events = [*start, accepted(), *rest]
    ends: dict = {}
    for n in range(len(events) + 1):
        now = job(*events[:n]).settled
        assert all(now[k] is end or (end.end != "archived" == now[k].end) for k, end in ends.items())
        ends = now
