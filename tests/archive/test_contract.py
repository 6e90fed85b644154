"""What every store must do; run against the folder and against Google Cloud Storage."""

import asyncio
from pathlib import Path

import pytest

from stillreel.archive.hashing import sums_of
from stillreel.archive.store import Level, Store, Stored
from stillreel.domain.errors import Corrupted, GenerationMismatch, ObjectExists, StillreelError

SIXTEEN = 16


async def names(store: Store, prefix: str) -> list[str]:
    return [stored.name async for stored in store.list(prefix)]


async def test_what_is_created_can_be_read(store: Store) -> None:
    """Bytes come back as they were, with size, checksum, type and metadata."""
    created = await store.create("jobs/a/0.json", b"hello", metadata={"take": "3"})
    found = await store.read("jobs/a/0.json")
    assert found is not None
    data, generation = found
    stored = await store.stat("jobs/a/0.json")
    assert data == b"hello"
    assert stored == created
    assert generation == stored.generation
    assert (stored.size, stored.crc32c, stored.content_type) == (5, "mnG7TA==", "application/json")
    assert stored.metadata == {"take": "3"}


async def test_an_empty_object_is_an_object(store: Store) -> None:
    """A marker without a byte exists and reads as nothing."""
    await store.create("open/marker", b"")
    found = await store.read("open/marker")
    assert found is not None
    assert found[0] == b""


async def test_created_is_the_stores_time(store: Store) -> None:
    """Objects made one after the other have times in that order, aware of their zone."""
    first = await store.create("a.json", b"1")
    second = await store.create("b.json", b"2")
    assert first.created <= second.created
    assert first.created.tzinfo is not None
    assert await store.stat("a.json") == first


async def test_nothing_is_none(store: Store, tmp_path: Path) -> None:
    """What isn't there is None in every question, and deleting it is no error."""
    assert await store.read("no/such.json") is None
    assert await store.stat("no/such.json") is None
    assert await store.fetch("no/such.json", tmp_path / "copy") is None
    assert await names(store, "no/") == []
    await store.delete("no/such.json")


async def test_a_level_is_what_lies_right_below(store: Store) -> None:
    """Folders by name and objects as they are listed, in order; nothing of what lies further down, or beside it."""
    made = {name: await store.create(name, b"x") for name in ("p/a/2.json", "p/b.json", "p/a.json", "p/c/d/e.json")}
    await store.create("p2/x.json", b"x")
    level = await store.level("p/")
    assert level == Level(folders=("a", "c"), files=(made["p/a.json"], made["p/b.json"]))
    assert (await store.level("p/c/")).folders == ("d",)
    assert {"p", "p2"} <= {*(await store.level("")).folders}
    assert await store.level("p/none/") == await store.level("p/b.json/") == Level()


async def test_a_second_create_is_refused(store: Store) -> None:
    """Create-only means that the first one stays, also when the bytes are the same."""
    await store.create("claim.json", b"first")
    for data in (b"second", b"first"):
        with pytest.raises(ObjectExists, match=r"claim\.json"):
            await store.create("claim.json", data)
    found = await store.read("claim.json")
    assert found is not None
    assert found[0] == b"first"


async def test_of_sixteen_creates_one_wins(store: Store) -> None:
    """Sixteen writers at once: one is told that it won, and what it wrote is what stands."""

    async def attempt(who: int) -> Stored | ObjectExists:
        try:
            return await store.create("race.json", f"writer {who}".encode())
        except ObjectExists as refused:
            return refused

    ends = await asyncio.gather(*(attempt(who) for who in range(SIXTEEN)))
    winners = [who for who, end in enumerate(ends) if isinstance(end, Stored)]
    found = await store.read("race.json")
    assert len(winners) == 1
    assert found is not None
    assert found[0] == f"writer {winners[0]}".encode()


async def test_a_matched_write_replaces_its_generation(store: Store) -> None:
    """Whoever names the generation that stands may write over it, and gets the next."""
    first = await store.replace("budget.json", b"1", generation=None)
    second = await store.replace("budget.json", b"22", generation=first.generation)
    found = await store.read("budget.json")
    assert second.generation != first.generation
    assert found == (b"22", second.generation)


async def test_a_stale_matched_write_is_refused(store: Store) -> None:
    """A generation that has moved on refuses the write and leaves the newer bytes."""
    first = await store.replace("budget.json", b"1", generation=None)
    await store.replace("budget.json", b"2", generation=first.generation)
    for stale in (first.generation, None):
        with pytest.raises(GenerationMismatch):
            await store.replace("budget.json", b"3", generation=stale)
    found = await store.read("budget.json")
    assert found is not None
    assert found[0] == b"2"


async def test_a_matched_write_of_nothing_is_refused(store: Store) -> None:
    """A generation can't be matched where there is no object."""
    first = await store.replace("budget.json", b"1", generation=None)
    with pytest.raises(GenerationMismatch):
        await store.replace("other.json", b"1", generation=first.generation)
    assert await store.stat("other.json") is None


async def test_sixteen_counters_lose_no_count(store: Store) -> None:
    """Read, add one, write back if nobody was faster: sixteen of them make sixteen."""
    await store.replace("count.json", b"0", generation=None)

    async def add_one() -> None:
        while True:
            found = await store.read("count.json")
            assert found is not None
            data, generation = found
            try:
                await store.replace("count.json", str(int(data) + 1).encode(), generation=generation)
            except GenerationMismatch:
                continue
            return

    await asyncio.gather(*(add_one() for _ in range(SIXTEEN)))
    found = await store.read("count.json")
    assert found is not None
    assert found[0] == b"16"


async def test_a_file_travels_whole(store: Store, tmp_path: Path) -> None:
    """A file goes in and comes out with the same sums, type and metadata."""
    data = bytes(range(256)) * 40
    (tmp_path / "clip.mp4").write_bytes(data)
    sums = sums_of(data)
    stored = await store.create_file(
        "projects/p/s/clip-001.mp4", tmp_path / "clip.mp4", sums, content_type="video/mp4", metadata={"seed": "7"}
    )
    assert (stored.size, stored.crc32c, stored.content_type) == (len(data), sums.crc32c, "video/mp4")
    assert await store.fetch("projects/p/s/clip-001.mp4", tmp_path / "copy.mp4") == sums
    assert (tmp_path / "copy.mp4").read_bytes() == data
    found = await store.stat("projects/p/s/clip-001.mp4")
    assert found is not None
    assert found.metadata == {"seed": "7"}


async def test_a_file_is_created_only_once(store: Store, tmp_path: Path) -> None:
    """A file never takes the place of another one."""
    (tmp_path / "a").write_bytes(b"a")
    (tmp_path / "b").write_bytes(b"b")
    await store.create_file("x.png", tmp_path / "a", sums_of(b"a"), content_type="image/png")
    with pytest.raises(ObjectExists):
        await store.create_file("x.png", tmp_path / "b", sums_of(b"b"), content_type="image/png")
    found = await store.read("x.png")
    assert found is not None
    assert found[0] == b"a"


@pytest.mark.parametrize("changed", [b"other", b"shor", b"longer"])
async def test_a_file_that_changed_is_not_stored(store: Store, tmp_path: Path, changed: bytes) -> None:
    """Bytes that aren't those that were summed take no name."""
    (tmp_path / "a").write_bytes(changed)
    with pytest.raises(Corrupted):
        await store.create_file("x.png", tmp_path / "a", sums_of(b"bytes"), content_type="image/png")
    assert await store.stat("x.png") is None


async def test_a_list_is_in_order_and_within_its_prefix(store: Store) -> None:
    """Listing gives every name below a prefix, whole or cut anywhere, in order, and no other."""
    for name in ("p/b/2.json", "p/b/10.json", "p/a.json", "p/b.json", "pq/c.json"):
        await store.create(name, name.encode())
    assert await names(store, "p/") == ["p/a.json", "p/b.json", "p/b/10.json", "p/b/2.json"]
    assert await names(store, "p/b/") == ["p/b/10.json", "p/b/2.json"]
    assert await names(store, "p/b") == ["p/b.json", "p/b/10.json", "p/b/2.json"]
    assert len(await names(store, "")) == 5


async def test_a_list_tells_what_stat_tells(store: Store) -> None:
    """Size, checksum, generation, times and metadata come with the list."""
    await store.create("a/1.json", b"one", metadata={"k": "v"})
    assert [stored async for stored in store.list("a/")] == [await store.stat("a/1.json")]


async def test_what_is_deleted_can_be_made_again(store: Store) -> None:
    """A marker goes away, and a new one is another generation."""
    first = await store.create("open/x", b"")
    await store.delete("open/x")
    assert await store.stat("open/x") is None
    second = await store.create("open/x", b"")
    assert second.generation != first.generation


@pytest.mark.parametrize(
    "name",
    ["", "/etc/passwd", "../out", "a/../../out", "a//b", "a/", ".hidden", "a/.b", "A", "a b", "a\\b", "a\0b", "ä"],
)
async def test_a_name_that_could_leave_is_refused(store: Store, tmp_path: Path, name: str) -> None:
    """Names that layout would never build are refused by every method."""
    calls = [
        store.create(name, b""),
        store.create_file(name, tmp_path / "f", sums_of(b""), content_type="x/y"),
        store.replace(name, b"", generation=None),
        store.read(name),
        store.stat(name),
        store.fetch(name, tmp_path / "f"),
        store.delete(name),
    ]
    for call in calls:
        with pytest.raises(ValueError, match="isn't a name"):
            await call


async def test_errors_are_ours(store: Store) -> None:
    """What a store raises is an error of the tree, with a sentence."""
    await store.create("x.json", b"")
    with pytest.raises(StillreelError, match=r"x\.json"):
        await store.create("x.json", b"")
