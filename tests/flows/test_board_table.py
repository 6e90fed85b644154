"""The table that a storyboard's command ends with."""

import io

import pytest
from rich.console import Console

from flows.board_table import print_table
from stillreel.domain.errors import Money
from stillreel.studio.board_summary import BoardSummary, ShotLine

LONG = "the provider says [b]no[/b] to " + "very " * 40 + "much"


def printed(*lines: ShotLine, **console) -> str:
    out = io.StringIO()
    summary = BoardSummary.of("harbour", "teaser", lines, "run").model_copy(
        update={"gallery": "file:///a/" + "b" * 200}
    )
    print_table(summary, Console(file=out, **console))
    return out.getvalue()


@pytest.mark.parametrize("console", [{}, {"force_terminal": True, "width": 60, "color_system": None}])
def test_each_word_stands_whole(console):
    """What the message says is shown as it is, folded and not cut, and the gallery's address is one line to click."""
    text = printed(ShotLine(shot="a", state="rejected", message=LONG, money=Money.NOT_SPENT), **console)
    assert text.count("very") == 40
    assert "[b]no[/b]" in text
    assert text.splitlines()[-1] == "gallery: file:///a/" + "b" * 200


def test_what_is_fine_is_one_line():
    """Where every shot is done there is no table, but the count of them."""
    text = printed(ShotLine(shot="a", state="done"), ShotLine(shot="b", state="nothing to do"))
    assert text.splitlines()[0] == "1 done, 1 nothing to do; reported $0.00 in all"


def test_what_speaks_against_a_model_is_told_of_what_is_done():
    """Each warning once, with its shots, above the gallery and whole."""
    old = "klingai:3@1 is deprecated" + " very" * 60
    lines = [ShotLine(shot=name, state="done", warnings=(old,)) for name in "ab"]
    text = printed(*lines, ShotLine(shot="c", state="failed", warnings=("another",)), ShotLine(shot="d", state="done"))
    assert text.splitlines()[-3:-1] == [f"warning: 2 of 4 shots (a, b): {old}", "warning: shot c: another"]


def test_many_rows_are_counted():
    """Past a screenful the rest is a number, and what a person must look at first is not in it."""
    refused = [ShotLine(shot=f"shot-{n}", state="refused") for n in range(60)]
    text = printed(*refused, ShotLine(shot="the-worst", state="unknown"))
    assert text.index("the-worst") < text.index("shot-0")
    assert "and 21 more that aren't done" in text
    assert text.count("refused") == 39
