"""A run goes on where another machine's run died, and the two machines' clocks are an hour apart."""

from pathlib import Path

import pytest

from tests.crash.acting import perform
from tests.crash.killing import kill_at
from tests.crash.scene import built

HOUR = 3600.0
LONG = 300.0  # seconds of the scene's time: a chain takes about seventy, and a lease seven more


@pytest.mark.parametrize("ahead", [HOUR, -HOUR], ids=["ahead", "behind"])
@pytest.mark.parametrize("order", ["imageInference", "videoInference"])
async def test_a_run_goes_on_by_another_clock(tmp_path: Path, media: Path, order: str, ahead: float) -> None:
    """A lost order is sent again once the store says that its lease is over: it isn't doubted, no hour is waited."""
    hold = {"task_types": [order], "when": "before"}
    async with built(tmp_path / "set", media, hold=hold) as scene:
        await kill_at(scene.part("killed"), scene.emulator.until_held(), order)
        scene.emulator.go(drop=True)
        began = scene.time.seconds()
        await scene.check(await perform(scene.part("second", ahead=ahead)))
        assert scene.time.seconds() - began < LONG
