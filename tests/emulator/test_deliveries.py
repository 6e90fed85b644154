"""What the service sends by itself: webhooks and uploads, in the shapes and with the faults that were seen."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.emulator.caller import LONG, clip, still
from tests.emulator.conftest import Calling


class Receiver:
    """A server that notes what it gets, and answers the first calls with an error if told so."""

    def __init__(self, failing: int = 0) -> None:
        self.got: list[tuple[str, str, bytes]] = []
        self.failing = failing
        self.url = ""
        self._more = asyncio.Event()

    async def until(self, count: int) -> list[tuple[str, str, bytes]]:
        """Everything that came, once it is so much."""
        async with asyncio.timeout(10):
            while len(self.got) < count:
                self._more.clear()
                await self._more.wait()
        return self.got

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection with one request."""
        method, path, _ = (await reader.readline()).decode().split()
        length = 0
        while (line := (await reader.readline()).strip()) != b"":
            name, _, value = line.decode().partition(":")
            length = int(value) if name.lower() == "content-length" else length
        body = await reader.readexactly(length)
        status = "500 Oops" if len(self.got) < self.failing else "200 OK"
        self.got.append((method, path, body))
        self._more.set()
        writer.write(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
        await writer.drain()
        writer.close()


@asynccontextmanager
async def receiving(failing: int = 0) -> AsyncIterator[Receiver]:
    """A receiver on loopback."""
    receiver = Receiver(failing)
    server = await asyncio.start_server(receiver.take, "127.0.0.1", 0)
    receiver.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook?token=abc"
    async with server:
        yield receiver


def rows_of(got: list[tuple[str, str, bytes]]) -> list[dict[str, Any]]:
    """The bodies of calls."""
    return [json.loads(body) for _, _, body in got]


async def test_each_result_is_its_own_call(calling: Calling) -> None:
    """A webhook is POSTed per finished result, wrapped as in an answer, to the very URL that was given."""
    async with receiving() as receiver, calling() as caller:
        task = clip(numberResults=2, webhookURL=receiver.url)
        rows = await caller.finished(task)
        got = await receiver.until(2)
        assert {(method, path) for method, path, _ in got} == {("POST", "/hook?token=abc")}
        assert rows_of(got) == [{"data": [rows[0]]}, {"data": [rows[1]]}]


async def test_a_failed_result_is_called_as_an_error(calling: Calling) -> None:
    """A failure calls the webhook, too, with the error row that a poll shows."""
    async with receiving() as receiver, calling(failure=True) as caller:
        task = await caller.bought(clip(webhookURL=receiver.url))
        caller.emulator.advance(LONG)
        polled = await caller.poll(task)
        assert rows_of(await receiver.until(1)) == [{"errors": polled["errors"]}]


async def test_calls_can_be_flat_announced_doubled_and_out_of_order(calling: Calling) -> None:
    """The other shapes: a flat body, a processing call first, each call twice, the last result first."""
    webhook = {"body": "flat", "processing_first": True, "duplicate": True, "out_of_order": True}
    async with receiving() as receiver, calling(webhook=webhook) as caller:
        rows = await caller.finished(clip(numberResults=2, webhookURL=receiver.url))
        calls = rows_of(await receiver.until(5))
        assert calls[0]["status"] == "processing"
        assert calls[1:] == [rows[1], rows[1], rows[0], rows[0]]


async def test_calls_can_be_late(calling: Calling) -> None:
    """`delay_s` lets a poll know of a result before the webhook does."""
    async with receiving() as receiver, calling(webhook={"delay_s": 500}, latency=10) as caller:
        task = await caller.bought(clip(webhookURL=receiver.url))
        caller.emulator.advance(100)
        assert (await caller.poll(task))["data"][0]["status"] == "success"
        assert receiver.got == []
        caller.emulator.advance(500)
        await receiver.until(1)


async def test_a_call_is_repeated_until_it_is_taken(calling: Calling) -> None:
    """An answer that isn't 2xx is tried again with growing pauses, and no more once it was taken."""
    async with receiving(failing=2) as receiver, calling(clock={"speed": 50}, latency=0) as caller:
        task = await caller.bought(still(webhookURL=receiver.url))
        calls = rows_of(await receiver.until(3))
        assert calls[0] == calls[1] == calls[2]
        await caller.emulator.delivered()
        assert len(receiver.got) == 3
        assert task["taskUUID"] == calls[0]["data"][0]["taskUUID"]


async def test_calls_that_nobody_takes_are_given_up(calling: Calling) -> None:
    """After `attempts` tries the emulator stops calling."""
    async with receiving(failing=99) as receiver, calling(clock={"speed": 100}, webhook={"attempts": 2}) as caller:
        await caller.finished(still(webhookURL=receiver.url))
        await receiver.until(2)
        await caller.emulator.delivered()
        assert len(receiver.got) == 2


@pytest.mark.parametrize("how,count", [("put", 1), ("twice", 2), ("never", 0)])
async def test_results_are_put_after_they_are_polled(calling: Calling, how: str, count: int) -> None:
    """`uploadEndpoint` gets the raw bytes by PUT some time after a poll shows the result: once, twice or never."""
    async with receiving() as receiver, calling(upload={"how": how, "delay_s": 60}, latency=1) as caller:
        task = await caller.bought(still(uploadEndpoint=receiver.url))
        caller.emulator.advance(2)
        (row,) = (await caller.poll(task))["data"]
        assert receiver.got == []
        caller.emulator.advance(60)
        got = await receiver.until(count)
        await caller.emulator.delivered()
        served = (await caller.http.get(row["imageURL"])).content
        assert [(method, path) for method, path, _ in got] == [("PUT", "/hook?token=abc")] * count
        assert {hashlib.sha256(body).digest() for _, _, body in got} <= {hashlib.sha256(served).digest()}


async def test_deliveries_survive_a_restart(calling: Calling) -> None:
    """A call that was owed when the emulator ended is made by the next one."""
    async with receiving() as receiver:
        async with calling(latency=1000) as caller:
            task = await caller.bought(still(webhookURL=receiver.url))
        async with calling() as caller:
            assert receiver.got == []
            caller.emulator.advance(LONG)
            (call,) = rows_of(await receiver.until(1))
            assert call["data"][0]["taskUUID"] == task["taskUUID"]
