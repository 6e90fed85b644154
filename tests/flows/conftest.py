"""A real Prefect server, a real worker and a real emulator, each a process on a free port of this machine.

Servers end with the tests of this folder: they would go on working for those that nobody asks of them.
"""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, BrowserContext
from prefect.events.worker import EventsWorker
from prefect.logging.handlers import APILogWorker
from prefect.settings import PREFECT_API_URL, temporary_settings

from deployments import servers
from deployments.servers import ROOT, Running, Server
from deployments.setup import POOL
from stillreel.emulator import RunningEmulator, running_emulator
from tests.flows.browser import open_browser, open_pages
from tests.flows.commands import CANNED, kill_what_is_left
from tests.flows.emulated import Emulated
from tests.flows.engine import Engine, server
from tests.flows.making import Set, on_set

# By default Prefect's server writes events down every five seconds, and tests would wait for that.
AT_ONCE = {"PREFECT_SERVER_SERVICES_EVENT_PERSISTER_FLUSH_INTERVAL": "0.5"}
SPEED = 100  # seconds of the emulator in one of ours


@contextmanager
def running(server: Server, folder: Path) -> Iterator[Running]:
    started = servers.start(server, folder)
    try:
        yield servers.wait_for(started)
    finally:
        servers.stop(started)


@pytest.fixture(autouse=True)
def nothing_goes_on() -> Iterator[None]:
    """Whatever commands a test has started, they end with it."""
    yield
    kill_what_is_left()


@pytest.fixture(scope="module", autouse=True)
def nobody_listens_on() -> Iterator[None]:
    """Prefect's connection for events ends with each file: its pings draw from `random` under other tests' feet."""
    yield
    EventsWorker.drain_all()


@pytest.fixture(scope="package")
def prefect_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for everything that Prefect keeps."""
    return tmp_path_factory.mktemp("prefect")


@pytest.fixture(scope="package")
def prefect_server(prefect_home: Path) -> Iterator[Running]:
    """A Prefect server; flows and clients of this process use it from here on, others by `prefect_api`."""
    usual = servers.prefect_server(prefect_home / "server")
    with (
        running(replace(usual, env={**usual.env, **AT_ONCE}), prefect_home) as server,
        temporary_settings({PREFECT_API_URL: f"{server.url}/api"}),
    ):
        yield server
        APILogWorker.drain_all()  # what is still to be told is told while somebody listens, not at the process's end
        EventsWorker.drain_all()


@pytest.fixture(scope="package")
def mortal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """Another Prefect server, for tests that kill it."""
    home = tmp_path_factory.mktemp("mortal")
    engine = Engine(home, servers.wait_for(servers.start(server(home), home)))
    yield engine
    servers.stop(engine.running)


@pytest.fixture
async def engine(mortal: Engine) -> Engine:
    """The same, up and well whatever the test before has done to it."""
    await asyncio.to_thread(mortal.be_up)
    return mortal


@pytest.fixture(scope="package")
def prefect_api(prefect_server: Running) -> str:
    """The address of the Prefect server's API, for PREFECT_API_URL."""
    return f"{prefect_server.url}/api"


@pytest.fixture(scope="package")
def command(prefect_api: str, prefect_home: Path) -> Callable[..., str]:
    """Runs a command beside the server, as a person does; returns what it prints."""
    env = servers.environment({"PREFECT_API_URL": prefect_api, "PREFECT_HOME": str(prefect_home / "client")})

    def run(*words: str) -> str:
        python = (sys.executable, "-m", *words)
        done = subprocess.run(python, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run


@pytest.fixture(scope="package")
def deployed(command: Callable[..., str]) -> str:
    """The deployments of prefect.yaml on the server, which was fresh; what the one command printed that made them."""
    return command("prefect", "--no-prompt", "deploy", "--all")


@pytest.fixture(scope="package")
def worker(prefect_api: str, prefect_home: Path, deployed: str) -> Iterator[Running]:
    """A worker of the pool, started in the checkout; a run gets its settings by job_variables={"env": {...}}."""
    with running(servers.worker(prefect_api, prefect_home / "worker", POOL), prefect_home) as process:
        yield process


@pytest.fixture
def start_emulator(tmp_path: Path) -> Iterator[Callable[..., Emulated]]:
    """Starts emulators as processes: start_emulator(data=folder, models=…, **switches); they end with the test."""
    with ExitStack() as stack:

        def start(data: Path = tmp_path / "emulator", models: Path | None = None, **switches: Any) -> Emulated:
            emulated = Emulated(data, switches, models)
            stack.callback(emulated.stop)
            return emulated.start()

        yield start


@pytest.fixture
def emulator_process(start_emulator: Callable[..., Emulated]) -> Emulated:
    """An emulator in a process of its own, with canned media and a fast clock."""
    return start_emulator(media="canned", clock={"speed": SPEED})


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Debian's chromium, headless; a named skip where there is none."""
    async with open_browser() as opened:
        yield opened


@pytest.fixture
async def pages(browser: Browser) -> AsyncIterator[BrowserContext]:
    """A fresh browser profile that reaches this machine only."""
    async with open_pages(browser) as context:
        yield context


@pytest.fixture
async def emulator(tmp_path: Path) -> AsyncIterator[RunningEmulator]:
    """An emulator within this process, with canned media, a quick clock and one key."""
    async with running_emulator(tmp_path / "emulator", CANNED) as emulator:
        yield emulator


@pytest.fixture
def studio(prefect_api: str, emulator: RunningEmulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Set:
    """A set with an archive in a folder, for flows that run within this process."""
    return on_set(emulator, f"file://{tmp_path}/archive", monkeypatch)
