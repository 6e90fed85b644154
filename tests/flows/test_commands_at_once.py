"""The command that people run, many times at the same moment: real processes, one Prefect server, one archive."""

import asyncio
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import pytest
from typer.testing import CliRunner

from stillreel.cli import app
from stillreel.emulator import RunningEmulator, running_emulator
from tests.crash.scene import LATENCY
from tests.flows.commands import CANNED, Ended, run, settings, shot, write

pytestmark = pytest.mark.server

PACE = 0.1  # a lease of twelve seconds: no process stands still so long, though six share two cores with others
HURRIED = {**CANNED, "clock": {"speed": 1 / PACE}, "latency": LATENCY}
COMMANDS, CAP = 6, 4
CLIP_USD, CLIP_BILL = Decimal("0.185"), "0.1848"


async def all_at_once(
    flow: str, emulator: RunningEmulator, folder: Path, names: Sequence[str], **parts: None
) -> list[Ended]:
    """A command for each of these shots."""
    env = settings(emulator, f"file://{folder}/archive", STILLREEL_PACE=str(PACE))
    files = [write(folder / f"{n}.yaml", shot("crowd", name, **parts)) for n, name in enumerate(names)]
    return list(await asyncio.gather(*(run(flow, file, env) for file in files)))


async def test_six_commands_under_a_cap_for_four(prefect_api: str, tmp_path: Path) -> None:
    """Four exit with 0, each with its clip; two buy nothing, name the cap, exit with 1; the ledger is four prices."""
    env = {"STILLREEL_ARCHIVE": f"file://{tmp_path}/archive"}
    told = await asyncio.to_thread(CliRunner().invoke, app, ["caps", "set", "--day", str(CAP * CLIP_USD)], env=env)
    assert told.exit_code == 0, told.output
    async with running_emulator(tmp_path / "emulator", HURRIED) as emulator:
        ended = await all_at_once(
            "text_to_video", emulator, tmp_path, [f"shot-{n}" for n in range(COMMANDS)], still=None
        )
        said = sorted((end.code, end.line["state"], end.line["bought"], len(end.line["clips"])) for end in ended)
        assert said == [(0, "done", 1, 1)] * CAP + [(1, "refused", 0, 0)] * (COMMANDS - CAP)
        assert all("the cap of $0.74 for day" in end.line["message"] for end in ended if end.code)
        jobs = emulator.jobs().values()
        assert [(job["submits"], job["runs"], job["billed"]) for job in jobs] == [(1, 1, CLIP_BILL)] * CAP
        assert Decimal(str(emulator.ledger()["balance"])) == 100 - CAP * Decimal(CLIP_BILL)


async def test_four_commands_share_one_take(prefect_api: str, tmp_path: Path) -> None:
    """All exit with 0 and name the same files; together they have bought a still and a clip, once each."""
    async with running_emulator(tmp_path / "emulator", {**HURRIED, "duplicate": "rerun_after_terminal"}) as emulator:
        ended = await all_at_once("image_to_video", emulator, tmp_path, ["lighthouse"] * 4)
        assert [end.code for end in ended] == [0] * 4
        assert len({(end.line["still"], *end.line["clips"]) for end in ended}) == 1
        jobs = emulator.jobs().values()
        assert sum(end.line["bought"] for end in ended) == len(jobs)
        assert [(job["submits"], job["runs"]) for job in jobs] == [(1, 1)] * 2
