"""Options of the commands: what is wrong with them is told as what is wrong with a file, and nothing is bought."""

import asyncio
import sys
from pathlib import Path

import pytest

from flows.command import main
from flows.text_to_image import text_to_image
from stillreel.domain.shots import TextToImageShot
from tests.flows.boards import board, named, say
from tests.flows.commands import KEY, Ended, ended, write

TAKES = "auto, new or a number from 1 to 999"
NOBODY = "the names of shots; leave it out to make all of them"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return write(tmp_path / "board.yaml", board("options", *named("one", "two")))


def refused(told: Ended) -> list[str]:
    """The problems on the last line of a command that was refused."""
    assert (told.code, told.line["state"], told.line["money"]) == (2, "refused", "not spent"), told.stderr
    assert told.line["message"].strip() in told.stderr
    assert "Traceback" not in told.stderr
    return [line[4:] for line in told.line["message"].splitlines()[1:] if line]


@pytest.mark.parametrize("nobody", ["", " , ", ","])
async def test_only_without_a_name_buys_nothing(nobody, file, tmp_path, capsys):
    """`--only "$APPROVED"` without that variable isn't every shot."""
    told = await say(file, {"STILLREEL_ARCHIVE": f"file://{tmp_path}/archive"}, capsys, "--only", nobody)
    assert refused(told) == [f"only: got {nobody!r}; {NOBODY}"]
    assert not (tmp_path / "archive").exists()


@pytest.mark.parametrize(
    "options, problems",
    [
        (("--take", "old"), [f"take: got 'old'; {TAKES}"]),
        (("--take", "0"), [f"take: got '0'; {TAKES}"]),
        (("--spread", "machines"), ["spread: got 'machines'; 'here' or 'workers'"]),
        (("--only",), ["options: got argument --only: expected one argument; those that --help tells of"]),
        (("--onyl", "a"), ["options: got --onyl a; those that --help tells of"]),
        (
            ("--onyl", "--only", ",", "--take", "1.5", "--spread", "far", "--fast"),
            [
                "options: got --onyl --fast; those that --help tells of",
                f"only: got ','; {NOBODY}",
                f"take: got '1.5'; {TAKES}",
                "spread: got 'far'; 'here' or 'workers'",
            ],
        ),
    ],
)
async def test_wrong_options_are_told_together_in_words(options, problems, file, capsys):
    """The last line is JSON and has every option that won't do; the storyboard isn't even read."""
    assert refused(await say(file, {}, capsys, *options)) == problems


@pytest.mark.parametrize("name, text", [("shots.csv", 'shot\n"a'), ("board.yaml", "a: [b"), ("nowhere.yaml", None)])
async def test_a_file_that_cannot_be_read_is_told_as_any_other(name, text, tmp_path, capsys):
    """Whatever is wrong with a storyboard, it is the storyboard that has the problems."""
    if text is not None:
        (tmp_path / name).write_text(text)
    told = await say(
        tmp_path / name, {"STILLREEL_ARCHIVE": f"file://{tmp_path}/archive", "RUNWARE_API_KEY": KEY}, capsys
    )
    problems = refused(told)
    assert told.line["message"].startswith(f"the storyboard has {len(problems)} problem")


@pytest.mark.parametrize(
    "words, says", [(["shot.yaml", "--loud"], "unrecognized arguments: --loud"), ([], "required: shot")]
)
async def test_a_shots_command_ends_with_its_line(words, says, capsys, monkeypatch):
    """An option that it doesn't know, or no file, exits with 2, and what reads the last line finds one."""
    capsys.readouterr()
    monkeypatch.setattr(sys, "argv", ["flows.text_to_image", *words])
    code = await asyncio.to_thread(main, text_to_image, TextToImageShot)
    (problem,) = refused(ended(code, *capsys.readouterr()))
    assert says in problem


async def test_a_shot_file_that_cannot_be_read_is_told_as_any_other(tmp_path, capsys, monkeypatch):
    """It is the shot that has the problem."""
    capsys.readouterr()
    (tmp_path / "shot.yaml").write_text("a: [b")
    monkeypatch.setattr(sys, "argv", ["flows.text_to_image", str(tmp_path / "shot.yaml")])
    code = await asyncio.to_thread(main, text_to_image, TextToImageShot)
    told = ended(code, *capsys.readouterr())
    assert refused(told)
    assert told.line["message"].startswith("the shot has 1 problem:")
