"""Proving on the user's own archive, with the user's own rights, what every promise rests on."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from uuid import uuid4

from pydantic import BaseModel, ConfigDict

from stillreel.archive import layout
from stillreel.archive.hashing import sums_of, sums_of_file
from stillreel.archive.passing import passing_folder
from stillreel.archive.store import Store
from stillreel.domain.errors import ArchiveError, GenerationMismatch, ObjectExists, StillreelError

RACERS = 16
LARGE = 9 << 20  # bytes: more than goes to a bucket in one request, which takes another path there
_ONE = b'{"proof": 1}'
_TWO = b'{"proof": 2}'


class Finding(BaseModel):
    """One thing that was tried: what, whether it held, and in a sentence how."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    what: str
    good: bool
    says: str

    def __str__(self) -> str:
        return f"{'ok ' if self.good else 'BAD'} {self.what}: {self.says}"


async def prove(store: Store) -> list[Finding]:
    """Try the whole contract under a scratch prefix, which is removed again; one finding for each part of it."""
    proof = _Proof(store, layout.scratch(uuid4().hex))
    steps: list[tuple[str, Callable[[], Awaitable[str]]]] = [
        ("create", proof.create),
        ("create only once", proof.create_once),
        ("one winner of many", proof.one_winner),
        ("read back", proof.read_back),
        ("matched write", proof.matched_write),
        ("large files", proof.large_files),
        ("list", proof.list_all),
        ("delete", proof.delete_all),
    ]
    findings: list[Finding] = []
    for what, step in steps:
        if findings and not findings[0].good:
            says = "not tried: nothing can be created"
            findings.append(Finding(what=f"archive: {what}", good=False, says=says))
        else:
            findings.append(await _tried(f"archive: {what}", step))
    return findings


async def _tried(what: str, step: Callable[[], Awaitable[str]]) -> Finding:
    try:
        return Finding(what=what, good=True, says=await step())
    except StillreelError as error:
        return Finding(what=what, good=False, says=error.message)


class _Proof:
    def __init__(self, store: Store, prefix: str) -> None:
        self._store = store
        self._prefix = prefix
        self._made: set[str] = set()

    async def create(self) -> str:
        await self._store.create(self._name("once.json"), _ONE)
        return f"{self._store.uri} takes new objects"

    async def create_once(self) -> str:
        await _refused(
            self._store.create(self._name("once.json"), _TWO), ObjectExists, "a second create wrote over the first"
        )
        return "a second create of the same name is refused"

    async def one_winner(self) -> str:
        async def race(who: int) -> bool:
            try:
                await self._store.create(self._name("race.json"), str(who).encode())
            except ObjectExists:
                return False
            return True

        won = sum(await asyncio.gather(*(race(who) for who in range(RACERS))))
        if won != 1:
            raise ArchiveError(f"{won} of {RACERS} writers at once were told that they created the same object")
        return f"of {RACERS} writers at once one wins"

    async def read_back(self) -> str:
        found = await self._store.read(self._name("once.json"))
        if found is None or found[0] != _ONE:
            raise ArchiveError(f"what was created reads as {found[0][:80] if found else 'nothing'!r}")
        return "bytes and checksum come back as they were sent"

    async def matched_write(self) -> str:
        name = self._name("matched.json")
        first = await self._store.replace(name, _ONE, generation=None)
        await self._store.replace(name, _TWO, generation=first.generation)
        stale = self._store.replace(name, _ONE, generation=first.generation)
        await _refused(stale, GenerationMismatch, "a stale generation wrote over a newer one")
        return "a write over exactly one generation holds; a stale one is refused"

    async def large_files(self) -> str:
        name = self._name("large.bin")
        with passing_folder() as folder:
            path, copy = Path(folder) / "large", Path(folder) / "copy"
            await asyncio.to_thread(path.write_bytes, sums_of(name.encode()).sha256.encode() * (LARGE // 64))
            sums = await asyncio.to_thread(sums_of_file, path)
            kind = "application/octet-stream"
            await self._store.create_file(name, path, sums, content_type=kind)
            again = self._store.create_file(name, path, sums, content_type=kind)
            await _refused(again, ObjectExists, f"a second file of {LARGE} bytes wrote over the first")
            if await self._store.fetch(name, copy) != sums:
                raise ArchiveError("a large file came back with other checksums than it had")
        return f"a file of {LARGE >> 20} MiB is created once and comes back with its checksums"

    async def list_all(self) -> str:
        listed = {stored.name async for stored in self._store.list(self._prefix)}
        if listed != self._made:
            raise ArchiveError(f"a list of {self._prefix} lacks {sorted(self._made - listed)}")
        return f"all {len(listed)} objects are listed"

    async def delete_all(self) -> str:
        for name in sorted(self._made):
            await self._store.delete(name)
        return "what was tried is removed again"

    def _name(self, ending: str) -> str:
        """A name below the scratch prefix, remembered so that it is removed even where nothing can be listed."""
        name = self._prefix + ending
        self._made.add(name)
        return name


async def _refused(call: Awaitable[object], refusal: type[ArchiveError], otherwise: str) -> None:
    try:
        await call
    except refusal:
        return
    raise ArchiveError(f"{otherwise}: takes and purchases can't be told apart here")
