"""Commands that only look, where there is no archive: an empty answer says that it may be the wrong place."""

import asyncio
import json

import pytest
from typer.testing import CliRunner

from stillreel.archive import open_store
from stillreel.archive.archive import Archive
from stillreel.cli import app
from stillreel.domain.errors import BadInput
from stillreel.studio.clock import SystemClock

CLIP = {"motion": {"prompt": "Waves."}}
SHOT = {"project": "harbour", "shot": "a", **CLIP}
BOARD = {"project": "harbour", "shots": [{"shot": "a", **CLIP}]}


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "archive"


@pytest.fixture
def says(folder):
    """That there is none."""
    return f"there is no archive at {folder.as_uri()} yet; the first run begins one"


@pytest.fixture
def look(folder, tmp_path):
    """A command, its files in the place of their names; what it prints, and what beside that."""
    for name, said in (("shot", SHOT), ("board", BOARD)):
        (tmp_path / f"{name}.json").write_text(json.dumps(said))

    def command(words):
        env = {
            "STILLREEL_ARCHIVE": folder.as_uri(),
            "STILLREEL_RUNWARE_URL": "http://127.0.0.1:9/v1",
            "STILLREEL_PREFLIGHT": "offline",
            "RUNWARE_API_KEY": "k" * 32,
        }
        args = [str(tmp_path / word) if word.endswith(".json") else word for word in words.split()]
        ended = CliRunner().invoke(app, args, env=env)
        if isinstance(ended.exception, Exception):
            command.stderr = ended.stderr
            raise ended.exception
        assert ended.exit_code == 0
        return ended.stdout.splitlines(), ended.stderr.splitlines()

    return command


LOOKS = ["jobs", "jobs --all", "spend", "caps", "check shot.json", "check board.json"]


@pytest.mark.parametrize("words", LOOKS)
def test_where_there_is_none_one_line_says_so(look, says, folder, words):
    """A plain line among the others; the command ends well, as for whoever begins, and makes nothing."""
    printed, beside = look(words)
    assert (printed.count(says), beside) == (1, [])
    assert len(printed) > 1
    assert not folder.exists()


@pytest.mark.parametrize("words", LOOKS)
def test_where_there_is_one_nothing_is_said_of_it(look, folder, words):
    """Once a run has begun it, though nothing was bought yet."""
    folder.mkdir()
    asyncio.run(Archive(open_store(folder.as_uri()), SystemClock()).identity())
    printed, beside = look(words)
    assert "no archive" not in "\n".join([*printed, *beside])


def test_caps_may_be_set_before_the_first_run(look, says):
    """They hold for the archive that is begun there; whoever has slipped in its address is told."""
    assert look("caps set --day 20")[0].count(says) == 1
    assert look("caps")[0].count(says) == 1


@pytest.mark.parametrize("words, first", [("jobs --json", "[]"), ("spend --csv", "day,project,model")])
def test_what_programs_read_stays_as_it_is(look, says, words, first):
    """There the line stands beside it, on stderr."""
    printed, beside = look(words)
    assert printed[0].startswith(first)
    assert says not in printed
    assert beside == [says]


def test_a_file_that_nobody_knows_may_lie_in_another_archive(look, says, folder):
    """`lineage` says why it knows nothing of a file, and ends as for any address without a record."""
    with pytest.raises(BadInput):
        look(f"lineage {folder.as_uri()}/projects/harbour/a/clip-001.mp4")
    assert look.stderr.splitlines()[0] == says
