"""A run that is killed at any request to its archive is finished by the next one, and nothing is bought twice."""

from pathlib import Path

from tests.crash.at_the_archive import Case, cases, killed_at, requests_of_a_chain
from tests.crash.killing import each


async def test_killed_at_every_request_to_the_archive(tmp_path: Path, media: Path, storage: str) -> None:
    """Whichever request is under way when a run dies: it has had its effect, or has it while the next run is under way.

    That a write never has its effect is the same for the archive as a death after the request before it.
    A read has none: whether the run dies before or after the server's work is the same, so it dies at each read once.
    """

    async def play(case: Case) -> None:
        await killed_at(case, tmp_path, media, storage)

    seen = await requests_of_a_chain(tmp_path, media, storage)
    reads = sum(said.startswith("GET") for said in seen)
    assert reads >= 25, seen
    assert len(seen) - reads >= 28, seen
    await each(cases(seen), play)
