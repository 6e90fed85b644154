"""What becomes of a storyboard: a line for each shot, the sum of them, and the worst of them."""

from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillreel.domain.errors import ArchiveMissing, Money, State
from stillreel.studio.board_summary import FINE, WORST_FIRST, BoardSummary, ShotLine, joinable, warned
from stillreel.studio.orders import NOTHING, Cost, Summary
from stillreel.studio.ready import Stop

DOCS = Path(__file__).parents[2] / "docs"
STORYBOARDS = (DOCS / "storyboards.md").read_text()

amounts = st.decimals(0, 100, places=6)
lines = st.builds(
    ShotLine,
    shot=st.just("a"),
    state=st.sampled_from([*get_args(State), "nothing to do"]),
    money=st.sampled_from([*Money]),
    cost=st.builds(Cost, quoted=amounts, reported=amounts),
    bought=st.integers(0, 3),
)
boards = st.lists(lines, max_size=12)


def summary(found):
    return BoardSummary.of("harbour", "teaser", found, "run")


def test_every_state_has_a_place():
    """A state that is added is either fine or somewhere among the worst."""
    assert {*WORST_FIRST, "done"} == set(get_args(State))


def test_what_is_not_fine_has_something_to_do():
    """Each state in which a shot can end says what a person does, unless it is fine, in the words of the docs."""
    for state in [*get_args(State), "nothing to do", "left out"]:
        line = ShotLine(shot="a", state=state)
        assert (line.todo == "") == line.fine
        assert line.fine or f"| `{state}` | {line.todo} |" in STORYBOARDS


def test_a_take_that_has_failed_is_not_run_again():
    """Where the same take would end in the same way, that isn't advised; in scripts' words, and those of the docs."""
    told = Summary(state="failed", still=None, clips=(), lineage=(), cost=NOTHING, bought=1, flow_run_id=None)
    broken, ended = (ShotLine.of("a", told.model_copy(update={"final": final})) for final in (False, True))
    assert broken.todo.startswith("run the storyboard again")
    assert "again" not in ended.todo
    assert "`take: new`" in ended.todo
    assert f"| {ended.todo} |" in STORYBOARDS
    assert summary([ended]).message.endswith(ended.todo)
    assert "run the storyboard again" in summary([ended, ShotLine(shot="b", state="running")]).message
    (said,) = summary([ended]).line()["shots"]
    assert (said["todo"], "final" in said) == (ended.todo, False)


@pytest.mark.parametrize("state", ["failed", "running"])
def test_what_is_in_doubt_is_asked_about_before_it_is_bought_again(state):
    """'Look before you buy again' and 'run it again' are both true, because the run itself looks; so it says so."""
    line = ShotLine(shot="a", state=state, money=Money.UNKNOWN)
    assert line.todo.startswith("run the storyboard again: the provider is asked before anything is bought again")
    assert f"| {line.todo} |" in (DOCS / "storyboards.md").read_text()


def test_what_is_gone_is_put_back_before_anything_is_run_again():
    """For a shot in whatever state, and for the whole, whatever else isn't done: a new archive knows of nothing."""
    told = Summary(state="failed", still=None, clips=(), lineage=(), cost=NOTHING, bought=1, flow_run_id=None)
    stop = Stop.of(ArchiveMissing("there is no bucket"))
    lines = [
        ShotLine.of("a", told.model_copy(update={"put_back": True})),
        ShotLine.stopped("a", stop),
        ShotLine(shot="a", state="running").model_copy(update=stop.model_dump()),
    ]
    for line in lines:
        whole = summary([ShotLine(shot="b", state="running"), line, ShotLine(shot="c", state="failed", final=True)])
        assert line.todo.startswith("put the archive back")
        assert whole.message.endswith(line.todo)
        assert f"| `failed`, of an archive or a part of it that is gone | {line.todo} |" in STORYBOARDS
        said = whole.line()["shots"][1]
        assert (said["todo"], "put_back" in said, "put_back" in told.line()) == (line.todo, False, False)


def test_a_shot_that_lacks_a_still_names_whose():
    """What is to be done is to make the other shot, in the object for scripts, too."""
    stop = Stop(state="refused", message="no still", money=Money.NOT_SPENT, needs=("b", "c"))
    line = ShotLine.stopped("a", stop)
    assert line.todo == "make b and c first, then run the storyboard again"
    assert [shot["todo"] for shot in summary([line, ShotLine(shot="d", state="done")]).line()["shots"]] == [
        line.todo,
        "",
    ]


@given(boards)
def test_the_worst_state_wins(found):
    """The whole is done if every shot is fine, and else as the worst of them, whatever their order."""
    whole = summary(found)
    assert whole.state == summary(found[::-1]).state
    assert (whole.state == "done") == all(line.state in FINE for line in found)
    worse = WORST_FIRST[: WORST_FIRST.index(whole.state)] if whole.state in WORST_FIRST else WORST_FIRST
    assert not {line.state for line in found} & set(worse)


@given(boards)
def test_it_adds_up(found):
    """Quoted, reported and bought are the sums of the lines, and each line is counted once."""
    whole = summary(found)
    assert whole.cost.quoted == sum((line.cost.quoted for line in found), Decimal(0))
    assert whole.cost.reported == sum((line.cost.reported for line in found), Decimal(0))
    assert (whole.bought, whole.counts) == (sum(line.bought for line in found), Counter(line.state for line in found))


@given(boards)
def test_what_is_not_done_is_told(found):
    """The message counts what isn't fine by its state; where all is, there is none, and no word on the money."""
    left = [line for line in found if not line.fine]
    whole = summary(found)
    assert (whole.message == "", whole.money is None) == (not left, not left)
    if left:
        assert whole.message.startswith(f"{len(left)} of {len(found)} shots aren't done (")
        assert all(f"{count} {state}" in whole.message for state, count in Counter(one.state for one in left).items())


@given(boards)
def test_the_money_is_never_told_better_than_it_is(found):
    """One shot in doubt is doubt about the whole; not spent means that nothing was bought."""
    whole = summary(found)
    left = {line.money for line in found if not line.fine}
    if Money.UNKNOWN in left:
        assert whole.money is Money.UNKNOWN
    if whole.money is Money.NOT_SPENT:
        assert whole.bought == 0
        assert left == {Money.NOT_SPENT}


@given(boards)
def test_it_comes_back_from_the_archive_as_it_was(found):
    """What a part leaves there is read by its parent to the same summary."""
    whole = summary(found)
    assert BoardSummary.model_validate_json(whole.model_dump_json()) == whole


@pytest.mark.parametrize(
    "said,told",
    [
        ({"katze": ["old"], "b": []}, ["shot katze: old"]),
        ({"a": ["old", "old"], "b": ["new"], "c": ["old"]}, ["2 of 3 shots (a, c): old", "shot b: new"]),
        (dict.fromkeys("abc", ("old",)), ["3 of 3 shots (a, b, c): old"]),
        (dict.fromkeys("abcde", ("old",)), ["5 of 5 shots (a, b, c, …): old"]),
    ],
)
def test_a_warning_names_its_shots(said, told):
    """Up to three of them, and how many there are; each warning once."""
    assert warned(said.items()) == told


def done(shot, *clips, state="done"):
    return ShotLine(shot=shot, state=state, clips=clips)


def test_a_reel_shows_each_shot_once():
    """Of several results of a shot the first one is joined, in the order of the shots."""
    assert joinable([done("b", "b-1", "b-2", "b-3"), done("a", "a-1")]) == ("b-1", "a-1")
    assert joinable([]) == ()


@pytest.mark.parametrize("state", [*WORST_FIRST, "left out"])
def test_a_shot_that_is_not_done_is_in_no_reel(state):
    """Though one of its results is archived: there is no reel until all shots are done."""
    assert joinable([done("a", "a-1"), done("b", "b-1", state=state)]) == ()
    assert joinable([done("a", "a-1"), done("b")]) == ()


@pytest.mark.parametrize("money", [*Money])
def test_a_shot_that_never_began_says_why(money):
    """Its line holds the error's words, cost nothing and bought nothing."""
    line = ShotLine.stopped("a", Stop(state="refused", message="no such take", money=money))
    assert (line.state, line.message, line.money, line.bought) == ("refused", "no such take", money, 0)
    assert line.cost == Cost(quoted="0", reported="0")
