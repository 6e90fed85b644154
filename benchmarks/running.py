"""Both sides of a benchmark, one after the other, as often as it says."""

import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.fair import check_fair
from benchmarks.meter import Metered, cpu_of, metered
from benchmarks.provider import ask, seen
from benchmarks.scenes import Benchmark, Files, Scene, Spread, shots
from benchmarks.spreading import spread_out
from benchmarks.stage import BUCKET, bucket_server, stage
from deployments.servers import Running, environment

Say = Callable[[str], None]
Run = dict[str, Any]


def runs_of(benchmark: Benchmark, engine: Running, say: Say) -> dict[str, list[Run]]:
    """Each side's runs. Who begins changes with each repeat, so that a machine that tires is fair."""
    found: dict[str, list[Run]] = {side: [] for side in benchmark.sides}
    for repeat in range(benchmark.repeats):
        for side in benchmark.sides if repeat % 2 == 0 else benchmark.sides[::-1]:
            run = _run(benchmark, side, engine)
            found[side].append(run)
            say(f"{benchmark.name} {repeat + 1}/{benchmark.repeats} {side}: {_told(run)}")
    return found


def _run(benchmark: Benchmark, side: str, engine: Running) -> Run:
    if isinstance(benchmark, Files):
        return _files(benchmark, side)
    return spread_out(benchmark) if isinstance(benchmark, Spread) else _chains(benchmark, side, engine)


def _chains(scene: Scene, side: str, engine: Running) -> Run:
    wanted = shots(scene.shots)
    with stage(scene, engine) as there:
        command = there.ours(wanted) if side == "ours" else there.peer(wanted, scene.peer_at_once or scene.shots)
        before = 0
        if scene.done:
            metered(command, there.env, there.folder / "before.log")
            before = ask(there.provider.url, "requests")["v1"]
        engine_before, began = cpu_of(engine.pid), ask(there.provider.url, "clock")["now"]
        took = metered(command, there.env, there.folder / f"{side}.log")
        ended = ask(there.provider.url, "clock")["now"]
        provider = seen(there.provider.url, began, ended, before)
        kept = there.kept(side)
        run = {
            **_plain(took),
            "engine_cpu": cpu_of(engine.pid) - engine_before if side == "ours" else 0.0,
            **provider,
            "kept_bytes": sum(kept.values()),
            "load": os.getloadavg()[0],
        }
        check_fair(scene, kept, run)
        return run


def _files(benchmark: Files, side: str) -> Run:
    with tempfile.TemporaryDirectory(prefix="benchmarks-") as name:
        folder = Path(name)
        files = folder / "files"
        files.mkdir()
        for n in range(benchmark.count):
            (files / f"clip-{n:03d}.mp4").write_bytes(os.urandom(benchmark.size))
        with bucket_server(folder) as gcs:
            command = [sys.executable, "-m", "benchmarks.archiving", side, str(files)]
            took = metered([*command, "--gcs", gcs, "--bucket", BUCKET], environment({}), folder / f"{side}.log")
        return {**took.line, "load": os.getloadavg()[0]}


def _plain(took: Metered) -> Run:
    shots = took.line.get("shots", 0)
    line = {"shots": len(shots) if isinstance(shots, list) else shots, "bought": took.line.get("bought")}
    return {"wall": took.wall, "cpu": took.cpu, "peak_mb": took.peak_mb, "line": line}


def _told(run: Run) -> str:
    wanted = (
        "wall",
        "shots_per_second",
        "task_runs_per_shot",
        "recorded_after",
        "seconds",
        "cpu",
        "engine_cpu",
        "peak_mb",
        "peak_over_base_mb",
        "posts_per_chain",
        "slowest_chain",
    )
    return ", ".join(f"{name} {run[name]:.1f}" for name in wanted if run.get(name) is not None)
