"""Refuses every connection and every look-up that leaves this machine.

The tests' conftest imports this for its own process, and its folder stands on PYTHONPATH, where Python imports a
`sitecustomize` by itself, for the processes that tests start. An audit hook can't be removed or gone around by Python.
"""

import ipaddress
import socket
import sys
from typing import Any

TO_ADDRESS = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})
TO_NAME = frozenset({"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"})
OWN_NAMES = frozenset({"", "localhost", socket.gethostname()})


class OffLoopbackError(RuntimeError):
    """A test wanted to talk to another machine; not an OSError, so that no retry swallows it."""


def stays_here(host: Any) -> bool:
    """Whether a host, as a name or an address, is this machine."""
    text = host.decode() if isinstance(host, bytes | bytearray) else str(host or "")
    if text in OWN_NAMES:
        return True
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback


def refuse(event: str, args: tuple[Any, ...]) -> None:
    """The audit hook: sockets of the file system and connected ones have no address and pass."""
    if event in TO_ADDRESS:
        target = args[1][0] if isinstance(args[1], tuple) else None
    elif event in TO_NAME:
        target = args[0]
    else:
        return
    if not stays_here(target):
        raise OffLoopbackError(f"{event} to {target!r}: tests talk to this machine only")


sys.addaudithook(refuse)
