"""Servers on this machine, each a process of its own: started, waited for, found again, ended by its own pid.

A server writes to `<folder>/<name>.log` and is known by `<folder>/<name>.json`. Pids are used again by the system,
so a record also holds when its process was born; only the process that matches both is ever signalled.
"""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

STILLREEL = str(Path(sys.executable).with_name("stillreel"))  # the command of this environment
ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 120.0  # seconds to a first answer; Prefect making its database takes 7 s, or 30 s on a busy machine
FAREWELL = 15.0  # seconds between asking a server to end and ending it
TICK = 0.1  # seconds between looks
PORT = "%PORT%"  # stands in a command or an environment for the port that a server is given
TAIL = 25  # lines of a log that explain an end

# Prefect's server records about 55 task runs a second as it comes, and more than 200 with these three.
RECORDER = {
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_BATCH_SIZE": "200",
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_READ_BATCH_SIZE": "200",
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_FLUSH_INTERVAL": "1",
}
# By default Prefect's server keeps leases in memory: slots that are taken while it starts anew are taken for ever.
LEASES = {"PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem"}
QUIET = {"DO_NOT_TRACK": "1", "PREFECT_SERVER_ANALYTICS_ENABLED": "false"}

_children: dict[int, subprocess.Popen[bytes]] = {}  # kept, so that their ends are collected


class ServerFailedError(RuntimeError):
    """A server ended, or didn't answer in time; the message ends with the tail of its log."""


@dataclass(frozen=True)
class Server:
    """How a server is started; `PORT` in it becomes a free port, and `health` answers 200 when it is up."""

    name: str
    command: tuple[str, ...]
    health: str
    env: Mapping[str, str]


@dataclass(frozen=True)
class Running:
    """A server's process, as its record in `folder` has it."""

    name: str
    folder: str
    pid: int
    born: str
    port: int
    health: str

    @property
    def url(self) -> str:
        """Its address, without a path."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def alive(self) -> bool:
        """Whether this very process still runs."""
        return birth(self.pid) == self.born

    @property
    def answers(self) -> bool:
        """Whether it is up."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", self.health)
            return connection.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    @property
    def log(self) -> Path:
        """What it wrote, standard error included."""
        return Path(self.folder) / f"{self.name}.log"

    def tail(self) -> str:
        """The last lines that it wrote."""
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        return "\n".join(f"  {self.name}| {line}" for line in lines[-TAIL:])


def prefect_server(home: Path) -> Server:
    """A Prefect server with a database of its own under `home`."""
    return Server(
        name="prefect",
        command=(sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", PORT),
        health="/api/health",
        env={
            **(RECORDER | LEASES | QUIET),
            "PREFECT_HOME": str(home),
            "PREFECT_SERVER_UI_API_URL": f"http://127.0.0.1:{PORT}/api",  # else the UI asks port 4200
        },
    )


def emulator(data: Path, switches: Path | None = None) -> Server:
    """A Runware that lives here and remembers under `data`."""
    more = ("--switches", str(switches)) if switches else ()
    return Server(
        name="emulator",
        command=(STILLREEL, "emulator", "--port", PORT, "--data", str(data), *more),
        health="/emulator/ledger",
        env={},
    )


def pages(archive: str) -> Server:
    """The pages of an archive, given by its address."""
    return Server(
        name="pages",
        command=(STILLREEL, "serve", "--port", PORT),
        health="/",
        env={"STILLREEL_ARCHIVE": archive},
    )


def worker(api: str, home: Path, pool: str) -> Server:
    """A worker that runs a process for each run of the pool's deployments, looking for new ones every two seconds."""
    return Server(
        name="worker",
        command=(sys.executable, "-m", "prefect", "worker", "start", "--pool", pool, "--with-healthcheck"),
        health="/health",
        env={
            **QUIET,
            "PREFECT_API_URL": api,
            "PREFECT_HOME": str(home),
            "PREFECT_WORKER_QUERY_SECONDS": "2",
            "PREFECT_WORKER_WEBSERVER_HOST": "127.0.0.1",
            "PREFECT_WORKER_WEBSERVER_PORT": PORT,
        },
    )


def environment(more: Mapping[str, str]) -> dict[str, str]:
    """The environment of this process, where all about Prefect and stillreel is what is given."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "STILLREEL_"))}
    return {**kept, **more}


def start(server: Server, folder: Path) -> Running:
    """Start a server in place of the recorded one; it isn't up yet, and it outlives this process and its terminal."""
    folder.mkdir(parents=True, exist_ok=True)
    if (earlier := _recorded(folder, server.name)) is not None:
        stop(earlier)  # it runs and doesn't answer: else it would have been found and used
    port = free_port()
    with (folder / f"{server.name}.log").open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 - our own commands
            [part.replace(PORT, str(port)) for part in server.command],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=ROOT,
            env=environment({name: value.replace(PORT, str(port)) for name, value in server.env.items()}),
            start_new_session=True,  # Ctrl-C in the terminal is ours to pass on
        )
    _children[process.pid] = process
    running = Running(server.name, str(folder), process.pid, birth(process.pid) or "", port, server.health)
    _record(folder, server.name).write_text(json.dumps(asdict(running)))
    return running


def wait_for(running: Running, patience: float = PATIENCE) -> Running:
    """Return once the server answers; ServerFailedError with the tail of its log if it ends or takes too long."""
    end = time.monotonic() + patience
    while not running.answers:
        if not running.alive:
            raise ServerFailedError(f"the {running.name} server ended while it started:\n{running.tail()}")
        if time.monotonic() > end:
            raise ServerFailedError(f"the {running.name} server isn't up after {patience:.0f} s:\n{running.tail()}")
        time.sleep(TICK)
    return running


def found(folder: Path, name: str) -> Running | None:
    """The recorded server, if it still runs and answers."""
    running = _recorded(folder, name)
    return running if running is not None and running.alive and running.answers else None


def stop(running: Running) -> None:
    """End a server and forget it; one that ended by itself is only forgotten."""
    if running.alive:
        os.kill(running.pid, signal.SIGTERM)
        end = time.monotonic() + FAREWELL
        while running.alive and time.monotonic() < end:
            time.sleep(TICK)
        if running.alive:
            os.killpg(running.pid, signal.SIGKILL)  # it leads a session of its own, see `start`
    if running.pid in _children:
        _children.pop(running.pid).wait()
    _record(Path(running.folder), running.name).unlink(missing_ok=True)


def stop_all(folder: Path) -> list[str]:
    """End every server that is recorded in a folder; returns the names of those that ran."""
    recorded = [_recorded(folder, path.stem) for path in sorted(folder.glob("*.json"))]
    ran = [running for running in recorded if running is not None and running.alive]
    for running in recorded:
        if running is not None:
            stop(running)
    return [running.name for running in ran]


def birth(pid: int) -> str | None:
    """When a process was born, in its system's own words; None if there is none, or only its body is left."""
    if Path("/proc/self/stat").exists():
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            return None
        state, born = fields[0], fields[19]
    else:  # macOS
        asked = ["/bin/ps", "-o", "stat=,lstart=", "-p", str(pid)]
        told = subprocess.run(asked, capture_output=True, text=True, check=False)  # noqa: S603 - a constant and a number
        state, _, born = told.stdout.strip().partition(" ")
    return None if not state or state[0] in "ZX" else born.strip()


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def _record(folder: Path, name: str) -> Path:
    return folder / f"{name}.json"


def _recorded(folder: Path, name: str) -> Running | None:
    try:
        return Running(**json.loads(_record(folder, name).read_text()))
    except (FileNotFoundError, ValueError, TypeError):
        return None
