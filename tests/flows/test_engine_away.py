"""The engine's server goes away while a run works: what is bought is brought home, and the last line says so."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from prefect.client.orchestration import PrefectClient

from deployments import servers
from deployments.servers import ROOT
from stillreel.emulator import RunningEmulator, running_emulator
from tests.flows.boards import board, named
from tests.flows.commands import CANNED, Ended, ended, settings, shot, until, write
from tests.flows.engine import Engine, server

pytestmark = pytest.mark.server

AWAY = 30.0  # seconds
LEAVING = 40.0  # seconds; nine are meant, or fifteen, on a busy machine, and it would be minutes
SLOW = {"runware:z-image@turbo": {"median": 0.1}, "klingai:3@1": {"median": 3600}}


@pytest.fixture(scope="module")
async def engine(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Engine]:
    """A server of these tests' own; the first test gives it back alive."""
    home = tmp_path_factory.mktemp("engine")
    engine = Engine(home, servers.wait_for(servers.start(server(home), home)))
    yield engine
    servers.stop(engine.running)


@pytest.fixture
async def slow(tmp_path: Path) -> AsyncIterator[RunningEmulator]:
    """A provider whose clips come when they are told to."""
    async with running_emulator(tmp_path / "emulator", {**CANNED, "clock": {"speed": 1}}) as emulator:
        emulator.switch(latency=SLOW)
        yield emulator


async def waiting(
    engine: Engine, emulator: RunningEmulator, folder: Path, flow: str = "image_to_video", **env: str
) -> asyncio.subprocess.Process:
    """A run of the chain, alone or of a storyboard, that waits for its clip, which is paid for."""
    given = board("away", *named("a")) if flow == "storyboard" else shot("away")
    said = {**settings(emulator, f"file://{folder}/archive"), "PREFECT_API_URL": f"{engine.running.url}/api", **env}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", f"flows.{flow}", str(write(folder / "it.yaml", given))),
        cwd=ROOT,
        env={**os.environ, **{key: value for key, value in said.items() if value is not None}},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    events = folder / "archive" / "jobs"
    await until(lambda: len([*events.rglob("2.json")]) == 2)  # the acceptance of both is written down
    return process


async def end(process: asyncio.subprocess.Process, seconds: float = 120) -> Ended:
    try:
        out, err = (part.decode() for part in await asyncio.wait_for(process.communicate(), seconds))
    finally:
        if process.returncode is None:
            process.kill()
    return ended(process.returncode, out, err)


async def last_line(process: asyncio.subprocess.Process) -> dict[str, Any]:
    """What it says in the end; its process ends soon after that."""
    assert process.stdout is not None
    assert process.stderr is not None
    reading = asyncio.create_task(process.stderr.read())  # or it would fill up meanwhile
    try:
        line: dict[str, Any] = json.loads(await asyncio.wait_for(process.stdout.readline(), 240))
        assert await asyncio.wait_for(process.wait(), LEAVING) == 0, await reading
    finally:
        if process.returncode is None:
            process.kill()
        await reading
    return line


def bought_once(emulator: RunningEmulator) -> bool:
    return [(job["submits"], job["runs"]) for job in emulator.jobs().values()] == [(1, 1), (1, 1)]


async def test_a_server_that_is_away_for_half_a_minute_is_waited_for(engine, slow, tmp_path):
    """Killed in mid run and back after 30 s: the shot is done meanwhile, and the server's record says so in the end."""
    process = await waiting(engine, slow, tmp_path)
    engine.kill()
    slow.advance(7200)
    await asyncio.sleep(AWAY)  # what is tested is this very time, by the engine's own retries
    engine.start_again()
    told = await end(process)
    assert (told.code, told.line["state"], told.line["bought"]) == (0, "done", 2), told.stderr
    assert bought_once(slow)
    async with PrefectClient(f"{engine.running.url}/api") as client:
        run = await client.read_flow_run(told.line["flow_run_id"])
    assert run.state is not None
    assert run.state.is_completed(), run.state


async def test_a_server_that_never_comes_back_loses_no_clip(engine, slow, tmp_path):
    """Gone for good in mid run: the clip lies in the archive, the last line says that it is done, and is the end."""
    process = await waiting(engine, slow, tmp_path, PREFECT_CLIENT_MAX_RETRIES="1")
    engine.kill()
    slow.advance(7200)
    line = await last_line(process)
    assert (line["state"], line["bought"]) == ("done", 2)
    assert line["clips"] == [f"file://{tmp_path}/archive/projects/away/a/clip-001.mp4"]
    assert bought_once(slow)


@pytest.mark.parametrize(
    "flow, sign",
    [("image_to_video", signal.SIGINT), ("image_to_video", signal.SIGTERM), ("storyboard", signal.SIGINT)],
)
async def test_a_polite_stop_waits_for_no_server(flow, sign, engine, slow, tmp_path):
    """Gone for good, then the run is stopped, also by Ctrl-C: within a container's time it names what is paid for."""
    engine.start_again()
    process = await waiting(engine, slow, tmp_path, flow)
    engine.kill()
    process.send_signal(sign)
    told = await end(process, LEAVING)
    assert (told.code, told.line["state"], told.line["money"]) == (1, "running", "spent"), told.stderr
    assert all(uuid in told.line["message"] for uuid in slow.jobs())
