"""A provider of few words: it answers each request with the next line of a script, at httpx's lowest seam."""

import json
import random
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
from pydantic import SecretStr

from stillreel.runware import Client

API = "https://api.runware.ai/v1"
KEY = "rw-5ecre7-Zq8TtX0mYwLhD3uB"
JOB = UUID("b2b12f9d-6822-434e-bcdb-792ec67bab65")
OTHER = UUID("5d1e6d1b-a9b3-4bfd-b58c-1b3a3669a0a7")
THIRD = UUID("04f3635d-4ab7-4655-8cc2-a319556169b3")

Line = httpx.Response | Exception


class StillClock:
    """Time that passes only while somebody sleeps, which takes none."""

    def __init__(self) -> None:
        self.time = datetime(2026, 11, 22, 12, tzinfo=UTC)
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += timedelta(seconds=seconds)


class Provider:
    """Answers each request with the next line of its script, the last one ever after; keeps what it was sent."""

    def __init__(self, *script: Line) -> None:
        self.script = list(script)
        self.requests: list[httpx.Request] = []
        self.clock = StillClock()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        line = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if isinstance(line, Exception):
            raise line
        return httpx.Response(line.status_code, headers=line.headers, stream=httpx.ByteStream(line.content))

    @property
    def tasks(self) -> list[list[dict[str, Any]]]:
        return [json.loads(request.content) for request in self.requests]

    @property
    def http(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=httpx.MockTransport(self))

    @property
    def client(self) -> Client:
        return Client(self.http, url=API, key=SecretStr(KEY), clock=self.clock, rng=random.Random(7))  # noqa: S311 - pauses and ids


def says(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> httpx.Response:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return httpx.Response(status, headers=headers, content=content)


def data(*rows: Mapping[str, Any]) -> httpx.Response:
    return says({"data": rows})


def task(uuid: UUID = JOB, **fields: Any) -> dict[str, Any]:
    return {"taskType": "videoInference", "taskUUID": str(uuid), **fields}


def clip(number: int, uuid: UUID = JOB, **fields: Any) -> dict[str, Any]:
    """The row of a finished clip, as the polling page shows it."""
    name = f"686c633d-dd30-43ab-a693-3ee5e7b6f{number:03d}"
    url = f"https://vm.runware.ai/video/os/a10d08/ws/5/vi/{name}.mp4"
    return task(uuid, status="success", videoUUID=name, videoURL=url, seed=97106252, cost=0.1848, **fields)


def error(code: str, uuid: UUID | None = JOB, **fields: Any) -> dict[str, Any]:
    named = {} if uuid is None else {"taskUUID": str(uuid)}
    return {"code": code, "message": f"Something about {code}.", **named, **fields}


def errors(
    *rows: Mapping[str, Any], status: int = 200, rows_beside: Sequence[Mapping[str, Any]] = ()
) -> httpx.Response:
    return says({"data": rows_beside, "errors": rows}, status)
