"""The table that the Prefect UI shows of a storyboard."""

import pytest

from stillreel.domain.errors import Money
from stillreel.studio.board_summary import BoardSummary, ShotLine
from tasks.showing_boards import heading_of, rows_of

LOST = ShotLine(shot="lost", state="failed", message="no answer", money=Money.UNKNOWN)
DONE = ShotLine(shot="done", state="done", clips=("gs://a/clip-001.mp4",))


def summary(*lines: ShotLine) -> BoardSummary:
    return BoardSummary.of("harbour", "teaser", lines, "run")


def test_what_matters_stands_before_what_is_long():
    """The UI cuts a wide table off at its right: there are the files; who must act comes first."""
    first, second = rows_of(summary(DONE, LOST))
    columns = ["shot", "state", "the money", "what to do", "why", "quoted", "reported", "bought", "file"]
    assert list(first) == columns
    assert (first["shot"], first["the money"], second["file"]) == ("lost", Money.UNKNOWN, DONE.clips[0])


@pytest.mark.parametrize("money", [*Money])
def test_the_heading_says_where_the_money_stands(money):
    """Where some shots aren't done; where all are, what they cost is all there is to say."""
    left = LOST.model_copy(update={"money": money})
    assert f"**the money: {money}**" in heading_of(summary(DONE, left), None).splitlines()
    assert "the money" not in heading_of(summary(DONE), None)


def test_the_heading_links_the_gallery():
    """By an address that a browser opens, and where there is none, by that in the archive."""
    shown = summary(DONE).model_copy(update={"gallery": "gs://a/index.html"})
    assert heading_of(shown, "https://a/index.html").endswith("[gallery](https://a/index.html)")
    assert heading_of(shown, None).endswith("gallery: `gs://a/index.html`")
