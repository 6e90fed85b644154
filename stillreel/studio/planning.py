"""Planning: everything that can be known before anything is bought, for the whole chain at once.

The order is: the words and their models, the takes that exist, whether the provider still has the models, the price
against the ceiling, the caps and the balance, and last the claims of takes, which prove that the archive accepts a
write. A shot that is done costs nothing and asks nobody, so it can be run again when the provider is away.
"""

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from stillreel.domain.errors import LowBalance, OverCeiling
from stillreel.domain.events import Run
from stillreel.domain.money import left_said, spelled, sum_said, total
from stillreel.domain.requests import Parent, Request, TakeParent
from stillreel.domain.shots import Shot
from stillreel.studio.budgeting import check_caps
from stillreel.studio.cap_lines import cap_lines
from stillreel.studio.looking import Given, Look, check_strength, looks_at, quote_of_take
from stillreel.studio.orders import GivenImage, Plan, StageFound, StagePlan
from stillreel.studio.preflight import Wanted, preflight
from stillreel.studio.resolving import Resolved, clip_of, doubts_about, still_of
from stillreel.studio.settling import check_there
from stillreel.studio.studio import Studio


async def plan(
    studio: Studio,
    shot: Shot,
    run: Run,
    first: GivenImage | None = None,
    last: GivenImage | None = None,
    *,
    stills_only: bool = False,
) -> Plan:
    """What this shot comes to, with every take claimed; `first` and `last` are the images that it was given.

    With `stills_only` its clip is looked at, as far as it takes to know that it can be made, and left alone.

    Raises BadInput, TakeExists, Held, ModelGone, OverCeiling, CapReached, LowBalance, NotAuthorised, ProviderError or
    ArchiveError; nothing is bought here.
    """
    given = Given(first, last)
    looks = await looks_at(studio, shot, run, given)
    check_strength(shot, looks, given)
    warnings = await preflight(studio, shot, wanted(shot, looks))
    making = to_make(looks, stills_only=stills_only)
    await afford(studio, shot.project, making)
    return (await claimed(studio, shot, run, given, making)).model_copy(update={"warnings": warnings})


def to_make(looks: Sequence[Look], *, stills_only: bool) -> list[Look]:
    """The stages that a run is for."""
    return [look for look in looks if not (stills_only and look.resolved.stage == "clip")]


def wanted(shot: Shot, looks: Sequence[Look]) -> list[Wanted]:
    """The stages that somebody still has to pay."""
    return [Wanted.of(shot, look.request, look.quote) for look in looks if not look.paid]


async def afford(
    studio: Studio, project: str, looks: Sequence[Look], *, later: Decimal = Decimal(0), what: str = "this run"
) -> None:
    """Raise OverCeiling, CapReached or LowBalance where these stages, and what comes later, can't be paid."""
    to_pay = total([later, *(look.to_pay for look in looks)])
    settings = studio.settings
    if to_pay > settings.max_usd:
        raise OverCeiling(
            f"{what} could cost ${spelled(to_pay)}, above the ceiling of ${spelled(settings.max_usd)} "
            f"({settings.ceiling}); nothing was bought"
        )
    if not to_pay:
        return
    await studio.in_step()
    await check_caps(studio, project, [*asked_by(looks), (None, later)], what)
    balance = await studio.account.balance()
    if balance < to_pay:
        raise LowBalance(
            f"{what} could cost ${spelled(to_pay)}, and the provider's balance is ${spelled(balance)}; "
            "nothing was bought"
        )


def asked_by(looks: Sequence[Look]) -> list[tuple[UUID | None, Decimal]]:
    """What each stage may still cost, by the job that may hold it already."""
    return [(look.job.uuid if look.job else None, look.to_pay) for look in looks]


async def claimed(studio: Studio, shot: Shot, run: Run, given: Given, looks: Sequence[Look]) -> Plan:
    """The plan of the stages that were looked at, with every take claimed."""
    today, by_stage = studio.clock.now().date(), {look.resolved.stage: look for look in looks}
    parent: Parent | None = given.parent
    like = clip_of(shot, studio.catalogue, today, None)
    still = await _stage(studio, still_of(shot, studio.catalogue, today, like), run, shot, by_stage.get("still"))
    if still is not None:
        parent = TakeParent(take=still.place.take, digest=still.digest)
    clip = None
    if "clip" in by_stage:
        resolved = clip_of(shot, studio.catalogue, today, parent, given.ending)
        clip = await _stage(studio, resolved, run, shot, by_stage["clip"])
    return Plan(still=still, given=given.first, last=given.last, clip=clip)


async def _stage(
    studio: Studio, resolved: Resolved | None, run: Run, shot: Shot, look: Look | None
) -> StagePlan | None:
    """A stage with its take claimed; one that exists is as it was found, because a claim stands for ever."""
    if resolved is None:
        return None
    claim = look.claim if look is not None else None
    if claim is None:
        await studio.archive.identity()  # a new archive is told of before anything is begun in it
        claim = await studio.archive.take(
            shot.project, shot.shot, resolved.request, asked=resolved.asked, want=resolved.want, root_run=run.root
        )
    price = quote_of_take(studio, resolved, claim)
    done = look.done if look is not None and look.claim is not None else None
    if done is not None:
        await check_there(studio, done.kept)
    return StagePlan(
        place=claim.place,
        digest=claim.digest,
        request=_today(claim.request, resolved.request),
        quote=price,
        doubts=doubts_about(studio.catalogue, claim.request, price),
        done=done,
    )


def _today(claimed: Request, asked: Request) -> Request:
    """The take's own request with today's delivery and safety, which are no part of what it is."""
    return claimed.model_copy(update={"safety": asked.safety, "ttl": asked.ttl})


async def preview(
    studio: Studio, shot: Shot, run: Run, first: GivenImage | None = None, last: GivenImage | None = None
) -> list[str]:
    """For `check`: which takes this shot is, what they cost, what of that is still to pay, and what speaks against it.

    Nothing is claimed.

    Raises ModelGone where the chain would stop before its first purchase.
    """
    looks, said = await looks_at(studio, shot, run, Given(first, last)), []
    for look in looks:
        name = f"{look.resolved.stage}-{look.take:03d}"
        if look.job is None:
            said.append(f"{name}: a new take")
        elif look.digest == look.resolved.request.digest and look.done is not None:
            said.append(f"{name}: is made already and costs nothing more")
        elif look.digest == look.resolved.request.digest:
            said.append(f"{name}: this request is that take, which stands at '{look.job.standing}'")
        else:
            said.append(f"{name}: that take is kept, although our own defaults have changed since")
    whole, paid = sum_said([look.quote for look in looks]), any(look.paid for look in looks)
    said.append(f"in all, with what is paid for already: {whole}" if paid else f"in all: {whole}")
    if paid:
        said.append(left_said(total([look.to_pay for look in looks])))
    said += await cap_lines(studio, shot.project, asked_by(looks))
    return [*said, *(f"warning: {warning}" for warning in await preflight(studio, shot, wanted(shot, looks)))]


async def standings(
    studio: Studio, shot: Shot, run: Run, first: GivenImage | None = None, last: GivenImage | None = None
) -> list[StageFound]:
    """How each stage of a shot stands in the archive; nothing is claimed, and the provider isn't asked."""
    looks = await looks_at(studio, shot, run, Given(first, last))
    return [StageFound.of(look.resolved.stage, look.take, look.job, look.to_pay) for look in looks]
