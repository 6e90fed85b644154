"""Short plays, each of which would end badly without one sentence of the protocol: its trace, step by step."""

import pytest

from stillreel.domain.budget import Caps
from stillreel.studio.sending import CLOCKS
from tests.protocol.ending import DAY, the_end
from tests.protocol.line import question_goes_wrong, submit_goes_wrong
from tests.protocol.plays import PRICE
from tests.protocol.provider import Ways
from tests.protocol.telling import TAKE, at, kinds, run, well


def give_up_unasked(world, to="nothing more"):
    """A send arrives, its process dies, and a person writes the job off while the provider is away, until a call."""
    first, _ = at(world, "submit")
    world.crash(first, effects=True)
    world.pass_time(3700)
    (job,) = world.jobs()
    world.decide(job.uuid, "write_off")
    person = world.alive()[-1]
    while person.alive and not any(call.kind == to for call in world.of(person)):
        asked = [call for call in world.of(person) if call.kind == "question"]
        for call in asked:
            question_goes_wrong(world, call, 1)
        if not asked:
            world.step(person)
    assert world.job(job.uuid).given_up is not None


def test_while_a_lease_lives_only_its_owner_sends(play):
    """A second process neither sends nor asks while the first one's send is on its way."""
    world = play()
    first, _ = at(world, "submit")
    second = run(world)
    while world.seconds < 50:
        world.step(second)
        assert not [call.kind for call in world.of(second) if call.kind in ("submit", "question")]
    world.go_on(first, 9)
    assert well(world)


@pytest.mark.parametrize("effects", [True, False], ids=["it arrives", "it is lost"])
def test_whoever_takes_over_asks_first(play, effects):
    """A process dies during its send; the next one waits for the lease, and asks before it sends again."""
    world = play()
    first, _ = at(world, "submit")
    world.crash(first, effects=effects)
    world.go_to(run(world), "submit", within=999)
    assert world.seconds > 90
    assert kinds(world)[:2] == ["planned", "sending"]
    assert kinds(world).count("sending") == (1 if effects else 2)
    assert well(world)


def test_a_rerun_is_another_process(play):
    """A process dies between `sending` and its send: its rerun isn't the owner of what it left behind."""
    world = play()
    first, _ = at(world, "event sending")
    world.crash(first, effects=True)
    world.go_to(run(world), "submit", within=999)
    assert world.seconds > 90
    assert well(world)


@pytest.mark.parametrize(
    "seconds",
    [
        1,
        27,
        29.9,
        31,
        60,
    ],
)
def test_a_send_arrives_before_its_lease_ends(play, seconds):
    """Whoever stood still before its send, and then hears nothing, is never overtaken while the send may arrive."""
    world = play(Ways())
    slow, _ = at(world, "event sending")
    world.pass_time(seconds)
    world.go_to(slow, "submit")
    second = run(world)
    call = world.go_to(second, "submit", within=999)
    if call is not None:
        world.step(second)
        world.provider.catch_up()
    assert well(world)


def test_a_refusal_after_a_silence_ends_nothing(play):
    """The first send arrives after the second one was refused: the job is accepted, and not bought again."""
    world = play(Ways(slow=True))
    first, call = at(world, "submit")
    submit_goes_wrong(world, world.provider, call, "silence", 0)
    call = world.go_to(first, "submit")
    submit_goes_wrong(world, world.provider, call, "refusal", 0)
    world.provider.catch_up()
    assert well(world)
    assert "rejected" not in kinds(world)


def test_what_was_withdrawn_meanwhile_holds_nothing(play):
    """A run stands still while it reserves, until its job is withdrawn: it holds nothing for it, and plans anew."""
    world = play()
    slow, _ = at(world, "event planned")
    world.go_to(slow, "read budget")
    world.pass_time(100)
    world.reconcile()
    world.go_on(world.alive()[-1], 99)
    assert kinds(world) == ["planned", "withdrawn"]
    while not any(call.kind == "event planned" for call in world.of(slow)):
        world.step(slow)
        assert not world.budget().entries
    assert well(world)


def test_what_is_held_without_a_marker_is_found(play):
    """A process reserves while its job is withdrawn, and dies: reconciling finds the entry by itself."""
    world = play()
    slow, _ = at(world, "budget")
    world.pass_time(100)
    world.reconcile()
    world.go_on(world.alive()[-1], 99)
    world.crash(slow, effects=True)
    assert world.budget().entries
    assert not world.marked()
    world.reconcile()
    world.go_on(world.alive()[-1], 99)
    assert not world.budget().entries


def test_the_next_purchase_follows_a_withdrawal(play):
    """What was planned by a process that died is withdrawn, and a later run buys the take under another id."""
    world = play()
    first, _ = at(world, "budget")
    world.crash(first, effects=False)
    world.pass_time(100)
    world.reconcile()
    world.go_on(world.alive()[-1], 99)
    run(world)
    assert well(world)
    assert sorted(job.standing for job in world.jobs()) == ["closed", "withdrawn"]


@pytest.mark.parametrize("kind", ["marker", "event planned", "budget", "event sending", "submit", "event accepted"])
@pytest.mark.parametrize("effects", [True, False], ids=["with effect", "without"])
def test_a_process_that_dies_leaves_nothing_behind(play, kind, effects):
    """Nobody runs the take again: what the dead process held, marked or bought is brought to its end."""
    world = play()
    first, _ = at(world, kind)
    world.crash(first, effects=effects)
    world.pass_time(100)
    world.reconcile()
    world.go_on(world.alive()[-1], 999)
    assert all(job.standing != "planned" for job in world.jobs())
    the_end(world)


@pytest.mark.parametrize("kind", ["event result", "file", "event settled", "budget", "event closed", "unmark"])
@pytest.mark.parametrize("effects", [True, False], ids=["with effect", "without"])
def test_a_process_that_dies_after_the_purchase_loses_nothing(play, kind, effects):
    """Somebody else archives, books and closes what it bought, once."""
    world = play()
    first, _ = at(world, "event accepted")
    assert world.go_to(first, kind) is not None
    world.crash(first, effects=effects)
    assert well(world)


def test_a_resend_has_the_room_of_its_own_day(play):
    """A person decides a resend under a full cap; on the next day there is room, and a run or `resume` sends it."""
    world = play(Ways(), Caps(day=2 * PRICE))
    world.go_on(run(world, "crane"), 999)
    first, _ = at(world, "submit")
    world.crash(first, effects=False)
    world.pass_time(3700)
    (unknown,) = world.unknown()
    world.decide(unknown, "resend")
    world.go_on(world.alive()[-1], 99)
    world.pass_time(DAY)
    world.resume()
    world.go_on(world.alive()[-1], 999)
    assert world.job(unknown).standing == "closed"


@pytest.mark.parametrize("effects", [True, False], ids=["with effect", "without"])
@pytest.mark.parametrize("kind", ["event result", "file", "event settled", "budget", "unmark"])
def test_what_turns_up_late_is_booked_whoever_dies(play, kind, effects):
    """A job is given up while the provider is away; reconciling finds its result, and dies: the next one books it."""
    world = play(Ways())
    give_up_unasked(world)
    world.reconcile()
    finder = world.alive()[-1]
    assert world.go_to(finder, kind) is not None or kind == "unmark"
    world.crash(finder, effects=effects)
    for _ in range(2):
        world.reconcile()
        world.go_on(world.alive()[-1], 999)
    the_end(world)
    assert world.happened["a result is quarantined"] == 1


def test_who_books_what_it_knew_is_put_right(play):
    """A run stands still as it ends what was given up, until its result has turned up: the cost stands in the end."""
    world = play(Ways())
    give_up_unasked(world, to="budget")
    slow = world.alive()[-1]
    world.reconcile()
    world.go_on(world.alive()[-1], 999)
    world.go_on(slow, 999)
    the_end(world)
    assert world.happened["a result is quarantined"] == 1


def test_one_error_ends_all_results(play):
    """A provider that tells of the failure of a whole job in one error: both results have failed, for whoever asks."""
    world = play(Ways(fates=("all fail",)))
    run(world, "pier")
    the_end(world)
    assert world.happened["a result is failed"] == 2


@pytest.mark.parametrize("seconds", [1, 24.9, 25.1, 27.9, 29.9])
def test_a_clock_that_is_late_overtakes_nobody(play, seconds):
    """A process whose clock is 3 s behind stood still before its send: nobody else sees its lease end before that."""
    world = play()
    slow = world.run(TAKE, ahead=-CLOCKS)
    world.go_to(slow, "event sending")
    world.pass_time(seconds)
    world.go_to(slow, "submit")  # it leaves now, if at all, and is on its way for as long as it may be
    second = world.run(TAKE)
    if world.go_to(second, "submit", within=999) is not None:
        world.step(second)
        world.step(second)
        world.provider.catch_up()
    assert well(world)


@pytest.mark.parametrize("again", [True, False], ids=["run again", "by reconcile alone"])
def test_what_was_turned_away_needs_nobody(play, again):
    """A process dies while it waits for room: its job is sent by the next run, or withdrawn, and is never in doubt."""
    world = play()
    first, call = at(world, "submit")
    submit_goes_wrong(world, world.provider, call, "load", 0)
    world.step(first)
    world.crash(first, effects=True)
    if again:
        assert well(world)
    else:
        world.pass_time(100)
        world.reconcile()
        world.go_on(world.alive()[-1], 99)
        assert kinds(world) == ["planned", "sending", "turned_away", "withdrawn"]
        the_end(world)


def test_a_ceiling_is_measured_while_others_buy(play):
    """Three runs share a process: one adds up what was bought, and another one's purchase is accepted meanwhile."""
    world = play()
    process, sent = at(world, "submit", "pier")
    world.run("lighthouse", process)
    asked = beside(world, process, [sent], "question")
    world.run("crane", process)
    world.let_go(beside(world, process, [sent, asked], "list jobs"))  # its own job, of which there is nothing yet
    assert beside(world, process, [sent, asked], "list jobs")  # what was bought before it
    world.let_go(sent)
    world.let_go(sent)
    the_end(world)
    assert len(world.provider.billed) == 3


def beside(world, process, waiting, kind):
    """The next call of a kind that a process makes while these wait at their gates."""
    while True:
        calls = [call for call in world.of(process) if call not in waiting]
        for call in calls:
            if call.kind == kind:
                return call
        world.let_go(calls[0]) if calls else world.pass_time(0.1)
