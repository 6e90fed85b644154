"""Resuming: the jobs of a project, of a shot, or a single one are taken to their end, sent if need be, and waited for.

It is what their own run would do from where it stopped, by the same code. What was never planned isn't begun:
running the shot again does that.
"""

import asyncio
from datetime import datetime
from uuid import UUID

from stillreel.domain.errors import BadInput, OverCeiling, StillreelError, StillRunning, Unforeseen, UnknownPurchase
from stillreel.domain.events import Run
from stillreel.domain.jobs import Job
from stillreel.domain.money import spelled, total
from stillreel.domain.problems import Problem
from stillreel.domain.selection import Selection
from stillreel.studio.adopting import adopt, ticket_of
from stillreel.studio.budgeting import TO_BE_SENT
from stillreel.studio.reconciling import ends, open_or_held, take_on
from stillreel.studio.sending import send
from stillreel.studio.standing import UNREADABLE, Became, Stand, stand_of
from stillreel.studio.studio import Studio
from stillreel.studio.watching import watch


async def resume(studio: Studio, wanted: Selection, run: Run) -> list[Stand]:
    """How each job of the selection ended, the oldest first; one job's trouble is told and stops no other.

    Raises BadInput for a job that the archive doesn't have, OverCeiling before anything is sent, and ArchiveError where
    the jobs can't be read.
    """
    jobs = await _selected(studio, wanted)
    _check_ceiling(studio, [job for job, _ in jobs])
    every = await asyncio.gather(*(_kindly(studio, job, since, run) for job, since in jobs))
    return sorted(every, key=lambda stand: (stand.since, str(stand.job)))


async def _selected(studio: Studio, wanted: Selection) -> list[tuple[Job, datetime]]:
    marked: dict[UUID, datetime] = await open_or_held(studio)
    if wanted.uuid is not None:
        marked = {wanted.uuid: marked.get(wanted.uuid, studio.clock.now())}
    jobs = [(await studio.archive.events(uuid), since) for uuid, since in marked.items()]
    if wanted.uuid is not None and not jobs[0][0].events:
        raise BadInput([Problem(field="job", got=wanted.job, allowed="a job of this archive: see `stillreel jobs`")])
    return [(job, since) for job, since in jobs if wanted.holds(job)]


def _check_ceiling(studio: Studio, jobs: list[Job]) -> None:
    to_pay = total([job.planned.quote.upper for job in jobs if job.standing in TO_BE_SENT])
    ceiling = studio.settings.max_usd
    if to_pay > ceiling:
        raise OverCeiling(
            f"what is still to be sent could cost ${spelled(to_pay)}, above the ceiling of ${spelled(ceiling)} "
            "(STILLREEL_MAX_USD); nothing was sent"
        )


async def _kindly(studio: Studio, job: Job, since: datetime, run: Run) -> Stand:
    try:
        return await _finish(studio, job, since, run)
    except StillreelError as error:
        return await _stopped(studio, job.uuid, since, error)
    except Exception as error:  # noqa: BLE001 - whatever it is, the others are on their way
        return await _stopped(studio, job.uuid, since, Unforeseen(f"{type(error).__name__}: {error}"))


async def _stopped(studio: Studio, uuid: UUID, since: datetime, error: StillreelError) -> Stand:
    """How a job stands that something has stopped; where nobody can say how far it has come, that."""
    try:
        job = await studio.archive.events(uuid)
    except StillreelError:
        return stand_of(Job(uuid, ()), since, "trouble", error.message, standing=UNREADABLE)
    return stand_of(job, since, _became(studio, job, error), error.message)


def _became(studio: Studio, job: Job, error: StillreelError) -> Became:
    match error:
        case UnknownPurchase():
            return "needs a person" if job.unknown(studio.clock.now()) else "needs a run"
        case StillRunning():
            return "waits"
        case _:
            return "trouble"


async def _finish(studio: Studio, job: Job, since: datetime, run: Run) -> Stand:
    while job.standing in (*TO_BE_SENT, "sending"):
        async with studio.sending[job.uuid]:
            await send(studio, await studio.archive.events(job.uuid), run)
        job = await studio.archive.events(job.uuid)
    if job.standing == "accepted":
        outcome = await watch(studio, ticket_of(job))
        settlement = await adopt(studio, job, outcome, run)
        return stand_of(await studio.archive.events(job.uuid), since, "ended", ends(settlement))
    return await take_on(studio, job, since, run)
