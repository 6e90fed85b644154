"""Watching an accepted job until every result has its number or is known not to come."""

from datetime import timedelta

from stillreel.domain.errors import Money, NotAuthorised, ObjectExists, ProviderError, StillRunning, at_stake
from stillreel.domain.events import Accepted, Result, Row, Settled
from stillreel.domain.jobs import Job
from stillreel.runware import Asked
from stillreel.studio.budgeting import recount
from stillreel.studio.orders import Failure, Outcome, Ticket
from stillreel.studio.studio import Studio


async def watch(studio: Studio, ticket: Ticket) -> Outcome:
    """What became of the job, asking the provider until it is known; a job that is closed isn't asked about.

    Raises StillRunning once the patience of the settings is over: the waiting ends, the job doesn't.
    """
    with at_stake(Money.SPENT):
        job = await studio.archive.begun(ticket.uuid)
        recount(studio, job)
        return _from_events(ticket, job) if job.standing == "closed" else await _watch(studio, ticket, job)


async def _watch(studio: Studio, ticket: Ticket, job: Job) -> Outcome:
    await studio.in_step()
    accepted, now = job.last(Accepted), studio.clock.now()
    since, until = accepted.at if accepted else now, now + timedelta(seconds=studio.settings.patience)
    model = job.planned.request.model
    with (
        studio.admission.flying(model, ticket.uuid),
        studio.watcher.watching(ticket.uuid, model, since, until) as watched,
    ):
        while True:
            trouble = ""
            try:
                outcome, job = await judge(studio, ticket, job, await studio.watcher.news(watched))
            except ProviderError as error:  # says nothing about the job
                outcome, trouble = None, f" (the last question failed: {error.message})"
            except NotAuthorised as error:
                raise StillRunning(
                    f"{ticket.place} (job {ticket.uuid}) is paid for and can't be asked about: {error.message}; "
                    f"running the shot again with the right key costs nothing"
                ) from error
            if outcome is not None:
                if outcome.rows:
                    studio.watcher.learn(watched)
                return outcome
            if studio.clock.now() >= until:
                raise StillRunning(
                    f"{ticket.place} (job {ticket.uuid}) is paid for and still running after "
                    f"{studio.settings.patience:.0f} s; run the shot again, or `python -m flows.resume --job "
                    f"{ticket.uuid}`: that costs nothing{trouble}"
                )


async def look(studio: Studio, ticket: Ticket, job: Job) -> tuple[Outcome | None, Job]:
    """Ask once; no outcome while the job runs."""
    return await judge(studio, ticket, job, await studio.post.ask(ticket.uuid))


async def judge(studio: Studio, ticket: Ticket, job: Job, asked: Asked) -> tuple[Outcome | None, Job]:
    """What an answer comes to, every new result with its number; no outcome while the job runs."""
    for row in asked.rows:
        job = await number(studio, job, row)
    recount(studio, job)
    rows = {k: result.row for k, result in job.results.items()}
    failures = tuple(Failure(code=error.code, reason=error.message) for error in asked.errors)
    if len(rows) + len(failures) >= ticket.expected or (failures and not asked.running):
        return Outcome(ticket=ticket, rows=rows, failures=failures), job
    if await _forgotten(studio, job, asked):
        return Outcome(ticket=ticket, rows=rows, forgotten=True), job
    return None, job


async def number(studio: Studio, job: Job, row: Row) -> Job:
    """Fix the number of one result; whoever is refused reads again and takes the number from what it read."""
    while row.id not in {result.row.id for result in job.results.values()}:
        result = Result(at=studio.clock.now(), nonce=studio.nonce(), k=len(job.results) + 1, row=row)
        try:
            job = await studio.archive.append(job, result)
        except ObjectExists:
            job = await studio.archive.events(job.uuid)
    return job


async def _forgotten(studio: Studio, job: Job, asked: Asked) -> bool:
    """Whether both questions are answered without a trace, past the provider's memory of the newest send."""
    now = studio.clock.now()
    if asked.trace or not asked.answered or job.traceable(now) or job.leased(now):
        return False
    try:
        return await studio.client.details(job.uuid) is None
    except ProviderError:
        return False


def _from_events(ticket: Ticket, job: Job) -> Outcome:
    failed = tuple(Failure(code=end.end, reason=end.reason) for end in job.all(Settled) if end.k not in job.results)
    return Outcome(ticket=ticket, rows={k: result.row for k, result in job.results.items()}, failures=failed)
