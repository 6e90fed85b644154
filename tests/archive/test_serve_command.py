"""`stillreel serve` as a process of its own."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from stillreel.archive.folder import FolderStore

STILLREEL = str(Path(sys.executable).with_name("stillreel"))
CLIP = "projects/film/opening/clip-001.mp4"


@asynccontextmanager
async def shown(archive: Path, *words: str) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """The command on an archive, with temporary files beside it, and the address that it prints."""
    env = {**os.environ, "STILLREEL_ARCHIVE": archive.as_uri(), "TMPDIR": str(archive.parent)}
    process = await asyncio.create_subprocess_exec(
        STILLREEL, "serve", *words, env=env, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        yield process, (await process.stdout.readline()).decode().split()[-1]
    finally:
        if process.returncode is None:
            process.terminate()
        await process.communicate()


async def test_what_a_killed_one_has_left_is_swept(folder: FolderStore, tmp_path: Path) -> None:
    """The copies of a process that was killed are gone with the next one; those of one that runs stay."""
    await folder.create(CLIP, b"clip", content_type="video/mp4")

    def left() -> set[Path]:
        return set(tmp_path.glob("stillreel-pages-*"))

    async def started(address: str) -> set[Path]:
        async with httpx.AsyncClient(base_url=address) as client:
            await client.get("/")
        return left()

    async with shown(tmp_path / "archive") as (_, one):
        first = await started(one)
        async with shown(tmp_path / "archive") as (killed, two):
            both = await started(two)
            killed.kill()
            await killed.wait()
        assert (len(first), len(both)) == (1, 2)
        async with shown(tmp_path / "archive") as (_, three):
            now = await started(three)
        assert first < now
        assert now & both == first
    assert left() == set()


@pytest.mark.parametrize("words,status", [((), 404), (("--quarantine",), 200)])
async def test_quarantine_is_shown_to_who_asks_for_it(folder: FolderStore, tmp_path: Path, words, status) -> None:
    """The command shows what is in quarantine with `--quarantine` alone, as the advice for a flagged shot says."""
    await folder.create(f"quarantine/{CLIP}", b"no", content_type="video/mp4")
    async with shown(tmp_path / "archive", *words) as (_, address), httpx.AsyncClient(base_url=address) as client:
        assert (await client.get(f"/quarantine/{CLIP}")).status_code == status
