"""Short plays of runs that claim their takes, and of clips that start from a still."""

import pytest

from tests.protocol.ending import the_end
from tests.protocol.line import question_goes_wrong
from tests.protocol.plays import claims
from tests.protocol.provider import Ways
from tests.protocol.telling import at, run


def test_a_frame_is_brought_once_its_id_was_refused(play):
    """The purchase that brings our own copy is withdrawn unsent, and the next one brings it, too."""
    world = play(Ways(picky=True))
    first, _ = at(world, "upload", "sail")
    world.go_to(first, "budget")
    world.crash(first, effects=False)
    world.pass_time(100)
    world.reconcile()
    world.go_on(world.alive()[-1], 99)
    world.go_on(run(world, "sail"), 999)
    assert world.happened["a frame's id is refused"] == 1
    assert world.happened["a frame is uploaded"] == 2
    assert len(world.provider.billed) == 2
    the_end(world)


@pytest.mark.parametrize("how", ["answer", "crash", "cancel"])
@pytest.mark.parametrize("effects", [True, False], ids=["it arrives", "it is lost"])
def test_an_upload_may_fail(play, how, effects):
    """The answer to an upload is lost, or who uploads is ended: one clip is bought, from a frame that is there."""
    world = play(Ways(picky=True))
    first, call = at(world, "upload", "sail")
    if how == "answer":
        question_goes_wrong(world, call, int(effects))
    else:
        getattr(world, how)(first, *([0] if how == "cancel" else []), effects=effects)
    the_end(world)
    assert len(world.provider.billed) == 2
    assert world.happened["a clip is archived"] == 1


def test_a_number_that_holds_other_words_is_refused(play):
    """Nothing is spent, and who came first keeps it."""
    world = play()
    world.go_on(run(world, "dawn"), 999)
    world.go_on(run(world, "dusk as the first"), 999)
    assert world.happened["a number is taken"] == 1
    assert len(world.provider.billed) == len(world.claims()) - len(claims()) == 1
    the_end(world)


def test_a_new_take_is_its_root_runs(play):
    """A run dies, and is run again under its root: the take is the same; another root makes another."""
    world = play()
    first, _ = at(world, "submit", "a new dawn")
    world.crash(first, effects=True)
    world.go_on(world.run("a new dawn", root=first.roots[0]), 9999)
    assert len(world.provider.billed) == 1
    world.go_on(world.run("a new dawn"), 999)
    assert len(world.provider.billed) == 2
    the_end(world)


def test_different_words_at_once_are_two_takes(play):
    """Two runs of one shot claim their takes in the same moment: none is lost."""
    world = play()
    (first, _), (second, _) = at(world, "claim", "dawn"), at(world, "claim", "dusk")
    while first.alive or second.alive:
        for process in [each for each in (first, second) if each.alive]:
            world.step(process)
    assert sorted(claim.place.take for claim in world.claims().values() if claim.place.shot == "mole") == [1, 2]
    the_end(world)
    assert len(world.provider.billed) == 2
