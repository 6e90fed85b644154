"""`stillreel check` with an archive: what the caps leave, while no provider is asked and nothing is written."""

import asyncio
import json

import pytest

from stillreel.archive import open_store
from stillreel.archive.archive import Archive
from stillreel.studio.clock import SystemClock
from tests.saying import say

CLIP = {"motion": {"prompt": "Waves."}}
NOBODY = {"STILLREEL_RUNWARE_URL": "http://127.0.0.1:9/v1", "STILLREEL_PREFLIGHT": "offline"}
SHORT = "and this could cost $0.37: a run would be refused; `stillreel caps set` raises it"


@pytest.fixture
def look(tmp_path):
    """A command in a world with an archive and a key, where the provider is away."""
    (tmp_path / "archive").mkdir()
    asyncio.run(Archive(open_store((tmp_path / "archive").as_uri()), SystemClock()).identity())
    archive = {"STILLREEL_ARCHIVE": (tmp_path / "archive").as_uri(), "RUNWARE_API_KEY": "k" * 32}
    return lambda *words, **env: say(*words, **{**NOBODY, **archive, **env})


@pytest.fixture
def board(tmp_path):
    """A storyboard of two clips at $0.185 each."""
    path = tmp_path / "board.json"
    path.write_text(json.dumps({"project": "harbour", "shots": [{"shot": "a", **CLIP}, {"shot": "b", **CLIP}]}))
    return str(path)


def files(folder):
    """What lies there, hidden or not."""
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_storyboard_tells_what_the_caps_leave(look, board, tmp_path):
    """Below its limits each cap has a line, and one that is too low is a warning: nothing is wrong with the file."""
    look("caps", "set", "--day", "20", "--project", "harbour=0.36", "--project", "forest=0")
    before = files(tmp_path)
    code, lines = look("check", board)
    today, project = lines[lines.index("limits: $5.00 a run, 50 at once") + 1 :][:2]
    assert code == 0
    assert today.startswith("the cap for day 20")
    assert today.endswith(" leaves $20.00 of $20.00, enough for this")
    assert project == f"warning: the cap for project harbour leaves $0.36 of $0.36, {SHORT}"
    assert files(tmp_path) == before


def test_a_shot_tells_it_too(look, tmp_path):
    """Below its sum."""
    look("caps", "set", "--project", "harbour=0.36")
    (tmp_path / "shot.json").write_text(json.dumps({"project": "harbour", "shot": "a", **CLIP}))
    code, lines = look("check", str(tmp_path / "shot.json"))
    assert (code, lines[3:5]) == (
        0,
        ["in all: $0.185", "the cap for project harbour leaves $0.36 of $0.36, enough for this"],
    )


@pytest.mark.parametrize("env", [{"STILLREEL_ARCHIVE": None}, {"RUNWARE_API_KEY": None}], ids=["no archive", "no key"])
def test_without_an_account_nothing_is_said_of_caps(look, board, env):
    """As of takes: who has no archive or no key is told what the catalogue knows."""
    look("caps", "set", "--day", "0")
    code, lines = look("check", board, **env)
    assert (code, [line for line in lines if "the cap" in line]) == (0, [])
