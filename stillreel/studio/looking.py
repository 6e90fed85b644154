"""Looking: how each stage of a shot stands in the archive, before anything is claimed or bought."""

from dataclasses import dataclass
from decimal import Decimal

from stillreel.domain.errors import Held, Money
from stillreel.domain.events import Planned, Run
from stillreel.domain.jobs import Job
from stillreel.domain.money import Quote
from stillreel.domain.names import Stage
from stillreel.domain.requests import ClipRequest, ImageParent, Parent, Request, TakeParent
from stillreel.domain.safety import Check
from stillreel.domain.shots import Shot
from stillreel.domain.takes import Claim, Reuse, choose
from stillreel.studio.buying import purchases
from stillreel.studio.given import named_in
from stillreel.studio.orders import GivenImage, Plan, Settlement, StagePlan, Ticket
from stillreel.studio.resolving import Resolved, clip_of, price_of, still_of
from stillreel.studio.settling import kept_of
from stillreel.studio.studio import Studio

PAID = ("sending", "accepted", "closed", "write_off")  # in these a job costs nothing more, as far as anybody knows


@dataclass(frozen=True)
class Look:
    """A stage as it stands before anything is claimed."""

    resolved: Resolved
    take: int
    request: Request  # the take's own, where it exists
    quote: Quote
    digest: str
    job: Job | None = None  # the newest one of the take, if the take exists
    claim: Claim | None = None  # the take's, if it exists

    @property
    def planned(self) -> Planned | None:
        """How its newest purchase was planned, if it was."""
        return None if self.job is None else self.job.last(Planned)

    @property
    def done(self) -> Settlement | None:
        """How it ended, if every result that it asks for lies in the archive; else None."""
        job, planned = self.job, self.planned
        if job is None or planned is None or job.standing != "closed" or job.given_up is not None:
            return None
        ends, asked = job.settled, planned.request.results
        if any(k not in ends or ends[k].end != "archived" for k in range(1, asked + 1)):
            return None
        ticket = Ticket(uuid=job.uuid, place=planned.place, purchase=planned.purchase, expected=asked)
        return Settlement(ticket=ticket, kept=tuple(kept_of(job, k) for k in sorted(ends)))

    @property
    def paid(self) -> bool:
        """Whether it costs nothing more, as far as anybody knows."""
        return self.job is not None and self.job.standing in PAID

    @property
    def to_pay(self) -> Decimal:
        """What this stage may still cost, by the upper bound of its quote."""
        return Decimal(0) if self.paid else self.quote.upper


@dataclass(frozen=True)
class Given:
    """The images that somebody gave for a clip to start from and to end with."""

    first: GivenImage | None
    last: GivenImage | None

    def check(self, shot: Shot) -> None:
        """Whoever forgets to bring an image must not buy a clip without it."""
        if any(named and not brought for named, brought in zip(named_in(shot), (self.first, self.last), strict=True)):
            raise ValueError(f"the images that {shot.title} names are brought into the archive before it is planned")

    @property
    def parent(self) -> ImageParent | None:
        """The first one, by its bytes."""
        return ImageParent(sha256=self.first.sha256) if self.first else None

    @property
    def ending(self) -> ImageParent | None:
        """The last one, by its bytes."""
        return ImageParent(sha256=self.last.sha256) if self.last else None


async def looks_at(studio: Studio, shot: Shot, run: Run, given: Given) -> list[Look]:
    """Each stage as it stands: its clip's identity is known before its still is made."""
    given.check(shot)
    today = studio.clock.now().date()
    looks = []
    clip = clip_of(shot, studio.catalogue, today, None)
    still = still_of(shot, studio.catalogue, today, clip)
    parent: Parent | None = given.parent
    if still is not None:
        looks.append(await _look(studio, shot, still, run))
        parent = TakeParent(take=looks[0].take, digest=looks[0].digest)
    clip = clip_of(shot, studio.catalogue, today, parent, given.ending)
    if clip is not None:
        looks.append(await _look(studio, shot, clip, run))
    return looks


async def _look(studio: Studio, shot: Shot, resolved: Resolved, run: Run) -> Look:
    claims = await studio.archive.claims(shot.project, shot.shot, resolved.stage)
    chosen = choose(claims, resolved.request.digest, resolved.asked, want=resolved.want, root_run=run.root)
    if isinstance(chosen, Reuse):
        claim = chosen.claim
        job = (await purchases(studio, claim.place, claim.digest))[-1]
        price = quote_of_take(studio, resolved, claim)
        return Look(resolved, claim.place.take, claim.request, price, claim.digest, job, claim)
    return Look(resolved, chosen.take, resolved.request, resolved.quote, resolved.request.digest)


async def is_begun(studio: Studio, shot: Shot) -> bool:
    """Whether a take of the shot is there, of whatever stage and whatever it was made from."""
    stages: tuple[Stage, ...] = ("clip", "still")
    return any([await studio.archive.claims(shot.project, shot.shot, stage) for stage in stages])


def quote_of_take(studio: Studio, resolved: Resolved, claim: Claim) -> Quote:
    """What a take costs; one that was kept although our defaults have changed costs what it asks for."""
    if claim.digest == resolved.request.digest:
        return resolved.quote
    framed = isinstance(claim.request, ClipRequest) and claim.request.parent is not None
    return price_of(studio.catalogue, claim.request, studio.clock.now().date(), framed=framed)


def check_strength(shot: Shot, looks: list[Look], given: Given) -> None:
    """Refuse to build on what was checked less than is asked now; buying it again is a person's decision."""
    for look in looks:
        planned = look.planned
        asked = shot.safety if look.resolved.stage == "clip" else min(shot.safety, Check.FAST, key=list(Check).index)
        if planned is None or planned.request.safety.covers(asked):
            continue
        sent = look.job is not None and look.job.standing != "planned"
        raise Held(
            f"{planned.place} was {'made' if sent else 'planned'} under the safety check '{planned.request.safety}', "
            f"and now '{asked}' is asked for; it isn't bought {'again ' if sent else ''}and doesn't move on: "
            f"ask for `take: new` for a fresh one",
            money=Money.SPENT if sent else Money.NOT_SPENT,
            stands=_as_it_stands(looks, given),
        )


def _as_it_stands(looks: list[Look], given: Given) -> Plan:
    """The stages that are there already, as they were planned: what they have made and cost is told by their jobs."""
    stages = {
        look.resolved.stage: StagePlan(
            place=look.planned.place,
            digest=look.digest,
            request=look.planned.request,
            quote=look.planned.quote,
            doubts=look.planned.doubts,
        )
        for look in looks
        if look.planned is not None
    }
    return Plan(still=stages.get("still"), given=given.first, last=given.last, clip=stages.get("clip"))
