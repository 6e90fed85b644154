"""A caller that speaks the wire by itself, without any of our client's models."""

import uuid
from typing import Any

import httpx

from stillreel.emulator import RunningEmulator

Task = dict[str, Any]
KLING, IMAGE = "klingai:3@1", "runware:z-image@turbo"
LONG = 10_000.0  # seconds: every job is done by then


class Caller:
    """Sends tasks and reads bodies; nothing is retried."""

    def __init__(self, emulator: RunningEmulator, http: httpx.AsyncClient) -> None:
        self.emulator = emulator
        self.http = http

    async def post(self, *tasks: Task, **headers: str) -> httpx.Response:
        """One request with these tasks."""
        return await self.http.post(self.emulator.url, json=list(tasks), headers=headers)

    async def bought(self, task: Task) -> Task:
        """Send a task that must be accepted, and return it."""
        answer = await self.post(task)
        assert answer.status_code == 200, answer.text
        assert answer.json() == {"data": [{"taskType": task["taskType"], "taskUUID": task["taskUUID"]}]}
        return task

    async def poll(self, *tasks: Task) -> dict[str, Any]:
        """What one getResponse request says about these tasks."""
        answer = await self.post(*({"taskType": "getResponse", "taskUUID": task["taskUUID"]} for task in tasks))
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    async def finished(self, task: Task) -> list[dict[str, Any]]:
        """Buy, let the time pass, and return the rows of the results."""
        await self.bought(task)
        self.emulator.advance(LONG)
        rows: list[dict[str, Any]] = (await self.poll(task))["data"]
        return rows

    async def refused(self, task: Task) -> dict[str, Any]:
        """Send a task that must be refused, and return its one error row."""
        answer = await self.post(task)
        assert answer.status_code == 400, answer.text
        body = answer.json()
        assert body["data"] == []
        (row,) = body["errors"]
        found: dict[str, Any] = row
        return found


def new_uuid() -> str:
    """A taskUUID that nobody has used."""
    return str(uuid.uuid4())


def still(**changes: Any) -> Task:
    """An image task as a caller would write it; None leaves a key out."""
    task = {
        "taskType": "imageInference",
        "taskUUID": new_uuid(),
        "model": IMAGE,
        "positivePrompt": "a quay at dawn",
        "width": 640,
        "height": 352,
        "deliveryMethod": "async",
        "outputFormat": "PNG",
        **changes,
    }
    return {key: value for key, value in task.items() if value is not None}


def clip(**changes: Any) -> Task:
    """A video task as a caller would write it; None leaves a key out."""
    task = {
        "taskType": "videoInference",
        "taskUUID": new_uuid(),
        "model": KLING,
        "positivePrompt": "slow dolly along the quay",
        "width": 720,
        "height": 720,
        **changes,
    }
    return {key: value for key, value in task.items() if value is not None}
