"""Keeping the books of jobs: held before a job may be sent, booked before it is closed, let go where nothing was spent.

The order of the reads in `hold` is part of the protocol: the budget, then the job's events, then a write that is
matched with the budget that was read. So a job that ended meanwhile never gets an entry that nobody would remove.
"""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from stillreel.archive.budget import AT_ONCE
from stillreel.domain.accounts import Charge, Entry, cost_of
from stillreel.domain.budget import NOT_BOUGHT, Budget, Use, check, hold_again, release, reserve, settle
from stillreel.domain.errors import CapReached, Money, OverCeiling, at_stake
from stillreel.domain.events import Rejection
from stillreel.domain.jobs import Job
from stillreel.domain.money import spelled, total
from stillreel.domain.names import Place
from stillreel.studio.studio import SHORTEST_SEND, Studio

TO_BE_SENT = ("planned", "resend")  # standings in which a job may take what it needs
IN_DOUBT = "it isn't sent again, and nobody knows yet whether it was bought before"
FRESH = 30.0  # seconds for which a look at the caps is good enough to send on
OVER = ("rejected", "withdrawn", "closed")


async def hold(studio: Studio, job: Job) -> datetime | None:
    """Reserve what a job may cost before each send: until when that is good enough to send on.

    None if it isn't to be sent any more.

    The caps are looked at again if this process stood still since it saw them: they may have been lowered.
    Raises CapReached, and ArchiveError where the budget can't be read or written: then nothing is bought.
    """
    now, held, looked = job, False, studio.clock.now()
    so = IN_DOUBT if job.unanswered else NOT_BOUGHT
    fresh = max(SHORTEST_SEND, FRESH * studio.settings.pace)

    async def look(asked: datetime) -> None:
        nonlocal now, looked
        looked = asked
        now = await studio.archive.events(job.uuid)

    async def change(budget: Budget) -> Budget:
        nonlocal held
        held = now.standing in (*TO_BE_SENT, "sending")
        return reserve(budget, Entry.of(now, studio.clock.now().date()), so) if held else budget

    with at_stake(Money.UNKNOWN if job.unanswered else Money.NOT_SPENT):
        while True:
            try:
                await studio.archive.books.change(change, look, stands=job.uuid in studio.held)
            except CapReached:
                if not await drop_leftovers(studio):
                    raise
                await studio.archive.books.change(change, look)
            studio.held.add(job.uuid)
            if studio.clock.now() < looked + timedelta(seconds=fresh):
                return looked + timedelta(seconds=fresh) if held else None


async def hold_accepted(studio: Studio, job: Job) -> None:
    """Hold what an accepted job costs if it was refused before, and so perhaps released."""
    if job.last(Rejection) is None:
        return

    async def change(budget: Budget) -> Budget:
        closed = (await studio.archive.events(job.uuid)).standing == "closed"
        return budget if closed else hold_again(budget, Entry.of(job, studio.clock.now().date()))

    await studio.archive.books.change(change)


async def book(studio: Studio, job: Job) -> None:
    """Move a job whose results all have their ends from what is held to what was spent; once, however often called.

    A job that a person gave up keeps an entry that holds nothing until `release_ended`: what it still delivers is
    booked by calling this again, in place of what was booked before.
    """
    await hold_accepted(studio, job)

    async def change(budget: Budget) -> Budget:
        return _settled(budget, job)

    await studio.archive.books.change(change)


async def forget_refusal(studio: Studio, job: Job) -> None:
    """Let go of the empty entry that a closed job has kept because it was refused before it was accepted."""
    if job.last(Rejection) is not None and job.given_up is None:
        await release_ended(studio, job.uuid)


async def release_ended(studio: Studio, uuid: UUID) -> None:
    """Let go of what a job holds that has ended; a job that goes on keeps what it holds.

    What a person gave up is booked once more by all that is written of it: who saw a result of it may have died before
    it was booked, and who ended it may have booked later than that what it knew.
    """

    async def change(budget: Budget) -> Budget:
        return await _without_leftovers(studio, budget, {uuid})

    await studio.archive.books.change(change)


async def drop_leftovers(studio: Studio) -> bool:
    """Let go of what ended jobs still hold against the caps; whether there was anything."""
    dropped = False

    async def change(budget: Budget) -> Budget:
        nonlocal dropped
        left = await _without_leftovers(studio, budget, _holding(budget))
        dropped = left is not budget
        return left

    await studio.archive.books.change(change)
    return dropped


def check_ceiling(studio: Studio, place: Place, upper: Decimal) -> None:
    """Raise OverCeiling if this purchase may pass what a run may cost, because others of it cost more than quoted.

    Those that are on their way count as well, at their quotes.
    """
    spent, ceiling = total(list(studio.costs.values())), studio.settings.max_usd
    if studio.costs and spent + upper > ceiling:
        raise OverCeiling(
            f"{place} could cost ${spelled(upper)}, and this run has spent ${spelled(spent)} of its ceiling of "
            f"${spelled(ceiling)} ({studio.settings.ceiling}) already; it was not bought"
        )


@contextmanager
def on_its_way(studio: Studio, job: Job) -> Iterator[None]:
    """Count a job at its quote from before it may be sent, for others that are checked meanwhile."""
    before = studio.costs.get(job.uuid)
    studio.costs[job.uuid] = job.planned.quote.upper if before is None else before
    try:
        yield
    except BaseException:  # it isn't sent
        if before is None:
            del studio.costs[job.uuid]
        raise


def not_bought(studio: Studio, job: Job) -> None:
    """Count a job of this run no more: it was sent, and nothing was spent."""
    studio.doubtful.discard(job.uuid)
    studio.costs.pop(job.uuid, None)


def recount(studio: Studio, job: Job) -> None:
    """Count a job of this run by what is known of it now."""
    if job.uuid in studio.costs:
        studio.costs[job.uuid] = cost_of(job)


async def check_caps(studio: Studio, project: str, asked: Sequence[tuple[UUID | None, Decimal]], what: str) -> None:
    """Raise CapReached if the caps obviously can't hold a run; what its jobs hold already isn't counted twice."""
    day, more = studio.clock.now().date(), total([amount for _, amount in asked])
    books = studio.archive.books
    try:
        check(_others(await books.read(), asked), day=day, project=project, asked=more, what=what)
    except CapReached:
        if not await drop_leftovers(studio):
            raise
        check(_others(await books.read(), asked), day=day, project=project, asked=more, what=what)


async def uses_met(studio: Studio, project: str, asked: Sequence[tuple[UUID | None, Decimal]]) -> list[Use]:
    """The caps that `check_caps` would meet, as far as they are used by others; nothing is written."""
    day, more = studio.clock.now().date(), total([amount for _, amount in asked])
    budget = _others(await studio.archive.books.read(), asked)
    if all(use.holds(more) for use in budget.uses(day, project)):
        return budget.uses(day, project)
    return (await _without_leftovers(studio, budget, _holding(budget))).uses(day, project)


def _others(budget: Budget, asked: Sequence[tuple[UUID | None, Decimal]]) -> Budget:
    """The budget without what these hold that are asked for."""
    for uuid in {uuid for uuid, amount in asked if uuid is not None and amount}:
        budget = budget.without(uuid)
    return budget


def _holding(budget: Budget) -> set[UUID]:
    return {uuid for uuid, entry in budget.entries.items() if entry.held}


async def _without_leftovers(studio: Studio, budget: Budget, uuids: set[UUID]) -> Budget:
    gate = asyncio.Semaphore(AT_ONCE)

    async def read(uuid: UUID) -> Job:
        async with gate:
            return await studio.archive.events(uuid)

    looked_at = sorted(uuids & set(budget.entries))
    for job in await asyncio.gather(*map(read, looked_at)):
        if job.standing in OVER:
            # Booking takes the entry away, so one that a closed job still has uncharged was never booked.
            budget = release(_settled(budget, job) if job.standing == "closed" else budget, job.uuid)
    return budget


def _settled(budget: Budget, job: Job) -> Budget:
    """The budget with what a job came to, as far as its events tell."""
    return settle(budget, job.uuid, Charge.of(job), copies=1 + job.sent_again, keep=job.given_up is not None)
