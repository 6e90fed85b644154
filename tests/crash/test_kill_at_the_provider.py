"""A run that is killed at any request to the provider is finished by the next one, and nothing is bought twice."""

from itertools import product
from pathlib import Path
from uuid import uuid4

import pytest

from tests.crash.acting import perform
from tests.crash.killing import each, kill_at, late
from tests.crash.scene import built

SIDES = ("lost", "late", "after")


async def requests_of_a_chain(folder: Path, media: Path) -> int:
    """How many requests the provider sees of one chain that nobody disturbs."""
    async with built(folder / "undisturbed", media) as scene:
        await scene.check(await perform(scene.part("first")))
        seen = scene.emulator.requests()
        return int(str(seen["v1"])) + int(str(seen["media"]))


@pytest.mark.parametrize("duplicate", ["conflict", "rerun_after_terminal"])
async def test_killed_at_every_request_to_the_provider(tmp_path: Path, media: Path, duplicate: str) -> None:
    """Whichever request is under way when a run dies, and whether it arrives, arrives late or was answered."""

    async def play(case: tuple[int, str]) -> None:
        k, side = case
        hold = {"request": k, "when": "after" if side == "after" else "before", "path": "any"}
        async with built(tmp_path / uuid4().hex, media, hold=hold, duplicate=duplicate) as scene:
            await kill_at(scene.part("killed"), scene.emulator.until_held(), f"request {k}")
            if side == "late":
                told = await late(scene, scene.emulator.go, perform(scene.part("second")))
            else:
                scene.emulator.go(drop=side == "lost")
                told = await perform(scene.part("second"))
            await scene.check(told)

    count = await requests_of_a_chain(tmp_path, media)
    assert count >= 9  # balance; submit, two looks and a download, twice
    await each(product(range(1, count + 1), SIDES), play)
