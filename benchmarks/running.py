"""Both sides of a benchmark, one after the other, as often as it says."""

import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.meter import Metered, cpu_of, metered
from benchmarks.provider import ask, seen
from benchmarks.scenes import Benchmark, Files, Scene, shots
from benchmarks.stage import BUCKET, bucket_server, stage
from deployments.servers import Running, environment

Say = Callable[[str], None]
Run = dict[str, Any]


class UnfairError(RuntimeError):
    """A side didn't do all of the work, so its figures say nothing."""


def runs_of(benchmark: Benchmark, engine: Running, say: Say) -> dict[str, list[Run]]:
    """Each side's runs. Who begins changes with each repeat, so that a machine that tires is fair."""
    found: dict[str, list[Run]] = {side: [] for side in benchmark.sides}
    for repeat in range(benchmark.repeats):
        for side in benchmark.sides if repeat % 2 == 0 else benchmark.sides[::-1]:
            run = _chains(benchmark, side, engine) if isinstance(benchmark, Scene) else _files(benchmark, side)
            found[side].append(run)
            say(f"{benchmark.name} {repeat + 1}/{benchmark.repeats} {side}: {_told(run)}")
    return found


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
        provider = seen(there.provider.url, began, ended)
        kept = there.kept(side)
        run = {
            **_plain(took),
            "engine_cpu": cpu_of(engine.pid) - engine_before if side == "ours" else 0.0,
            **provider,
            "kept_bytes": sum(kept.values()),
            "load": os.getloadavg()[0],
        }
        if scene.done:
            run["posts"] -= before
        check_fair(scene, kept, run)
        return run


def check_fair(scene: Scene, kept: dict[str, int], run: Run) -> None:
    """Every still and every clip was made once and lies in the bucket, whole."""
    stills, clips = ([size for name, size in kept.items() if name.endswith(kind)] for kind in (".png", ".mp4"))
    if not len(stills) == len(clips) == scene.shots or not all(size > 0 for size in (*stills, *clips)):
        raise UnfairError(f"{scene.shots} shots were asked for; {len(stills)} stills and {len(clips)} clips are kept")
    if any(size < (scene.clip_bytes or 0) for size in clips):
        raise UnfairError(f"a clip that is kept has fewer than {scene.clip_bytes} bytes")
    if run["clips"] != scene.shots or run["runs"] != 2 * scene.shots:
        raise UnfairError(f"{run['clips']} clips were seen and {run['runs']} jobs run for {scene.shots} shots")


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
        "seconds",
        "cpu",
        "engine_cpu",
        "peak_mb",
        "peak_over_base_mb",
        "posts_per_chain",
        "slowest_chain",
    )
    return ", ".join(f"{name} {run[name]:.1f}" for name in wanted if run.get(name) is not None)
