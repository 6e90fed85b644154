"""All that a shot file can say, said at once: a model of few sizes, a last frame by its path, beats, sound, doubts."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from typer.testing import CliRunner

from stillreel.cli import app
from tests.flows.commands import CANNED, KEY, PACE, Ended, say, shot, write
from tests.flows.emulated import Emulated
from tests.flows.test_records import logs_of

pytestmark = pytest.mark.server

MODELS = Path(__file__).parents[1] / "studio" / "models"
BEATS = [{"prompt": "the beam turns", "duration": 3}, {"prompt": "gulls lift off", "duration": 4}]
MOTION = {"model": "studio:words@1", "beats": BEATS, "audio": True, "resolution": "1080p", "last_image": "dusk.png"}
STILL = {"prompt": "a lighthouse in fog", "model": "studio:grid@64"}


@pytest.fixture
def emulated(start_emulator: Any, prefect_api: str) -> Emulated:
    found: Emulated = start_emulator(models=MODELS, **CANNED)
    return found


@pytest.fixture
def env(emulated: Emulated, tmp_path: Path) -> dict[str, str | None]:
    return {
        "STILLREEL_RUNWARE_URL": emulated.url,
        "RUNWARE_API_KEY": KEY,
        "STILLREEL_ARCHIVE": f"file://{tmp_path}/archive",
        "STILLREEL_PACE": str(PACE),
        "STILLREEL_MODELS": str(MODELS),
    }


async def test_everything_that_can_be_said_is_made(emulated, env, tmp_path, capsys):
    """One command makes it all: the still is cut, the clip ends with the image beside the file, a rerun is free."""
    Image.new("RGB", (1920, 1080), (20, 60, 90)).save(tmp_path / "dusk.png")
    file = write(tmp_path / "shot.yaml", shot("words", still=STILL, motion=MOTION))
    done: Ended = await say("image_to_video", file, env, capsys)
    assert (done.code, done.line["state"], done.line["bought"]) == (0, "done", 2), done.line["message"]
    assert done.line["cost"]["quoted"] == "2.034"
    folder = tmp_path / "archive/projects/words/a"
    with Image.open(folder / "still-001.full.png") as made, Image.open(folder / "still-001.png") as cut:
        assert (made.size, cut.size) == ((1920, 1088), (1920, 1080))
    doubts = [log.message for log in await logs_of(done.line["flow_run_id"]) if "nobody can say" in log.message]
    assert len(doubts) == 3
    again = await say("image_to_video", file, env, capsys)
    assert (again.line["bought"], again.line["clips"]) == (0, done.line["clips"])
    assert [job["runs"] for job in emulated.jobs.values()] == [1, 1]
    told = await asyncio.to_thread(
        CliRunner().invoke, app, ["lineage", "--verify", str(folder / "clip-001.mp4")], env=env
    )
    assert told.exit_code == 0
    assert "as its last frame" in told.stdout
    assert "to 1920x1080 from the middle of 1920x1088" in told.stdout
    assert "(brought from dusk.png)" in told.stdout
    assert "verified: 4 of 4 files" in told.stdout


async def test_a_last_image_that_cannot_be_had_is_told_before_anything_is_bought(emulated, env, tmp_path, capsys):
    """A path to nothing is bad input in the shot file's words, and no job was sent."""
    file = write(tmp_path / "shot.yaml", shot("words", still=STILL, motion=MOTION))
    done = await say("image_to_video", file, env, capsys)
    assert (done.code, done.line["money"]) == (2, "not spent")
    assert "motion.last_image" in done.line["message"]
    assert emulated.jobs == {}
