"""A run that is killed at any request to the provider is finished by the next one, and nothing is bought twice."""

from contextlib import suppress
from itertools import product
from pathlib import Path
from typing import Any, Literal
from uuid import uuid4

import pytest

from tests.crash.acting import perform
from tests.crash.killing import NeverReached, each, kill_at, late
from tests.crash.scene import built

Side = Literal["lost", "late", "after"]
ORDERS = ("imageInference", "videoInference")
FEWEST = 9  # requests: the balance; an order, two looks and a download, twice


async def play(folder: Path, media: Path, hold: dict[str, Any], side: Side, **switches: Any) -> None:
    """Kill a run at the request that is named, before its effect or after it, and finish it by another one."""
    hold = {**hold, "when": "after" if side == "after" else "before"}
    async with built(folder / uuid4().hex, media, hold=hold, **switches) as scene:
        await kill_at(scene.part("killed"), scene.emulator.until_held(), str(hold))
        if side == "late":
            told = await late(scene, scene.emulator.go, perform(scene.part("second")))
        else:
            scene.emulator.go(drop=True)
            told = await perform(scene.part("second"))
        await scene.check(told)


async def test_killed_at_every_request_to_the_provider(tmp_path: Path, media: Path) -> None:
    """Whichever request is under way when a run dies: it never arrived, or it was answered and nobody heard it."""
    async with built(tmp_path / "undisturbed", media) as scene:
        await scene.check(await perform(scene.part("first")))
        seen = scene.emulator.requests()
    count = int(str(seen["v1"])) + int(str(seen["media"]))
    assert count >= FEWEST, seen
    sides: tuple[Side, ...] = ("lost", "after")

    async def one(case: tuple[int, Side]) -> None:
        # A run that looks in luckier moments needs a look less than the undisturbed one.
        with suppress(*([NeverReached] if case[0] > FEWEST else [])):
            await play(tmp_path, media, {"request": case[0], "path": "any"}, case[1])

    await each(product(range(1, count + 1), sides), one)


@pytest.mark.parametrize("duplicate", ["conflict", "rerun_after_terminal"])
async def test_killed_at_every_order(tmp_path: Path, media: Path, duplicate: str) -> None:
    """An order that arrives while the next run is under way, at a provider that sells an id twice if it can."""
    sides: tuple[Side, ...] = ("late",) if duplicate == "conflict" else ("lost", "late", "after")

    async def one(case: tuple[str, Side]) -> None:
        await play(tmp_path, media, {"task_types": [case[0]]}, case[1], duplicate=duplicate)

    await each(product(ORDERS, sides), one)
