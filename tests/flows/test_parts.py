"""A part of a storyboard by itself, as a worker makes it."""

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import yaml
from prefect import flow

from flows.board_production import produce_board
from flows.storyboard_shots import storyboard_shots
from stillreel.domain.board_orders import BoardOrder, Part, order_of
from stillreel.domain.errors import ArchiveError, Money, Unfinished
from tests.archive.fake_gcs import fake_gcs, make_bucket
from tests.flows.boards import BUCKET, board, named, put, states

pytestmark = pytest.mark.server


def part_of(folder: Path, *names: str, others: Sequence[dict[str, Any]] = ()) -> Part:
    """A part with these shots of a storyboard, which lies in the archive and has others, too."""
    file = folder / "projects" / "parts" / "reels" / "storyboard" / "board-1.json"
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps(board("parts", *named(*names), *others)))
    said = {"board": file.as_uri(), "only": names, "max_usd": "5", "root": uuid4(), "number": 1}
    return Part.model_validate(said)


async def test_a_word_that_cannot_be_left_is_not_called_unspent(studio, tmp_path):
    """The archive takes the shots and not what became of the part: its run says what it spent."""
    part = part_of(tmp_path / "archive", "one", "two")
    (tmp_path / "archive" / "runs").write_text("a file where a folder should be")
    with pytest.raises(ArchiveError) as caught:
        await storyboard_shots(part)
    assert (len(studio.emulator.jobs()), caught.value.money) == (4, Money.SPENT)


async def test_a_part_looks_at_its_own_shots_alone(studio, tmp_path):
    """Nobody asks on its behalf about the models of other parts."""
    part = part_of(tmp_path / "archive", "one", others=[{"shot": "other", "motion": {"model": "klingai:5@1"}}])
    await storyboard_shots(part)
    assert studio.emulator.requests()["resolve"] == 2 + 3  # its models, and those that a warning names


async def test_a_run_that_begins_again_goes_on_with_what_it_has_read(studio, monkeypatch):
    """A file that is changed between two attempts of a run is for the next run."""

    @flow(retries=1)
    async def begun_twice(order: BoardOrder) -> None:
        await produce_board(order)

    studio.emulator.switch(
        moderation=[{"how": "reject", "words": ["lighthouse"]}],
        hold={"task_types": ["imageInference"], "when": "after"},
    )
    with fake_gcs() as endpoint:
        make_bucket(endpoint, BUCKET)
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", endpoint)
        put(endpoint, "board.yaml", yaml.safe_dump(board("twice", *named("one"))))
        run = asyncio.create_task(begun_twice(order_of({"storyboard": {"uri": f"gs://{BUCKET}/board.yaml"}})))
        await studio.emulator.until_held()
        put(endpoint, "board.yaml", yaml.safe_dump(board("twice", *named("two"))))
        studio.emulator.go()
        with pytest.raises(Unfinished) as caught:
            await run
    assert states(caught.value.summary) == {"one": "rejected"}
    assert len(studio.emulator.jobs()) == 1
