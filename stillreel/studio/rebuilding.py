"""The budget anew from the events of all jobs, for an archive whose budget is gone or can't be read.

Without a budget nobody reserves and nobody closes a job. Only the caps are lost: they stand nowhere else.
"""

from stillreel.archive import layout
from stillreel.archive.archive import Archive
from stillreel.domain.accounts import Charge, Entry
from stillreel.domain.budget import Budget, settle
from stillreel.domain.errors import Corrupted, Refused
from stillreel.domain.jobs import Job, Sending


async def rebuild(archive: Archive) -> Budget:
    """Write the budget that the events tell of, without caps.

    Raises Refused if the one that stands can be read, GenerationMismatch if somebody has put one there meanwhile.
    """
    stands = await archive.store.stat(layout.BUDGET)  # before all else: whoever writes another meanwhile, wins
    await _check_unreadable(archive)
    budget = Budget()
    for uuid in sorted(await archive.jobs()):
        budget = _with(budget, await archive.events(uuid))
    await archive.store.replace(layout.BUDGET, budget.json_bytes(), generation=stands.generation if stands else None)
    return budget


async def _check_unreadable(archive: Archive) -> None:
    try:
        await archive.books.read()
    except Corrupted:
        return
    raise Refused("the budget can be read, so there is nothing to make anew; nothing was changed")


def _with(budget: Budget, job: Job) -> Budget:
    """The budget with what a job holds, or came to; what was never sent, or refused, costs nothing."""
    last = job.last(Sending)
    if last is None or job.standing in ("planned", "rejected", "withdrawn"):
        return budget
    held = budget.holding(Entry.of(job, last.at.date()))
    return settle(held, job.uuid, Charge.of(job), keep=job.given_up is not None) if job.standing == "closed" else held
