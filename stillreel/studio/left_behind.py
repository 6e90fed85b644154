"""What a run that was ended from outside has left behind of a shot: where it stands, and what is paid.

Nothing is asked of the provider and nothing is written: the archive knows what was sent and what was accepted.
"""

from collections.abc import Sequence
from uuid import UUID

from stillreel.domain.errors import Money, Rejected, StillreelError
from stillreel.domain.events import Planned, Rejection
from stillreel.domain.jobs import Job
from stillreel.studio.buying import purchases
from stillreel.studio.judging import shortfall
from stillreel.studio.orders import Plan, Settlement, StagePlan, Ticket
from stillreel.studio.ready import Stop
from stillreel.studio.settling import kept_of
from stillreel.studio.studio import Studio

BOUGHT = ("accepted", "closed")
GO_ON = "run the storyboard again: what is paid for costs nothing more"


async def left_behind(studio: Studio, plan: Plan, why: str) -> Stop | None:
    """Why a shot whose run ended like this isn't done, and where its money stands; None if it is done after all."""
    found = [(stage, await purchases(studio, stage.place, stage.digest)) for stage in plan.stages]
    jobs = [jobs[-1] for _, jobs in found]
    paid = [job.uuid for job in jobs if job.standing in BOUGHT]
    for stage, tries in found:
        error = _fell_short(stage, tries)
        if error is not None:
            spent = bool(paid) and error.money is Money.NOT_SPENT
            return Stop(state=error.state, message=error.message, money=Money.SPENT if spent else error.money)
    if jobs and all(job.standing == "closed" for job in jobs):
        return None
    doubtful = [job.uuid for job in jobs if job.standing not in BOUGHT and job.unanswered]
    none = "nothing of this shot is known to be bought" if doubtful else "nothing of this shot was bought"
    said = f"{why}; {_named('paid for', paid) if paid else none}"
    if doubtful:
        said += f"; {_named('on its way, and perhaps bought', doubtful)}"
        return Stop(state="unknown", message=f"{said}; {GO_ON}", money=Money.UNKNOWN)
    waits = any(job.standing == "accepted" for job in jobs)
    money = Money.SPENT if paid else Money.NOT_SPENT
    return Stop(state="running" if waits else "failed", message=f"{said}; {GO_ON}", money=money)


def _fell_short(stage: StagePlan, tries: Sequence[Job]) -> StillreelError | None:
    """What the provider's answer or the check has ended a stage with, if either has."""
    job = tries[-1]
    planned, refused = job.last(Planned), tries[-2].last(Rejection) if len(tries) > 1 else None
    if planned is not None and job.standing == "closed":
        ticket = Ticket(uuid=job.uuid, place=stage.place, purchase=planned.purchase, expected=stage.request.results)
        return shortfall(stage, Settlement(ticket=ticket, kept=tuple(kept_of(job, k) for k in sorted(job.settled))))
    if not job.events and refused is not None:
        return Rejected(f"the provider refused {stage.place}: {refused.reason} ({refused.code})")
    return None


def _named(what: str, uuids: Sequence[UUID]) -> str:
    return f"{what}: {', '.join(f'job {uuid}' for uuid in uuids)}"
