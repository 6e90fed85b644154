"""An archive that goes wrong: a folder whose single writes fail, stall or are overtaken, and faults before a bucket."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from stillreel.archive import layout
from stillreel.archive.folder import FolderStore
from stillreel.archive.store import Store, Stored
from stillreel.domain.errors import ArchiveForbidden, ArchiveUnavailable
from tests.archive.proxy import Fault
from tests.studio.on_set import STILL, OnSet, a_run, produce, shot

Act = Callable[[], Awaitable[None]]


def write_of(name: str, data: bytes) -> str:
    """What a write is: the kind of an event, or what else lies under such a name."""
    if name.startswith(layout.JOBS):
        return str(json.loads(data)["kind"])
    if name.startswith(layout.OPEN):
        return "marker"
    if name in (layout.BUDGET, layout.IDENTITY):
        return name.partition(".")[0]
    return "take" if layout.is_claim(name) else "lineage" if layout.is_lineage(name) else "file"


class Troubled:
    """A folder in which something happens just before or just after the first write of one kind."""

    def __init__(self, store: FolderStore, write: str, *, before: Act | None = None, after: Act | None = None) -> None:
        self._store = store
        self._write = write  # empty: every write, and each time
        self._acts = (before, after)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def create(self, name: str, data: bytes, **told: Any) -> Stored:
        return await self._around(write_of(name, data), lambda: self._store.create(name, data, **told))

    async def create_file(self, name: str, *given: Any, **told: Any) -> Stored:
        return await self._around("file", lambda: self._store.create_file(name, *given, **told))

    async def replace(self, name: str, data: bytes, **told: Any) -> Stored:
        return await self._around("budget", lambda: self._store.replace(name, data, **told))

    async def _around(self, write: str, do: Callable[[], Awaitable[Stored]]) -> Stored:
        if self._write not in (write, ""):
            return await do()
        before, after = self._acts
        if self._write:
            self._acts = (None, None)
        if before:
            await before()
        stored = await do()
        if after:
            await after()
        return stored


Wrap = Callable[[OnSet, FolderStore], Store]


def silent(write: str) -> Wrap:
    """The write is done, and the store gives up before its answer comes."""

    async def fail() -> None:
        raise ArchiveUnavailable("the archive didn't answer usably for as long as we may try")

    return lambda _, store: Troubled(store, write, after=fail)


def away(write: str) -> Wrap:
    """The write isn't done, and the store gives up."""

    async def fail() -> None:
        raise ArchiveUnavailable("the archive didn't answer usably for as long as we may try")

    return lambda _, store: Troubled(store, write, before=fail)


def forbidden(write: str) -> Wrap:
    """From this write on there is no right to create."""

    async def fail() -> None:
        raise ArchiveForbidden("no right to storage.objects.create")

    return lambda _, store: Troubled(store, write, before=fail)


def stalled(seconds: float, write: str = "") -> Wrap:
    """The write takes so long; without a word for it, each one does."""

    def wrap(on_set: OnSet, store: FolderStore) -> Store:
        async def stall() -> None:
            on_set.time.pass_by(seconds)

        return Troubled(store, write, after=stall)

    return wrap


def overtaken(write: str) -> Wrap:
    """Just before this write another process runs the same shot to its end."""

    def wrap(on_set: OnSet, store: FolderStore) -> Store:
        async def other() -> None:
            await produce(await on_set.studio(), shot(STILL), a_run("another"))

        return Troubled(store, write, before=other)

    return wrap


@dataclass
class FirstTries(Fault):
    """Strikes each request once, and lets its repetition pass."""

    passing: set[tuple[str, str]] = field(default_factory=set)

    def strikes(self, method: str, path: str) -> bool:
        if self.method not in {"", method} or self.path not in path:
            return False
        which = (method, path)
        self.passing ^= {which}
        return which in self.passing


@dataclass
class Since(Fault):
    """Strikes every request from a moment on."""

    begun: Callable[[], bool] = bool

    def strikes(self, method: str, path: str) -> bool:
        return self.begun() and self.method in {"", method} and self.path in path
