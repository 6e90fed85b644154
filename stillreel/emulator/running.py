"""Starting the emulator: as a process of its own, or inside a test."""

import asyncio
import contextlib
import fcntl
import socket
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import uvicorn
import yaml
from pydantic import JsonValue

from stillreel.domain.errors import BadSettings
from stillreel.emulator.app import build
from stillreel.emulator.passing import real_seconds
from stillreel.emulator.service import Service
from stillreel.emulator.switches import problems_of
from stillreel.emulator.transport import CuttableProtocol
from stillreel.runware.catalogue import Entry

LAST_MOMENTS = 1  # real seconds that open requests get when the emulator is told to stop
KEEP_ALIVE = 600  # real seconds: an idle connection that ends by itself would look like a lost answer


class RunningEmulator:
    """An emulator inside this process, reached over real HTTP."""

    def __init__(self, base: str, service: Service) -> None:
        self.base = base
        self.url = f"{base}/v1"
        self.service = service

    def switch(self, **changes: Any) -> None:
        """Change switches, as `PUT /emulator/switches` does; None sets one back to its default."""
        self.service.switch(changes)

    def advance(self, seconds: float) -> None:
        """Jump ahead by so many seconds of the emulator's time."""
        self.service.clock.change(advance=seconds)

    def jobs(self) -> dict[str, dict[str, JsonValue]]:
        """What `GET /emulator/jobs` says."""
        return self.service.jobs()

    def results(self) -> list[JsonValue]:
        """What `GET /emulator/results` says."""
        return self.service.results()

    def ledger(self) -> dict[str, JsonValue]:
        """What `GET /emulator/ledger` says."""
        return self.service.ledger()

    def requests(self) -> dict[str, JsonValue]:
        """What `GET /emulator/requests` says."""
        return self.service.requests()

    async def until_held(self, count: int = 1) -> None:
        """Return when so many requests are held."""
        await self.service.gate.until_held(count)

    async def delivered(self) -> None:
        """Return when every webhook and upload that is owed was delivered or given up."""
        await self.service.courier.delivered()

    def go(self, *, drop: bool = False) -> None:
        """Let requests that are held go on, or lose them where they stand."""
        self.service.go(drop=drop)


class _Inside(uvicorn.Server):
    """A server that leaves the process's signals alone, and ends at once when it is told to."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ended = asyncio.Event()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def main_loop(self) -> None:
        """Wait for the end; once a second refresh the date in the headers."""
        while not self.ended.is_set():
            await self.on_tick(0)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.ended.wait(), 1)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:  # noqa: ARG002 - whoever opened them closes them
        """Close what is idle at once, and give what is underway a moment; uvicorn's own way sleeps in between."""
        for listening in self.servers:
            listening.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        if self.server_state.tasks:
            _, late = await asyncio.wait(self.server_state.tasks, timeout=LAST_MOMENTS)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)


@asynccontextmanager
async def running_emulator(
    data: Path,
    switches: Mapping[str, Any] | None = None,
    *,
    port: int = 0,
    entries: Mapping[str, Entry] | None = None,
    source: Callable[[], float] = real_seconds,
) -> AsyncIterator[RunningEmulator]:
    """An emulator on loopback for as long as the block lasts; its clock follows `source`, in seconds."""
    with _listen("127.0.0.1", port) as listening:
        service = Service(data, switches, entries=entries, source=source)
        server = _Inside(_config(service))
        serving = asyncio.create_task(server.serve([listening]))
        try:
            await _started(server, serving)
            service.courier.nudge()
            yield RunningEmulator(f"http://127.0.0.1:{listening.getsockname()[1]}", service)
        finally:
            service.gate.close()
            server.ended.set()
            await serving
            await service.close()


def serve(
    port: int,
    data: Path,
    switches: Path | None = None,
    host: str = "127.0.0.1",
    *,
    entries: Mapping[str, Entry] | None = None,
) -> None:
    """Serve until interrupted, and say on stdout where; port 0 takes a free one. BadSettings for a bad file.

    `entries` are the models that it has; None: those that ship.
    """
    told = read_switches(switches)
    with _listen(host, port) as listening, contextlib.suppress(KeyboardInterrupt), _alone(data):
        asyncio.run(_serve(Service(data, told, entries=entries), listening, host))


@contextmanager
def _alone(data: Path) -> Iterator[None]:
    """Keep a second emulator off the folder, whose ledgers would go apart; the kernel frees it with the process."""
    data.mkdir(parents=True, exist_ok=True)
    with (data / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BadSettings(f"another emulator runs on {data}; one folder belongs to one at a time") from None
        yield


def read_switches(file: Path | None) -> dict[str, Any]:
    """The switches of a YAML file; BadSettings for a file that can't be understood."""
    if file is None:
        return {}
    try:
        given = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise BadSettings(f"{file} isn't a file of switches: {error}") from error
    if problems := problems_of(given):
        raise BadSettings(f"{file} isn't a file of switches: {'; '.join(str(problem) for problem in problems)}")
    switches: dict[str, Any] = given
    return switches


async def _serve(service: Service, listening: socket.socket, host: str) -> None:
    server = uvicorn.Server(_config(service))
    serving = asyncio.create_task(server.serve([listening]))
    await _started(server, serving)
    service.courier.nudge()
    print(f"emulator listening on http://{host}:{listening.getsockname()[1]}/v1", flush=True)  # noqa: T201 - for whoever started it
    try:
        await serving
    finally:
        await service.close()


async def _started(server: uvicorn.Server, serving: asyncio.Task[None]) -> None:
    while not server.started:
        if serving.done():
            serving.result()
            raise BadSettings("the emulator couldn't start")
        await asyncio.sleep(0.005)


def _config(service: Service) -> uvicorn.Config:
    return uvicorn.Config(
        build(service),
        http=CuttableProtocol,
        loop="asyncio",
        lifespan="off",
        log_level="critical",
        access_log=False,
        timeout_keep_alive=KEEP_ALIVE,
        timeout_graceful_shutdown=LAST_MOMENTS,
    )


def _listen(host: str, port: int) -> socket.socket:
    # the protocol is named because asyncio sets TCP_NODELAY only then: without it each answer takes 40 ms longer
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except (OSError, OverflowError) as error:
        listening.close()
        raise BadSettings(f"port {port} on {host} can't be used: {error}") from error
    return listening
