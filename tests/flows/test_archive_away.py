"""An archive that is taken away while a run is on: what a person is told to do leads to no second purchase."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from stillreel.emulator import RunningEmulator, running_emulator
from tests.flows.boards import board, named
from tests.flows.commands import CANNED, begin, end, run, settings, shot, until, write

pytestmark = pytest.mark.server
NEW = "had no archive: a new one is begun, where nothing is known to be bought"


@pytest.fixture
async def provider(prefect_api: str, tmp_path: Path) -> AsyncIterator[RunningEmulator]:
    async with running_emulator(tmp_path / "emulator", CANNED) as emulator:
        yield emulator


@pytest.mark.parametrize("flow", ["storyboard", "image_to_video"])
async def test_it_is_to_be_put_back_and_then_all_goes_on(provider, tmp_path, flow):
    """The advice names the archive, in each shot, the whole and the table; followed, each job is paid once."""
    archive, away = tmp_path / "archive", tmp_path / "away"
    said = board("away", *named("one", "two")) if flow == "storyboard" else shot("away")
    file, env = write(tmp_path / "it.yaml", said), settings(provider, archive.as_uri())
    process = await begin(flow, file, env)
    await until(lambda: any(archive.glob("jobs/*/2.json")))
    archive.rename(away)
    lost = await end(process)
    assert (lost.code, lost.line["state"], archive.exists()) == (1, "failed", False), lost.stderr
    assert lost.stderr.count(NEW) == 1
    assert "put it back, or mend the archive's address, before anything is run again" in lost.stderr
    assert "run the storyboard again: what is done costs nothing" not in lost.stdout + lost.stderr
    if flow == "storyboard":
        assert "; put the archive back" in lost.line["message"]
        assert {each["todo"].partition(",")[0] for each in lost.line["shots"]} == {"put the archive back"}
    else:
        assert "put it back" in lost.line["message"]
    away.rename(archive)
    again = await run(flow, file, env)
    assert (again.code, again.line["state"]) == (0, "done"), again.stderr
    assert NEW not in again.stderr
    assert len(list(archive.glob("jobs/*"))) == (4 if flow == "storyboard" else 2)
