"""Planning: everything that can be known before anything is bought, for the whole chain at once.

The order is: the words and their models, the takes that exist, whether the provider still has the models, the price
against the ceiling, the caps and the balance, and last the claims of takes, which prove that the archive accepts a
write. A shot that is done costs nothing and asks nobody, so it can be run again when the provider is away.
"""

from dataclasses import dataclass
from decimal import Decimal

from stillreel.domain.errors import Held, LowBalance, Money, OverCeiling
from stillreel.domain.events import Planned, Run
from stillreel.domain.jobs import Job
from stillreel.domain.money import Quote, total
from stillreel.domain.requests import ClipRequest, ImageParent, Parent, Request, TakeParent
from stillreel.domain.safety import Check
from stillreel.domain.shots import Shot
from stillreel.domain.takes import Claim, Reuse, choose
from stillreel.studio.budgeting import check_caps
from stillreel.studio.buying import purchases
from stillreel.studio.given import named_in
from stillreel.studio.orders import GivenImage, Plan, StagePlan
from stillreel.studio.preflight import Wanted, preflight
from stillreel.studio.resolving import Resolved, clip_of, doubts_about, price_of, still_of
from stillreel.studio.studio import Studio

PAID = ("sending", "accepted", "closed", "write_off")  # in these a job costs nothing more, as far as anybody knows


@dataclass(frozen=True)
class _Look:
    """A stage as it stands before anything is claimed."""

    resolved: Resolved
    take: int
    request: Request  # the take's own, where it exists
    quote: Quote
    digest: str
    job: Job | None  # the newest one of the take, if the take exists

    @property
    def planned(self) -> Planned | None:
        """How its newest purchase was planned, if it was."""
        return None if self.job is None else self.job.last(Planned)

    @property
    def paid(self) -> bool:
        """Whether it costs nothing more, as far as anybody knows."""
        return self.job is not None and self.job.standing in PAID

    @property
    def to_pay(self) -> Decimal:
        """What this stage may still cost, by the upper bound of its quote."""
        return Decimal(0) if self.paid else self.quote.upper


@dataclass(frozen=True)
class _Given:
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


async def plan(
    studio: Studio, shot: Shot, run: Run, first: GivenImage | None = None, last: GivenImage | None = None
) -> Plan:
    """What this shot comes to, with every take claimed; `first` and `last` are the images that it was given.

    Raises BadInput, TakeExists, Held, ModelGone, OverCeiling, CapReached, LowBalance, NotAuthorised, ProviderError or
    ArchiveError; nothing is bought here.
    """
    given = _Given(first, last)
    looks = await _looks(studio, shot, run, given)
    _check_strength(shot, looks, given)
    warnings = await preflight(studio, shot, _wanted(shot, looks))
    await _afford(studio, shot.project, looks)
    return (await _claim(studio, shot, run, given)).model_copy(update={"warnings": warnings})


async def _looks(studio: Studio, shot: Shot, run: Run, given: _Given) -> list[_Look]:
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


async def _look(studio: Studio, shot: Shot, resolved: Resolved, run: Run) -> _Look:
    claims = await studio.archive.claims(shot.project, shot.shot, resolved.stage)
    chosen = choose(claims, resolved.request.digest, resolved.asked, want=resolved.want, root_run=run.root)
    if isinstance(chosen, Reuse):
        claim = chosen.claim
        job = (await purchases(studio, claim.place, claim.digest))[-1]
        return _Look(resolved, claim.place.take, claim.request, _quote(studio, resolved, claim), claim.digest, job)
    return _Look(resolved, chosen.take, resolved.request, resolved.quote, resolved.request.digest, None)


def _quote(studio: Studio, resolved: Resolved, claim: Claim) -> Quote:
    """What a take costs; one that was kept although our defaults have changed costs what it asks for."""
    if claim.digest == resolved.request.digest:
        return resolved.quote
    framed = isinstance(claim.request, ClipRequest) and claim.request.parent is not None
    return price_of(studio.catalogue, claim.request, studio.clock.now().date(), framed=framed)


def _wanted(shot: Shot, looks: list[_Look]) -> list[Wanted]:
    """The stages that somebody still has to pay."""
    return [Wanted.of(shot, look.request, look.quote) for look in looks if not look.paid]


def _check_strength(shot: Shot, looks: list[_Look], given: _Given) -> None:
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


def _as_it_stands(looks: list[_Look], given: _Given) -> Plan:
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


async def _afford(studio: Studio, project: str, looks: list[_Look]) -> None:
    to_pay = total([look.to_pay for look in looks])
    ceiling = studio.settings.max_usd
    if to_pay > ceiling:
        raise OverCeiling(
            f"this run could cost ${to_pay}, above the ceiling of ${ceiling} (STILLREEL_MAX_USD); nothing was bought"
        )
    if not to_pay:
        return
    await studio.in_step()
    asked = [(look.job.uuid if look.job else None, look.to_pay) for look in looks]
    await check_caps(studio, project, asked, "this run")
    balance = await studio.account.balance()
    if balance < to_pay:
        raise LowBalance(f"this run could cost ${to_pay}, and the provider's balance is ${balance}; nothing was bought")


async def _claim(studio: Studio, shot: Shot, run: Run, given: _Given) -> Plan:
    today = studio.clock.now().date()
    parent: Parent | None = given.parent
    like = clip_of(shot, studio.catalogue, today, None)
    still = await _stage(studio, shot, still_of(shot, studio.catalogue, today, like), run)
    if still is not None:
        parent = TakeParent(take=still.place.take, digest=still.digest)
    clip = await _stage(studio, shot, clip_of(shot, studio.catalogue, today, parent, given.ending), run)
    return Plan(still=still, given=given.first, last=given.last, clip=clip)


async def _stage(studio: Studio, shot: Shot, resolved: Resolved | None, run: Run) -> StagePlan | None:
    if resolved is None:
        return None
    claim = await studio.archive.take(
        shot.project, shot.shot, resolved.request, asked=resolved.asked, want=resolved.want, root_run=run.root
    )
    price = _quote(studio, resolved, claim)
    return StagePlan(
        place=claim.place,
        digest=claim.digest,
        request=_today(claim.request, resolved.request),
        quote=price,
        doubts=doubts_about(studio.catalogue, claim.request, price),
    )


def _today(claimed: Request, asked: Request) -> Request:
    """The take's own request with today's delivery and safety, which are no part of what it is."""
    return claimed.model_copy(update={"safety": asked.safety, "ttl": asked.ttl})


async def preview(
    studio: Studio, shot: Shot, run: Run, first: GivenImage | None = None, last: GivenImage | None = None
) -> list[str]:
    """For `check`: which takes this shot is, what speaks against its models, and that nothing more; nothing is claimed.

    Raises ModelGone where the chain would stop before its first purchase.
    """
    looks, said = await _looks(studio, shot, run, _Given(first, last)), []
    for look in looks:
        name = f"{look.resolved.stage}-{look.take:03d}"
        if look.job is None:
            said.append(f"{name}: a new take")
        elif look.digest == look.resolved.request.digest:
            said.append(f"{name}: this request is that take, which stands at '{look.job.standing}'")
        else:
            said.append(f"{name}: that take is kept, although our own defaults have changed since")
    return [*said, *(f"warning: {warning}" for warning in await preflight(studio, shot, _wanted(shot, looks)))]
