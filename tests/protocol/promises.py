"""What must hold after every step of a world, and what must have come to pass at its end."""

from collections import Counter
from decimal import Decimal

from stillreel.archive import layout
from stillreel.archive.addresses import name_in
from stillreel.domain.events import Rejection
from stillreel.domain.identity import task_uuid
from stillreel.domain.jobs import Job
from stillreel.domain.requests import ClipRequest, TakeParent
from tests.protocol.plays import PRICE
from tests.protocol.provider import COST
from tests.protocol.shelf import SHELF
from tests.protocol.world import World


def check(world: World) -> None:
    """Everything that holds at any moment."""
    assert not world.faults, world.faults
    jobs = world.jobs()
    billed_once(world, jobs)
    within_caps(world)
    claimed(world, jobs)
    framed(world, jobs)
    findable(world, jobs)
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


def within_caps(world: World) -> None:
    """Nothing is sent for which nothing is held, or that the caps can't hold as they stood when it was measured."""
    assert not world.provider.unreserved, f"{world.provider.unreserved} ran, and nothing was held for it"
    assert not world.auditor.broken, world.auditor.broken


def claimed(world: World, jobs: list[Job]) -> None:
    """A number is one claim, a claim one request, and nothing is bought under another identity than a claim's."""
    claims = world.claims()
    for name, claim in claims.items():
        if world.is_new(name):  # they never change
            assert name == layout.claim(claim.place)
            assert claim.digest == claim.request.digest
    whose = Counter((claim.place.shot, claim.digest, claim.new and claim.run) for claim in claims.values())
    assert all(times == 1 for times in whose.values()), f"one request has several takes: {whose}"
    for job in [job for job in jobs if world.is_new(job.uuid)]:
        planned = job.planned
        claim = claims[layout.claim(planned.place)]
        assert planned.request.digest == claim.digest, f"{job.uuid} isn't what {planned.place} was claimed for"
        assert job.uuid == task_uuid(world.identity(), planned.place, claim.digest, planned.purchase)


def framed(world: World, jobs: list[Job]) -> None:
    """A clip is planned once its still is archived, starts from that, and brings its own copy once if it must."""
    assert not world.provider.strange, world.provider.strange
    archived = {job.planned.place for job in jobs if any(end.end == "archived" for end in job.settled.values())}
    by_id: Counter[str] = Counter()
    for job in jobs:
        request, place = job.planned.request, job.planned.place
        if isinstance(request, ClipRequest):
            assert isinstance(request.parent, TakeParent)
            still = place.model_copy(update={"stage": "still", "take": request.parent.take})
            assert still in archived, f"{place} is planned before {still} is archived"
            refused = job.last(Rejection)
            by_frame = refused is not None and refused.code == "invalidFrameImages"
            by_id[str(place)] += by_frame
    assert all(times <= 1 for times in by_id.values()), f"a frame's id was refused again: {by_id}"


def findable(world: World, jobs: list[Job]) -> None:
    """Whoever looks for open jobs finds each that may have to be paid, at any moment."""
    found = world.marked() | set(world.budget().entries)
    for job in jobs:
        assert job.uuid in found or job.standing not in ("sending", "resend", "accepted"), f"{job.uuid} is forgotten"


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
    kept(world, jobs)
    balanced(world, jobs)


def kept(world: World, jobs: list[Job]) -> None:
    """Whatever a run has told of as made lies in the archive under the take that it was planned as."""
    ends = {
        (job.planned.place, job.planned.request.digest, end.end, end.uri)
        for job in jobs
        for end in job.settled.values()
    }
    claims = world.claims()
    for play, root, stage in world.made:
        claim = claims[layout.claim(stage.place)]
        assert not play.fresh or (claim.new, claim.run) == (True, root), f"{stage.place} isn't a new take of {root}"
        assert stage.request.prompt == play.prompt(stage), f"{stage.place} was told of as '{play.prompt(stage)}'"
        uris = [
            str(uri)
            for place, digest, end, uri in ends
            if (place, digest, end) == (stage.place, stage.digest, "archived")
        ]
        assert len(uris) == stage.request.results, f"{stage.place} was told of as made, and {uris} is there"
        assert all(name_in(uri, SHELF) in world.shelf.objects for uri in uris)


def balanced(world: World, jobs: list[Job]) -> None:
    """What was seen is booked as reported; what wasn't, at its quote; and nothing else."""
    totals = world.budget().totals
    seen = {job.uuid: len(job.results) for job in jobs}
    assert sum((each.reported for each in totals), Decimal(0)) == COST * sum(seen.values())
    closed = [job for job in jobs if job.standing == "closed"]
    unseen = sum(job.planned.request.results - seen[job.uuid] for job in closed)
    resent = sum(job.planned.request.results * job.sent_again for job in closed)
    assert sum((each.unreported + each.unknown for each in totals), Decimal(0)) == PRICE * (unseen + resent)
