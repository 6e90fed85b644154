"""The budget anew from the events of all jobs: for an archive whose budget is gone, unreadable or an older copy.

Without a budget nobody reserves and nobody closes a job. The caps stand nowhere else: those of a budget that can be
read stay, and else they are lost, and nothing is bought until they are set again.
"""

import asyncio
from uuid import UUID

from stillreel.archive import layout
from stillreel.archive.archive import Archive
from stillreel.archive.budget import AT_ONCE
from stillreel.domain.accounts import NOTHING, Charge, Entry
from stillreel.domain.budget import Budget, Caps, another_schema, settle
from stillreel.domain.errors import Corrupted, GenerationMismatch, Refused
from stillreel.domain.events import Rejection, Sending
from stillreel.domain.jobs import Job

LOST = Caps(day=NOTHING)  # nobody knows what the caps were: nothing is bought until somebody sets them


async def rebuild(archive: Archive) -> Budget:
    """Write the budget that the events tell of, under the caps that stand; if they can't be read, under one of zero.

    Raises Refused if another version of stillreel wrote it, or if somebody changes it meanwhile; Corrupted naming every
    job that can't be read. Then nothing is changed.
    """
    stands = await archive.store.stat(layout.BUDGET)  # before all else: whoever writes another meanwhile, wins
    budget = Budget(caps=await _caps(archive))
    for job in await _every_job(archive):
        budget = _with(budget, job)
    try:
        await archive.store.replace(
            layout.BUDGET, budget.json_bytes(), generation=stands.generation if stands else None
        )
    except GenerationMismatch:
        raise Refused(
            "somebody has changed the budget meanwhile; nothing was changed here: when no run is on, do it again"
        ) from None
    return budget


async def _caps(archive: Archive) -> Caps:
    found = None
    try:
        found = await archive.store.read(layout.BUDGET)
        return Budget.of_json(found[0]).caps if found else LOST
    except Corrupted:
        return LOST
    except ValueError:
        schema = another_schema(found[0]) if found else None
    if schema is not None:
        raise Refused(f"the budget was written by another version of stillreel ({schema}), and that one must count it")
    return LOST


async def _every_job(archive: Archive) -> list[Job]:
    """Every job of the archive; one that can't be read would be missing in the books."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(uuid: UUID) -> Job | str:
        async with gate:
            try:
                return await archive.events(uuid)
            except (Corrupted, ValueError) as error:
                return f"{uuid}: {' '.join(str(error).split())[:200]}"

    every = await asyncio.gather(*map(one, sorted(await archive.jobs())))
    bad = [each for each in every if isinstance(each, str)]
    if bad:
        told = "\n".join(f"  - {each}" for each in bad)
        raise Corrupted(
            f"{len(bad)} of {len(every)} jobs can't be read, and the budget would lack them; nothing was changed. Put "
            f"older versions of their events back, or use the version of stillreel that wrote them:\n{told}\n"
        )
    return [each for each in every if isinstance(each, Job)]


def _with(budget: Budget, job: Job) -> Budget:
    """The budget with what a job holds, or came to; what was refused or withdrawn costs nothing.

    One that is only planned may be on its way to its first send. One whose results all have their ends may be booked
    already by somebody who is about to close it: nobody books a job that has no entry.
    """
    if job.standing in ("nothing", "rejected", "withdrawn"):
        return budget
    last = job.last(Sending)
    entry = Entry.of(job, (last.at if last else job.planned.at).date())
    # Whoever closes a job that was refused before holds it again: kept, it isn't booked a second time.
    again = job.standing != "closed" and job.last(Rejection) is not None
    held = budget.holding(entry.model_copy(update={"again": again}))
    ended = job.standing == "closed" or set(range(1, job.planned.request.results + 1)) <= set(job.settled)
    if not ended:
        return held
    return settle(held, job.uuid, Charge.of(job), copies=1 + job.sent_again, keep=job.given_up is not None)
