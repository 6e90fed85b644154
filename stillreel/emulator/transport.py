"""HTTP/1.1 whose connections can be cut: what a lost answer looks like to a client."""

import asyncio
from typing import Any

from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

Address = tuple[str, int]
CONNECTIONS: dict[tuple[Address, Address], asyncio.Transport] = {}  # by the server's and the client's address


class CuttableProtocol(H11Protocol):
    """uvicorn's own protocol, which also remembers the connection behind each client's address."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn narrows it
        """A client has come."""
        super().connection_made(transport)
        self._name = _name(self.server, self.client)
        CONNECTIONS[self._name] = transport

    def connection_lost(self, exc: Exception | None) -> None:
        """A client has gone."""
        CONNECTIONS.pop(self._name, None)
        super().connection_lost(exc)


async def cut(scope: Scope, receive: Receive) -> None:
    """Close the connection of a request, after what was sent already, without another word."""
    transport = CONNECTIONS.get(_name(scope["server"], scope["client"]))
    if transport is not None:
        transport.close()
    while (await receive())["type"] != "http.disconnect":
        pass


class CutOff(Response):
    """No answer at all: the connection ends."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - the shape of a response
        """Cut the connection."""
        await cut(scope, receive)


def _name(server: Any, client: Any) -> tuple[Address, Address]:
    return tuple(server), tuple(client)
