"""The engine's server goes away while a run works: what is bought is brought home, and the last line says so."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from prefect.client.orchestration import PrefectClient

from stillreel.emulator import RunningEmulator, running_emulator
from tests.flows.boards import board, named
from tests.flows.commands import CANNED, end, settings, shot, start, until, write
from tests.flows.engine import Engine

pytestmark = pytest.mark.server

AWAY = 23.0  # seconds until it is started, which takes seven more until it answers: half a minute, or longer
LEAVING = 60.0  # seconds; nine are meant, or fifteen, on a busy machine, and it would be minutes
JOBS = 2  # of a chain: its still and its clip
SLOW = {"runware:z-image@turbo": {"median": 0.1}, "klingai:3@1": {"median": 3600}}


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
    process = await start(f"flows.{flow}", str(write(folder / "it.yaml", given)), env=said)
    events = folder / "archive" / "jobs"
    await until(lambda: len([*events.rglob("2.json")]) == JOBS)  # the acceptance of both is written down
    return process


async def last_line(process: asyncio.subprocess.Process) -> dict[str, Any]:
    """What it says in the end; its process ends soon after that."""
    assert process.stdout is not None
    assert process.stderr is not None
    reading = asyncio.create_task(process.stderr.read())  # or it would fill up meanwhile
    line: dict[str, Any] = json.loads(await asyncio.wait_for(process.stdout.readline(), 240))
    assert await asyncio.wait_for(process.wait(), LEAVING) == 0, await reading
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
    await asyncio.to_thread(engine.start_again)
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


STOPS = [("image_to_video", signal.SIGINT), ("image_to_video", signal.SIGTERM), ("storyboard", signal.SIGINT)]


async def test_a_polite_stop_waits_for_no_server(engine, slow, tmp_path):
    """Gone for good, then runs are stopped, also by Ctrl-C: within a container's time they name what is paid for."""
    folders = [tmp_path / str(number) for number in range(len(STOPS))]
    for folder in folders:
        folder.mkdir()
    begun = (waiting(engine, slow, folder, flow) for folder, (flow, _) in zip(folders, STOPS, strict=True))
    processes = await asyncio.gather(*begun)
    engine.kill()
    for process, (_, sign) in zip(processes, STOPS, strict=True):
        process.send_signal(sign)
    every = await asyncio.gather(*(end(process, LEAVING) for process in processes))
    for folder, told in zip(folders, every, strict=True):
        assert (told.code, told.line["state"], told.line["money"]) == (1, "running", "spent"), told.stderr
        paid = {event.parent.name for event in folder.rglob("archive/jobs/*/2.json")}
        assert len(paid) == JOBS
        assert all(uuid in told.line["message"] for uuid in paid)
    assert len(slow.jobs()) == JOBS * len(STOPS)
