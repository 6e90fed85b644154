"""A command measured from outside: how long it took, its CPU, its memory, those of all of its processes."""

import json
import os
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deployments.servers import ROOT

LOOK = 0.1  # seconds between looks at the memory of a command with several processes
TAIL = 30  # lines of its log that explain a failure
TICK = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


class CommandFailedError(RuntimeError):
    """A command that was to be measured didn't end well; the message has the end of its log."""


@dataclass(frozen=True)
class Metered:
    """What a command took."""

    wall: float  # seconds
    cpu: float  # seconds, user and system
    peak_mb: float  # resident, in all processes together
    line: dict[str, Any]  # the JSON object on its last line of stdout


def metered(command: Sequence[str], env: Mapping[str, str], log: Path) -> Metered:
    """Run a command to its end; CommandFailedError unless it exits with 0 and a JSON object."""
    with log.open("wb") as errors, log.with_suffix(".out").open("w+b") as out:
        began = time.monotonic()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=errors, env=env, cwd=ROOT)  # noqa: S603 - ours
        watch = _Watch(process.pid)
        try:
            _, status, usage = os.wait4(process.pid, 0)
        except BaseException:
            process.kill()
            raise
        wall, process.returncode = time.monotonic() - began, os.waitstatus_to_exitcode(status)
        peak = max(watch.ended(), usage.ru_maxrss * 1024)
        out.seek(0)
        last = out.read().decode(errors="replace").strip().rpartition("\n")[2]
    if process.returncode or not last.startswith("{"):
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-TAIL:])
        raise CommandFailedError(f"{' '.join(command)} ended with {process.returncode}: {last}\n{tail}")
    return Metered(wall, usage.ru_utime + usage.ru_stime, peak / 1e6, json.loads(last))


class _Watch:
    """Looks at the memory of a process and of those that it has started, until told to stop."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._peak = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def ended(self) -> int:
        """The most bytes that were seen."""
        self._over.set()
        self._thread.join()
        return self._peak

    def _look(self) -> None:
        while not self._over.wait(LOOK):
            self._peak = max(self._peak, sum(_resident(pid) for pid in family(self._pid)))


def family(pid: int) -> Iterator[int]:
    """A process and all that it has started, as far as they live."""
    yield pid
    try:
        children = [Path(task, "children").read_text().split() for task in Path(f"/proc/{pid}/task").iterdir()]
    except OSError:
        return
    for child in (int(child) for found in children for child in found):
        yield from family(child)


def cpu_of(pid: int) -> float:
    """Seconds of CPU that a living process and its children have taken so far, those that have ended included."""
    total = 0.0
    for one in family(pid):
        try:
            fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        total += sum(int(ticks) for ticks in fields[11:15]) / TICK
    return total


def _resident(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE
    except (OSError, IndexError):
        return 0
