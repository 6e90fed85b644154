"""The vendor's published documents, such as a model's schema.json: read when somebody asks, and never bought from."""

import asyncio
import random
from urllib.parse import urlsplit

import httpx

from stillreel.domain.clock import Clock
from stillreel.domain.errors import BadSettings
from stillreel.runware import policy, trusted
from stillreel.runware.addresses import schemas_of
from stillreel.runware.download import fetch

SCHEMA = "schema.json"


def schema_address(source: str, base: str | None = None) -> str:
    """Where a model's schema lies, by the source that its entry names; `base` stands in for the vendor's origin."""
    parts = urlsplit(source)
    path = parts.path.rstrip("/").removesuffix(".md")
    path = path if path.endswith(f"/{SCHEMA}") else f"{path}/{SCHEMA}"
    return f"{base.rstrip('/')}{path}" if base is not None else f"{parts.scheme}://{parts.netloc}{path}"


async def read_document(
    url: str, clock: Clock, *, largest: int, base: str | None = None, within: float = policy.DOCUMENT_TIME
) -> bytes:
    """The bytes at an address of the vendor's, or of `base` on loopback; at most `largest`, `within` so many seconds.

    Raises MediaError for an address that isn't one of these or holds too much, Gone for one that holds nothing (any
    more), ProviderError if it can't be read now.
    """
    try:
        trust = schemas_of(base)
    except (httpx.InvalidURL, ValueError) as error:
        raise BadSettings(f"the base address makes no sense: {error}") from error
    rng = random.Random()  # noqa: S311 - pauses
    try:
        async with (
            asyncio.timeout(within),
            httpx.AsyncClient(trust_env=False, verify=trusted()) as http,
            fetch(http, url, trust, clock, rng, largest=largest) as document,
        ):
            return b"".join([piece async for piece in document])
    except TimeoutError as error:
        raise trust.fail(httpx.URL(url), f"it didn't come within {within:g} s, all tries together") from error
