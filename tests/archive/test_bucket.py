"""What only a bucket has: lost answers, refusals, missing rights, and the gaps of the fake that stands in for it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from uuid import uuid4

import pytest

from stillreel.archive.bucket_client import open_client
from stillreel.archive.gcs import BucketStore
from stillreel.archive.hashing import sums_of, sums_of_file
from stillreel.archive.store import Checksums
from stillreel.domain.errors import (
    ArchiveForbidden,
    ArchiveMissing,
    ArchiveUnavailable,
    Corrupted,
    GenerationMismatch,
    ObjectExists,
)
from tests.archive.fake_gcs import FAKE, Gcs
from tests.archive.proxy import ALWAYS, Fault, Kind, Proxy

LARGE = (8 << 20) + 12_345  # bytes: more than goes in one request
DENIED = "ci@example.com does not have {right} access to the Google Cloud Storage object."

Calls = list[Callable[[BucketStore], Awaitable[object]]]

gap = pytest.mark.xfail


def through(proxy: Proxy, gcs: Gcs, *, bucket: str = "", patience: float = 20) -> BucketStore:
    return BucketStore(
        bucket or gcs.bucket, f"tests/{uuid4().hex}", endpoint=proxy.endpoint, patience=patience, first_wait=0.01
    )


@pytest.fixture
async def faulty(proxy: Proxy, gcs: Gcs) -> AsyncIterator[BucketStore]:
    store = through(proxy, gcs)
    yield store
    await store.aclose()


@pytest.fixture
def large(tmp_path: Path) -> tuple[Path, Checksums]:
    path = tmp_path / "large.mp4"
    path.write_bytes(bytes(i % 251 for i in range(65_536)) * (LARGE // 65_536 + 1))
    return path, sums_of_file(path)


def posts(proxy: Proxy) -> int:
    return sum(request.startswith("POST") for request in proxy.seen)


async def test_a_lost_answer_to_a_create_is_recognised(proxy: Proxy, faulty: BucketStore) -> None:
    """The server stores it, its answer is lost, the repetition is refused: it was ours, so it's success."""
    proxy.faults.append(Fault("cut", method="POST"))
    stored = await faulty.create("claim.json", b"mine", metadata={"take": "1"})
    assert posts(proxy) == 2
    assert stored.metadata == {"take": "1"}
    found = await faulty.read("claim.json")
    assert found is not None
    assert found[0] == b"mine"


async def test_the_same_bytes_of_somebody_else_are_not_ours(proxy: Proxy, faulty: BucketStore) -> None:
    """Equal bytes aren't enough: a claim that another process wrote word for word is still its claim."""
    await faulty.create("claim.json", b"same")
    proxy.faults.append(Fault("drop", method="POST"))
    with pytest.raises(ObjectExists):
        await faulty.create("claim.json", b"same")


async def test_a_lost_answer_to_a_matched_write_is_recognised(proxy: Proxy, faulty: BucketStore) -> None:
    """A matched write whose answer is lost isn't taken for somebody else's."""
    first = await faulty.replace("budget.json", b"1", generation=None)
    proxy.faults.append(Fault("cut", method="POST"))
    second = await faulty.replace("budget.json", b"2", generation=first.generation)
    assert second.generation != first.generation
    with pytest.raises(GenerationMismatch):
        await faulty.replace("budget.json", b"3", generation=first.generation)


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
async def test_a_store_that_is_busy_is_asked_again(proxy: Proxy, faulty: BucketStore, status: int) -> None:
    """Busy answers, 429 of a hot object among them, are waited out, for writing, reading, listing and deleting."""
    for method in ("POST", "GET", "DELETE"):
        proxy.faults.append(Fault("answer", method=method, status=status, times=2))
    await faulty.create("x.json", b"1")
    found = await faulty.read("x.json")
    assert [(b"1", stored.generation) async for stored in faulty.list("")] == [found]
    await faulty.delete("x.json")
    assert [fault.struck for fault in proxy.faults] == [3, 4, 3]


@pytest.mark.parametrize("kind", ["drop", "answer"])
async def test_a_store_that_never_answers_is_said(proxy: Proxy, gcs: Gcs, kind: Kind) -> None:
    """After its patience a store is unavailable; nobody waits for ever."""
    proxy.faults.append(Fault(kind, times=ALWAYS))
    store = through(proxy, gcs, patience=0.3)
    for call in (store.create("x.json", b""), store.read("x.json"), store.stat("x.json"), store.delete("x.json")):
        with pytest.raises(ArchiveUnavailable, match="didn't answer usably"):
            await call
    with pytest.raises(ArchiveUnavailable):
        _ = [stored async for stored in store.list("")]
    await store.aclose()


async def test_nobody_at_the_address_is_said(gcs: Gcs) -> None:
    """A closed port is an unavailable archive."""
    store = BucketStore("b", endpoint="http://127.0.0.1:9", patience=0.3, first_wait=0.01)
    with pytest.raises(ArchiveUnavailable):
        await store.create("x.json", b"")
    await store.aclose()


@pytest.mark.parametrize(
    "method, right",
    [
        ("POST", "storage.objects.create"),
        ("GET", "storage.objects.get"),
        ("GET", "storage.objects.list"),
        ("DELETE", "storage.objects.delete"),
    ],
)
async def test_a_missing_right_is_named(proxy: Proxy, faulty: BucketStore, method: str, right: str) -> None:
    """A refusal names the right that is missing and a role that has it, and isn't tried again."""
    proxy.faults.append(Fault("answer", method=method, status=403, times=ALWAYS, message=DENIED.format(right=right)))
    calls: dict[str, Callable[[], Awaitable[object]]] = {
        "storage.objects.create": lambda: faulty.create("x.json", b""),
        "storage.objects.get": lambda: faulty.read("x.json"),
        "storage.objects.list": lambda: anext(faulty.list("")),
        "storage.objects.delete": lambda: faulty.delete("x.json"),
    }
    with pytest.raises(ArchiveForbidden, match=f"no right to {right} .*roles/storage"):
        await calls[right]()
    assert proxy.faults[0].struck <= 2


async def test_a_right_is_named_without_googles_help(proxy: Proxy, faulty: BucketStore) -> None:
    """A bare refusal to write over an object names the rights that this takes."""
    first = await faulty.replace("budget.json", b"1", generation=None)
    proxy.faults.append(Fault("answer", method="POST", status=403, times=ALWAYS, message="no"))
    with pytest.raises(ArchiveForbidden, match=r"storage\.objects\.create and storage\.objects\.delete"):
        await faulty.replace("budget.json", b"2", generation=first.generation)


async def test_bad_credentials_are_said(proxy: Proxy, faulty: BucketStore) -> None:
    """Credentials that Google doesn't take are told apart from a missing right."""
    proxy.faults.append(Fault("answer", status=401, times=ALWAYS, message="Invalid Credentials"))
    with pytest.raises(ArchiveForbidden, match="credentials"):
        await faulty.create("x.json", b"")


async def test_a_missing_bucket_is_said(gcs: Gcs, tmp_path: Path) -> None:
    """A bucket that doesn't exist is no empty archive, whatever is asked of it first."""
    if not gcs.fake:
        pytest.skip("a name that nobody has can't be known elsewhere")
    calls: Calls = [
        lambda store: store.create("x.json", b""),
        lambda store: store.replace("x.json", b"", generation=None),
        lambda store: store.read("x.json"),
        lambda store: store.stat("x.json"),
        lambda store: store.fetch("x.json", tmp_path / "copy"),
        lambda store: store.delete("x.json"),
        lambda store: anext(store.list("")),
    ]
    for call in calls:
        store = BucketStore("no-such-bucket", endpoint=gcs.endpoint, patience=1, first_wait=0.01)
        with pytest.raises(ArchiveMissing, match="no bucket"):
            await call(store)
        await store.aclose()


async def test_a_small_file_is_one_request(proxy: Proxy, faulty: BucketStore) -> None:
    """Writing a claim or an event costs one round trip, and nobody asks for the bucket's own metadata."""
    await faulty.create("x.json", b"1")
    assert len(proxy.seen) == 1


async def test_a_large_file_goes_in_chunks(
    proxy: Proxy, faulty: BucketStore, large: tuple[Path, Checksums], tmp_path: Path
) -> None:
    """A large file travels in chunks of 8 MiB, arrives whole and comes back whole."""
    path, sums = large
    stored = await faulty.create_file("clip.mp4", path, sums, content_type="video/mp4", metadata={"a": "b"})
    assert (stored.size, stored.crc32c, stored.metadata) == (sums.size, sums.crc32c, {"a": "b"})
    assert [request.split(" ")[0] for request in proxy.seen] == ["POST", "PUT", "PUT"]
    assert await faulty.fetch("clip.mp4", tmp_path / "copy") == sums


@gap(
    strict=True,
    condition=FAKE,
    reason="fake-gcs-server ignores if_generation_match on resumable uploads and writes over the first file",
)
async def test_a_large_file_is_created_only_once(bucket: BucketStore, large: tuple[Path, Checksums]) -> None:
    """A large file doesn't take the place of another one."""
    path, sums = large
    await bucket.create("clip.mp4", b"first")
    with pytest.raises(ObjectExists):
        await bucket.create_file("clip.mp4", path, sums, content_type="video/mp4")


@gap(
    strict=True,
    condition=FAKE,
    reason="fake-gcs-server can't tell how far a resumable upload has come, so it can't be resumed",
)
async def test_a_large_file_is_resumed(proxy: Proxy, faulty: BucketStore, large: tuple[Path, Checksums]) -> None:
    """An answer that is lost in the middle of a large file costs a chunk, not the file."""
    path, sums = large
    proxy.faults.append(Fault("cut", method="PUT"))
    stored = await faulty.create_file("clip.mp4", path, sums, content_type="video/mp4")
    assert stored.crc32c == sums.crc32c


async def test_bytes_that_break_on_the_way_are_found(proxy: Proxy, faulty: BucketStore, tmp_path: Path) -> None:
    """A byte that changes between us and the store ends in an error, never in a quiet success."""
    (tmp_path / "x.png").write_bytes(b"picture")
    proxy.faults.append(Fault("corrupt", method="POST", times=ALWAYS))
    with pytest.raises(Corrupted):
        await faulty.create_file("x.png", tmp_path / "x.png", sums_of(b"picture"), content_type="image/png")


@gap(
    strict=True,
    condition=FAKE,
    reason="fake-gcs-server doesn't compare the checksum that is sent with the bytes that arrive",
)
async def test_bytes_that_break_on_the_way_take_no_name(proxy: Proxy, faulty: BucketStore) -> None:
    """What arrived damaged isn't there afterwards."""
    proxy.faults.append(Fault("corrupt", method="POST", times=ALWAYS))
    with pytest.raises(Corrupted):
        await faulty.create("x.json", b"words")
    assert await faulty.stat("x.json") is None


async def test_a_read_that_is_overtaken_is_whole(proxy: Proxy, faulty: BucketStore) -> None:
    """A read is one request: its bytes and generation belong together, though somebody writes before it is answered."""
    first = await faulty.replace("budget.json", b"old", generation=None)
    meanwhile = Fault("hold after", method="GET")
    proxy.faults.append(meanwhile)
    reading = asyncio.create_task(faulty.read("budget.json"))
    await meanwhile.held.wait()
    await faulty.replace("budget.json", b"newer", generation=first.generation)
    meanwhile.release.set()
    assert await reading == (b"old", first.generation)
    assert sum(request.startswith("GET") for request in proxy.seen) == 1


@pytest.mark.parametrize("size", [5, 30_000])
async def test_a_read_that_breaks_off_is_of_one_object(proxy: Proxy, faulty: BucketStore, size: int) -> None:
    """Somebody writes between a try that breaks off and the next: what is read is the new one, and all of it."""
    first = await faulty.replace("budget.json", b"a" * size, generation=None)
    torn = Fault("tear", method="GET")
    proxy.faults.append(torn)
    reading = asyncio.create_task(faulty.read("budget.json"))
    await torn.held.wait()
    second = await faulty.replace("budget.json", b"b" * size, generation=first.generation)
    torn.release.set()
    assert await reading == (b"b" * size, second.generation)


@pytest.mark.parametrize("size", [5, 30_000])
async def test_what_comes_after_a_break_is_compared_as_well(
    proxy: Proxy, faulty: BucketStore, tmp_path: Path, size: int
) -> None:
    """Bytes that arrive damaged at the second try aren't taken for the object."""
    await faulty.create("x.json", bytes(size))
    for reading in (faulty.read("x.json"), faulty.fetch("x.json", tmp_path / "copy")):
        torn = Fault("tear", method="GET")
        torn.release.set()
        proxy.faults[:] = [torn, Fault("damage", method="GET")]
        with pytest.raises(Corrupted, match=r"x\.json"):
            await reading
    torn = Fault("tear", method="GET")
    torn.release.set()
    proxy.faults[:] = [torn]
    assert await faulty.fetch("x.json", tmp_path / "copy") == sums_of(bytes(size))


@pytest.mark.parametrize("kind", ["damage", "bare"])
async def test_bytes_that_nobody_vouches_for_are_not_read(
    proxy: Proxy, faulty: BucketStore, tmp_path: Path, kind: Kind
) -> None:
    """What arrives damaged, or without a checksum, isn't taken for the object, small or large."""
    await faulty.create("x.json", b"words")
    proxy.faults.append(Fault(kind, method="GET", times=ALWAYS))
    for reading in (faulty.read("x.json"), faulty.fetch("x.json", tmp_path / "copy")):
        with pytest.raises(Corrupted, match=r"x\.json"):
            await reading


async def test_a_write_that_took_effect_but_stands_still_is_seen(proxy: Proxy, faulty: BucketStore) -> None:
    """A claim whose writer waits for its answer is there for everybody else."""
    waiting = Fault("hold after", method="POST")
    proxy.faults.append(waiting)
    writing = asyncio.create_task(faulty.create("claim.json", b"first"))
    await waiting.held.wait()
    with pytest.raises(ObjectExists):
        await faulty.create("claim.json", b"second")
    waiting.release.set()
    assert (await writing).size == 5


@pytest.mark.parametrize("size", [5, LARGE])
async def test_what_is_written_over_is_not_kept_by_caches(bucket: BucketStore, gcs: Gcs, size: int) -> None:
    """Who looks at a page again sees the newest one, however large; what is written once may be kept for ever."""
    await bucket.create("still.png", b"once")
    await bucket.replace("index.html", bytes(size), generation=None, content_type="text/html")
    folder = bucket.uri.removeprefix(f"gs://{gcs.bucket}/")
    client = open_client(gcs.endpoint, connections=1)
    page, still = (client.bucket(gcs.bucket).get_blob(f"{folder}/{name}") for name in ("index.html", "still.png"))
    client.close()
    assert page is not None
    assert still is not None
    assert (page.cache_control, still.cache_control) == ("no-cache", None)
