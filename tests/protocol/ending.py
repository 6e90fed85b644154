"""How a play ends: no more trouble, everything is tidied up, a person says what nobody else can, and days pass."""

from collections import Counter
from collections.abc import Callable

from stillreel.domain.budget import Caps
from stillreel.domain.jobs import Job
from tests.protocol import promises
from tests.protocol.stage import NEVER
from tests.protocol.world import World

FOR_EVER = 4000  # rounds; past that nobody gets anywhere
WAIT = 10.0  # seconds that pass at least while everybody waits: who looks every second needn't look so often
DAY = 24 * 3600.0
LEASE, HOUR = 100.0, 4000.0  # seconds, and some more


def told(world: World, promise: Callable[[World], None]) -> None:
    """Check a promise, and tell the whole story where it is broken."""
    try:
        promise(world)
    except AssertionError as broken:
        raise AssertionError(f"{broken}\n" + "\n".join(world.told)) from broken


def the_end(world: World) -> None:
    """All go on to their ends, each take is run once more, and what is left open is brought to an end."""
    world.tell("THE END BEGINS")
    finish(world)
    world.resume()
    finish(world)
    for pause in (LEASE, HOUR):
        world.pass_time(pause)
        world.reconcile()
        finish(world)
    told(world, promises.check)
    if any(job.standing == "resend" for job in world.jobs()):  # no cap had room for it: a person makes some
        world.happened["a resend waits for room under a cap"] += 1
        world.set_caps(Caps())
        finish(world)
        world.resume()
        finish(world)
        world.pass_time(LEASE)
    for uuid in world.unknown():
        world.decide(uuid, ("write_off", "buy_again")[uuid.int % 2])
    finish(world)
    for play, root in list(world.begun):
        world.run(play, root=root)
    finish(world)
    told(world, promises.check)
    for _ in range(2):
        world.pass_time(DAY + 1)
        world.reconcile()
        finish(world)
    for job in world.jobs():
        notice(world, job)
    requests = Counter((claim.place.shot, claim.digest) for claim in world.claims().values())
    world.happened["two takes of one request"] += any(times > 1 for times in requests.values())
    told(world, promises.check)
    told(world, promises.ended)


def finish(world: World) -> None:
    """Everybody goes on to their ends, without trouble."""
    for _ in range(FOR_EVER):
        busy = [process for process in world.alive() if world.of(process)]
        for process in busy:
            world.step(process)
        if not world.alive():
            return
        if not busy:
            assert world.next_moment() < NEVER, f"{[each.name for each in world.alive()]} wait for nothing, for ever"
            world.pass_time(max(WAIT, world.next_moment() - world.seconds))
    told(world, promises.all_at_rest)


def notice(world: World, job: Job) -> None:
    """Count what came to pass in a job's life."""
    happened, last = world.happened, None
    for event in job.events:
        if event.kind == "sending":
            happened["a takeover"] += last is not None and last != event.owner
            last = event.owner
        elif event.kind == "accepted":
            happened[f"accepted by {event.by}"] += 1
        elif event.kind == "decided":
            happened[f"decided {event.word}"] += 1
        elif event.kind == "settled":
            happened[f"a result is {event.end}"] += 1
            happened["a clip is archived"] += event.end == "archived" and job.planned.place.stage == "clip"
        else:
            happened[event.kind] += 1
