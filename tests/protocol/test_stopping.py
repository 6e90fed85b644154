"""Short plays of runs that are cancelled, and of caps that are lowered under them."""

import pytest

from stillreel.domain.budget import Caps
from tests.protocol.ending import the_end
from tests.protocol.line import submit_goes_wrong
from tests.protocol.plays import PRICE
from tests.protocol.provider import Ways
from tests.protocol.telling import at, kinds, well


@pytest.mark.parametrize("kind", ["claim", "marker", "event planned", "budget", "event sending", "the moment after"])
@pytest.mark.parametrize("effects", [True, False], ids=["with effect", "without"])
def test_a_cancelled_run_sends_nothing_more(play, kind, effects):
    """Wherever it stands before its send: what it held or planned is let go, and the next run buys the take."""
    world = play()
    first, _ = at(world, "event sending" if kind == "the moment after" else kind, "dawn")
    if kind == "the moment after":
        world.step(first)
    world.cancel(first, 0, effects=effects)
    assert not world.provider.submits
    world.pass_time(100)
    world.reconcile()
    world.go_on(world.alive()[-1], 99)
    assert world.provider.submits == {}
    assert well(world)


@pytest.mark.parametrize("kind", ["submit", "event accepted", "question", "event result", "download", "file", "budget"])
@pytest.mark.parametrize("effects", [True, False], ids=["with effect", "without"])
def test_what_a_cancelled_run_has_bought_is_brought_home(play, kind, effects):
    """Reconciling alone takes it to its end, and the cancelled run sends nothing more."""
    world = play()
    first, _ = at(world, "submit", "dawn")
    if kind != "submit":
        world.go_to(first, "event accepted")
        world.go_to(first, kind)
    world.cancel(first, 0, effects=effects)
    bought = list(world.provider.submits.values())
    for _ in range(2):
        world.pass_time(100)
        world.reconcile()
        world.go_on(world.alive()[-1], 99)
    assert list(world.provider.submits.values()) == bought == [1]
    assert kinds(world)[-1] == ("closed" if world.provider.billed else "sending")
    assert well(world)


def test_one_of_two_runs_in_a_process_is_cancelled(play):
    """What the other run sends is its own."""
    world = play()
    both = world.run("dawn")
    world.run("dusk", both)
    while not [call for call in world.of(both) if call.kind == "event sending"]:
        world.step(both, 1)
    world.cancel(both, 0, effects=True)
    world.go_on(both, 999)
    assert len(world.provider.billed) == 1
    the_end(world)


def test_a_cap_is_looked_at_shortly_before_each_send(play):
    """A process stands still between its look at the caps and its next send: a cap that was lowered since stops it."""
    world = play(Ways())
    slow, call = at(world, "submit")
    submit_goes_wrong(world, world.provider, call, "load", 0)
    world.go_to(slow, "read budget")
    world.step(slow)
    world.pass_time(600)
    world.go_on(world.set_caps(Caps(day=PRICE * 0)), 9)
    world.go_on(slow, 99)
    assert world.provider.submits[world.jobs()[0].uuid] == 1
    assert world.happened["a lowered cap stops what is held"] == 1
    the_end(world)
