"""A proxy before a store's server that loses answers, refuses, breaks bytes, or holds a request when told to.

    async with faults_before("http://127.0.0.1:4443") as proxy:
        proxy.faults.append(Fault("cut", method="POST", path="uploadType=multipart"))

Each fault strikes requests that match, after `skip` of them and then `times` times. It works for any HTTP/1.1 server
and any client process, because it is a real port.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

Kind = Literal["answer", "drop", "cut", "tear", "corrupt", "damage", "bare", "hold before", "hold after"]
ALWAYS = 1_000_000


@dataclass
class Fault:
    """What goes wrong, and for which requests.

    answer: refuse with `status` and `message` in Google's words; nothing reaches the server
    drop: close the connection before the server sees anything
    cut: let the server do its work, then close the connection without its answer
    tear: answer all but the last byte, stand still until `release` is set, then close the connection
    corrupt: change the last byte of what is sent
    damage: change the last byte of what is answered
    bare: take the checksum out of the answer
    hold before, hold after: stop before or after the server's work until `release` is set; `held` says that it stands
    """

    kind: Kind
    method: str = ""
    path: str = ""  # a part of the path or query
    status: int = 503
    message: str = "told to fail"
    skip: int = 0
    times: int = 1
    struck: int = 0
    held: asyncio.Event = field(default_factory=asyncio.Event)
    release: asyncio.Event = field(default_factory=asyncio.Event)

    def strikes(self, method: str, path: str) -> bool:
        """Whether this request is one of those; counts it."""
        if self.method not in {"", method} or self.path not in path:
            return False
        if self.skip:
            self.skip -= 1
            return False
        self.struck += 1
        return self.struck <= self.times

    async def hold(self) -> None:
        """Stand still until released."""
        self.held.set()
        await self.release.wait()


class Proxy:
    """The proxy's address, its faults, and the requests it has seen as `METHOD /path`."""

    def __init__(self, upstream: str) -> None:
        parts = urlsplit(upstream)
        self._upstream = (parts.hostname or "127.0.0.1", parts.port or 80)
        self.endpoint = ""
        self.faults: list[Fault] = []
        self.seen: list[str] = []
        self.forget = ""  # a query parameter that the server never gets to see

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, one request, one answer at most."""
        try:
            await self._serve(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the client went away
        finally:
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head, body = await _request(reader)
        method, path, _ = head.split(b"\r\n", 1)[0].decode().split(" ")
        self.seen.append(f"{method} {path}")
        if self.forget:
            head = head.replace(self.forget.encode(), b"unknown")
        fault = next((fault for fault in self.faults if fault.strikes(method, path)), None)
        match fault:
            case Fault(kind="answer"):
                writer.write(_refusal(fault))
                await writer.drain()
                return
            case Fault(kind="drop"):
                return
            case Fault(kind="hold before"):
                await fault.hold()
            case Fault(kind="corrupt"):
                body = _corrupted(body)
        answer = await self._forward(head, body)
        match fault:
            case Fault(kind="cut"):
                return
            case Fault(kind="tear"):
                writer.write(answer[:-1])
                await writer.drain()
                await fault.hold()
                return
            case Fault(kind="hold after"):
                await fault.hold()
        writer.write(_changed(answer, fault))
        await writer.drain()

    async def _forward(self, head: bytes, body: bytes) -> bytes:
        """The server's whole answer, with its own address replaced by ours, so that resumed uploads come here too."""
        reader, writer = await asyncio.open_connection(*self._upstream)
        lines = [
            line for line in head.split(b"\r\n") if line and not line.lower().startswith((b"connection:", b"expect:"))
        ]
        writer.write(b"\r\n".join([*lines, b"Connection: close", b"", b""]) + body)
        await writer.drain()
        answer_head, _, answer_body = (await reader.read(-1)).partition(b"\r\n\r\n")
        writer.close()
        here = urlsplit(self.endpoint).netloc.encode()
        there = f"{self._upstream[0]}:{self._upstream[1]}".encode()
        return answer_head.replace(there, here) + b"\r\n\r\n" + answer_body


@asynccontextmanager
async def faults_before(upstream: str) -> AsyncIterator[Proxy]:
    """A proxy on a free loopback port before a server."""
    proxy = Proxy(upstream)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    proxy.endpoint = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield proxy
    finally:
        for fault in proxy.faults:
            fault.release.set()
        server.close()


async def _request(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    head = (await reader.readuntil(b"\r\n\r\n"))[:-4]
    fields = dict(line.lower().split(b":", 1) for line in head.split(b"\r\n")[1:])
    return head, await reader.readexactly(int(fields.get(b"content-length", b"0")))


def _refusal(fault: Fault) -> bytes:
    body = json.dumps({"error": {"code": fault.status, "message": fault.message}}).encode()
    head = f"HTTP/1.1 {fault.status} Told\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return head.encode() + b"Connection: close\r\n\r\n" + body


def _changed(answer: bytes, fault: Fault | None) -> bytes:
    """The answer as it arrives."""
    match fault:
        case Fault(kind="damage"):
            return _corrupted(answer)
        case Fault(kind="bare"):
            return answer.replace(b"X-Goog-Hash", b"X-Nothing")
    return answer


def _corrupted(body: bytes) -> bytes:
    """The same body with one byte of its content changed: before the end mark of a multipart upload."""
    at = len(body) - 1
    if body.endswith(b"--"):
        at = body.rindex(b"\r\n--") - 1
    return body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :]
