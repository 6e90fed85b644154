"""Caps and books of a set: setting them, and looking at what they came to."""

from datetime import UTC, datetime
from decimal import Decimal

from stillreel.domain.budget import Caps
from stillreel.domain.spending import lines, sum_of
from stillreel.studio.planning import plan
from tests.studio.on_set import CLIP, a_run, shot

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
REPORTED = Decimal("0.1848")  # for a clip of $0.185


async def capped(on_set, **caps):
    """Set the archive's caps, and nothing else."""
    books = (await on_set.studio()).archive.books

    async def change(budget):
        return budget.model_copy(update={"caps": Caps(**caps)})

    await books.change(change)


async def budget_of(on_set):
    return await (await on_set.studio()).archive.books.read()


async def a_clip(on_set, name="first", **changes):
    """A studio, and the plan of a clip in it."""
    studio = await on_set.studio()
    return studio, (await plan(studio, shot(CLIP, **changes), a_run(name))).clip


async def settled_to(on_set, *, reported="0", unknown="0", unreported="0"):
    """Whether nothing is held, and the books hold just this."""
    budget = await budget_of(on_set)
    found = lines(budget)
    came = [sum_of(found, column) for column in ("held", "reported", "unknown", "unreported")]
    return (dict(budget.entries), came) == ({}, [0, Decimal(reported), Decimal(unknown), Decimal(unreported)])
