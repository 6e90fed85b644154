"""A storyboard that is spread over workers: parts of it are runs of their own, and the whole is told as one."""

import asyncio
import os
import re
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import FlowRun
from prefect.states import AwaitingRetry

from flows.spreading import SHOTS_IN_A_PART, parts_of, shares
from stillreel.archive import open_store
from stillreel.domain.board_orders import USD
from stillreel.domain.money import spelled
from stillreel.domain.shots import GivenStill, ImageToVideoShot, Motion
from stillreel.emulator import RunningEmulator, running_emulator
from stillreel.studio.referring import awaited, with_awaited
from tests.archive.fake_gcs import fake_gcs, make_bucket
from tests.flows.boards import BUCKET, board, named, put
from tests.flows.commands import CANNED, settings
from tests.flows.deploying import PATIENCE, ask_for, ended

SHOTS = 12
PACE = "0.05"  # four looks at the parts in a second, each of which Prefect's server has to answer


@pytest.fixture(scope="module")
def bucket() -> Iterator[str]:
    """Where people put files themselves."""
    with fake_gcs() as endpoint:
        make_bucket(endpoint, BUCKET)
        yield endpoint


@pytest.fixture
async def emulator(worker: Any, tmp_path: Path) -> AsyncIterator[RunningEmulator]:
    """A provider for runs that the worker finds."""
    del worker
    async with running_emulator(tmp_path / "emulator", CANNED) as emulator:
        yield emulator


async def names(archive: str, prefix: str) -> list[str]:
    """The objects below a prefix."""
    store = open_store(archive)
    try:
        return [stored.name async for stored in store.list(prefix)]
    finally:
        await store.aclose()


LEFT_ALONE = 200  # looks that find a run crashed, until it is begun again by hand: twice what an automation takes


def processes(run: UUID) -> list[int]:
    """The processes of a run: the worker gives them its id, which their children have, too."""
    mine = f"PREFECT__FLOW_RUN_ID={run}".encode()
    found = []
    for environ in Path("/proc").glob("[0-9]*/environ"):
        with suppress(OSError):  # ended meanwhile
            found += [int(environ.parent.name)] if mine in environ.read_bytes().split(b"\0") else []
    return found


async def completed(run: UUID) -> FlowRun:
    """The run once it has completed, however often it began.

    Prefect's server on SQLite now and then loses the event of a crash ("database is locked"), and then nothing begins
    the run again: here that is done as a person does it, by its state.
    """
    crashed = 0
    async with asyncio.timeout(2 * PATIENCE), get_client() as client:
        while True:
            found = await client.read_flow_run(run)
            if found.state is not None and found.state.is_completed():
                return found
            crashed = crashed + 1 if found.state is not None and found.state.is_crashed() else 0
            if crashed == LEFT_ALONE:
                await client.set_flow_run_state(run, AwaitingRetry(), force=True)
            await asyncio.sleep(0.3)


@pytest.mark.server
async def test_parts_are_made_by_runs_of_their_own(emulator: RunningEmulator, bucket: str, tmp_path: Path):
    """Two parts under a limit that is just enough; killed in mid work, the parent finds them when it begins again.

    It is begun again once, and goes on with what it has read at first, although the file says something else by then.
    """
    archive = f"file://{tmp_path}/archive"
    after = {"shot": "after", "still": {"image": "shot:s0"}}  # at most $0.185, and each chain $0.19126688
    said = board("spread", *named(*(f"s{n}" for n in range(SHOTS))), after, limits={"max_usd": "2.480203"})
    emulator.switch(hold={"task_types": ["videoInference"], "when": "after"})
    await asyncio.to_thread(put, bucket, "spread.yaml", yaml.safe_dump(said))
    order = {"storyboard": {"uri": f"gs://{BUCKET}/spread.yaml"}, "spread": "workers"}
    env = settings(emulator, archive, STORAGE_EMULATOR_HOST=bucket, STILLREEL_PACE=PACE)
    run = await ask_for("storyboard", order, env, parameter="order")
    async with asyncio.timeout(PATIENCE):
        await emulator.until_held()
    for pid in await asyncio.to_thread(processes, run):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    other = board("spread", *named(*(f"n{n}" for n in range(SHOTS))))
    await asyncio.to_thread(put, bucket, "spread.yaml", yaml.safe_dump(other))
    emulator.go()
    over = await completed(run)
    assert over.run_count == 2
    async with get_client() as client:
        names_of = [state.name for state in await client.read_flow_run_states(run)]
    assert (names_of.count("Crashed"), names_of.count("AwaitingRetry")) == (1, 1), names_of
    jobs = emulator.jobs()
    assert len(jobs) == 2 * SHOTS + 1
    assert {(job["submits"], job["runs"]) for job in jobs.values()} == {(1, 1)}
    assert await names(archive, "runs/") == [f"runs/{run}/{name}" for name in ("1/1.json", "2/1.json", "order.json")]
    store = open_store(archive)
    page = await store.read("projects/spread/reels/storyboard/index.html")
    await store.aclose()
    assert page is not None
    assert page[0].count(b"clip-001.mp4") >= SHOTS


@pytest.mark.server
async def test_a_shot_that_is_flagged_loses_no_part(emulator: RunningEmulator, bucket: str, tmp_path: Path):
    """Ordered by its address, the named shots' stills alone are made; the parent tells of one that is flagged."""
    archive = f"file://{tmp_path}/archive"
    emulator.switch(moderation=[{"how": "flag", "words": ["gore"]}])
    shots = named(*(f"s{n}" for n in range(SHOTS)))
    shots[3]["still"]["prompt"] = "gore"
    only = [f"s{n}" for n in range(SHOTS - 1)]
    await asyncio.to_thread(put, bucket, "Boards/Flagged Take.yaml", yaml.safe_dump(board("flagged", *shots)))
    at = {"uri": f"gs://{BUCKET}/Boards/Flagged Take.yaml"}
    order = {"storyboard": at, "spread": "workers", "only": only, "stills_only": True}
    env = settings(emulator, archive, STORAGE_EMULATOR_HOST=bucket, STILLREEL_PACE=PACE)
    run = await ended(await ask_for("storyboard", order, env, parameter="order"))
    assert run.state is not None
    assert "1 of 11 shots aren't done (1 flagged)" in str(run.state.message)
    assert len(emulator.jobs()) == len(only)
    assert {job["taskType"] for job in emulator.jobs().values()} == {"imageInference"}
    stills = [name for name in await names(archive, "projects/flagged/") if name.endswith("still-001.png")]
    assert len(stills) == len(only) - 1


def chained(order: list[int]) -> list[ImageToVideoShot]:
    """Shots of which each may start from the still of one before it; 0: of none."""
    return [
        ImageToVideoShot(
            project="p",
            shot=f"s{n}",
            still=GivenStill(image=f"shot:s{n - back}" if back and n >= back else "https://example.org/a.png"),
            motion=Motion(prompt="waves"),
        )
        for n, back in enumerate(order)
    ]


@given(st.lists(st.integers(0, 5), min_size=1, max_size=60))
def test_shots_that_need_each_other_are_in_one_part(order):
    """Every shot is in one part, and no part waits for another."""
    shots = chained(order)
    parts = parts_of(shots, [shot.shot for shot in shots])
    assert sorted(name for part in parts for name in part) == sorted(shot.shot for shot in shots)
    where = {name: number for number, part in enumerate(parts) for name in part}
    assert all(where[shot.shot] == where[other] for shot in shots for other in awaited(shot))


@given(st.lists(st.integers(0, 5), min_size=1, max_size=60), st.data())
def test_a_part_looks_at_what_it_needs_alone(order, data):
    """Beside its own shots there are those whose stills these use, directly or through others, and no more."""
    shots = chained(order)
    own = data.draw(st.sets(st.sampled_from([shot.shot for shot in shots]), min_size=1))
    found = with_awaited(shots, own)
    used = {other for shot in found for other in awaited(shot)}
    assert {shot.shot for shot in found} == own | used
    assert found == [shot for shot in shots if shot in found]


@given(st.integers(1, 200))
def test_parts_are_about_ten_shots(count):
    """Shots that need nobody are dealt out in order, ten to a part."""
    names = [shot.shot for shot in chained([0] * count)]
    parts = parts_of(chained([0] * count), names)
    assert [name for part in parts for name in part] == names
    assert {len(part) for part in parts[:-1]} <= {SHOTS_IN_A_PART}


amounts = st.decimals(0, 1000, places=10)  # as many as the price of a picture by its pixels has


@given(st.lists(amounts, min_size=1, max_size=20), amounts)
def test_shares_are_enough_and_never_more_than_the_ceiling(needs, more):
    """Each part may spend what it needs at worst, and all of them together no more than the run."""
    ceiling = sum(needs, Decimal(0)) + more
    found = shares(needs, ceiling)
    assert all(share >= need for share, need in zip(found, needs, strict=True))
    assert sum(found, Decimal(0)) <= ceiling
    assert all(re.match(USD, spelled(share)) for share in found)
