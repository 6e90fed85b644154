"""Commands are ended by signals at any moment, in bounded time, and their last line says so."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.flows.boards import board, named
from tests.flows.commands import ROOT, shot, write

LEAVING = 90.0  # seconds; fifteen are meant at most, on a busy machine, and it would be minutes or for ever
SIGNS = [signal.SIGINT, signal.SIGTERM]


@asynccontextmanager
async def started(*words: str, **env: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """`python -m <words>`, which doesn't outlive the block."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", *words),
        cwd=ROOT,
        env={**os.environ, **env},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


async def end(process: asyncio.subprocess.Process) -> tuple[int | None, list[str]]:
    """Its exit code and what is left of its output, once it has ended."""
    out, _ = await asyncio.wait_for(process.communicate(), LEAVING)
    return process.returncode, out.decode().splitlines()


async def read_until(stream: asyncio.StreamReader | None, ending: str) -> None:
    """Read on to a line that ends so."""
    assert stream is not None
    async with asyncio.timeout(LEAVING):
        while not (line := await stream.readline()).decode().rstrip().endswith(ending):
            assert line, f"it ended before {ending}"


async def test_a_signal_that_meets_a_task_is_not_lost():
    """The engine's answer to it ends that task alone; the command ends all the same, and says so."""
    async with started("tests.flows.losing", "struck") as process:
        assert await end(process) == (1, ["stopped"])


@pytest.mark.parametrize("sign", SIGNS)
async def test_nobody_need_agree_to_end(sign):
    """Work that goes on though it is cancelled, again and again, ends with its last line all the same."""
    async with started("tests.flows.losing", "deaf") as process:
        await read_until(process.stdout, "at work")
        process.send_signal(sign)
        code, said = await end(process)
        assert (code, said[-1], said.count("stopped")) == (1, "stopped", 1)


@pytest.mark.parametrize("sign", SIGNS)
async def test_once_is_not_in_a_hurry(sign):
    """What a run has to put in order has its time; a second SIGTERM, which some send, takes none of it."""
    async with started("tests.flows.losing", "slow") as process:
        await read_until(process.stdout, "at work")
        process.send_signal(sign)
        await read_until(process.stdout, "cancelled")
        process.send_signal(signal.SIGTERM)
        assert await end(process) == (1, ["in order", "stopped"])


@pytest.mark.parametrize("sign", SIGNS)
async def test_a_second_ctrl_c_ends_at_once(sign):
    """Nothing more is put in order, and the last line is told; a third one takes nothing from it."""
    async with started("tests.flows.losing", "slow") as process:
        await read_until(process.stdout, "at work")
        process.send_signal(sign)
        await read_until(process.stdout, "cancelled")
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGINT)
        assert await end(process) == (1, ["stopped"])


async def test_a_command_that_is_done_ends_by_itself():
    """Whatever the engine still waits for after the last line: it is cut off."""
    async with started("tests.flows.losing", "lingering") as process:
        assert await end(process) == (0, ["done", "left"])


@pytest.mark.parametrize("sign", SIGNS)
async def test_a_signal_after_the_last_line_takes_nothing_back(sign):
    """The command ends with the code of what it has done, and says no second line."""
    async with started("tests.flows.losing", "lingering") as process:
        await read_until(process.stdout, "left")  # the last line is out a little before the loop has closed
        process.send_signal(sign)
        assert await end(process) == (0, [])


MOMENTS = [  # as the last part of a line that tells of an import; other commands meet SIGTERM at the last of them
    (signal.SIGINT, "| flows"),
    (signal.SIGTERM, "| flows"),
    (signal.SIGTERM, "pydantic"),
    (signal.SIGINT, "prefect.flows"),
]
FILES: dict[str, Any] = {
    "image_to_video": shot("early"),
    "storyboard": board("early", *named("one", "two")),
    "reconcile": None,
    "resume": None,
}


async def stopped_early(folder: Path, flow: str, sign: signal.Signals, moment: str) -> dict[str, Any]:
    """What the last line of a command says that was stopped while it loaded."""
    words: Sequence[str] = ("--project", "early") if FILES[flow] is None else (write(folder / "it", FILES[flow]).name,)
    env = {
        "STILLREEL_ARCHIVE": f"file://{folder}/archive",
        "STILLREEL_RUNWARE_URL": "http://127.0.0.1:9",
        "RUNWARE_API_KEY": "anything",
        "PREFECT_API_URL": "http://127.0.0.1:9/api",
        "PYTHONPROFILEIMPORTTIME": "1",
    }
    async with started(f"flows.{flow}", *words, **env) as process:
        await read_until(process.stderr, moment)
        process.send_signal(sign)
        code, said = await end(process)
    assert (code, len(said)) == (1, 1)
    line: dict[str, Any] = json.loads(said[0])
    return line


@pytest.mark.parametrize("sign, moment", MOMENTS)
async def test_stopped_while_it_loads_it_buys_nothing(sign, moment, tmp_path):
    """A signal in the first seconds, in the midst of an import, ends the run before its first step, and says so."""
    line = await stopped_early(tmp_path, "image_to_video", sign, moment)
    assert (line["state"], line["bought"], line["money"]) == ("failed", 0, "not spent")
    assert line["message"] == "stopped before anything was sent"
    assert not (tmp_path / "archive").exists()


@pytest.mark.parametrize("flow", ["storyboard", "reconcile", "resume"])
async def test_every_command_can_be_stopped_while_it_loads(flow, tmp_path):
    """The same of a storyboard, and of the rounds."""
    line = await stopped_early(tmp_path, flow, signal.SIGTERM, "prefect.flows")
    assert (line["state"], line["bought"], line["money"]) == ("failed", 0, "not spent")
    assert "stopped by hand" in line["message"]
