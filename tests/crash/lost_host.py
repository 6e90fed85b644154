"""A host is lost with its worker, a storyboard and the runs of its parts; another worker takes over, after minutes.

    .venv/bin/python -m tests.crash.lost_host

Not part of `make test`: Prefect's shortest heartbeat is 30 s, and its shortest lease of slots 60 s. Plays on servers
of its own, prints when what happened, as JSON, and ends with 1 if anything was bought twice or no slot came back.
"""

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import GlobalConcurrencyLimitCreate
from prefect.client.schemas.objects import FlowRun
from prefect.settings import PREFECT_API_URL, temporary_settings

from deployments import servers
from deployments.automations import automations, register
from deployments.servers import ROOT, Running
from deployments.setup import POOL
from stillreel.emulator import RunningEmulator, running_emulator
from tasks.leases import limit_of
from tests.flows.boards import board, named
from tests.flows.commands import CANNED, KEY, settings, until
from tests.flows.deploying import ask_for

SHOTS = 12  # two parts
HEARTBEAT = 30  # seconds; Prefect takes no less
SILENCE = 3 * HEARTBEAT
LEASE = 60  # seconds; Prefect takes no less
PATIENCE = 900.0  # seconds for all of it, on a busy machine
SLOW = {"runware:z-image@turbo": {"median": 0.1}, "klingai:3@1": {"median": 3600}}
HELD = "tests:lost-host@1"


def descendants(pid: int) -> Iterator[int]:
    """The processes below one, whatever sessions they have begun."""
    for status in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            if int(status.read_text().rpartition(")")[2].split()[1]) == pid:
                yield int(status.parent.name)
                yield from descendants(int(status.parent.name))


def lose(worker: Running) -> int:
    """End a worker and all below it at once, without a word; how many processes that were."""
    pids = [worker.pid, *descendants(worker.pid)]
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    return len(pids)


def deploy(api: str, home: Path) -> None:
    """The deployments of prefect.yaml, with automations that watch the one that is played."""
    env = servers.environment({"PREFECT_API_URL": api, "PREFECT_HOME": str(home / "client")})
    words = (sys.executable, "-m", "prefect", "--no-prompt", "deploy", "--all")
    subprocess.run(words, cwd=ROOT, env=env, check=True, stdout=subprocess.DEVNULL)
    with get_client(sync_client=True) as client:
        said = register(client, automations(silence=SILENCE))
        client.create_global_concurrency_limit(GlobalConcurrencyLimitCreate(name=limit_of(HELD), limit=2))
    assert said == ["Replaced: automation stillreel-silent-runs-again, which said something else"], said


async def holder(api: str) -> asyncio.subprocess.Process:
    """A process that holds both slots of a limit."""
    words = (sys.executable, "-m", "tests.flows.sharing", HELD, "2", "3600", "1", str(LEASE))
    env = {**os.environ, "PREFECT_API_URL": api}
    process = await asyncio.create_subprocess_exec(*words, cwd=ROOT, env=env, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    await process.stdout.readline()
    return process


async def seconds_until_free(since: float) -> float:
    async with get_client() as client:
        while (await client.read_global_concurrency_limit_by_name(limit_of(HELD))).active_slots:  # noqa: ASYNC110 - no event here
            await asyncio.sleep(1)
    return time.monotonic() - since


async def ended(run: UUID) -> FlowRun:
    async with get_client() as client:
        while True:
            found = await client.read_flow_run(run)
            if found.state and found.state.is_final() and not found.state.is_crashed():
                return found
            await asyncio.sleep(0.5)


async def play(api: str, home: Path, emulator: RunningEmulator) -> dict[str, Any]:
    """Lose a host while all clips are paid for and being made."""
    env = {**settings(emulator, f"file://{home}/archive"), "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": str(HEARTBEAT)}
    first = await asyncio.to_thread(servers.start, servers.worker(api, home / "one", POOL), home / "one")
    said = board("lost", *named(*(f"s{n}" for n in range(SHOTS))))
    run = await ask_for("storyboard", {"storyboard": said, "spread": "workers"}, env, parameter="order")
    holding = await holder(api)
    await until(lambda: len(emulator.jobs()) == 2 * SHOTS)
    lost, wall = time.monotonic(), time.time()
    killed = await asyncio.to_thread(lose, first)
    holding.kill()
    second = await asyncio.to_thread(servers.start, servers.worker(api, home / "two", POOL), home / "two")
    emulator.advance(7200)
    try:
        async with asyncio.timeout(PATIENCE):
            done, free = await asyncio.gather(ended(run), seconds_until_free(lost))
    finally:
        await asyncio.to_thread(servers.stop, second)
    async with get_client() as client:
        states = await client.read_flow_run_states(run)
    line = [(round(state.timestamp.timestamp() - wall, 1), state.name) for state in states]
    jobs = {place: (job["submits"], job["runs"]) for place, job in emulator.jobs().items()}
    return {
        "processes killed": killed,
        "seconds from the loss": sorted(line),
        "slots free after": round(free, 1),
        "begun": done.run_count,
        "clips": len([*(home / "archive" / "projects").rglob("clip-001.mp4")]),
        "each bought once": len(jobs) == 2 * SHOTS and set(jobs.values()) == {(1, 1)},
        "completed": bool(done.state and done.state.is_completed()),
    }


async def main() -> int:
    with tempfile.TemporaryDirectory(prefix="stillreel-lost-host-") as folder:
        home = Path(folder)
        server = await asyncio.to_thread(servers.start, servers.prefect_server(home / "server"), home)
        try:
            await asyncio.to_thread(servers.wait_for, server)
            api = f"{server.url}/api"
            slow = {**CANNED, "keys": [KEY], "clock": {"speed": 1}}
            with temporary_settings({PREFECT_API_URL: api}):
                await asyncio.to_thread(deploy, api, home)
                async with running_emulator(home / "emulator", slow) as emulator:
                    emulator.switch(latency=SLOW)
                    told = await play(api, home, emulator)
        finally:
            await asyncio.to_thread(servers.stop, server)
    sys.stdout.write(f"{json.dumps(told, indent=2)}\n")
    return 0 if told["each bought once"] and told["completed"] and told["clips"] == SHOTS else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
