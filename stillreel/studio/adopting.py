"""Bringing a job home without the run that bought it: check, archive and close, by the code that every run uses."""

from stillreel.domain.errors import ObjectExists
from stillreel.domain.events import Result, Run, Settled
from stillreel.domain.jobs import Job
from stillreel.studio.budgeting import book
from stillreel.studio.judging import verdicts
from stillreel.studio.keeping import Keeping
from stillreel.studio.orders import Outcome, Settlement, Ticket
from stillreel.studio.settling import settle
from stillreel.studio.sources import sources_of
from stillreel.studio.studio import Studio
from stillreel.studio.watching import number


def ticket_of(job: Job) -> Ticket:
    """The ticket that the run which bought it holds."""
    planned = job.planned
    return Ticket(uuid=job.uuid, place=planned.place, purchase=planned.purchase, expected=planned.request.results)


async def adopt(studio: Studio, job: Job, outcome: Outcome, run: Run) -> Settlement:
    """Settle what became of a job; its lineage leads to what it was made from, found in the archive.

    Raises ProviderError, MediaError or ArchiveError where a result can't be fetched or kept now.
    """
    told = verdicts(outcome, job.planned.request)
    return await settle(studio, outcome, told, await sources_of(studio, job), run)


async def late(studio: Studio, job: Job, run: Run) -> Job:
    """Put into quarantine what has turned up of a job that was closed because a person gave it up, and book its cost.

    The ends that it was closed with stand; the new ones are told beside them.
    Raises ProviderError where nobody answers, ArchiveError where a result can't be kept now.
    """
    for row in (await studio.post.ask(job.uuid)).rows:
        job = await number(studio, job, row)
    rows = {k: result.row for k, result in job.results.items() if k not in found(job)}
    if not rows:
        return job
    told = verdicts(Outcome(ticket=ticket_of(job), rows=rows), job.planned.request)
    sources = await sources_of(studio, job)
    for k in sorted(rows):
        end = await Keeping(studio, job, job.results[k], told, sources, run).keep()
        job = await _write(studio, job, end)
    await book(studio, job)
    return job


def found(job: Job) -> set[int]:
    """The results that were seen, and have got their end since."""
    numbered = {event.k: n for n, event in enumerate(job.events) if isinstance(event, Result)}
    ends = [(n, event.k) for n, event in enumerate(job.events) if isinstance(event, Settled)]
    return {k for n, k in ends if k in numbered and n > numbered[k]}


async def _write(studio: Studio, job: Job, end: Settled) -> Job:
    while end.k not in found(job):
        try:
            job = await studio.archive.append(job, end)
        except ObjectExists:
            job = await studio.archive.events(job.uuid)
    return job
