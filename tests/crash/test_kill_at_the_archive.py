"""A run that is killed at any write to its archive is finished by the next one, and nothing is bought twice."""

from pathlib import Path

from tests.crash.at_the_archive import Side, killed_at, requests_of_a_chain
from tests.crash.killing import each


async def test_killed_at_every_write_to_the_archive(tmp_path: Path, media: Path, storage: str) -> None:
    """Whichever write is under way when a run dies: it has had its effect, or has it while the next run is under way.

    That it never has it is the same for the archive as a death after the write before; and so is a death at a read.
    The nightly run kills at every read as well.
    """

    async def play(case: tuple[int, Side, str]) -> None:
        k, side, _ = case
        await killed_at(k, side, tmp_path, media, storage)

    seen = await requests_of_a_chain(tmp_path, media, storage)
    writes = [(k, request) for k, request in enumerate(seen, 1) if not request.startswith("GET")]
    assert len(writes) >= 28, seen
    sides: tuple[Side, ...] = ("before", "after")
    await each([(k, side, request) for k, request in writes for side in sides], play)
