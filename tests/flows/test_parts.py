"""A part of a storyboard by itself, as a worker makes it."""

import json
from pathlib import Path
from uuid import uuid4

import pytest

from flows.storyboard_shots import storyboard_shots
from stillreel.domain.board_orders import Part
from stillreel.domain.errors import ArchiveError, Money
from tests.flows.boards import board, named

pytestmark = pytest.mark.server


def part_of(folder: Path, *names: str) -> Part:
    """A part with these shots of a storyboard, which lies in the archive."""
    file = folder / "projects" / "parts" / "reels" / "storyboard" / "board-1.json"
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps(board("parts", *named(*names))))
    said = {"board": file.as_uri(), "only": names, "max_usd": "5", "root": uuid4(), "number": 1}
    return Part.model_validate(said)


async def test_a_word_that_cannot_be_left_is_not_called_unspent(studio, tmp_path):
    """The archive takes the shots and not what became of the part: its run says what it spent."""
    part = part_of(tmp_path / "archive", "one", "two")
    (tmp_path / "archive" / "runs").write_text("a file where a folder should be")
    with pytest.raises(ArchiveError) as caught:
        await storyboard_shots(part)
    assert (len(studio.emulator.jobs()), caught.value.money) == (4, Money.SPENT)
