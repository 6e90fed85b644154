"""Settling: each result of a job gets its end, one by one, and then the job is closed.

A result gets its final name in the archive if it may move on, the same path in quarantine if not. Its lineage lies
beside it before its end is written, so whatever has an end explains itself.
"""

from collections.abc import Iterable

from stillreel.archive import layout
from stillreel.archive.addresses import name_in
from stillreel.domain.errors import Money, ObjectExists, StillreelError, Vanished, at_stake
from stillreel.domain.events import Accepted, Closed, Event, Result, Run, Settled
from stillreel.domain.jobs import Job
from stillreel.domain.money import total
from stillreel.domain.requests import StillRequest
from stillreel.studio.budgeting import book, forget_refusal
from stillreel.studio.keeping import Keeping
from stillreel.studio.orders import Kept, Outcome, Settlement, Sources, Verdicts
from stillreel.studio.studio import Studio


async def settle(studio: Studio, outcome: Outcome, verdicts: Verdicts, sources: Sources, run: Run) -> Settlement:
    """Give every result its end and close the job; what has its end already is left as it is.

    Raises ProviderError, MediaError or ArchiveError where a result can't be fetched or kept now, after all others are
    kept: running it again goes on. Vanished where what was archived before isn't there any more.
    """
    with at_stake(Money.SPENT):
        job = await studio.archive.begun(outcome.ticket.uuid)
        trouble: StillreelError | None = None
        for k in sorted({*range(1, outcome.ticket.expected + 1), *outcome.rows}):
            if k not in job.settled:
                try:
                    end = await _end(studio, job, outcome, verdicts, k, sources, run)
                    job = await _write(studio, job, end)
                except StillreelError as error:  # told once its siblings have their ends
                    trouble = trouble or error
        await check_there(studio, job.settled.values())
        if trouble is not None:
            raise trouble
        if job.standing != "closed":
            await close(studio, job)
        if job.given_up is None:  # else it is looked for a day longer, and `reconcile` takes the marker away
            await studio.archive.unmark(job.uuid)
    return Settlement(ticket=outcome.ticket, kept=tuple(kept_of(job, k) for k in sorted(job.settled)))


async def check_there(studio: Studio, ends: Iterable[Settled | Kept]) -> None:
    """Whoever builds on a take that was made before finds its files, or is told which is missing."""
    store = studio.archive.store
    for end in ends:
        if end.end == "archived" and await store.stat(name_in(str(end.uri), store.uri)) is None:
            raise Vanished(
                f"{end.uri} was archived and isn't there any more; it is paid for: put it back, or `take: new` makes "
                f"another, which is paid for, too",
                money=Money.SPENT,
            )


async def _end(
    studio: Studio, job: Job, outcome: Outcome, verdicts: Verdicts, k: int, sources: Sources, run: Run
) -> Settled:
    if k in outcome.rows:
        return await Keeping(studio, job, job.results[k], verdicts, sources, run).keep()
    if outcome.forgotten:
        reason = "the provider doesn't know the job any more; it was paid for"
        return Settled(at=studio.clock.now(), nonce=studio.nonce(), k=k, end="lost", reason=reason)
    missing = [n for n in range(1, outcome.ticket.expected + 1) if n not in outcome.rows].index(k)
    failure = outcome.failures[min(missing, len(outcome.failures) - 1)]
    reason = f"{failure.reason} ({failure.code})"
    return Settled(at=studio.clock.now(), nonce=studio.nonce(), k=k, end="failed", reason=reason)


async def _write(studio: Studio, job: Job, end: Settled) -> Job:
    """Write an end, unless somebody else's stands: the first one counts, or the first that is archived."""
    while end.k not in job.settled or (end.end == "archived" != job.settled[end.k].end):
        try:
            job = await studio.archive.append(job, end)
        except ObjectExists:
            job = await studio.archive.events(job.uuid)
    return job


async def close(studio: Studio, job: Job) -> None:
    """Book what the results cost, and write that each has its end; somebody else's word is as good."""
    costs = [result.row.cost for result in job.results.values()]
    known = [cost for cost in costs if cost is not None]
    accepted, seen = job.last(Accepted), job.last(Result)
    event: Event = Closed(
        at=studio.clock.now(),
        nonce=studio.nonce(),
        cost=total(known) if len(known) == len(costs) and known else None,
        seconds=(seen.at - accepted.at).total_seconds() if accepted and seen else None,
    )
    await book(studio, job)
    while job.standing != "closed":
        try:
            job = await studio.archive.append(job, event)
        except ObjectExists:
            job = await studio.archive.events(job.uuid)
    await forget_refusal(studio, job)


def kept_of(job: Job, k: int) -> Kept:
    """The end of one result, as the job's events tell it."""
    end, result = job.settled[k], job.results.get(k)
    return Kept(
        k=k,
        end=end.end,
        id=result.row.id if result else None,
        uri=end.uri,
        sha256=end.sha256,
        lineage=end.lineage,
        whole=_whole(job, end),
        poster=end.poster,
        cost=end.cost if result is None else result.row.cost,
        verdict=end.verdict,
        reason=end.reason,
        given_up=job.given_up is not None and job.last(Accepted) is None and result is None,
    )


def _whole(job: Job, end: Settled) -> str | None:
    """The lineage of the picture that an archived one was cut from; None if it lies there as it was made."""
    request = job.planned.request
    cut = isinstance(request, StillRequest) and request.crop is not None and end.end == "archived"
    return layout.lineage(layout.full(end.uri)) if cut and end.uri else None
