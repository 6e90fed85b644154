"""One storyboard on several workers: how many shots a second, and how far the server lags behind with its records."""

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.fair import check_fair
from benchmarks.meter import cpu_of, metered
from benchmarks.provider import ask, seen
from benchmarks.scenes import Spread, shots
from benchmarks.stage import Stage, stage, up
from deployments.servers import RECORDER, ROOT, Running, Server, prefect_server, worker
from deployments.setup import POOL

PARTS = "storyboard-shots"
PARTS_AT_ONCE = 2  # of each worker, since a run is a process and this machine has two cores
STILL_FOR = 5.0  # seconds without another task run, after which all are recorded


def spread_out(scene: Spread) -> dict[str, Any]:
    """A run's figures: the command hands out the parts, and the workers make them."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="benchmarks-")))
        engine = stack.enter_context(up(server_of(scene, folder / "home"), folder))
        there = stack.enter_context(stage(scene, engine))
        _deploy(there)
        workers = [stack.enter_context(_worker(there, folder / f"worker-{n}")) for n in range(scene.workers)]
        command = [*there.ours(shots(scene.shots)), "--spread", "workers"]
        began, engine_before = ask(there.provider.url, "clock")["now"], cpu_of(engine.pid)
        took = metered(command, there.env, there.folder / "ours.log")
        provider = seen(there.provider.url, began, ask(there.provider.url, "clock")["now"])
        task_runs, lag = _recorded(engine)
        run = {
            "wall": took.wall,
            "cpu": took.cpu + sum(cpu_of(each.pid) for each in workers),
            "engine_cpu": cpu_of(engine.pid) - engine_before,
            "shots_per_second": scene.shots / took.wall,
            "task_runs_per_shot": task_runs / scene.shots,
            "recorded_after": lag,
            "load": os.getloadavg()[0],
            **provider,
        }
        check_fair(scene, there.kept("ours"), run)
        return run


def server_of(scene: Spread, home: Path) -> Server:
    """Prefect's server as ours, or as it comes, or on another database."""
    ours = prefect_server(home)
    kept = {name: value for name, value in ours.env.items() if scene.recorder or name not in RECORDER}
    database = {"PREFECT_SERVER_DATABASE_CONNECTION_URL": scene.database} if scene.database else {}
    return replace(ours, env={**kept, **database})


def _deploy(there: Stage) -> None:
    command = [sys.executable, "-m", "prefect", "--no-prompt", "deploy", "--name", PARTS]  # which makes the pool, too
    subprocess.run(command, cwd=ROOT, env=there.env, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - ours


@contextmanager
def _worker(there: Stage, folder: Path) -> Iterator[Running]:
    api = there.env["PREFECT_API_URL"]
    usual = worker(api, folder / "home", POOL)
    settings = {name: value for name, value in there.env.items() if name.startswith(("STILLREEL_", "RUNWARE_"))}
    more = {**settings, "STORAGE_EMULATOR_HOST": there.gcs, "PREFECT_LOGGING_LEVEL": "WARNING"}
    command = (*usual.command, "--limit", str(PARTS_AT_ONCE))
    with up(replace(usual, command=command, env={**usual.env, **more}), folder) as running:
        yield running


def _recorded(engine: Running) -> tuple[int, float]:
    """How many task runs the server has in the end, and after how many seconds it had the last of them."""
    asked = began = time.monotonic()
    count, last = _count(engine), began
    while asked - last < STILL_FOR:
        time.sleep(0.2)
        asked = time.monotonic()
        if (now := _count(engine)) != count:
            count, last = now, asked
    return count, last - began


def _count(engine: Running) -> int:
    body = json.dumps({"task_runs": {"state": {"type": {"any_": ["COMPLETED"]}}}}).encode()
    headers = {"Content-Type": "application/json"}
    asked = urllib.request.Request(f"{engine.url}/api/task_runs/count", data=body, headers=headers)  # noqa: S310 - ours
    with urllib.request.urlopen(asked) as answer:  # noqa: S310
        return int(answer.read())
