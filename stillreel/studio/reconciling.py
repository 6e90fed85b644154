"""Reconciling: every open job is taken towards its end, by asking and keeping, never by sending.

It may run beside any number of runs and of itself: whatever it writes is an event that only one writer can write,
and whatever it finds written already is as good.
"""

import asyncio
from collections.abc import Awaitable, Mapping
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID

from stillreel.archive.budget import AT_ONCE
from stillreel.domain.errors import NotAuthorised, ObjectExists, ProviderError, StillreelError
from stillreel.domain.events import Run, Settled, Withdrawn
from stillreel.domain.jobs import Job
from stillreel.domain.selection import Selection
from stillreel.studio.adopting import adopt, found, late, ticket_of
from stillreel.studio.budgeting import release_ended
from stillreel.studio.giving_up import conclude, looked_for
from stillreel.studio.orders import Settlement
from stillreel.studio.sending import accept
from stillreel.studio.standing import LEFT_ALONE, UNREADABLE, Stand, needs_a_person, needs_a_run, stand_of, told
from stillreel.studio.studio import Studio
from stillreel.studio.tracing import trace_of
from stillreel.studio.watching import look

T = TypeVar("T")


async def reconcile(studio: Studio, wanted: Selection, run: Run) -> list[Stand]:
    """How each open job of the selection stands now, the oldest first; one job's trouble is told and stops no other.

    Raises ArchiveError where the open jobs can't be listed.
    """
    marked = await open_or_held(studio)
    read = await _read(studio, marked)
    jobs = [job for job in read if isinstance(job, Job) and wanted.holds(job)]
    # All at once, so that those to ask about go into one request.
    steps = (_kindly(take_on(studio, job, marked[job.uuid], run), job, marked[job.uuid]) for job in jobs)
    stands = [*(job for job in read if isinstance(job, Stand)), *await asyncio.gather(*steps)]
    return sorted(stands, key=lambda stand: (stand.since, str(stand.job)))


async def _read(studio: Studio, marked: Mapping[UUID, datetime]) -> list[Job | Stand]:
    """Each job, or the trouble with reading it."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(uuid: UUID, since: datetime) -> Job | Stand:
        async with gate:
            return await _kindly(studio.archive.events(uuid), Job(uuid, ()), since)

    return list(await asyncio.gather(*(one(uuid, since) for uuid, since in marked.items())))


async def open_or_held(studio: Studio) -> dict[UUID, datetime]:
    """Every job that is marked open, and since when; and those for which the budget still holds money."""
    try:
        held = set((await studio.archive.books.read()).entries)
    except StillreelError:  # a paid clip is brought home before its address expires, whatever the books look like
        held = set()
    return {**dict.fromkeys(held, studio.clock.now()), **await studio.archive.open_jobs()}


async def _kindly(step: Awaitable[T], job: Job, since: datetime) -> T | Stand:
    """What a step with a job comes to, or the trouble that it ends in."""
    try:
        return await step
    except StillreelError as error:
        return stand_of(job, since, "trouble", error.message, standing="" if job.events else UNREADABLE)
    except Exception as error:  # noqa: BLE001 - an event that nobody can read is one job's trouble, too
        return stand_of(job, since, "trouble", f"{type(error).__name__}: {error}")


async def take_on(studio: Studio, job: Job, since: datetime, run: Run) -> Stand:
    """Bring one job as far as asking and keeping can; raises what stopped it."""
    await studio.in_step()
    now = studio.clock.now()
    if job.standing == "nothing" and now >= since + LEFT_ALONE:
        await studio.archive.unmark(job.uuid)
        return stand_of(job, since, "ended", "nothing was ever planned: its marker is gone")
    if job.standing == "planned" and now >= job.events[-1].at + timedelta(seconds=studio.lease):
        return await _withdraw(studio, job, since)
    if job.standing in ("sending", "resend") and not job.leased(now):
        return await _find(studio, job, since, run)
    if job.standing == "accepted" and not job.early(now):
        return await _bring_home(studio, job, since, run)
    if job.standing in ("rejected", "withdrawn", "closed", "buy_again", "write_off"):
        return await _clear(studio, await conclude(studio, job), since, run)
    return told(job, since, now, studio.lease)


async def _withdraw(studio: Studio, job: Job, since: datetime) -> Stand:
    reason = "planned, and not sent within a lease"
    try:
        job = await studio.archive.append(job, Withdrawn(at=studio.clock.now(), nonce=studio.nonce(), reason=reason))
    except ObjectExists:
        return stand_of(await studio.archive.events(job.uuid), since, "waits", "a run has just gone on with it")
    await _leave(studio, job)
    return stand_of(job, since, "ended", "it was never sent: withdrawn")


async def _find(studio: Studio, job: Job, since: datetime, run: Run) -> Stand:
    """Whether what was sent has arrived; where nobody can say, a run or a person must go on."""
    try:
        trace = await trace_of(studio, job)
    except (ProviderError, NotAuthorised) as error:
        why = f"sent, and the provider can't be asked ({error.message})"
        says = needs_a_run(job.uuid, why) if job.remembered(studio.clock.now()) else needs_a_person(job.uuid, why)
        return stand_of(job, since, "trouble", says)
    if trace is not None:
        await accept(studio, job, job.planned.run, trace)
        return await _bring_home(studio, await studio.archive.events(job.uuid), since, run)
    return told(job, since, studio.clock.now(), studio.lease)


async def _bring_home(studio: Studio, job: Job, since: datetime, run: Run) -> Stand:
    outcome, job = await look(studio, ticket_of(job), job)
    if outcome is None:
        return stand_of(job, since, "waits", "it is paid for and still running")
    settlement = await adopt(studio, job, outcome, run)
    job = await studio.archive.events(job.uuid)
    return stand_of(job, since, "ended", ends(settlement))


async def _clear(studio: Studio, job: Job, since: datetime, run: Run) -> Stand:
    """Take away what an ended job has left behind; what a person gave up is looked for a while longer."""
    now = studio.clock.now()
    if job.standing == "accepted":  # it was given up, and the truth was quicker than its end
        return await _bring_home(studio, job, since, run)
    if job.given_up is not None:
        before, job = found(job), await late(studio, job, run)
        new = ", ".join(f"{end.uri or end.reason}" for end in job.all(Settled)[-len(found(job) - before) :])
        if found(job) != before:
            return stand_of(job, since, "ended", f"given up, and now it has turned up: {new}")
        if looked_for(job, now) and len(before) < job.planned.request.results:
            return told(job, since, now, studio.lease)
    await _leave(studio, job)
    return stand_of(job, since, "ended", "it had ended before: its marker is gone")


async def _leave(studio: Studio, job: Job) -> None:
    await release_ended(studio, job.uuid)
    await studio.archive.unmark(job.uuid)


def ends(settlement: Settlement) -> str:
    """What became of each result."""
    return "; ".join(f"{kept.k}: {kept.end} {kept.uri or kept.reason}" for kept in settlement.kept)
