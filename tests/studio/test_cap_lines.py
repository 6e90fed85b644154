"""What the caps leave, as `check` tells it: what a run would meet, and nothing is written."""

from decimal import Decimal

import pytest

from stillreel.archive import layout
from stillreel.domain.accounts import Entry
from stillreel.domain.errors import CapReached
from stillreel.studio.budgeting import hold
from stillreel.studio.cap_lines import cap_lines
from stillreel.studio.planning import plan, preview
from tests.studio.money import a_clip, capped
from tests.studio.on_set import CLIP, CLIP_USD, a_run, job_of, planned_event, produce, shot, written

SHORT = "and this could cost $0.185: a run would be refused; `stillreel caps set` raises it"
TODAY = "the cap for day 2026-11-22 leaves"


def stored(on_set):
    """Every file of the archive with its bytes."""
    return {path: path.read_bytes() for path in on_set.root.rglob("*") if path.is_file()}


async def told(on_set, **changes):
    """What a look at the clip says of the caps; it writes nothing."""
    before = stored(on_set)
    lines = await preview(await on_set.studio(), shot(CLIP, **changes), a_run("look"))
    assert stored(on_set) == before
    return [line for line in lines if "the cap" in line]


async def test_each_cap_that_counts_tells_what_it_leaves(on_set):
    """Today's and the project's have a line each, another project's has none; without caps there is nothing to tell."""
    assert await told(on_set) == []
    await capped(on_set, day=Decimal(20), projects={"harbour": Decimal("0.10"), "forest": Decimal(0)})
    assert await told(on_set) == [
        f"{TODAY} $20.00 of $20.00, enough for this",
        f"warning: the cap for project harbour leaves $0.10 of $0.10, {SHORT}",
    ]


@pytest.mark.parametrize("cap", ["0", "0.1849", "0.185", "0.1851"])
async def test_what_is_warned_of_is_what_a_run_is_refused_for(on_set, cap):
    """To the last digit, and under a cap of zero as well."""
    await capped(on_set, day=Decimal(cap))
    (line,) = await told(on_set)
    refused = False
    try:
        await plan(await on_set.studio(), shot(CLIP), a_run())
    except CapReached:
        refused = True
    assert line.startswith("warning: ") == refused


async def test_what_the_shot_holds_itself_is_not_in_its_way(on_set):
    """A job that was planned and never sent holds its price already; another shot finds that much less."""
    studio, stage = await a_clip(on_set)
    await hold(studio, await written(studio, stage, [await planned_event(studio, stage, a_run())]))
    await capped(on_set, day=CLIP_USD)
    assert await told(on_set) == [f"{TODAY} $0.185 of $0.185, enough for this"]
    (line,) = await told(on_set, shot="another")
    assert line.startswith(f"warning: {TODAY} $0.00 of $0.185, and this could cost $0.185: ")


async def test_what_an_ended_job_still_holds_is_in_nobodys_way(on_set):
    """A run would let go of it before it refuses, so it isn't counted here, and stays as it is."""
    studio = await on_set.studio()
    made = await produce(studio, shot(CLIP))
    job = await job_of(studio, made.plan.clip)

    async def left_behind(budget):
        return budget.holding(Entry.of(job, studio.clock.now().date())).model_copy(update={"totals": ()})

    await studio.archive.books.change(left_behind)
    await capped(on_set, day=2 * CLIP_USD - Decimal("0.0002"))
    (line,) = await told(on_set, shot="another")
    assert line == f"{TODAY} $0.185 of $0.3698, enough for this"


async def test_what_is_paid_for_meets_no_cap(on_set):
    """A shot that is done costs nothing more, whatever the caps are."""
    await produce(await on_set.studio(), shot(CLIP))
    await capped(on_set, day=Decimal(0))
    assert await told(on_set) == []


async def test_a_budget_that_cannot_be_read_is_told_as_that(on_set):
    """A look isn't stopped by what would stop a run."""
    (on_set.root / layout.BUDGET).write_bytes(b"{")
    (line,) = await cap_lines(await on_set.studio(), "harbour", [(None, CLIP_USD)])
    assert line.startswith("warning: what the caps leave isn't known: ")
    assert "isn't a budget that this version understands" in line
