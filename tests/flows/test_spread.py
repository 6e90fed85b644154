"""A storyboard that is spread over workers: parts of it are runs of their own, and the whole is told as one."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.spreading import SHOTS_IN_A_PART, parts_of, shares
from stillreel.archive import open_store
from stillreel.domain.shots import GivenStill, ImageToVideoShot, Motion
from stillreel.emulator import running_emulator
from stillreel.studio.referring import awaited
from tests.flows.boards import board, named
from tests.flows.commands import CANNED, settings
from tests.flows.deploying import ask_for, ended

SHOTS = 12


@pytest.mark.server
async def test_parts_are_made_by_runs_of_their_own(worker: Any, tmp_path):
    """Twelve shots are two parts; each job is bought once, each part leaves its word, and the parent tells of all."""
    del worker  # it finds the runs
    said = board("spread", *named(*(f"s{n}" for n in range(SHOTS))))
    async with running_emulator(tmp_path / "emulator", CANNED) as emulator:
        env = settings(emulator, f"file://{tmp_path}/archive")
        order = {"storyboard": said, "spread": "workers"}
        run = await ended(await ask_for("storyboard", order, env, parameter="order"))
        assert run.state is not None
        assert run.state.is_completed(), run.state.message
        jobs = emulator.jobs()
    assert len(jobs) == 2 * SHOTS
    assert {(job["submits"], job["runs"]) for job in jobs.values()} == {(1, 1)}
    store = open_store(f"file://{tmp_path}/archive")
    words = [stored.name async for stored in store.list("runs/")]
    assert words == [f"runs/{run.id}/{part}/1.json" for part in (1, 2)]
    page = await store.read("projects/spread/reels/storyboard/index.html")
    await store.aclose()
    assert page is not None
    assert page[0].count(b"clip-001.mp4") >= SHOTS


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


@given(st.integers(1, 200))
def test_parts_are_about_ten_shots(count):
    """Shots that need nobody are dealt out in order, ten to a part."""
    names = [shot.shot for shot in chained([0] * count)]
    parts = parts_of(chained([0] * count), names)
    assert [name for part in parts for name in part] == names
    assert {len(part) for part in parts[:-1]} <= {SHOTS_IN_A_PART}


amounts = st.decimals(0, 1000, places=4)


@given(st.lists(amounts, min_size=1, max_size=20), amounts)
def test_shares_are_enough_and_never_more_than_the_ceiling(needs, more):
    """Each part may spend what it needs at worst, and all of them together no more than the run."""
    ceiling = sum(needs, Decimal(0)) + more
    found = shares(needs, ceiling)
    assert all(share >= need for share, need in zip(found, needs, strict=True))
    assert sum(found, Decimal(0)) <= ceiling
