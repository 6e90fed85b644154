"""What an archive keeps besides files: its identity, the events of jobs and the claims of takes.

All of it is create-only. Who loses a race is told what stands, and a refusal of something that is ours already
(an answer was lost, a process came back) is recognised by its nonce and is success.
"""

import asyncio
import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from uuid import UUID, uuid4

from stillreel.archive import layout
from stillreel.archive.budget import AT_ONCE, Books
from stillreel.archive.clock import StoreClock
from stillreel.archive.remembered import Remembered
from stillreel.archive.store import Store, Stored
from stillreel.domain.budget import Budget
from stillreel.domain.clock import Clock
from stillreel.domain.errors import PUT_BACK, Corrupted, Money, ObjectExists, Vanished
from stillreel.domain.events import EVENT, Event
from stillreel.domain.jobs import Job
from stillreel.domain.names import Place, Stage
from stillreel.domain.requests import Request
from stillreel.domain.takes import Claim, Reuse, Want, choose


def fresh() -> str:
    """A new random id."""
    return uuid4().hex


def untold() -> None:
    """Tell nobody."""


class Archive:
    """An archive over any store; every process that has the same store means the same archive."""

    def __init__(
        self, store: Store, clock: Clock, *, nonce: Callable[[], str] = fresh, begun: Callable[[], None] = untold
    ) -> None:
        """`begun` is called once it is this process that has begun the archive."""
        self.store = store
        self.books = Books(store, clock)
        self._clock = clock
        self._nonce = nonce
        self._begun = begun
        self._identity: str | None = None
        self._identifying = asyncio.Lock()
        self._remembered = Remembered()

    async def identity(self) -> str:
        """The archive's random id, made by whoever comes first; it stays when a bucket is moved or renamed."""
        async with self._identifying:  # many shots ask at once
            if self._identity is None:
                self._identity = await self._identified()
        return self._identity

    async def _identified(self) -> str:
        found = await self.store.read(layout.IDENTITY)
        stands = await self._begin() if found is None else found[0]
        try:
            return str(json.loads(stands)["id"])
        except (ValueError, KeyError, TypeError) as error:
            raise Corrupted(f"{self.uri(layout.IDENTITY)} isn't an archive's identity: {stands[:80]!r}") from error

    async def _begin(self) -> bytes:
        """A new archive: first its budget, so that one which is missing later is known to be gone, then its id."""
        if await self._has_jobs() and await self.store.stat(layout.IDENTITY) is None:  # nobody began in between
            raise Vanished(
                f"{self.uri(layout.IDENTITY)} is gone, and there are jobs: put it back, because under another identity "
                f"everything would be bought again"
            )
        await self._first(layout.BUDGET, Budget().json_bytes())
        says = {"schema": "stillreel/archive/1", "id": self._nonce(), "at": self._clock.now().isoformat()}
        mine = json.dumps(says).encode()
        stands = await self._first(layout.IDENTITY, mine)
        if stands == mine:
            self._begun()
        return stands

    async def has_begun(self) -> bool:
        """Whether a run was ever here: the archive has its identity, or jobs."""
        return await self.store.stat(layout.IDENTITY) is not None or await self._has_jobs()

    async def _has_jobs(self) -> bool:
        async for _ in self.store.list(layout.JOBS):
            return True
        return False

    def uri(self, name: str) -> str:
        """The address of an object."""
        return f"{self.store.uri}/{name}"

    async def events(self, uuid: UUID) -> Job:
        """A job as its events tell it; one without any stands at `nothing`. Corrupted: nobody knows what was spent."""
        try:
            return await self._events(uuid)
        except Corrupted as error:
            error.money = Money.UNKNOWN
            raise

    async def begun(self, uuid: UUID) -> Job:
        """A job that was planned, and so has events; Corrupted if they are gone."""
        job = await self.events(uuid)
        if not job.events:
            name = self.uri(layout.job_events(uuid))
            raise Vanished(f"job {uuid} was begun, and {name} is gone; {PUT_BACK}")
        return job

    async def _events(self, uuid: UUID) -> Job:
        listed = [(layout.event_number(one.name), one) async for one in self.store.list(layout.job_events(uuid))]
        stored = {number: one for number, one in listed if number is not None}
        known = sorted(stored)
        if known != list(range(len(known))):
            raise Vanished(f"job {uuid} has events {known}: one is missing, and none is ever deleted; {PUT_BACK}")
        remembered = {n: self._remembered.get(stored[n]) for n in known}
        new = [n for n, event in remembered.items() if event is None]
        read = dict(zip(new, await self._read_all([stored[n].name for n in new]), strict=True))
        return Job(uuid, [event or self._read(stored[n], read[n]) for n, event in remembered.items()])

    def _read(self, stored: Stored, data: bytes) -> Event:
        try:
            return self._remembered.keep(stored, EVENT.validate_json(data))
        except ValueError as error:
            why = " ".join(str(error).split())[:200]
            raise Corrupted(
                f"{self.uri(stored.name)} isn't an event that this version can read ({why}); put an older one back"
            ) from error

    async def append(self, job: Job, event: Event) -> Job:
        """Write the event that follows those that were read; ObjectExists: somebody was first, so read again."""
        name = layout.job_event(job.uuid, len(job.events))
        data = EVENT.dump_json(event)
        try:
            stored = await self.store.create(name, data)
            self._remembered.keep(stored, event)
            if isinstance(self._clock, StoreClock):
                self._clock.seen(stored.created)
        except ObjectExists:
            stands = await self._whole(name)
            if EVENT.validate_json(stands).nonce != event.nonce:
                raise
        return Job(job.uuid, [*job.events, event])

    async def mark_open(self, uuid: UUID) -> None:
        """Leave the marker that makes a job be found until it ends; before its first event."""
        with suppress(ObjectExists):  # there is nothing in it to be read
            await self.store.create(layout.open_marker(uuid), b"")

    async def unmark(self, uuid: UUID) -> None:
        """Take the marker away; after the job's end."""
        await self.store.delete(layout.open_marker(uuid))

    async def open_jobs(self) -> dict[UUID, datetime]:
        """The jobs that are marked open, and since when by the store's clock."""
        marked = [(layout.job_of_marker(stored.name), stored.created) async for stored in self.store.list(layout.OPEN)]
        return {uuid: since for uuid, since in marked if uuid is not None}

    async def jobs(self) -> set[UUID]:
        """Every job that has events, whatever became of it: as many reads as there are pages of events."""
        found = {layout.job_of_event(stored.name) async for stored in self.store.list(layout.JOBS)}
        return {uuid for uuid in found if uuid is not None}

    async def claims(self, project: str, shot: str, stage: Stage) -> list[Claim]:
        """Every claim of a stage of a shot, lowest take first."""
        prefix = layout.takes(project, shot, stage)
        names = [stored.name async for stored in self.store.list(prefix) if layout.is_claim(stored.name)]
        found = [Claim.model_validate_json(data) for data in await self._read_all(names)]
        return sorted(found, key=lambda claim: claim.place.take)

    async def claim(self, claim: Claim) -> Claim:
        """The claim that stands under this take's number now: this one, or that of whoever came first."""
        return Claim.model_validate_json(await self._first(layout.claim(claim.place), claim.model_dump_json().encode()))

    async def take(self, project: str, shot: str, request: Request, *, asked: str, want: Want, root_run: str) -> Claim:
        """The take that a request is, claimed now if it wasn't; TakeExists for a number that holds another one."""
        digest = request.digest
        claims = await self.claims(project, shot, request.stage)
        while True:
            chosen = choose(claims, digest, asked, want=want, root_run=root_run)
            if isinstance(chosen, Reuse):
                return chosen.claim
            mine = Claim(
                place=Place(project=project, shot=shot, stage=request.stage, take=chosen.take),
                digest=digest,
                asked=asked,
                request=request,
                run=root_run,
                new=want == "new",
                at=self._clock.now(),
                nonce=self._nonce(),
            )
            stands = await self.claim(mine)
            if stands.nonce == mine.nonce:
                return stands
            claims.append(stands)

    async def _first(self, name: str, data: bytes) -> bytes:
        """Create an object unless it is there; the bytes that stand."""
        try:
            await self.store.create(name, data)
        except ObjectExists:
            return await self._whole(name)
        return data

    async def _whole(self, name: str) -> bytes:
        found = await self.store.read(name)
        if found is None:
            raise Vanished(f"{self.uri(name)} was there and is gone; {PUT_BACK}")
        return found[0]

    async def _read_all(self, names: Sequence[str]) -> list[bytes]:
        """The objects' bytes in the order of their names, some at a time."""
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(name: str) -> bytes:
            async with gate:
                return await self._whole(name)

        return list(await asyncio.gather(*(one(name) for name in names)))
