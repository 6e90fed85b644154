"""The budget in an archive: one object that many processes change, over every store."""

import asyncio
import os
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest

from stillreel.archive import layout
from stillreel.archive.budget import GAP, Books
from stillreel.archive.gcs import BucketStore
from stillreel.archive.store import Store
from stillreel.domain.accounts import Entry
from stillreel.domain.budget import Budget, Caps, reserve
from stillreel.domain.errors import (
    ArchiveUnavailable,
    CapReached,
    Corrupted,
    GenerationMismatch,
    Money,
    at_stake,
)
from stillreel.domain.names import Place
from tests.archive.fake_gcs import Gcs
from tests.archive.proxy import ALWAYS, Fault, Proxy

ROOT = Path(__file__).resolve().parents[2]
TODAY = date(2026, 11, 22)
PRICE = Decimal("0.185")


class Time:
    """Time that passes only while somebody sleeps, which takes none."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 11, 22, 12, tzinfo=UTC)
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self.moment

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.moment += timedelta(seconds=seconds)
        await asyncio.sleep(0)


class Counting:
    """A store's reads and writes of the budget, in their order."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.calls: list[str] = []

    def __getattr__(self, name: str) -> object:
        if name in ("read", "replace"):
            self.calls.append(name)
        return getattr(self._store, name)


def entry(n: int) -> Entry:
    place = Place(project="harbour", shot="lighthouse", stage="clip", take=n)
    return Entry(uuid=UUID(int=n), place=place, model="klingai:3@1", day=TODAY, quoted=PRICE, upper=PRICE)


def reserving(n: int):
    async def change(budget: Budget) -> Budget:
        return reserve(budget, entry(n))

    return change


async def capped(store: Store, day: Decimal) -> None:
    budget = Budget(caps=Caps(day=day))
    await store.replace(layout.BUDGET, budget.json_bytes(), generation=None)


async def test_an_archive_without_a_budget_has_an_empty_one(store: Store) -> None:
    """Nothing is capped, nothing is held, and nothing is written until somebody changes something."""
    books = Books(store, Time())
    assert await books.read() == Budget()

    async def nothing(budget: Budget) -> Budget:
        return budget

    await books.change(nothing)
    assert await store.read(layout.BUDGET) is None


async def test_changes_that_wait_go_out_in_one_write(folder: Store) -> None:
    """A hundred reservations of a process at once are one or two writes, two seconds apart; one is refused alone."""
    await capped(folder, 99 * PRICE)
    time, counting = Time(), Counting(folder)
    books = Books(counting, time)
    ends = await asyncio.gather(*(books.change(reserving(n)) for n in range(1, 101)), return_exceptions=True)
    assert [type(end) for end in ends if end is not None] == [CapReached]
    writes = counting.calls.count("replace")
    assert writes <= 2
    assert time.slept == [GAP] * (writes - 1)
    assert len((await books.read()).entries) == 99


async def test_a_process_writes_once_in_two_seconds(folder: Store) -> None:
    """Changes one after the other wait for their turn, and one that comes later doesn't."""
    time = Time()
    books = Books(folder, time)
    for n in range(1, 4):
        await books.change(reserving(n))
    assert time.slept == [GAP, GAP]
    time.moment += timedelta(seconds=1.5)
    await books.change(reserving(4))
    assert time.slept == [GAP, GAP, 0.5]
    time.moment -= timedelta(hours=1)  # the machine's clock was put right
    await books.change(reserving(5))
    assert time.slept[-1] == GAP


async def test_many_processes_share_one_budget(store: Store) -> None:
    """Sixteen processes against a cap for ten: ten get in, six are told, and nothing is written over."""
    await capped(store, 10 * PRICE)
    everybody = [Books(store, Time()) for _ in range(16)]
    ends = await asyncio.gather(
        *(books.change(reserving(n)) for n, books in enumerate(everybody, 1)), return_exceptions=True
    )
    assert sorted(type(end).__name__ for end in ends) == ["CapReached"] * 6 + ["NoneType"] * 10
    budget = await Books(store, Time()).read()
    assert len(budget.entries) == 10
    assert budget.uses(TODAY)[0].left == 0


async def test_what_a_change_looks_at_is_looked_at_again(folder: Store) -> None:
    """A change whose write lost its race runs again on what stands by then, after a fresh read."""
    seen = []

    async def change(budget: Budget) -> Budget:
        seen.append(len(budget.entries))
        if len(seen) == 1:
            await Books(folder, Time()).change(reserving(7))
        return reserve(budget, entry(1))

    await Books(folder, Time()).change(change)
    assert seen == [0, 1]
    assert set((await Books(folder, Time()).read()).entries) == {UUID(int=1), UUID(int=7)}


async def test_who_never_gets_a_turn_is_told(folder: Store) -> None:
    """Losing every race for five minutes ends with an error, not with waiting for ever."""

    class Losing(Counting):
        async def replace(self, *_args: object, **_more: object) -> None:
            raise GenerationMismatch("somebody was quicker")

    time = Time()
    with pytest.raises(ArchiveUnavailable, match="without a turn"):
        await Books(Losing(folder), time).change(reserving(1))
    assert timedelta(minutes=5) <= time.now() - Time().now() <= timedelta(minutes=6)


async def test_a_change_that_fails_stops_nobody(folder: Store) -> None:
    """What one change raises is raised where it was asked for, and the others are written."""

    async def broken(_budget: Budget) -> Budget:
        raise ValueError("mine alone")

    books = Books(folder, Time())
    ends = await asyncio.gather(books.change(broken), books.change(reserving(1)), return_exceptions=True)
    assert [type(end) for end in ends] == [ValueError, type(None)]
    assert set((await books.read()).entries) == {UUID(int=1)}


async def test_who_is_cancelled_leaves_the_others_their_turn(folder: Store) -> None:
    """A run that is cancelled while it writes for all takes nobody else's change with it."""
    started, never = asyncio.Event(), asyncio.Event()

    async def standing(budget: Budget) -> Budget:
        started.set()
        await never.wait()
        return budget

    books = Books(folder, Time())
    first = asyncio.create_task(books.change(standing))
    await started.wait()
    others = [asyncio.create_task(books.change(reserving(n))) for n in (1, 2)]
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.gather(*others)
    assert first.cancelled() or first.cancelling()
    assert set((await books.read()).entries) == {UUID(int=1), UUID(int=2)}


@pytest.mark.parametrize("data", [b"", b"{", b'{"schema": "stillreel/budget/9"}', b"[]", b"\xff"])
async def test_a_budget_that_cannot_be_read_is_no_empty_budget(store: Store, data: bytes) -> None:
    """Whatever lies there instead of a budget, nothing is changed and whoever asks is told, all that wait at once."""
    await store.replace(layout.BUDGET, data, generation=None)
    books = Books(store, Time())
    ends = await asyncio.gather(*(books.change(reserving(n)) for n in (1, 2, 3)), return_exceptions=True)
    assert [type(end) for end in ends] == [Corrupted] * 3
    assert "nothing is bought" in str(ends[0])
    assert (await store.read(layout.BUDGET))[0] == data


async def test_a_bucket_that_finds_it_too_much_is_given_time(proxy: Proxy, gcs: Gcs, bucket: BucketStore) -> None:
    """429 on the hot object is waited out, and a lost answer to a write isn't another write."""
    prefix = bucket.uri.removeprefix(f"gs://{gcs.bucket}/")
    store = BucketStore(gcs.bucket, prefix, endpoint=proxy.endpoint, patience=20, first_wait=0.01)
    proxy.faults += [
        Fault("answer", method="POST", path="upload", status=429, message="rateLimitExceeded", times=3),
        Fault("cut", method="POST", path="upload"),
    ]
    books = Books(store, Time())
    await books.change(reserving(1))
    await books.change(reserving(2))
    await store.aclose()
    assert all(fault.struck >= fault.times for fault in proxy.faults)
    assert len((await Books(bucket, Time()).read()).entries) == 2


async def test_a_bucket_that_is_away_fails_all_that_wait_at_once(proxy: Proxy, gcs: Gcs, bucket: BucketStore) -> None:
    """Nobody waits through the whole patience again behind somebody who has."""
    prefix = bucket.uri.removeprefix(f"gs://{gcs.bucket}/")
    store = BucketStore(gcs.bucket, prefix, endpoint=proxy.endpoint, patience=0.5, first_wait=0.01)
    proxy.faults.append(Fault("answer", status=503, times=ALWAYS))
    books = Books(store, Time())
    async with asyncio.timeout(10):
        ends = await asyncio.gather(*(books.change(reserving(n)) for n in range(1, 41)), return_exceptions=True)
    await store.aclose()
    assert {type(end) for end in ends} == {ArchiveUnavailable}


async def test_what_meets_all_who_wait_says_of_each_ones_money_what_is_true(folder: Store) -> None:
    """One error ends two changes: of a job that is paid for, and of one that was never sent."""

    class Away(Counting):
        async def replace(self, *_args: object, **_more: object) -> None:
            raise ArchiveUnavailable("it doesn't answer")

    async def at(money: Money, n: int) -> None:
        with at_stake(money):
            await books.change(reserving(n))

    books = Books(Away(folder), Time())
    for stakes in ((Money.SPENT, Money.NOT_SPENT), (Money.NOT_SPENT, Money.UNKNOWN)):
        ends = await asyncio.gather(*(at(money, n) for n, money in enumerate(stakes, 1)), return_exceptions=True)
        assert [end.money for end in ends] == list(stakes)


RESERVING = """
import asyncio, sys
from stillreel.archive import open_store
from stillreel.archive.budget import Books
from stillreel.domain.errors import CapReached
from stillreel.studio.clock import SystemClock
from tests.archive.test_books import reserving

async def main(uri, n):
    store = open_store(uri)
    books = Books(store, SystemClock(0.2))
    try:
        await books.change(reserving(n))
    except CapReached:
        sys.exit(1)
    finally:
        await store.aclose()

uri, n = sys.argv[1:]
print("ready", flush=True)
sys.stdin.readline()
asyncio.run(main(uri, int(n)))
"""


async def test_processes_of_their_own_share_one_budget(store: Store, gcs: Gcs) -> None:
    """Eight real processes, started at a barrier, against a cap for five: five get in and three don't."""
    if gcs.endpoint is None:
        pytest.skip("processes are started against a server of ours, not against Google")
    await capped(store, 5 * PRICE)
    env = {**os.environ, "STORAGE_EMULATOR_HOST": gcs.endpoint}
    pipe = subprocess.PIPE
    processes = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", RESERVING, store.uri, str(n), stdin=pipe, stdout=pipe, env=env, cwd=ROOT
        )
        for n in range(1, 9)
    ]
    for process in processes:
        await process.stdout.readline()
    for process in processes:
        process.stdin.write(b"go\n")
    codes = [await process.wait() for process in processes]
    assert sorted(codes) == [0] * 5 + [1] * 3
    budget = await Books(store, Time()).read()
    assert len(budget.entries) == 5
    assert budget.uses(TODAY)[0].left == 0
