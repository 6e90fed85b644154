"""An archive that a run begins: whoever runs is told, since in a new one nothing is known to be bought."""

import asyncio
import json

import pytest
from pydantic import SecretStr

from stillreel.archive.folder import FolderStore
from stillreel.domain.errors import OverCeiling
from stillreel.settings import Settings
from stillreel.studio.boarding import plan_board
from stillreel.studio.planning import plan
from stillreel.studio.studio import open_studio
from tests.studio.on_set import STILL, a_run, shot


def settings(on_set, root, **more):
    key = SecretStr("k" * 32)
    return Settings(runware_url=on_set.emulator.url, runware_api_key=key, archive=root.as_uri(), **more)


async def test_whoever_begins_an_archive_is_told_once(tmp_path, on_set):
    """Once in a studio, however many ask; whoever finds it, now or later, is told nothing."""
    said, later = [], []
    async with open_studio(settings(on_set, tmp_path / "films"), warn=said.append) as studio:
        await asyncio.gather(*(studio.archive.identity() for _ in range(8)))
    async with open_studio(settings(on_set, tmp_path / "films"), warn=later.append) as studio:
        await studio.archive.identity()
    new = f"{(tmp_path / 'films').as_uri()} had no archive: a new one is begun, where nothing is known to be bought"
    assert (said, later) == ([new], [])


class Slower(FolderStore):
    """Where somebody else is quicker to begin the archive."""

    async def create(self, name, data, **how):
        if name == "archive.json":
            other = {"schema": "stillreel/archive/1", "id": "theirs", "at": "2026-11-26T12:00:00+00:00"}
            await super().create(name, json.dumps(other).encode(), **how)
        return await super().create(name, data, **how)


async def test_whoever_comes_second_has_begun_nothing(on_set):
    """Of two that begin it at once, one is told."""
    said = []
    studio = await on_set.studio(store=Slower(on_set.root), begun=lambda: said.append("begun"))
    assert (await studio.archive.identity(), said) == ("theirs", [])


@pytest.mark.parametrize("many", [False, True], ids=["a shot", "a storyboard"])
async def test_it_is_begun_before_a_take_is_claimed(on_set, many):
    """So that it is told by the run that a person has started, before anything is bought or handed out."""
    there = []
    studio = await on_set.studio(begun=lambda: there.extend(on_set.root.glob("projects/**/*.take.json")) or told())

    def told():
        there.append("told")

    wanted = shot(STILL)
    await (plan_board(studio, [wanted], a_run(), only=[wanted.shot]) if many else plan(studio, wanted, a_run()))
    assert there == ["told"]
    assert (on_set.root / "archive.json").exists()


async def test_what_is_refused_begins_none(on_set):
    """A run that buys nothing leaves the place as it was."""
    studio = await on_set.studio(max_usd="0.001")
    with pytest.raises(OverCeiling):
        await plan(studio, shot(STILL), a_run())
    assert not (on_set.root / "archive.json").exists()
