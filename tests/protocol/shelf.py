"""An archive's store in memory: the whole contract in one thread, each call of which waits at a gate."""

import json
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from stillreel.archive import layout
from stillreel.archive.hashing import sums_of
from stillreel.archive.store import Checksums, Stored
from stillreel.domain.errors import ArchiveUnavailable, GenerationMismatch, ObjectExists, StillreelError
from tests.protocol.auditor import Auditor
from tests.protocol.stage import NEVER, Call, Process, Stage

SHELF = "file:///shelf"  # its address
LONGEST_HOLD = 80.0  # seconds: no process stands still for a lease between its last look and its send


@dataclass(frozen=True)
class Object:
    """What lies under a name."""

    data: bytes
    stored: Stored


class Shelf:
    """The objects themselves."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._writes = 0
        self.objects: dict[str, Object] = {}
        self.rewritten: Callable[[bytes, bytes], None] = lambda was, becomes: None  # the budget, from this to that

    def create(self, name: str, data: bytes, kind: str, metadata: Mapping[str, str] | None = None) -> Stored:
        if name in self.objects:
            if self.objects[name].data != data:
                self._stage.happened[f"{_an(kind)} is refused"] += 1
            raise ObjectExists(f"{name} exists")
        return self._put(name, data, metadata)

    def replace(self, name: str, data: bytes, generation: str | None) -> Stored:
        stands = self.objects.get(name)
        if generation != (stands.stored.generation if stands else None):
            self._stage.happened["a write of the budget is refused"] += 1
            raise GenerationMismatch(f"{name} isn't at {generation}")
        if stands is not None:
            self.rewritten(stands.data, data)
        return self._put(name, data)

    def holds(self, uuid: UUID) -> bool:
        """Whether the budget holds something for a job at this moment."""
        return str(uuid) in json.loads(self.objects[layout.BUDGET].data)["entries"]

    def read(self, name: str) -> tuple[bytes, Stored] | None:
        found = self.objects.get(name)
        return (found.data, found.stored) if found else None

    def list(self, prefix: str) -> list[Stored]:
        return [self.objects[name].stored for name in sorted(self.objects) if name.startswith(prefix)]

    def _put(self, name: str, data: bytes, metadata: Mapping[str, str] | None = None) -> Stored:
        self._writes += 1
        sums = sums_of(data)
        stored = Stored(
            name=name,
            size=sums.size,
            crc32c=sums.crc32c,
            generation=str(self._writes),
            created=self._stage.now(),
            metadata=dict(metadata or {}),
        )
        self.objects[name] = Object(data, stored)
        return stored


class Desk:
    """The store as one process has it."""

    def __init__(self, stage: Stage, shelf: Shelf, process: Process, auditor: Auditor) -> None:
        self._stage, self._shelf, self._process, self._auditor = stage, shelf, process, auditor

    @property
    def uri(self) -> str:
        return SHELF

    async def create(
        self,
        name: str,
        data: bytes,
        *,
        content_type: str = "application/json",
        metadata: Mapping[str, str] | None = None,
    ) -> Stored:
        kind, until = _kind(name, data), NEVER
        if kind == "event sending":
            self._process.rights[name] = until = self._stage.seconds + LONGEST_HOLD
        return await self._gate(kind, lambda: self._shelf.create(name, data, kind), until=until)

    async def create_file(
        self, name: str, path: Path, sums: Checksums, *, content_type: str, metadata: Mapping[str, str] | None = None
    ) -> Stored:
        data = path.read_bytes()  # noqa: ASYNC240 - a small file, in a loop that nobody else uses
        assert sums_of(data) == sums
        return await self._gate("file", lambda: self._shelf.create(name, data, "file", metadata))

    async def replace(
        self, name: str, data: bytes, *, generation: str | None, content_type: str = "application/json"
    ) -> Stored:
        return await self._gate("budget", lambda: self._shelf.replace(name, data, generation))

    async def read(self, name: str) -> tuple[bytes, str] | None:
        # What follows a lost answer about `sending` belongs to the send, and isn't held longer than that.
        until = self._process.rights.get(name, NEVER)
        found = await self._gate(f"read {name.partition('/')[0]}", lambda: self._shelf.read(name), until=until)
        if name == layout.BUDGET:
            self._auditor.looked(found[0])
        return found and (found[0], found[1].generation)

    async def stat(self, name: str) -> Stored | None:
        return await self._gate("stat", lambda: (self._shelf.read(name) or (b"", None))[1])

    async def fetch(self, name: str, path: Path) -> Checksums | None:
        found = await self._gate("fetch", lambda: self._shelf.read(name))
        if found is None:
            return None
        path.write_bytes(found[0])  # noqa: ASYNC240 - as above
        return sums_of(found[0])

    async def list(self, prefix: str) -> AsyncIterator[Stored]:
        if prefix.startswith(layout.JOBS) and prefix != layout.JOBS:
            self._auditor.measures(self._process, UUID(prefix.split("/")[1]))
        for stored in await self._gate(f"list {prefix.partition('/')[0]}", lambda: self._shelf.list(prefix)):
            yield stored

    async def delete(self, name: str) -> None:
        await self._gate("unmark", lambda: self._shelf.objects.pop(name, None))

    async def signed_url(self, name: str, *, seconds: int) -> str | None:
        return None

    async def aclose(self) -> None:
        """Nothing is held open."""

    async def _gate(self, kind: str, effect: Any, *, until: float = NEVER) -> Any:
        return await self._stage.gate(self._process, kind, effect, until=until)


def _kind(name: str, data: bytes) -> str:
    if name.startswith("jobs/"):
        return f"event {json.loads(data)['kind']}"
    if layout.is_claim(name):
        return "claim"
    return "marker" if name.startswith("open/") else "file"


def _an(kind: str) -> str:
    return "an event" if kind.startswith("event") else f"a {kind}"


def goes_wrong(stage: Stage, call: Call, how: int) -> None:
    """A call to the store that fails: before its effect, after it, or refused because of its own effect."""
    writes = call.kind.startswith(("event", "claim", "marker", "file", "budget"))
    error: StillreelError = ArchiveUnavailable("the store doesn't answer")
    if how % 3 and (writes or call.kind == "unmark"):
        try:
            call.effect()
        except StillreelError as refused:  # it was refused, and the refusal arrives
            stage.answer(call, refused)
            return
        stage.happened["a write's answer is lost"] += 1
        if how % 3 == 2 and writes:  # the store's own repetition finds what it has written itself
            error = GenerationMismatch("it has changed") if call.kind == "budget" else ObjectExists("it is there")
    else:
        stage.happened["the store is away"] += 1
    stage.answer(call, error)
