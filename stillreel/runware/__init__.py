"""The provider: buying from it, asking it, and fetching what it made."""

import random
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache

import httpx
from pydantic import SecretStr

from stillreel.domain.clock import Clock
from stillreel.domain.errors import BadSettings
from stillreel.runware import policy
from stillreel.runware.answers import Acknowledged, Answer, Asked, Details, NoAnswer, Refused
from stillreel.runware.classify import ErrorKind, classify
from stillreel.runware.client import Client
from stillreel.runware.download import Download
from stillreel.runware.schemas import Seen
from stillreel.runware.wire import WireError

__all__ = [
    "Acknowledged",
    "Answer",
    "Asked",
    "Client",
    "Details",
    "Download",
    "ErrorKind",
    "NoAnswer",
    "Refused",
    "Seen",
    "WireError",
    "classify",
    "open_client",
]


@cache
def trusted() -> ssl.SSLContext:
    """Whom we trust, read once: that takes longer than opening a client does."""
    return httpx.create_ssl_context()


@asynccontextmanager
async def open_client(
    url: str, key: SecretStr, clock: Clock, seed: int, *, send_timeout: float = policy.SEND_TIMEOUT
) -> AsyncIterator[Client]:
    """A client with connections of its own, let go at the end; raises BadSettings for a malformed address or key.

    Proxies of the environment aren't used: one would resolve names for itself, and the check of addresses would
    mean nothing. Certificates of SSL_CERT_FILE are.
    """
    try:
        wellformed = httpx.URL(url).scheme in {"http", "https"} and bool(httpx.URL(url).host)
    except httpx.InvalidURL:
        wellformed = False
    if not wellformed:
        raise BadSettings(f"the provider's address isn't an http(s) URL: {url!r}")
    async with httpx.AsyncClient(trust_env=False, verify=trusted()) as http:
        yield Client(http, url=url, key=key, clock=clock, rng=random.Random(seed), send_timeout=send_timeout)  # noqa: S311 - pauses and ids
