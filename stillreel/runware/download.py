"""Fetching the bytes of a result or a given image: checked addresses, a cap, no short body taken for a whole one."""

import asyncio
import hashlib
import random
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass

import httpx

from stillreel.domain.clock import Clock
from stillreel.domain.errors import MediaError
from stillreel.runware import policy
from stillreel.runware.addresses import Resolve, Trust, look_up
from stillreel.runware.patience import pause, reason

_TIMEOUT = httpx.Timeout(policy.DOWNLOAD_SILENCE, connect=policy.CONNECT_TIMEOUT)
_GONE = frozenset({404, 410})
_BUSY = frozenset({408, 425, 429})
_MOVED = frozenset({301, 302, 303, 307, 308})


class _Broken(Exception):
    """Not an error yet: a try ended early for a reason that may pass."""


@dataclass(frozen=True)
class Download:
    """A stream of bytes, and what its server says of it; iterate over it once."""

    size: int | None  # bytes, as declared
    media_type: str  # as declared, without parameters; may be empty
    pieces: AsyncIterator[bytes]

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self.pieces


@asynccontextmanager
async def fetch(
    http: httpx.AsyncClient,
    url: str,
    trust: Trust,
    clock: Clock,
    rng: random.Random,
    *,
    largest: int = policy.LARGEST_FILE,
    resolve: Resolve = look_up,
) -> AsyncIterator[Download]:
    """The bytes at an address, at most `largest`; what breaks on the way is taken up again, unseen by the reader.

    Raises MediaError for an address or a file that must not or can't be had, the trust's own error for one that
    can't be read at this time, or hasn't been read to its end in as long as the trust gives it.
    """
    where = trust.parse(url)
    source = _Source(http, where, trust, Limits(clock, rng, largest, resolve))
    try:
        async with asyncio.timeout(trust.within) as patience:  # in all, because httpx times each piece by itself
            answer = await source.open()
            declared = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
            async with aclosing(source.pieces()) as pieces:
                yield Download(size=_declared(answer), media_type=declared, pieces=pieces)
    except TimeoutError as error:
        if not patience.expired():
            raise
        raise trust.fail(
            where, f"it hasn't all come within {trust.within:g} seconds, the longest it may take"
        ) from error
    finally:
        await source.aclose()


@dataclass(frozen=True)
class Limits:
    """What bounds a download: time and chance for its pauses, its size, and how names are resolved."""

    clock: Clock
    rng: random.Random
    largest: int  # bytes
    resolve: Resolve


class _Source:
    """One file, however many connections it takes."""

    def __init__(self, http: httpx.AsyncClient, url: httpx.URL, trust: Trust, limits: Limits) -> None:
        self._http = http
        self._url = url
        self._trust = trust
        self._limits = limits
        self._answer: httpx.Response | None = None
        self._failures = 0
        self._passed = 0  # bytes given to the reader
        self._sum = hashlib.sha256()  # of those bytes

    async def open(self) -> httpx.Response:
        """The head of an answer whose body may be read."""
        while True:
            try:
                self._answer = await self._follow()
            except _Broken as broken:
                await self._wait(broken)
            else:
                return self._answer

    async def pieces(self) -> AsyncGenerator[bytes]:
        """The body, whole."""
        while True:
            try:
                async for piece in self._rest():
                    self._passed += len(piece)
                    self._sum.update(piece)
                    yield piece
            except _Broken as broken:
                await self.aclose()
                await self._wait(broken)
                await self.open()
            else:
                return

    async def aclose(self) -> None:
        """Let go of the connection."""
        if self._answer is not None:
            await self._answer.aclose()

    async def _rest(self) -> AsyncIterator[bytes]:
        """What the reader hasn't had yet; what it has had must come again unchanged, or two files would be spliced."""
        assert self._answer is not None  # noqa: S101 - open() comes first
        seen, passed, again = 0, self._passed, hashlib.sha256()
        async for piece in self._raw(self._answer):
            known = piece[: max(0, passed - seen)]
            seen += len(piece)
            again.update(known)
            if seen > self._limits.largest:
                raise self._too_large()
            if passed <= seen and known and again.digest() != self._sum.digest():
                raise self._trust.refuse(self._url, "it changed while it was read")
            if len(known) < len(piece):
                yield piece[len(known) :]
        declared = _declared(self._answer)
        if seen < max(passed, declared or 0):
            raise _Broken(f"{seen} of {declared or passed} bytes came")

    async def _raw(self, answer: httpx.Response) -> AsyncIterator[bytes]:
        try:
            async for piece in answer.aiter_raw():
                yield piece
        except httpx.HTTPError as error:
            raise _Broken(reason(error)) from error

    async def _follow(self) -> httpx.Response:
        """The answer at the end of the redirects, each admitted by itself."""
        url = self._url
        for _ in range(policy.REDIRECTS + 1):
            answer = await self._get(url)
            if answer.status_code not in _MOVED:
                await self._judge(answer)
                return answer
            await answer.aclose()
            url = self._trust.parse(answer.headers.get("Location", ""), url)
        raise self._trust.refuse(self._url, f"more than {policy.REDIRECTS} redirects")

    async def _get(self, url: httpx.URL) -> httpx.Response:
        address = await self._trust.admit(url, self._limits.resolve)
        request = self._http.build_request(
            "GET",
            url.copy_with(host=address),
            headers={
                "Host": url.netloc.decode("ascii"),
                "User-Agent": policy.USER_AGENT,
                "Accept-Encoding": "identity",  # media is compressed already, and a bomb isn't worth its saving
                "Connection": "close",  # a kept one would serve other names at this address under this one's proof
            },
            extensions={"sni_hostname": url.raw_host.decode("ascii"), "timeout": _TIMEOUT.as_dict()},
        )
        try:
            return await self._http.send(request, stream=True, follow_redirects=False)
        except httpx.HTTPError as error:
            raise _Broken(reason(error)) from error

    async def _judge(self, answer: httpx.Response) -> None:
        """Close an answer that isn't the file, and say why."""
        trouble: Exception | None = None
        if answer.status_code in _BUSY or answer.status_code >= 500:
            trouble = _Broken(f"HTTP {answer.status_code}")
        elif answer.status_code in _GONE:
            trouble = self._trust.gone(self._url, f"it isn't there (any more): HTTP {answer.status_code}")
        elif answer.status_code != 200:
            trouble = self._trust.fail(self._url, f"HTTP {answer.status_code}")
        elif answer.headers.get("Content-Encoding", "identity") != "identity":
            trouble = self._trust.refuse(self._url, f"it comes as {answer.headers['Content-Encoding']}")
        elif (_declared(answer) or 0) > self._limits.largest:
            trouble = self._too_large()
        if trouble is not None:
            await answer.aclose()
            raise trouble

    async def _wait(self, broken: _Broken) -> None:
        self._failures += 1
        if self._failures >= policy.DOWNLOAD_TRIES:
            raise self._trust.fail(self._url, str(broken)) from broken
        await self._limits.clock.sleep(pause(self._failures, self._limits.rng))

    def _too_large(self) -> MediaError:
        return self._trust.refuse(self._url, f"it is larger than {self._limits.largest} bytes")


def _declared(answer: httpx.Response) -> int | None:
    length = answer.headers.get("Content-Length", "")
    return int(length) if length.isascii() and length.isdigit() else None
