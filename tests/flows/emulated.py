"""An emulator in a process of its own: it can be ended and started again on the same memory."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import yaml

from deployments import servers
from deployments.servers import Running


class Emulated:
    """`stillreel emulator` on a folder; `url` is for STILLREEL_RUNWARE_URL."""

    def __init__(self, data: Path, switches: dict[str, Any], models: Path | None = None) -> None:
        self.data = data
        self._env = {} if models is None else {"STILLREEL_MODELS": str(models)}
        self._switches = data.with_suffix(".yaml")
        self._switches.write_text(yaml.safe_dump(switches))
        self._running: Running | None = None

    def start(self) -> "Emulated":
        """Start it, on another port each time, and wait until it answers."""
        server = replace(servers.emulator(self.data, self._switches), env=self._env)
        self._running = servers.wait_for(servers.start(server, self.data.with_suffix(".process")))
        return self

    def stop(self) -> None:
        """End its process; what is under `data` stays."""
        if self._running is not None:
            servers.stop(self._running)

    @property
    def running(self) -> Running:
        """Its process; RuntimeError before `start`."""
        if self._running is None:
            raise RuntimeError("the emulator was never started")
        return self._running

    @property
    def url(self) -> str:
        """Where tasks are sent."""
        return f"{self.running.url}/v1"

    @property
    def jobs(self) -> dict[str, Any]:
        """Every job by its taskUUID, as `GET /emulator/jobs` tells."""
        return dict(self._ask("GET", "jobs"))

    @property
    def ledger(self) -> dict[str, Any]:
        """Balance and charges."""
        return dict(self._ask("GET", "ledger"))

    def switch(self, **switches: Any) -> None:
        """Change switches while it runs."""
        self._ask("PUT", "switches", switches)

    def go(self) -> None:
        """Let the request go on that `hold` stopped."""
        self._ask("POST", "go")

    def _ask(self, method: str, what: str, body: Any = None) -> Any:
        answer = httpx.request(method, f"{self.running.url}/emulator/{what}", json=body, timeout=30)
        answer.raise_for_status()
        return answer.json()
