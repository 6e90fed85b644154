"""Storyboards for tests, and runs of them within the tests' process."""

import asyncio
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import storage

from flows.board_command import main
from flows.storyboard import storyboard
from stillreel.domain.board_orders import order_of
from stillreel.domain.errors import StillreelError
from stillreel.studio.board_summary import BoardSummary
from tests.flows.commands import Ended, ended

BUCKET = "people"  # who put files there by names of their own


def put(endpoint: str, name: str, text: str) -> None:
    """Put a file into the bucket at a fake Google Cloud Storage."""
    client = storage.Client("test", AnonymousCredentials(), client_options={"api_endpoint": endpoint})  # type: ignore[no-untyped-call]
    client.bucket(BUCKET).blob(name).upload_from_string(text)


def board(project: str, *shots: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A storyboard of these shots; they need no more than a name."""
    defaults = {"still": {"prompt": "a lighthouse in fog"}, "motion": {"prompt": "the beam turns"}}
    return {"project": project, "defaults": defaults, "reel": False, "shots": list(shots), **more}


def named(*names: str) -> list[dict[str, Any]]:
    """Shots with prompts of their own."""
    return [{"shot": name, "still": {"prompt": f"a lighthouse called {name}"}} for name in names]


async def shoot(said: dict[str, Any], **order: Any) -> dict[str, Any]:
    """Run a storyboard; what it came to, whether it succeeded or raised."""
    try:
        summary: BoardSummary = await storyboard(order_of({"storyboard": said, **order}))
    except StillreelError as error:
        return error.summary or {"state": error.state, "message": error.message, "money": error.money, "shots": []}
    return summary.line()


def states(line: dict[str, Any]) -> dict[str, str]:
    """What became of each shot."""
    return {shot["shot"]: shot["state"] for shot in line["shots"]}


async def say(
    file: Path | str, env: Mapping[str, str | None], capsys: pytest.CaptureFixture[str], *options: str
) -> Ended:
    """The command within this process, without the seconds that a new one takes to load Prefect."""
    capsys.readouterr()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["flows.storyboard", str(file), *options])
        for name, value in env.items():
            patch.setenv(name, str(value))
        code = await asyncio.to_thread(main)
    return ended(code, *capsys.readouterr())
