"""Runs that start at the same moment on the same archive: one take is bought once, and none is lost."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.crash.acting import TO_ITS_END, Part, all_at_once
from tests.crash.passing_time import SkewedTime
from tests.crash.scene import BILLS, Scene, built
from tests.studio.on_set import CHAIN

PACE = 0.01  # of all waits
WHOLE = 1.0  # of leases and time limits: a busy machine loses none
IMPATIENCE = 0.5  # real seconds: many looks at the lease, and many questions of somebody who heeds none
HURRIED: dict[str, Any] = {"clock": {"speed": 1 / PACE}}  # so that two of our seconds are two of the provider's


def parts(scene: Scene, shots: list[dict[str, Any]]) -> list[Part]:
    """A run for each shot, in real time."""
    settings = scene.part("").settings.model_copy(update={"pace": WHOLE})
    return [Part(settings, SkewedTime(PACE), f"run {n}", shot) for n, shot in enumerate(shots)]


@pytest.mark.parametrize("delay", [0, 1500])
async def test_eight_processes_share_one_take(tmp_path: Path, media: Path, delay: int) -> None:
    """All end well with the same files, and together they have sent and bought each job once, where ids sell twice.

    The first order is held until all have planned and had the time to lose their patience.
    """
    asked = {**HURRIED, "duplicate": "rerun_after_terminal", "register_delay_ms": delay}
    async with built(
        tmp_path / "set", media, real_time=True, hold={"task_types": ["imageInference"]}, **asked
    ) as scene:
        running = asyncio.create_task(all_at_once(parts(scene, [CHAIN] * 8)))
        async with asyncio.timeout(TO_ITS_END):
            await scene.emulator.until_held()
            while scene.emulator.requests().get("accountManagement") != 8:  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.01)
        await asyncio.sleep(IMPATIENCE)
        before = scene.emulator.requests()
        scene.emulator.go()
        told = await running
        assert (before["imageInference"], before.get("getResponse", 0)) == (1, 0)
        assert [each.error or each.uris for each in told] == [told[0].uris] * 8, told
        assert sum(each.bought for each in told) == len(scene.emulator.jobs())
        assert [job["submits"] for job in scene.emulator.jobs().values()] == [1] * len(BILLS)
        await scene.check(told[0])


async def test_two_prompts_for_one_shot_are_two_takes(tmp_path: Path, media: Path) -> None:
    """Of two runs that change the words of one shot at once, each gets its own still and clip; none is lost."""
    async with built(tmp_path / "set", media, real_time=True, **HURRIED) as scene:
        words = [{**CHAIN, "still": {"prompt": f"A lighthouse at {when}."}} for when in ("dawn", "dusk")]
        told = await all_at_once(parts(scene, words))
        assert [each.error for each in told] == ["", ""], told
        assert {str(uri).rpartition("/")[2] for each in told for uri in each.uris} == {
            f"{stage}-{take:03d}.{ending}" for stage, ending in (("still", "png"), ("clip", "mp4")) for take in (1, 2)
        }
        assert [each.bought for each in told] == [2, 2]
        assert [job["runs"] for job in scene.emulator.jobs().values()] == [1] * 2 * len(BILLS)
        async with scene.opened() as archive:
            assert {(await archive.events(uuid)).standing for uuid in await archive.jobs()} == {"closed"}
            assert await archive.open_jobs() == {}
            assert (await archive.books.read()).entries == {}
