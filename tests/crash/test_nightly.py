"""The nightly killing works, and counts what it did."""

from pathlib import Path

from tests.crash.moments import LANDED
from tests.crash.nightly import Nightly

KILLS = 12


async def test_a_short_night(tmp_path: Path, storage: str) -> None:
    """Some kills at random times, before, between and after the purchases: each job was run and billed once."""
    count = await Nightly(tmp_path, storage, kills=KILLS, seed=1).play()
    assert count.failures == []
    assert count.kills == sum(count.landed.values()) >= KILLS
    assert all(count.landed[where] for where in LANDED), count.landed
    assert count.jobs == count.runs == count.bills == 2 * count.scenes
