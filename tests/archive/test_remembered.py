"""Events are read once by a process, however often a job is looked at: nobody can rewrite them."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

from stillreel.archive import layout
from stillreel.archive.archive import Archive
from stillreel.archive.gcs import BucketStore
from stillreel.archive.remembered import MOST, Remembered
from stillreel.archive.store import Store, Stored
from stillreel.domain.events import Sending
from stillreel.studio.clock import SystemClock
from tests.archive.fake_gcs import Gcs
from tests.archive.proxy import Proxy

JOB = UUID("11111111-1111-4111-8111-111111111111")
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def event(n: int, owner: str = "me") -> Sending:
    return Sending(at=NOON, nonce=f"n{n}", owner=owner, attempt=n, lease=90)


async def test_an_event_is_fetched_once(proxy: Proxy, gcs: Gcs) -> None:
    """A look at a job is one listing, and the events that are new; what this process wrote isn't fetched at all."""
    store = BucketStore(gcs.bucket, f"tests/{uuid4().hex}", endpoint=proxy.endpoint)
    mine, others = Archive(store, SystemClock()), Archive(store, SystemClock())
    job = await mine.append(await mine.events(JOB), event(0))
    await mine.append(job, event(1))
    proxy.seen.clear()
    assert (await mine.events(JOB)).events == (event(0), event(1))
    assert len(proxy.seen) == 1
    assert (await others.events(JOB)).events == (event(0), event(1))
    await others.append(await others.events(JOB), event(2))
    proxy.seen.clear()
    assert (await mine.events(JOB)).events == (event(0), event(1), event(2))
    assert [said for said in proxy.seen if "%2F2.json" in said] == proxy.seen[1:]
    await store.aclose()


async def test_an_event_that_somebody_rewrote_is_seen(store: Store) -> None:
    """What is remembered is a generation: an object that was written over is read again, and never believed blindly."""
    archive = Archive(store, SystemClock())
    await archive.append(await archive.events(JOB), event(0))
    name = layout.job_event(JOB, 0)
    stands = await store.stat(name)
    assert stands is not None
    await store.replace(name, event(0, "a stranger").model_dump_json().encode(), generation=stands.generation)
    assert (await archive.events(JOB)).events == (event(0, "a stranger"),)


def test_a_round_over_a_large_archive_stays_small() -> None:
    """Only so many events are remembered; the ones that came first are forgotten for the others."""
    remembered = Remembered()
    listed = [Stored(name=f"jobs/{n}", size=1, crc32c="", generation="1", created=NOON) for n in range(MOST + 2)]
    for n, stored in enumerate(listed):
        remembered.keep(stored, event(n))
    assert [remembered.get(stored) is None for stored in listed[:3]] == [True, True, False]
