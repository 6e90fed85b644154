"""A Prefect server for tests that kill it."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from deployments import servers
from deployments.servers import PORT, Running, Server


@dataclass
class Engine:
    """A Prefect server that can be killed and started again at the same address, on the same database."""

    home: Path
    running: Running

    def kill(self) -> None:
        os.killpg(self.running.pid, signal.SIGKILL)  # it leads a session of its own

    @contextmanager
    def silent(self) -> Iterator[None]:
        """As long as the block lasts, it takes questions and answers none."""
        os.killpg(self.running.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.killpg(self.running.pid, signal.SIGCONT)

    def be_up(self) -> None:
        """Start it again if it was killed."""
        if not self.running.alive:
            self.start_again()

    def start_again(self) -> None:
        port = self.running.port
        self.running = servers.wait_for(replace(servers.start(at(server(self.home), port), self.home), port=port))


def server(home: Path) -> Server:
    return servers.prefect_server(home / "server")


def at(some: Server, port: int) -> Server:
    """The same server with its port fixed."""
    command = tuple(part.replace(PORT, str(port)) for part in some.command)
    return replace(some, command=command, env={key: said.replace(PORT, str(port)) for key, said in some.env.items()})
