"""Orders of storyboards: which one, and what of it; and the parts in which it is handed out."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillreel.domain.board_orders import BoardAt, BoardOrder, Part, order_of
from stillreel.domain.errors import BadInput
from stillreel.domain.money import spelled
from stillreel.domain.storyboards import Storyboard

HERE = {"uri": "gs://bucket/Boards/Teaser.yaml"}
WRITTEN = {"project": "harbour", "name": "teaser", "shots": [{"shot": "a", "still": {"prompt": "a quay"}}]}
ROOT = UUID("11111111-1111-4111-8111-111111111111")
KEPT = "gs://bucket/films/projects/harbour/reels/teaser/board-0123456789abcdef.json"
PART = {"board": KEPT, "only": ["a"], "max_usd": "0.5", "root": ROOT, "number": 2}


def test_an_address_and_a_written_one_are_told_apart():
    """What has an address is a file; what has shots is the storyboard itself."""
    assert isinstance(order_of({"storyboard": HERE}).storyboard, BoardAt)
    assert isinstance(order_of({"storyboard": WRITTEN}).storyboard, Storyboard)


@pytest.mark.parametrize("kept", [{"uri": KEPT}, WRITTEN])
def test_a_run_is_named_by_project_and_storyboard(kept):
    """Written or kept in the archive, it is called by what it is."""
    assert str(order_of({"storyboard": kept})) == "harbour/teaser"


def test_a_run_of_somebodys_file_is_named_by_the_file():
    """Its project is known only once it is read."""
    assert str(order_of({"storyboard": HERE})) == "Teaser.yaml"


def test_what_a_form_leaves_empty_is_the_default():
    """Empty fields, as a form sends them, order the whole storyboard here."""
    empty = {"storyboard": {**HERE, "project": ""}, "only": None, "take": "", "spread": ""}
    assert order_of(empty) == BoardOrder(storyboard=BoardAt(**HERE))
    assert order_of(empty).spread == "here"


def test_every_problem_is_told():
    """All wrong words of an order are named with what they got."""
    with pytest.raises(BadInput) as caught:
        order_of({"storyboard": HERE, "only": ["a", "B!"], "take": "newest", "stills_only": "perhaps", "spread": "far"})
    told = {problem.field: problem.got for problem in caught.value.problems}
    assert told == {"only.1": "'B!'", "take": "'newest'", "stills_only": "'perhaps'", "spread": "'far'"}


def test_a_bad_project_at_an_address_is_one_problem():
    """It is told where it was said, and not as everything that the order isn't besides."""
    with pytest.raises(BadInput) as caught:
        order_of({"storyboard": {**HERE, "project": "Hafen_Film"}, "take": "old"})
    told = {problem.field: problem.allowed.partition(": ")[2] for problem in caught.value.problems}
    assert told == {"storyboard.project": "try 'hafen-film'", "take": ""}


@pytest.mark.parametrize("nobody", ["", " , ", [""], ["", " "], [None], ("",)])
def test_a_choice_of_nobody_is_not_a_choice_of_all(nobody):
    """Whoever says which shots and names none, as with a variable that isn't set, is refused and buys nothing."""
    with pytest.raises(BadInput) as caught:
        order_of({"storyboard": HERE, "only": nobody})
    (problem,) = caught.value.problems
    assert (problem.field, problem.got) == ("only", repr(nobody))
    assert problem.allowed == "the names of shots; leave it out to make all of them"


@pytest.mark.parametrize("untouched", [{}, {"only": None}, {"only": []}])
def test_a_choice_that_nobody_has_touched_is_all(untouched):
    """What a form sends for a list without items orders every shot."""
    assert order_of({"storyboard": HERE, **untouched}).only == ()


@pytest.mark.parametrize("take", ["auto", "new", "7", 7])
def test_a_take_is_a_word_or_a_number(take):
    """As in a storyboard itself."""
    assert order_of({"storyboard": HERE, "take": take}).take == str(take)


@pytest.mark.parametrize("take", ["old", "0", "-1", "1.5", "1000", "auto\n", 0, -1, 1.5, True, None])
def test_another_take_is_told_in_words(take):
    """Nobody has to read a pattern to learn what a take may be."""
    with pytest.raises(BadInput) as caught:
        order_of({"storyboard": HERE, "take": take})
    told = {problem.field: problem.allowed for problem in caught.value.problems}
    assert told == {"take": "auto, new or a number from 1 to 999"}


def test_a_part_has_its_share_of_the_limits():
    """Its run may spend so much, and have so many jobs in flight."""
    limits = Part(**PART, at_once=7).limits
    assert (str(limits.max_usd), limits.at_once) == ("0.5", 7)


@given(st.decimals(0, 1000, places=4), st.integers(1, 8_294_400), st.integers(1, 20))
def test_a_share_may_be_any_price(a_megapixel, pixels, results):
    """What a model costs by compute time has more decimals than anybody prints, and a part may need just that."""
    share = a_megapixel * pixels / 1_000_000 * results * 2
    assert Part(**{**PART, "max_usd": spelled(share)}).limits.max_usd == share


@pytest.mark.parametrize("wrong", [{"only": []}, {"max_usd": "much"}, {"number": 0}, {"at_once": 0}])
def test_a_part_that_makes_no_sense_is_refused(wrong):
    """Nobody fills it in by hand, so it isn't told kindly."""
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Part(**{**PART, **wrong})


def test_a_part_is_named_by_its_shots():
    """The run's name says which part of the whole it is."""
    assert str(Part(**PART)) == "part 2: a"
    assert str(Part(**{**PART, "only": ["a", "b", "c"]})) == "part 2: a and 2 more"
