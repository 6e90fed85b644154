"""What must hold after every step of a world, and what must have come to pass at its end."""

from collections import Counter
from decimal import Decimal

from stillreel.domain.jobs import Job
from tests.protocol.provider import COST
from tests.protocol.world import PRICE, World


def check(world: World) -> None:
    """Everything that holds at any moment."""
    assert not world.faults, world.faults
    jobs = world.jobs()
    billed_once(world, jobs)
    within_caps(world, jobs)
    sent_by_right(world, jobs)
    named_once(jobs)


def billed_once(world: World, jobs: list[Job]) -> None:
    """One bill for each identity and for each take; a person's word allows one more."""
    billed = Counter(world.provider.billed)
    of_take: Counter[str] = Counter()
    allowed: Counter[str] = Counter()
    for job in jobs:
        words = [decided.word for decided in job.events if decided.kind == "decided"]
        assert billed[job.uuid] <= 1 + words.count("resend"), f"{job.uuid} is billed {billed[job.uuid]} times"
        of_take[str(job.planned.place)] += billed[job.uuid]
        allowed[str(job.planned.place)] += words.count("resend") + words.count("buy_again")
    for take, times in of_take.items():
        assert times <= 1 + allowed[take], f"{take} is billed {times} times"
    assert set(billed) <= {job.uuid for job in jobs}


def within_caps(world: World, jobs: list[Job]) -> None:
    """Whatever was started was reserved before, and all of it together passes no cap, in the books and in truth."""
    budget = world.budget()
    assert not world.provider.unreserved, f"{world.provider.unreserved} ran, and nothing was held for it"
    days = world.shelf.days
    started: Counter[tuple[str, object]] = Counter()
    for uuid in world.provider.billed:
        planned = world.job(uuid).planned
        for key in (("day", days[uuid]), ("project", planned.place.project)):
            started[key] += planned.quote.upper
    for (kind, name), amount in started.items():
        cap = budget.caps.day if kind == "day" else budget.caps.projects.get(str(name))
        assert cap is None or amount <= cap, f"{kind} {name}: {amount} started, above {cap}"
    for day in {*days.values(), world.now().date()}:
        for use in budget.uses(day):
            assert use.held + use.settled + use.unknown <= use.cap, f"{use} is above its cap"


def sent_by_right(world: World, jobs: list[Job]) -> None:
    """Each send has a `sending` of its own; what was withdrawn is in no doubt, and never sent again."""
    for job in jobs:
        kinds = [event.kind for event in job.events]
        assert world.provider.submits.get(job.uuid, 0) <= kinds.count("sending"), f"{job.uuid} is sent without a right"
        if "withdrawn" in kinds:
            assert not job.unanswered, f"{job.uuid} is withdrawn, and a send of it may have bought"
            assert "sending" not in kinds[kinds.index("withdrawn") :], f"{job.uuid} is sent although it was withdrawn"


def named_once(jobs: list[Job]) -> None:
    """A result has one number, and a number has one result."""
    for job in jobs:
        rows = [(event.k, event.row.id) for event in job.events if event.kind == "result"]
        assert len({k for k, _ in rows}) == len({id_ for _, id_ in rows}) == len(rows), f"{job.uuid}: {rows}"


def all_at_rest(world: World) -> None:
    """Nobody goes on for ever."""
    assert not world.alive(), [process.name for process in world.alive()]


def ended(world: World) -> None:
    """At the end: every job has its end, nothing is held, nothing is marked, and the books are the ledger's."""
    jobs = world.jobs()
    for job in jobs:
        assert job.standing in ("closed", "rejected", "withdrawn"), f"{job.uuid} stands at {job.standing} for ever"
        if job.standing == "closed":
            assert sorted(job.settled) == list(range(1, job.planned.request.results + 1))
        assert job.standing == "closed" or job.uuid not in world.provider.known, (
            f"{job.uuid} is paid for, and forgotten"
        )
    assert not world.budget().entries, f"held for ever: {list(world.budget().entries)}"
    assert not world.marked(), f"marked for ever: {world.marked()}"
    balanced(world, jobs)


def balanced(world: World, jobs: list[Job]) -> None:
    """What was seen is booked as reported; what wasn't, at its quote; and nothing else."""
    totals = world.budget().totals
    seen = {job.uuid: len(job.results) for job in jobs}
    assert sum((each.reported for each in totals), Decimal(0)) == COST * sum(seen.values())
    closed = [job for job in jobs if job.standing == "closed"]
    unseen = sum(job.planned.request.results - seen[job.uuid] for job in closed)
    resent = sum(
        job.planned.request.results for job in closed for event in job.events if getattr(event, "word", "") == "resend"
    )
    assert sum((each.unreported + each.unknown for each in totals), Decimal(0)) == PRICE * (unseen + resent)
