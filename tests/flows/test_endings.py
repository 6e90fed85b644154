"""Commands that are ended from outside, or by what nobody foresaw: the last line never lies about the money."""

import asyncio
import resource
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from stillreel.emulator import RunningEmulator, running_emulator
from tests.flows import commands
from tests.flows.commands import CANNED, end, run, settings, shot, until, write

pytestmark = pytest.mark.server


@pytest.fixture
async def slow(tmp_path: Path, prefect_api: str) -> AsyncIterator[RunningEmulator]:
    """A provider whose clips never come to an end by themselves."""
    async with running_emulator(tmp_path / "emulator", {**CANNED, "clock": {"speed": 1}}) as emulator:
        emulator.switch(latency={"runware:z-image@turbo": {"median": 0.1}, "klingai:3@1": {"median": 3600}})
        yield emulator


async def start(folder: Path, emulator: RunningEmulator, *, largest: int | None = None) -> asyncio.subprocess.Process:
    """The chain as a process; `largest` is the most bytes that a file of its may have, as on a full disk."""
    env = settings(emulator, f"file://{folder}/archive")
    limit = (lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))) if largest else None
    file = write(folder / "shot.yaml", shot("ended"))
    return await commands.start("flows.image_to_video", str(file), env=env, first=limit)


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
async def test_a_run_that_is_stopped_by_hand_says_what_it_has_bought(sign, slow, tmp_path):
    """Ctrl-C and a polite end from a container both end with one line on what is paid, in a second run as well."""
    process = await start(tmp_path, slow)
    await until(lambda: accepted(tmp_path) == 2)
    process.send_signal(sign)
    told = await end(process)
    assert told.code == 1
    assert (told.line["state"], told.line["bought"], told.line["money"]) == ("running", 2, "spent")
    asked = slow.requests().get("getResponse", 0)
    assert told.line["flow_run_id"]
    assert told.line["still"].endswith("/still-001.png")
    assert told.line["cost"]["reported"] == "0.003133"
    if sign == signal.SIGINT:
        process = await start(tmp_path, slow)
        await until(lambda: slow.requests().get("getResponse", 0) > asked)
        process.send_signal(sign)
        told = await end(process)
        assert (told.line["state"], told.line["bought"], told.line["money"]) == ("running", 0, "spent")
        assert list(slow.jobs())[1] in told.line["message"]
    slow.advance(7200)
    again = await run("image_to_video", tmp_path / "shot.yaml", settings(slow, f"file://{tmp_path}/archive"))
    assert (again.code, again.line["bought"]) == (0, 0)


async def test_a_run_that_is_stopped_while_it_sends_is_in_doubt(slow, tmp_path):
    """What has left and has no answer yet is neither paid nor unspent: the line names it, the next run finds it."""
    slow.switch(hold={"task_types": ["videoInference"], "when": "after"})
    process = await start(tmp_path, slow)
    await slow.until_held()
    process.send_signal(signal.SIGINT)
    told = await end(process)
    assert (told.line["state"], told.line["bought"], told.line["money"][:7]) == ("unknown", 1, "unknown")
    assert list(slow.jobs())[1] in told.line["message"]
    slow.go()
    slow.advance(7200)
    again = await run("image_to_video", tmp_path / "shot.yaml", settings(slow, f"file://{tmp_path}/archive"))
    assert (again.code, again.line["state"], again.line["bought"]) == (0, "done", 1), again.stderr
    assert [(job["submits"], job["runs"]) for job in slow.jobs().values()] == [(1, 1), (1, 1)]


def accepted(folder: Path) -> int:
    return sum('"accepted"' in event.read_text() for event in (folder / "archive" / "jobs").rglob("*.json"))


async def test_a_full_disk_is_told_with_what_was_bought(emulator, tmp_path):
    """What nobody foresaw ends the run as failed, with the number of jobs bought and never as not spent."""
    told = await end(await start(tmp_path, emulator, largest=8 * 1024))
    assert (told.code, told.line["state"], told.line["bought"]) == (1, "failed", 1), told.stderr
    assert told.line["money"] != "not spent"
    again = await run("image_to_video", tmp_path / "shot.yaml", settings(emulator, f"file://{tmp_path}/archive"))
    assert (again.code, again.line["state"], again.line["bought"]) == (0, "done", 1), again.stderr


async def test_an_archive_that_vanishes_is_not_called_unspent(slow, tmp_path):
    """Where the archive can't be asked at the end, the run still says how many jobs it bought."""
    process = await start(tmp_path, slow)
    await until(lambda: accepted(tmp_path) == 2)
    (tmp_path / "archive").rename(tmp_path / "elsewhere")  # at one stroke, whatever is being written there
    slow.advance(7200)
    told = await end(process)
    assert (told.code, told.line["state"], told.line["bought"]) == (1, "failed", 2), told.stderr
    assert told.line["money"] != "not spent"


async def test_a_server_that_does_not_start_in_time_is_told_with_what_helps(prefect_home, tmp_path):
    """Without PREFECT_API_URL, and on a machine too slow for a server of the run's own, both remedies are named."""
    env = {
        "PREFECT_API_URL": None,
        "PREFECT_HOME": str(prefect_home / "alone"),
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "0",
        "RUNWARE_API_KEY": "unused",
        "STILLREEL_ARCHIVE": f"file://{tmp_path}/archive",
    }
    done = await run("image_to_video", write(tmp_path / "shot.yaml", shot("alone")), env)
    assert (done.code, done.line["state"], done.line["money"], done.line["bought"]) == (1, "failed", "not spent", 0)
    for remedy in ("`prefect server start`", "PREFECT_API_URL", "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS"):
        assert remedy in done.line["message"]
    assert "Timed out while attempting to connect to ephemeral Prefect API server" in done.line["message"]
