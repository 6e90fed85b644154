"""The nightly killing works, and counts what it did."""

from pathlib import Path

from tests.crash.nightly import WAYS, Nightly


async def test_a_short_night(tmp_path: Path, storage: str) -> None:
    """A few kills at random times, in every way: what was killed is counted, and each job was run and billed once."""
    count = await Nightly(tmp_path, storage, kills=len(WAYS) + 1, seed=1).play()
    assert count.failures == []
    assert count.kills == sum(count.landed.values()) >= len(WAYS) + 1
    assert count.jobs == count.runs == count.bills == 2 * count.scenes
