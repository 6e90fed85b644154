"""A model of one's own is one file in a folder: it works in `check`, in a form, in flows and in the emulator."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from stillreel.cli import app
from stillreel.media.probe import probe_clip
from tests.flows.commands import CANNED, KEY, PACE, Ended, say, shot, write
from tests.flows.deploying import ask_for, ended
from tests.flows.emulated import Emulated
from tests.flows.making import CLIP, STILL
from tests.flows.test_records import artifacts_of, logs_of

pytestmark = pytest.mark.server

OURS = "made:up@1"
ENTRY = """
air: made:up@1
slug: made-up
name: Made Up 1
extends: [clip, first-frame]
status: live
status_seen: 2026-11-22
source: https://example.com/made-up
seen: 2026-11-22
modes: [text, first_frame]
usual_seconds: 20
usual_source: made up
sizes:
  text: {pairs: [[1024, 576], [576, 1024]]}
  first_frame: {pairs: [[1024, 576], [576, 1024]]}
fields:
  positivePrompt: {type: string, required: true, min_length: 2, max_length: 200, doc: What the clip shows.}
  width: {type: integer, doc: Width in pixels.}
  height: {type: integer, doc: Height in pixels.}
  duration: {type: number, values: [5, 7], default: 5, doc: Length in seconds.}
rules:
  - {kind: together, fields: [width, height], says: width and height together}
  - {kind: pairs, fields: [width, height], values: [[1024, 576], [576, 1024]], says: 1024x576 or 576x1024}
prices:
  - {unit: second, amount: "0.01", since: 2026-11-01, source: made up}
"""
MOTION = {"prompt": "the beam turns", "model": OURS, "duration": 7}


@dataclass(frozen=True)
class Shop:
    """A folder with the one file, an emulator as a process that has it, and an archive."""

    folder: Path
    emulated: Emulated
    env: dict[str, str | None]

    @property
    def archive(self) -> Path:
        return self.folder / "archive"

    def check(self, said: dict[str, Any]) -> tuple[int, list[str]]:
        """`stillreel check`, without an account."""
        file = write(self.folder / "check.yaml", said)
        done = CliRunner().invoke(app, ["check", str(file)], env={"STILLREEL_MODELS": self.env["STILLREEL_MODELS"]})
        return done.exit_code, done.stdout.splitlines()


@pytest.fixture
def shop(tmp_path: Path, start_emulator: Any, prefect_api: str) -> Shop:
    models = tmp_path / "models"
    models.mkdir()
    (models / "made-up.yaml").write_text(ENTRY)
    emulated = start_emulator(models=models, **CANNED)
    env = {
        "STILLREEL_RUNWARE_URL": emulated.url,
        "RUNWARE_API_KEY": KEY,
        "STILLREEL_ARCHIVE": f"file://{tmp_path}/archive",
        "STILLREEL_PACE": str(PACE),
        "STILLREEL_MODELS": str(models),
    }
    return Shop(tmp_path, emulated, env)


@pytest.fixture
def make(shop: Shop, capsys: pytest.CaptureFixture[str]) -> Any:
    """Runs the chain as a command within this process."""

    async def run(said: dict[str, Any]) -> Ended:
        return await say("image_to_video", write(shop.folder / "shot.yaml", said), shop.env, capsys)

    return run


def models_of(shop: Shop) -> list[str]:
    return [job["model"] for job in shop.emulated.jobs.values() if job["runs"]]


def test_one_file_is_enough_for_a_check(shop):
    """`check` prices it by its own row, and refuses what its own rules don't allow."""
    code, lines = shop.check(shot("own", motion=MOTION))
    assert code == 0
    assert f"clip: {OURS}, $0.07 ($0.01 a second, since 2026-11-01)" in lines
    code, (line,) = shop.check(shot("own", motion={**MOTION, "duration": 6}))
    assert code == 2
    assert line.endswith("motion.duration: got 6; one of 5, 7")


async def test_one_file_is_enough_for_a_command(shop, make):
    """The chain is made by it to the end: a clip of its size and length from a still of the same pixels."""
    done = await make(shot("own", motion=MOTION))
    assert (done.code, done.line["state"]) == (0, "done"), done.line["message"]
    assert models_of(shop) == [STILL, OURS]
    facts = await probe_clip(shop.archive / "projects/own/a/clip-001.mp4")
    assert (facts.width, facts.height, facts.seconds) == (1024, 576, pytest.approx(7, abs=0.1))


async def test_one_file_is_enough_for_a_form(shop, worker):
    """A deployment takes the shot as its form hands it over, and the worker's run makes it."""
    run = await ended(await ask_for("image-to-video", shot("form", motion=MOTION), shop.env))
    assert run.state is not None
    assert run.state.is_completed(), run.state.message
    assert models_of(shop) == [STILL, OURS]
    assert (shop.archive / "projects/form/a/clip-001.mp4").is_file()


async def test_a_retired_model_stops_a_run_that_goes_on_with_the_first_alternative(shop, make):
    """Nothing is bought, the last line names what can do instead, and naming that is all that it takes."""
    shop.emulated.switch(retired=[CLIP])
    old = {"prompt": "the beam turns", "model": CLIP}
    stopped = await make(shot("moved", motion=old))
    assert (stopped.code, stopped.line["state"], stopped.line["money"]) == (1, "refused", "not spent")
    assert shop.emulated.jobs == {}
    named = re.search(
        r"name another as motion\.model: its successor (\S+) .* \(today \$0\.185\)", stopped.line["message"]
    )
    assert named is not None, stopped.line["message"]
    assert "klingai:kling-video@3-standard" in stopped.line["message"]
    moved = await make(shot("moved", motion={**old, "model": named[1]}))
    assert (moved.code, moved.line["bought"]) == (0, 2)


async def test_a_deprecated_model_is_warned_of_where_people_look(shop, make):
    """The run's log and its page say what is known against its model."""
    done = await make(shot("warned", motion={"prompt": "the beam turns", "model": CLIP}))
    assert done.code == 0
    says = f"{CLIP} (KlingAI 1.6 Standard) is deprecated (seen 2026-08-27)"
    assert any(says in log.message for log in await logs_of(done.line["flow_run_id"]))
    pages = (await artifacts_of(done.line["flow_run_id"])).values()
    assert any(says in str(page.data) for page in pages if page.type == "markdown")
