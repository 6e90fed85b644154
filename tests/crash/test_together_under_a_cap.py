"""Sixteen runs at once and a cap for ten: exactly ten are bought, and the others say which cap it was."""

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from stillreel.domain.budget import Budget, Caps
from tests.crash.acting import Part, Told, all_at_once
from tests.crash.passing_time import SkewedTime
from tests.crash.scene import BILLS, CLIP, Scene, built
from tests.studio.on_set import CLIP as SHOT
from tests.studio.on_set import CLIP_USD  # the quote; a clip's is exact, a still's has an upper bound twice as high

PACE = 0.01  # of all waits
WHOLE = 1.0  # of leases and time limits: a busy machine loses none
HURRIED: dict[str, Any] = {"clock": {"speed": 1 / PACE}}
RUNS = 16
BILLED = BILLS[CLIP]
HALF_A_DAY = 12 * 3600.0  # before and behind: 24 hours apart are never the same date


async def run_under(scene: Scene, cap: Decimal, ahead: Sequence[float], *, true_time: bool = False) -> list[Told]:
    """A run for each of sixteen shots, on machines whose clocks are so far ahead, under a cap for the day."""

    async def change(budget: Budget) -> Budget:
        return budget.model_copy(update={"caps": Caps(day=cap)})

    async with scene.opened() as archive:
        await archive.books.change(change)
    settings = scene.part("").settings.model_copy(update={"pace": WHOLE})
    return await all_at_once(
        [
            Part(settings, SkewedTime(PACE, ahead[n % len(ahead)]), f"run {n}", shot, true_time=true_time)
            for n, shot in enumerate({**SHOT, "shot": f"shot-{n}"} for n in range(RUNS))
        ]
    )


async def check(scene: Scene, told: Sequence[Told], bought: int) -> dict[str, Decimal]:
    """So many were bought, the rest was refused by the cap; returns what each day's books say was spent."""
    refused = [each for each in told if each.error]
    assert {each.error for each in refused} <= {"CapReached"}, told  # a flow ends with 1 on it, as on all but bad input
    assert all("for day " in each.message and "it was not bought" in each.message for each in refused)
    assert (sum(each.bought for each in told), len(refused)) == (bought, RUNS - bought)
    jobs = scene.emulator.jobs().values()
    assert [(job["runs"], Decimal(str(job["billed"]))) for job in jobs] == [(1, BILLED)] * bought
    async with scene.opened() as archive:
        budget = await archive.books.read()
    assert budget.entries == {}
    assert sum(total.reported for total in budget.totals) == bought * BILLED
    return {str(total.day): total.reported for total in budget.totals}


async def test_sixteen_runs_under_a_cap_for_ten(tmp_path: Path, media: Path) -> None:
    """Exactly ten are bought, six are refused in the cap's name, and the ledger holds ten prices."""
    async with built(tmp_path / "set", media, real_time=True, **HURRIED) as scene:
        told = await run_under(scene, 10 * CLIP_USD, [0.0])
        await check(scene, told, 10)


async def test_wrong_clocks_on_either_side_of_midnight(tmp_path: Path, media: Path) -> None:
    """Machines that disagree about the date share one day, the store's: its cap is for ten, whatever they think."""
    async with built(tmp_path / "set", media, real_time=True, **HURRIED) as scene:
        told = await run_under(scene, 10 * CLIP_USD, [-HALF_A_DAY, HALF_A_DAY])
        assert len(await check(scene, told, 10)) == 1


async def test_each_side_of_midnight_has_its_own_cap(tmp_path: Path, media: Path) -> None:
    """Eight runs on either side of midnight, and a cap for five a day: five are bought on each."""
    async with built(tmp_path / "set", media, real_time=True, **HURRIED) as scene:
        told = await run_under(scene, 5 * CLIP_USD, [-HALF_A_DAY, HALF_A_DAY], true_time=True)
        assert list((await check(scene, told, 10)).values()) == [5 * BILLED] * 2
