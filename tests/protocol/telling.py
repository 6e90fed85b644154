"""The words in which short plays are told."""

from tests.protocol.ending import the_end

TAKE = "lighthouse"


def run(world, take=TAKE):
    world.run(take)
    return world.alive()[-1]


def at(world, kind, take=TAKE):
    """A run of its own that waits at its next call of a kind."""
    process = run(world, take)
    return process, world.go_to(process, kind)


def kinds(world):
    """The kinds of the only job's events, in their order."""
    (job,) = world.jobs()
    return [event.kind for event in job.events]


def well(world):
    """All promises are kept to the end, and the take is archived and billed once."""
    the_end(world)
    return len(world.provider.billed) == 1 and world.happened["a result is archived"] == 1
