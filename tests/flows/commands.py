"""Flows as people run them: a shot file in, and the last line that is printed, as a process or within this one."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml
from prefect.settings import get_current_settings

from flows.command import main
from stillreel.domain.shots import ImageToVideoShot, TextToImageShot, TextToVideoShot
from stillreel.emulator import RunningEmulator

ROOT = Path(__file__).resolve().parents[2]
KEY = "the-key-of-these-tests"
UNTIL = 180.0  # seconds for what takes a few, on a machine that others keep busy
TO_ITS_END = 600.0  # seconds for a whole command, of which several may load at once
PACE = 0.02  # of our own waits: the first look at a clip comes after a second
CANNED: dict[str, Any] = {"media": "canned", "clock": {"speed": 200}, "keys": [KEY]}
KINDS: dict[str, Any] = {
    "image_to_video": ImageToVideoShot,
    "text_to_video": TextToVideoShot,
    "text_to_image": TextToImageShot,
}


_started: list[asyncio.subprocess.Process] = []


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    line: dict[str, Any]
    stdout: str
    stderr: str


def shot(project: str, name: str = "a", **parts: Any) -> dict[str, Any]:
    """A shot of the chain with some of its parts replaced; None takes one away."""
    usual = {
        "project": project,
        "shot": name,
        "still": {"prompt": "a lighthouse in fog"},
        "motion": {"prompt": "the beam turns"},
    }
    return {key: value for key, value in {**usual, **parts}.items() if value is not None}


def settings(emulator: RunningEmulator, archive: str, **more: str | None) -> dict[str, str | None]:
    """The settings of a command; None takes one away."""
    return {
        "STILLREEL_RUNWARE_URL": emulator.url,
        "RUNWARE_API_KEY": KEY,
        "STILLREEL_ARCHIVE": archive,
        "STILLREEL_PACE": str(PACE),
        **more,
    }


async def until(seen: Callable[[], bool]) -> None:
    """Return once it is so; TimeoutError after minutes."""
    async with asyncio.timeout(UNTIL):
        while not seen():  # noqa: ASYNC110 - what another process does sets no event here
            await asyncio.sleep(0.05)


def write(file: Path, said: Any) -> Path:
    """A shot file."""
    file.write_text(yaml.safe_dump(said, allow_unicode=True))
    return file


async def run(flow: str, file: Path | str, env: Mapping[str, str | None], *options: str) -> Ended:
    """`python -m flows.<flow> <file>`, as a process of its own that uses the same Prefect server."""
    return await end(await begin(flow, file, env, *options), TO_ITS_END)


async def begin(
    flow: str, file: Path | str, env: Mapping[str, str | None], *options: str
) -> asyncio.subprocess.Process:
    """The same process as it begins."""
    return await start(f"flows.{flow}", str(file), *options, env=env)


async def start(
    *words: str, env: Mapping[str, str | None], first: Callable[[], None] | None = None
) -> asyncio.subprocess.Process:
    """`python -m <words>` in a process group of its own, which ends with the test; `first` is done within it."""
    api = get_current_settings().api.url
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", *words),
        cwd=ROOT,
        env={name: value for name, value in {**os.environ, "PREFECT_API_URL": api, **env}.items() if value is not None},
        preexec_fn=first,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    _started.append(process)
    return process


async def end(process: asyncio.subprocess.Process, seconds: float = UNTIL) -> Ended:
    """How a command ends by itself; TimeoutError if it doesn't within so many seconds."""
    out, err = (part.decode() for part in await asyncio.wait_for(process.communicate(), seconds))
    return ended(process.returncode, out, err)


def kill_what_is_left() -> None:
    """No command outlives the test that has started it, however that has ended."""
    for process in _started:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
    _started.clear()


async def say(flow: str, file: Path, env: Mapping[str, str | None], capsys: pytest.CaptureFixture[str]) -> Ended:
    """The same command within this process, without the seconds that a new one takes to load Prefect."""
    capsys.readouterr()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", [f"flows.{flow}", str(file)])
        for name, value in env.items():
            if value is None:
                patch.delenv(name, raising=False)
            else:
                patch.setenv(name, value)
        code = await asyncio.to_thread(main, getattr(import_module(f"flows.{flow}"), flow), KINDS[flow])
    return ended(code, *capsys.readouterr())


def ended(code: int | None, out: str, err: str) -> Ended:
    """A command's end; whatever happened, its last line is JSON."""
    assert code is not None
    assert out, err
    return Ended(code, json.loads(out.splitlines()[-1]), out, err)


def files_below(folder: Path) -> bytes:
    """Everything that is written below a folder, to look for what must not be there."""
    found = []
    for path in sorted(folder.rglob("*")):
        with suppress(FileNotFoundError, IsADirectoryError):  # a server's own files come and go
            found.append(path.read_bytes())
    return b"".join(found)
