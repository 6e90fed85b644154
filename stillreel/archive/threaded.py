"""The store's contract on top of blocking work: names are checked, calls run in threads, errors are ours."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Literal, ParamSpec, Protocol, TypeVar

from stillreel.archive.store import Checksums, Level, Stored, object_name, object_prefix
from stillreel.domain.errors import StillreelError

P = ParamSpec("P")
T = TypeVar("T")

SOME = 1000  # listed objects that are handed over together: a short listing takes one turn of a thread

Doing = Literal["create", "replace", "read", "list", "delete"]


class Blocking(Protocol):
    """What a kind of store does, one call at a time in a thread, with legal names only; otherwise as `Store` says."""

    uri: str

    def create(self, name: str, data: bytes, content_type: str, metadata: Mapping[str, str]) -> Stored:
        """ObjectExists."""

    def create_file(
        self, name: str, path: Path, sums: Checksums, content_type: str, metadata: Mapping[str, str]
    ) -> Stored:
        """ObjectExists, Corrupted."""

    def replace(self, name: str, data: bytes, generation: str | None, content_type: str) -> Stored:
        """GenerationMismatch."""

    def read(self, name: str) -> tuple[bytes, str] | None:
        """Corrupted."""

    def stat(self, name: str) -> Stored | None:
        """None if there is nothing."""

    def fetch(self, name: str, path: Path) -> Checksums | None:
        """Corrupted."""

    def pages(self, prefix: str) -> Iterator[Sequence[Stored]]:
        """In order of names, some at a time."""

    def level(self, prefix: str) -> Level:
        """Empty if there is nothing."""

    def delete(self, name: str) -> None:
        """Nothing if there is nothing."""

    def signed_url(self, name: str, seconds: int) -> str | None:
        """None where there is no such thing."""

    def close(self) -> None:
        """Let go of connections."""

    def explained(self, error: Exception, doing: Doing) -> StillreelError:
        """Our error for one that isn't ours."""


class Threaded:
    """The contract of `Store` over a blocking store."""

    def __init__(self, blocking: Blocking, *, threads: int, files: int) -> None:
        """So many threads for what is small and mostly waits, and so many for whole files, which take memory."""
        self._blocking = blocking
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="archive")
        self._files = ThreadPoolExecutor(files, thread_name_prefix="archive-files")

    @property
    def uri(self) -> str:
        """The root as an address, without a slash at its end."""
        return self._blocking.uri

    async def create(
        self,
        name: str,
        data: bytes,
        *,
        content_type: str = "application/json",
        metadata: Mapping[str, str] | None = None,
    ) -> Stored:
        """Write a new object, or raise ObjectExists."""
        return await self._run("create", self._blocking.create, object_name(name), data, content_type, metadata or {})

    async def create_file(
        self, name: str, path: Path, sums: Checksums, *, content_type: str, metadata: Mapping[str, str] | None = None
    ) -> Stored:
        """Write a new object from a file; ObjectExists, or Corrupted if the file isn't what the sums say."""
        work = self._blocking.create_file
        call = partial(work, object_name(name), path, sums, content_type, metadata or {})
        return await self._call("create", self._files, call)

    async def replace(
        self, name: str, data: bytes, *, generation: str | None, content_type: str = "application/json"
    ) -> Stored:
        """Write over exactly this generation, or raise GenerationMismatch."""
        return await self._run("replace", self._blocking.replace, object_name(name), data, generation, content_type)

    async def read(self, name: str) -> tuple[bytes, str] | None:
        """A small object whole and its generation, or None; Corrupted."""
        return await self._run("read", self._blocking.read, object_name(name))

    async def stat(self, name: str) -> Stored | None:
        """What the store says of an object, or None."""
        return await self._run("read", self._blocking.stat, object_name(name))

    async def fetch(self, name: str, path: Path) -> Checksums | None:
        """Copy an object into a file, verified, or None; Corrupted."""
        return await self._call("read", self._files, partial(self._blocking.fetch, object_name(name), path))

    async def list(self, prefix: str) -> AsyncIterator[Stored]:
        """Objects in order of their names."""
        pages, more = self._blocking.pages(object_prefix(prefix)), True
        while more:
            found, more = await self._run("list", _some_of, pages)
            for stored in found:
                yield stored

    async def level(self, prefix: str) -> Level:
        """What lies right below a prefix."""
        return await self._run("list", self._blocking.level, object_prefix(prefix))

    async def delete(self, name: str) -> None:
        """Remove an object if it is there."""
        await self._run("delete", self._blocking.delete, object_name(name))

    async def signed_url(self, name: str, *, seconds: int) -> str | None:
        """An address that a browser can open for so many seconds, or None where there is no such thing."""
        return await self._run("read", self._blocking.signed_url, object_name(name), seconds)

    async def aclose(self) -> None:
        """Let go of threads and connections."""
        self._threads.shutdown(wait=False)
        self._files.shutdown(wait=False)
        await asyncio.to_thread(self._blocking.close)

    async def _run(self, doing: Doing, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await self._call(doing, self._threads, partial(work, *args, **kwargs))

    async def _call(self, doing: Doing, threads: ThreadPoolExecutor, call: Callable[[], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(threads, call)
        except StillreelError:
            raise
        except Exception as error:
            raise self._blocking.explained(error, doing) from error


def _some_of(pages: Iterator[Sequence[Stored]]) -> tuple[list[Stored], bool]:
    """The next objects, and whether there may be more."""
    found: list[Stored] = []
    for page in pages:
        found += page
        if len(found) >= SOME:
            return found, True
    return found, False
