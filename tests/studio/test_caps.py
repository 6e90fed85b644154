"""Caps: no job starts whose quote would pass one, with many runs at once and around midnight."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from stillreel.archive import layout
from stillreel.archive.folder import FolderStore
from stillreel.domain.errors import (
    CapReached,
    GenerationFailed,
    Money,
    OverCeiling,
    ProviderError,
    Rejected,
    UnknownPurchase,
)
from stillreel.domain.money import total
from stillreel.domain.spending import lines
from stillreel.studio.budgeting import FRESH, hold
from stillreel.studio.planning import plan
from tests.studio.money import NOON, REPORTED, budget_of, capped, settled_to
from tests.studio.on_set import (
    CLIP,
    CLIP_USD,
    STILL,
    a_run,
    planned_event,
    produce,
    shot,
    written,
)


@pytest.mark.parametrize("caps", [{"day": Decimal(0)}, {"projects": {"harbour": Decimal(0)}}], ids=["day", "project"])
async def test_a_cap_of_zero_buys_nothing(on_set, caps):
    """The run is refused before anything is claimed or asked, and another project's cap is no cap of ours."""
    await capped(on_set, **caps)
    with pytest.raises(CapReached, match=r"cap of \$0\.00 for") as caught:
        await produce(await on_set.studio(), shot())
    assert (caught.value.state, caught.value.money) == ("refused", Money.NOT_SPENT)
    assert (on_set.jobs, on_set.files, list(on_set.root.rglob("*.take.json"))) == ([], [], [])
    await capped(on_set, projects={"forest": Decimal(0)})
    await produce(await on_set.studio(), shot(STILL))
    assert len(on_set.jobs) == 1


async def test_a_chain_that_does_not_fit_buys_no_still(on_set):
    """A cap that holds the still and not the clip refuses both, before the still is bought for nothing."""
    await capped(on_set, day=Decimal("0.1"))
    with pytest.raises(CapReached, match="this run could cost"):
        await produce(await on_set.studio(), shot())
    assert on_set.jobs == []


async def test_what_was_bought_is_in_the_books(on_set):
    """A whole chain is quoted, held while it runs, and ends as what the provider reported."""
    reel = await produce(await on_set.studio(), shot())
    spent = total([kept.cost for kept in reel.kept])
    assert await settled_to(on_set, reported=str(spent))
    assert spent == 100 - on_set.balance
    clip = next(line for line in lines(await budget_of(on_set)) if line.model == "klingai:3@1")
    assert (clip.quoted, clip.reported, clip.difference) == (CLIP_USD, REPORTED, REPORTED - CLIP_USD)
    assert not clip.alarming


async def test_a_done_shot_is_free_under_any_cap(on_set):
    """A shot that is bought already asks no cap, reads no budget and changes nothing in it."""
    await produce(await on_set.studio(), shot(STILL))
    await capped(on_set, day=Decimal(0))
    before = (on_set.root / layout.BUDGET).read_bytes()
    await produce(await on_set.studio(), shot(STILL), a_run("second"))
    assert (on_set.root / layout.BUDGET).read_bytes() == before
    (on_set.root / layout.BUDGET).write_bytes(b"{")
    await produce(await on_set.studio(), shot(STILL), a_run("third"))
    assert len(on_set.jobs) == 1


class Flowing:
    """Time that passes for everybody alike, quickly: who runs beside others must not take their time from them."""

    def __init__(self, start, speed=50):
        self.start, self.speed, self.began = start, speed, time.monotonic()

    def now(self):
        return self.start + timedelta(seconds=(time.monotonic() - self.began) * self.speed)

    async def sleep(self, seconds):
        await asyncio.sleep(seconds / self.speed)


async def at_once(on_set, names, *clocks):
    """Runs of different shots together, each with a studio of its own; what they ended with."""

    async def one(n, name):
        studio = await on_set.studio(time=clocks[n % len(clocks)])
        return await produce(studio, shot(CLIP, shot=name), a_run(name))

    return await asyncio.gather(*(one(n, name) for n, name in enumerate(names)), return_exceptions=True)


async def test_sixteen_runs_against_a_cap_for_ten(open_set):
    """Exactly ten clips are bought, six runs are refused with the cap's name, and the ledger holds ten prices."""
    on_set = await open_set(latency=0)
    await capped(on_set, day=10 * CLIP_USD)
    ends = await at_once(on_set, [f"shot-{n}" for n in range(16)], Flowing(NOON))
    refused = [end for end in ends if isinstance(end, CapReached)]
    assert len(refused) == 6
    assert all("the cap of $1.85 for day 2026-11-22" in str(error) for error in refused)
    assert [bought[1:] for bought in on_set.bought] == [(1, REPORTED)] * 10
    assert 100 - on_set.balance == 10 * REPORTED
    assert await settled_to(on_set, reported=str(10 * REPORTED))


async def test_each_day_has_its_cap(open_set):
    """With clocks on either side of midnight each run counts on the day of its own, and no day passes its cap."""
    on_set = await open_set(latency=0)
    clocks = Flowing(NOON + timedelta(hours=10)), Flowing(NOON + timedelta(hours=12, minutes=1))
    await capped(on_set, day=5 * CLIP_USD)
    ends = await at_once(on_set, [f"shot-{n}" for n in range(16)], *clocks)
    assert sum(isinstance(end, CapReached) for end in ends) == 6
    assert len(on_set.jobs) == 10
    found = lines(await budget_of(on_set))
    assert [(str(line.day), line.reported) for line in found] == [
        ("2026-11-22", 5 * REPORTED),
        ("2026-11-23", 5 * REPORTED),
    ]


async def test_a_job_stays_on_the_day_of_its_reservation(on_set):
    """What is reserved before midnight and settled after it counts before it, and the next day's cap is free."""
    await capped(on_set, day=CLIP_USD)
    on_set.time.moment = datetime(2026, 11, 22, 23, 59, 59, tzinfo=UTC)
    await produce(await on_set.studio(), shot(CLIP))
    assert on_set.time.now().day == 23
    await produce(await on_set.studio(), shot(CLIP, shot="another"))
    assert [str(line.day) for line in lines(await budget_of(on_set))] == ["2026-11-22", "2026-11-23"]


async def test_runs_that_share_a_job_share_its_entry(open_set):
    """Eight runs of one shot under a cap for one: all end well, and one price is booked."""
    on_set = await open_set(latency=0)
    await capped(on_set, day=CLIP_USD)
    reels = await at_once(on_set, ["one-shot"] * 8, Flowing(NOON))
    assert {tuple(reel.uris) for reel in reels} == {tuple(reels[0].uris)}
    assert await settled_to(on_set, reported=str(REPORTED))


async def test_what_was_reported_above_its_quote_stops_the_next(open_set):
    """A provider that bills more than it said is booked in full and shown as an alarm, and the next run is refused."""
    on_set = await open_set(price_variance="1.5")
    await capped(on_set, day=2 * CLIP_USD)
    await produce(await on_set.studio(), shot(CLIP))
    (line,) = lines(await budget_of(on_set))
    assert line.alarming
    assert line.reported > CLIP_USD
    with pytest.raises(CapReached):
        await produce(await on_set.studio(), shot(CLIP, shot="another"))
    assert len(on_set.jobs) == 1


async def test_a_failure_after_acceptance_is_unknown_at_its_quote(open_set):
    """It counts against the cap: nobody has said that it cost nothing."""
    on_set = await open_set(failure={"code": "timeoutProvider"})
    await capped(on_set, day=CLIP_USD)
    with pytest.raises(GenerationFailed):
        await produce(await on_set.studio(), shot(CLIP))
    assert await settled_to(on_set, unknown=str(CLIP_USD))
    with pytest.raises(CapReached, match="unknown"):
        await produce(await on_set.studio(), shot(CLIP, shot="another"))


async def test_a_refusal_releases(open_set):
    """What the provider refused costs nothing, and the next run may have what it held."""
    on_set = await open_set(refuse={"code": "invalidProviderContent", "times": 1})
    await capped(on_set, day=CLIP_USD)
    with pytest.raises(Rejected):
        await produce(await on_set.studio(), shot(CLIP))
    assert await settled_to(on_set)
    await produce(await on_set.studio(), shot(CLIP, shot="another"))
    assert await settled_to(on_set, reported=str(REPORTED))


async def test_a_still_above_its_quote_stops_its_clip_at_the_ceiling(open_set):
    """What a run has really spent counts: the clip isn't bought, and a later run may buy it."""
    on_set = await open_set(price_variance={"runware:z-image@turbo": 5})
    studio = await on_set.studio(max_usd=Decimal("0.195"))
    with pytest.raises(
        OverCeiling, match=r"clip-001 could cost \$0.185.* has spent \$0.01\d* of its ceiling of \$0.195"
    ):
        await produce(studio, shot())
    assert [(job["model"], job["runs"]) for job in on_set.jobs] == [("runware:z-image@turbo", 1)]
    assert list(await studio.archive.open_jobs()) == []
    await produce(await on_set.studio(max_usd=Decimal("0.195")), shot())
    assert [runs for _, runs, _ in on_set.bought] == [1, 1]


async def test_a_cap_that_was_lowered_to_zero_stops_what_is_held(open_set):
    """What was planned and held before, or sent and lost, isn't sent any more; a lifted cap lets it go on, once."""
    submits = {"task_types": ["imageInference"]}
    on_set = await open_set(throttle={**submits, "status": 429})
    with pytest.raises(ProviderError, match="took nothing"):
        await produce(await on_set.studio(patience=30), shot(STILL))
    on_set.emulator.switch(throttle=None, lost_reply={**submits, "when": "before"})
    with pytest.raises(UnknownPurchase):
        await produce(await on_set.studio(), shot(STILL, shot="pier"))
    on_set.emulator.switch(lost_reply=None)
    for caps in ({"day": Decimal(0)}, {"projects": {"harbour": Decimal(0)}}):
        await capped(on_set, **caps)
        for name in ("lighthouse", "pier"):
            with pytest.raises(CapReached, match=r"cap of \$0\.00 for"):
                await produce(await on_set.studio(), shot(STILL, shot=name), a_run("second"))
    assert on_set.jobs == []
    await capped(on_set, day=Decimal(1))
    for name in ("lighthouse", "pier"):
        await produce(await on_set.studio(), shot(STILL, shot=name), a_run("third"))
    assert [(submits, runs) for submits, runs, _ in on_set.bought] == [(1, 1), (1, 1)]


class Slow(FolderStore):
    """A folder whose next answer about the budget takes a while, in which something else happens."""

    meanwhile = None

    async def read(self, name):
        found = await super().read(name)
        if name == layout.BUDGET and self.meanwhile is not None:
            happens, self.meanwhile = self.meanwhile, None
            await happens()
        return found


async def test_a_look_at_the_caps_is_as_old_as_its_own_read(on_set):
    """That another job looks at the caps meanwhile makes nobody's own look any younger."""
    studio = await on_set.studio(store=(store := Slow(on_set.root)))
    stages = [(await plan(studio, shot(STILL, shot=name), a_run())).still for name in ("pier", "lighthouse")]
    pier, lighthouse = [await written(studio, stage, [await planned_event(studio, stage, a_run())]) for stage in stages]
    await hold(studio, pier)
    on_set.time.pass_by(60)
    began = on_set.time.now()

    async def another_look():
        on_set.time.pass_by(FRESH - 1)
        assert await hold(studio, pier) == on_set.time.now() + timedelta(seconds=FRESH)

    store.meanwhile = another_look
    assert await hold(studio, lighthouse) == began + timedelta(seconds=FRESH)
