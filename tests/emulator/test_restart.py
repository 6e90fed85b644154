"""What lies under the data folder outlives the process, also one that is killed."""

import asyncio
import os
import shutil
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from stillreel.domain.errors import BadSettings
from stillreel.emulator import serve
from tests.emulator.caller import LONG, Task, clip, new_uuid, still
from tests.emulator.conftest import Calling

START = "import sys; from pathlib import Path; from stillreel.emulator import serve; serve(0, *map(Path, sys.argv[1:]))"
ROOT = Path(__file__).parents[2]


class Process:
    """An emulator of its own, and a caller."""

    def __init__(self, process: asyncio.subprocess.Process, url: str, http: httpx.AsyncClient) -> None:
        self.process = process
        self.url = url
        self.base = url.removesuffix("/v1")
        self.http = http

    async def post(self, *tasks: Task) -> Any:
        """The body of an answer."""
        return (await self.http.post(self.url, json=list(tasks))).json()

    async def told(self, page: str) -> Any:
        """One of the emulator's own pages."""
        return (await self.http.get(f"{self.base}/emulator/{page}")).json()

    async def kill(self) -> None:
        """End it as nobody would like to."""
        self.process.kill()
        await self.process.wait()


@asynccontextmanager
async def process(*arguments: Path) -> AsyncIterator[Process]:
    """A real process with a data folder and perhaps a file of switches."""
    started = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-c", START, *map(str, arguments)),
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
    )
    assert started.stdout is not None
    try:
        line = (await started.stdout.readline()).decode().split()
        assert line[:3] == ["emulator", "listening", "on"]
        async with httpx.AsyncClient(headers={"Authorization": "Bearer k"}, trust_env=False, timeout=20) as http:
            yield Process(started, line[3], http)
    finally:
        if started.returncode is None:
            os.kill(started.pid, signal.SIGTERM)
            await started.wait()


def poll(*tasks: Task) -> list[Task]:
    """A question about each of these tasks."""
    return [{"taskType": "getResponse", "taskUUID": task["taskUUID"]} for task in tasks]


async def test_a_kill_loses_nothing(tmp_path: Path) -> None:
    """After SIGKILL the same jobs, ids, seeds, costs, bills and bytes are there, and jobs go on to their end."""
    data, switches = tmp_path / "data", tmp_path / "switches.yaml"
    switches.write_text("latency: {'runware:z-image@turbo': 0, '*': 1000}\nmoderation: {how: flag}\n")
    picture = still(safety={"checkContent": True}, includeCost=True)
    async with process(data, switches) as first:
        await first.post(picture)
        before = (await first.post(*poll(picture)))["data"]
        motion = clip(inputs={"frameImages": [before[0]["imageUUID"]]}, numberResults=2)
        await first.post(motion)
        path = before[0]["imageURL"].removeprefix(first.base)
        shown = (await first.http.get(first.base + path)).content
        jobs, ledger = await first.told("jobs"), await first.told("ledger")
        await first.kill()
    shutil.rmtree(data / "media")  # what was drawn can be drawn again
    async with process(data, switches) as second:
        assert await second.told("jobs") == jobs
        assert await second.told("ledger") == ledger
        after = (await second.post(*poll(picture)))["data"]
        assert {**after[0], "imageURL": ""} == {**before[0], "imageURL": ""}
        assert after[0]["NSFWContent"] is True
        assert (await second.http.get(second.base + path)).content == shown
        assert (await second.post(motion))["errors"][0]["code"] == "conflictTaskUUID"
        await second.http.post(f"{second.base}/emulator/clock", json={"advance": LONG})
        rows = (await second.post(*poll(motion)))["data"]
        assert [row["status"] for row in rows] == ["success", "success"]
        assert await second.told("ledger") == ledger


@pytest.mark.parametrize("when,runs", [("before", None), ("after", 1)])
async def test_a_kill_at_the_gate(tmp_path: Path, when: str, runs: int | None) -> None:
    """Killed while a submit is held: before its effect there is no job, after it the job is run and billed."""
    task = clip()
    async with process(tmp_path) as first:
        await first.http.put(f"{first.base}/emulator/switches", json={"hold": {"request": 1, "when": when}})
        posting = asyncio.create_task(first.post(task))
        while (await first.told("requests"))["held"] == 0:  # noqa: ASYNC110 - another process tells
            await asyncio.sleep(0.01)
        await first.kill()
        with pytest.raises(httpx.TransportError):
            await posting
    async with process(tmp_path) as second:
        found = (await second.told("jobs")).get(task["taskUUID"], {})
        assert found.get("runs") == runs
        assert (await second.told("ledger"))["balance"] == ("100" if runs is None else "99.8152")


async def test_time_goes_on_while_nobody_serves(calling: Calling) -> None:
    """A job that was started and left becomes ready by the clock, also over a restart with a jump in it."""
    async with calling(latency=1000) as caller:
        task = await caller.bought(clip())
        caller.emulator.advance(900)
        moment = caller.emulator.service.clock.now()
    async with calling() as caller:
        assert caller.emulator.service.clock.now() >= moment
        assert (await caller.poll(task))["data"][0]["status"] == "processing"
        caller.emulator.advance(100)
        assert (await caller.poll(task))["data"][0]["status"] == "success"


async def test_uploads_and_the_ledger_survive(calling: Calling) -> None:
    """An uploaded image can be used after a restart, and a ledger that exists keeps its balance."""
    async with calling(balance=7) as caller:
        (picture,) = await caller.finished(still(width=512, height=512))
        caller.emulator.switch(fetchable=[caller.emulator.base])
        upload = {"taskType": "mediaStorage", "taskUUID": new_uuid(), "operation": "upload"}
        (stored,) = (await caller.post({**upload, "media": picture["imageURL"]})).json()["data"]
        left = caller.emulator.ledger()["balance"]
    async with calling(balance=50) as caller:
        assert caller.emulator.ledger()["balance"] == left
        await caller.bought(clip(inputs={"frameImages": [stored["mediaUUID"]]}))
        await caller.bought(clip(inputs={"frameImages": [picture["imageUUID"]]}))


@pytest.mark.parametrize("text", ["media: painted", "speed: 3", "media: [", "- media"])
def test_a_bad_file_of_switches_is_told_at_the_start(tmp_path: Path, text: str) -> None:
    """An emulator doesn't start with switches that it doesn't understand."""
    file = tmp_path / "switches.yaml"
    file.write_text(text)
    with pytest.raises(BadSettings, match="switches") as caught:
        serve(0, tmp_path / "data", file)
    assert "pydantic" not in str(caught.value)


def test_a_port_that_is_taken_is_told(tmp_path: Path) -> None:
    """A port in use, or one that there isn't, is an error that names it."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        for port in (taken.getsockname()[1], 70_000):
            with pytest.raises(BadSettings, match=str(port)):
                serve(port, tmp_path)


async def test_a_folder_belongs_to_one_emulator(tmp_path: Path) -> None:
    """A second emulator on a folder is refused while the first one runs, and not once that one was killed."""
    async with process(tmp_path / "data") as first:
        with pytest.raises(BadSettings, match=f"another emulator runs on {tmp_path}/data"):
            serve(0, tmp_path / "data")
        await first.kill()
    async with process(tmp_path / "data") as second:
        assert (await second.told("ledger"))["balance"]
