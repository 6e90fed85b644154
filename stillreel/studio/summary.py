"""What a run comes to: read back from the archive, so that it is true after a success, a failure and a rerun alike."""

from collections.abc import Collection, Sequence
from decimal import Decimal

from stillreel.domain.errors import GenerationFailed, Money, StillreelError
from stillreel.domain.events import Accepted, Settled
from stillreel.domain.jobs import Job
from stillreel.domain.money import total
from stillreel.studio.buying import purchases
from stillreel.studio.orders import Cost, Plan, Summary
from stillreel.studio.settling import kept_of
from stillreel.studio.studio import Studio


async def summarise(
    studio: Studio,
    plan: Plan | None,
    error: StillreelError | None,
    flow_run: str | None,
    others: Collection[str] = (),
) -> Summary:
    """The state, the files, the cost and what this very run bought, together with others whose work it took up."""
    plan = plan or Plan()
    jobs = {stage.place.stage: await purchases(studio, stage.place, stage.digest) for stage in plan.stages}
    ends = {stage: _archived(found[-1]) for stage, found in jobs.items()}
    every = [job for found in jobs.values() for job in found]
    stills = ends.get("still", [])
    clips = ends.get("clip", [])
    given = plan.given.uri if plan.given else None
    runs = {flow_run, *others}
    own = [job for job in every if any(event.flow_run in runs for event in job.all(Accepted))]
    bought = sum(event.flow_run in runs for job in every for event in job.all(Accepted))
    return Summary(
        state=error.state if error else "done",
        still=stills[0].uri if stills else given,
        stills=tuple(end.uri for end in stills if end.uri),
        clips=tuple(end.uri for end in clips if end.uri),
        lineage=tuple(uri for found in jobs.values() for uri in _records(found[-1])),
        cost=Cost(
            quoted=total([stage.quote.expected for stage in plan.stages]),
            reported=_reported(every),
        ),
        bought=bought,
        spent=Cost(quoted=total([job.planned.quote.expected for job in own]), reported=_reported(own)),
        flow_run_id=flow_run,
        message=error.message if error else "",
        money=_money(error, bought) if error else None,
        final=isinstance(error, GenerationFailed),
        put_back=error is not None and error.put_back,
    )


def _reported(jobs: Sequence[Job]) -> Decimal:
    costs = [result.row.cost for job in jobs for result in job.results.values()]
    return total([cost for cost in costs if cost is not None])


def _money(error: StillreelError, bought: int) -> Money:
    """Where the money of this run stands: the error speaks of one job, and another may have been bought before it."""
    return Money.SPENT if bought and error.money is Money.NOT_SPENT else error.money


def _archived(job: Job) -> list[Settled]:
    return [end for _, end in _ends(job) if end.end == "archived"]


def _records(job: Job) -> list[str]:
    return [uri for k, _ in _ends(job) for uri in kept_of(job, k).records]


def _ends(job: Job) -> list[tuple[int, Settled]]:
    return sorted(job.settled.items())
