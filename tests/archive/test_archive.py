"""Identity, events and takes, over every store."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from stillreel.archive import layout
from stillreel.archive.archive import Archive
from stillreel.archive.folder import FolderStore
from stillreel.archive.store import Store, Stored
from stillreel.domain.errors import Corrupted, ObjectExists, TakeExists
from stillreel.domain.events import Event, Sending, Withdrawn
from stillreel.domain.requests import StillRequest
from stillreel.domain.takes import Claim, Want

JOB = UUID("11111111-1111-4111-8111-111111111111")
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


class Standing:
    """A clock that stands at noon unless told otherwise."""

    def now(self) -> datetime:
        return NOON

    async def sleep(self, seconds: float) -> None:
        raise AssertionError(f"nobody should wait {seconds} s here")


@pytest.fixture
def archive(store: Store) -> Archive:
    return Archive(store, Standing())


def still(prompt: str = "a lighthouse") -> StillRequest:
    return StillRequest(model="m:1@1", prompt=prompt, width=1280, height=720, format="PNG", quality=95)


def event(n: int) -> Event:
    return Sending(at=NOON + timedelta(seconds=n), nonce=f"n{n}", owner="me", attempt=n, lease=90)


async def test_an_archive_has_one_identity(store: Store) -> None:
    """Sixteen processes that open a new archive at once agree on its id, and so does everyone later."""
    ids = await asyncio.gather(*(Archive(store, Standing()).identity() for _ in range(16)))
    assert len(set(ids)) == 1
    assert await Archive(store, Standing()).identity() == ids[0]


class Counting(FolderStore):
    """A store that counts what it is asked for by name."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.read_names: list[str] = []

    async def read(self, name: str) -> tuple[bytes, str] | None:
        self.read_names.append(name)
        return await super().read(name)


async def test_many_shots_ask_for_the_identity_once(tmp_path: Path) -> None:
    """A storyboard's shots that begin together share one question, and one beginning of a new archive."""
    store = Counting(tmp_path / "archive")
    archive = Archive(store, Standing())
    ids = await asyncio.gather(*(archive.identity() for _ in range(16)))
    assert len(set(ids)) == 1
    assert store.read_names == [layout.IDENTITY]


async def test_a_broken_identity_is_said(store: Store) -> None:
    """An archive.json that isn't ours ends in an error, never in a second identity."""
    await store.create(layout.IDENTITY, b"{}")
    with pytest.raises(Corrupted, match="identity"):
        await Archive(store, Standing()).identity()


async def test_events_come_back_in_the_order_of_their_numbers(archive: Archive) -> None:
    """Twelve events read as 0 to 11: the tenth isn't sorted between the first and the second."""
    job = await archive.events(JOB)
    assert job.standing == "nothing"
    for n in range(12):
        job = await archive.append(job, event(n))
    again = await archive.events(JOB)
    assert again.events == job.events == tuple(event(n) for n in range(12))


async def test_of_sixteen_events_one_is_written(archive: Archive) -> None:
    """Sixteen writers that read the same events: one may go on, the others must read again."""
    job = await archive.append(await archive.events(JOB), event(0))

    async def attempt(n: int) -> bool:
        try:
            await archive.append(job, event(n))
        except ObjectExists:
            return False
        return True

    assert sum(await asyncio.gather(*(attempt(n) for n in range(1, 17)))) == 1
    assert len((await archive.events(JOB)).events) == 2


async def test_an_event_of_ours_is_not_a_refusal(archive: Archive) -> None:
    """Writing the same event again, because its answer was lost, is success; another one is not."""
    empty = await archive.events(JOB)
    ours = event(0)
    await archive.append(empty, ours)
    assert (await archive.append(empty, ours)).events == (ours,)
    with pytest.raises(ObjectExists):
        await archive.append(empty, Withdrawn(at=NOON, nonce="theirs", reason="late"))


async def test_a_missing_event_is_corruption(archive: Archive) -> None:
    """A hole in the numbers is never taken for the end of the story."""
    job = await archive.append(await archive.events(JOB), event(0))
    await archive.append(job, event(1))
    await archive.store.delete(layout.job_event(JOB, 0))
    with pytest.raises(Corrupted, match="missing"):
        await archive.events(JOB)


async def test_markers_come_and_go(archive: Archive) -> None:
    """A job is found while it is marked open, marking twice is once, and foreign objects are no jobs."""
    await archive.mark_open(JOB)
    await archive.mark_open(JOB)
    await archive.store.create("open/readme.txt", b"")
    assert list(await archive.open_jobs()) == [JOB]
    await archive.unmark(JOB)
    await archive.unmark(JOB)
    assert await archive.open_jobs() == {}


class Clearing(FolderStore):
    """A store in which somebody takes away what was refused because it was there, before it can be looked at."""

    async def create(self, name: str, data: bytes, **more: Any) -> Stored:
        try:
            return await super().create(name, data, **more)
        except ObjectExists:
            await self.delete(name)
            raise


async def test_a_marker_that_goes_while_it_is_made_is_no_loss(tmp_path: Path) -> None:
    """`reconcile` clears an old marker in the moment in which a run begins with its job: the run goes on."""
    archive = Archive(Clearing(tmp_path / "archive"), Standing())
    await archive.mark_open(JOB)
    await archive.mark_open(JOB)
    assert (await archive.append(await archive.events(JOB), event(0))).events == (event(0),)


async def take(archive: Archive, prompt: str = "a lighthouse", want: Want = "auto", run: str = "run-1") -> Claim:
    request = still(prompt)
    return await archive.take("film", "opening", request, asked=f"asked {prompt}", want=want, root_run=run)


async def test_the_same_request_is_the_same_take(archive: Archive) -> None:
    """Run it again and it's the same take; change the words and it's the next; go back and it's the first."""
    first = await take(archive)
    assert (await take(archive, run="run-2")) == first
    assert (await take(archive, "a harbour")).place.take == 2
    assert (await take(archive)).place.take == 1
    assert [claim.place.take for claim in await archive.claims("film", "opening", "still")] == [1, 2]
    assert await archive.claims("film", "opening", "clip") == []


async def test_sixteen_runs_share_one_take(archive: Archive) -> None:
    """Sixteen runs that meet on the same request end with one claim."""
    claims = await asyncio.gather(*(take(archive, run=f"run-{n}") for n in range(16)))
    assert {claim.nonce for claim in claims} == {claims[0].nonce}
    assert claims[0].place.take == 1


async def test_sixteen_requests_take_sixteen_numbers(archive: Archive) -> None:
    """Sixteen different requests at once lose no number and share none."""
    claims = await asyncio.gather(*(take(archive, f"idea {n}") for n in range(16)))
    assert sorted(claim.place.take for claim in claims) == list(range(1, 17))


async def test_new_is_one_take_a_run(archive: Archive) -> None:
    """A fresh take for each root run; its retries and children, sixteen at once, share it."""
    first = await take(archive)
    again = await asyncio.gather(*(take(archive, want="new", run="nightly-1") for _ in range(16)))
    assert {claim.place.take for claim in again} == {2}
    assert (await take(archive, want="new", run="nightly-2")).place.take == 3
    assert first.place.take == 1
    assert (await take(archive)).place.take == 3


async def test_a_number_that_is_taken_names_the_next_free_one(archive: Archive) -> None:
    """A number with another request is refused, and the sentence says which one is free."""
    await take(archive, want=4)
    assert (await take(archive, want=4)).place.take == 4
    with pytest.raises(TakeExists, match="next free take is 5"):
        await take(archive, "a harbour", want=4)
    assert (await take(archive, "a harbour", want=2)).place.take == 2
