"""`python -m flows.<flow> shot.yaml`, in real processes: what it prints, how it ends, and what it buys."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from stillreel.emulator import RunningEmulator, running_emulator
from tests.flows.commands import CANNED, Ended, run, say, settings, shot, write

pytestmark = pytest.mark.server

KEYS = {"state", "still", "stills", "clips", "lineage", "cost", "bought", "spent", "flow_run_id", "message", "money"}
MOTION = {"prompt": "waves roll in"}
STILL = {"prompt": "a harbour at dawn"}


@dataclass(frozen=True)
class Told:
    """A command's end, and what the provider had seen by then."""

    ended: Ended
    jobs: dict[str, Any]
    balance: Decimal

    @property
    def line(self) -> dict[str, Any]:
        return self.ended.line

    @property
    def files(self) -> list[str]:
        return [uri.rpartition("/")[2] for uri in (self.line["still"], *self.line["clips"]) if uri]


class Desk:
    """Where commands are given: an archive and an emulator of its own, and the Prefect server."""

    def __init__(self, folder: Path, emulator: RunningEmulator, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.emulator = emulator
        self.settings = settings(emulator, f"file://{folder}/archive")
        self._capsys = capsys

    async def say(self, said: dict[str, Any], flow: str = "image_to_video") -> Told:
        """A command within this process."""
        return await self.say_file(write(self.folder / "shot.yaml", said), flow)

    async def say_file(self, file: Path, flow: str = "image_to_video") -> Told:
        """The same with a file that is there."""
        return self._told(await say(flow, file, self.settings, self._capsys))

    async def run(self, said: dict[str, Any], flow: str = "image_to_video") -> Told:
        """A command as a process of its own."""
        return self._told(await run(flow, write(self.folder / "shot.yaml", said), self.settings))

    def _told(self, ended: Ended) -> Told:
        return Told(ended, self.emulator.jobs(), Decimal(str(self.emulator.ledger()["balance"])))


@pytest.fixture
async def desk(prefect_api: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> AsyncIterator[Desk]:
    async with running_emulator(tmp_path / "emulator", CANNED) as emulator:
        yield Desk(tmp_path, emulator, capsys)


def size_of(uri: str) -> int:
    return Path(uri.removeprefix("file://")).stat().st_size


async def test_a_process_ends_with_one_json_object(desk):
    """The last line on stdout says how it went, the logs go to stderr, and another process buys nothing again."""
    first = await desk.run(shot("story"))
    ended, line = first.ended, first.line
    assert ended.code == 0
    assert len(ended.stdout.splitlines()) == 1
    assert "story/a/clip-001 submit" in ended.stderr
    assert set(line) == KEYS
    assert set(line["cost"]) == {"quoted", "reported"}
    assert (line["state"], line["bought"], line["message"], line["money"]) == ("done", 2, "", None)
    assert all(size_of(uri) for uri in (line["still"], *line["clips"], *line["lineage"]))
    assert first.files == ["still-001.png", "clip-001.mp4"]
    assert [uri.rpartition("/")[2] for uri in line["lineage"]] == ["still-001.lineage.json", "clip-001.lineage.json"]
    assert Decimal(line["cost"]["reported"]) == 100 - first.balance
    assert Decimal(line["cost"]["quoted"]) > 0

    again = await desk.run(shot("story"))
    assert again.ended.code == 0
    nothing = {"bought": 0, "spent": {"quoted": "0", "reported": "0"}}
    assert again.line == {**line, **nothing, "flow_run_id": again.line["flow_run_id"]}
    assert again.line["flow_run_id"] != line["flow_run_id"]
    assert (again.jobs, again.balance) == (first.jobs, first.balance)


async def test_the_other_flows_say_the_same_things(desk):
    """Clips from words alone and stills alone end alike; of several results each has its file and its lineage."""
    clips = await desk.say(shot("clips", still=None, results=2), "text_to_video")
    still = await desk.say(shot("still", motion=None, output={"format": "WEBP"}), "text_to_image")
    assert (clips.ended.code, still.ended.code) == (0, 0)
    assert clips.files == ["clip-001-1.mp4", "clip-001-2.mp4"]
    assert (clips.line["still"], clips.line["bought"], len(clips.line["lineage"])) == (None, 1, 2)
    assert still.files == ["still-001.webp"]
    assert (set(clips.line), set(still.line)) == (KEYS, KEYS)


async def test_other_words_are_other_takes(desk):
    """Other motion animates the still that is there; another still makes another clip; `new` makes one in any case."""
    await desk.say(shot("story"))
    moved = await desk.say(shot("story", motion=MOTION))
    assert (moved.files, moved.line["bought"], len(moved.jobs)) == (["still-001.png", "clip-002.mp4"], 1, 3)
    redrawn = await desk.say(shot("story", still=STILL, motion=MOTION))
    assert (redrawn.files, redrawn.line["bought"]) == (["still-002.png", "clip-003.mp4"], 2)
    new = await desk.say(shot("story", motion={**MOTION, "take": "new"}))
    assert (new.files, new.line["bought"]) == (["still-001.png", "clip-004.mp4"], 1)
    second = await desk.say(shot("story", motion={**MOTION, "take": 2}))
    assert (second.files, second.line["bought"]) == (["still-001.png", "clip-002.mp4"], 0)


async def test_a_take_number_that_holds_another_request_is_refused(desk):
    """A number never means another take than it did: nothing is spent, and the next free one is named."""
    before = await desk.say(shot("story"))
    taken = await desk.say(shot("story", motion={**MOTION, "take": 1}))
    assert (taken.ended.code, taken.line["state"], taken.line["bought"]) == (1, "refused", 0)
    assert "the next free take is 2" in taken.line["message"]
    assert (taken.jobs, taken.balance) == (before.jobs, before.balance)


async def test_a_given_image_is_named_by_path_or_by_address(desk):
    """A picture beside the shot file is archived first; one that lies in the archive is used where it lies."""
    Image.new("RGB", (1280, 720), "navy").save(desk.folder / "given.png")
    by_path = await desk.say(shot("given", still={"image": "given.png"}))
    assert (by_path.ended.code, by_path.line["bought"]) == (0, 1)
    assert "/archive/projects/given/a/given-" in by_path.line["still"]
    (record,) = desk.folder.glob("archive/projects/given/a/given-*.lineage.json")
    assert json.loads(record.read_bytes())["source"] == "given.png"
    by_address = await desk.say(shot("by-address", still={"image": by_path.line["still"]}))
    assert (by_address.ended.code, by_address.line["still"]) == (0, by_path.line["still"])
    assert not list(desk.folder.glob("archive/projects/by-address/a/given-*"))


async def test_a_shot_file_may_be_json(desk):
    """JSON says the same as YAML."""
    file = desk.folder / "shot.json"
    file.write_text(json.dumps(shot("story")))
    first = await desk.say_file(file)
    assert (first.ended.code, first.line["bought"]) == (0, 2)
    again = await desk.say(shot("story"))
    assert again.line["bought"] == 0
