"""Where a run is killed: a provider, an archive and a time of its own, and what must hold of them afterwards."""

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from pydantic import SecretStr

from stillreel.archive import layout, open_store
from stillreel.archive.archive import Archive
from stillreel.archive.lineage import chain, verify
from stillreel.emulator import RunningEmulator, running_emulator
from stillreel.emulator.passing import real_seconds
from stillreel.settings import Settings
from tests.crash.acting import Part, Told
from tests.crash.passing_time import PassingTime

STILL, CLIP = "runware:z-image@turbo", "klingai:3@1"
BILLS = {STILL: Decimal("0.003133"), CLIP: Decimal("0.1848")}  # as the emulator reports and bills them
LATENCY = {STILL: {"median": 1.5}, CLIP: {"median": 60.5}}  # so that exactly the second look finds it done
PACE = 0.05  # a lease of six and a half seconds: a few looks for whoever waits for it
FOLDER = "projects/harbour/lighthouse"
FILES = {
    f"{FOLDER}/{name}"
    for name in (
        *("still-001.take.json", "still-001.png", "still-001.lineage.json"),
        *("clip-001.take.json", "clip-001.mp4", "clip-001.lineage.json", "clip-001.poster.jpg"),
    )
}


@dataclass(frozen=True)
class Scene:
    """One run's world."""

    emulator: RunningEmulator
    time: PassingTime
    archive: str

    def part(self, name: str, *, bucket: str | None = None, ahead: float = 0.0) -> Part:
        """A run of the whole chain, on a machine whose clock is so many seconds ahead."""
        settings = Settings(
            runware_url=self.emulator.url, runware_api_key=SecretStr("anything"), archive=self.archive, pace=PACE
        )
        return Part(settings, PassingTime(self.time.file, ahead), name, bucket=bucket)

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Archive]:
        """The archive, as anybody may read it."""
        store = open_store(self.archive)
        try:
            yield Archive(store, self.time)
        finally:
            await store.aclose()

    async def open_jobs(self) -> Collection[UUID]:
        """The jobs that are marked open."""
        async with self.opened() as archive:
            return await archive.open_jobs()

    async def check(self, told: Told) -> None:
        """Bought and billed once each, archived and verified, closed, booked, and nothing open or held."""
        assert not told.error, f"{told.error}: {told.message}"
        self.check_bills()
        async with self.opened() as archive:
            await _check_archive(archive, told)

    def check_bills(self) -> None:
        """The provider's own count: each job run once and billed once."""
        jobs = list(self.emulator.jobs().values())
        assert {job["model"]: (job["runs"], Decimal(str(job["billed"]))) for job in jobs} == {
            model: (1, bill) for model, bill in BILLS.items()
        }
        charges = self.emulator.ledger()["charges"]
        assert isinstance(charges, list)
        assert len(jobs) == len(charges) == len(BILLS)


async def _check_archive(archive: Archive, told: Told) -> None:
    names = {stored.name async for stored in archive.store.list("projects")}
    assert names == FILES
    for name, uri in zip(("still-001.png", "clip-001.mp4"), told.uris, strict=True):
        assert uri == archive.uri(f"{FOLDER}/{name}")
        await verify(archive.store, uri)
    assert len(await chain(archive.store, str(told.uris[1]))) == len(BILLS)
    assert [stored.name async for stored in archive.store.list(layout.QUARANTINE)] == []
    jobs = [await archive.events(uuid) for uuid in await archive.jobs()]
    assert sorted(job.planned.request.model for job in jobs) == sorted(BILLS)
    assert {job.standing for job in jobs} == {"closed"}
    assert await archive.open_jobs() == {}
    budget = await archive.books.read()
    assert budget.entries == {}
    assert {total.model: (total.reported, total.unreported + total.unknown) for total in budget.totals} == {
        model: (bill, Decimal(0)) for model, bill in BILLS.items()
    }


@asynccontextmanager
async def built(
    folder: Path, media: Path, archive: str | None = None, *, real_time: bool = False, **switches: Any
) -> AsyncIterator[Scene]:
    """A scene for as long as the block lasts; its canned media are made once for all of them."""
    provider = folder / "provider"
    provider.mkdir(parents=True)
    (provider / "media").symlink_to(media)
    time = PassingTime.begun(folder / "time")
    told = {"media": "canned", "latency": LATENCY, **switches}
    source = real_seconds if real_time else time.seconds
    async with running_emulator(provider, told, source=source) as emulator:
        yield Scene(emulator, time, archive or f"file://{folder}/archive")
