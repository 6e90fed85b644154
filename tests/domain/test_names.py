"""Names and places: what is legal, and what is proposed instead."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from stillreel.domain.names import RESERVED, Name, Place, legal_name, propose

NAME = TypeAdapter(Name)
LEGAL = ["a", "7", "dune-part-2", "a-", "0-0", "x" * 63, "con-1"]
ILLEGAL = {
    "": "shot-1",
    "Dune, Part 2!": "dune-part-2",
    "-a": "a",
    "a_b": "a-b",
    "a.b": "a-b",
    "../etc": "etc",
    "a/b": "a-b",
    "Überfahrt": "uberfahrt",
    "海": "shot-1",
    "a\n": "a",
    " a": "a",
    "x" * 64: "x" * 63,
    "con": "con-1",
    "CON": "con-1",
    "reels": "reels-1",
    "index": "index-1",
    "٣": "shot-1",  # a digit, but not one of ours
}


@pytest.mark.parametrize("name", LEGAL)
def test_legal_names_stay_as_they_are(name):
    """A legal name is taken as it was written."""
    assert NAME.validate_python(name) == name


@pytest.mark.parametrize("name,better", ILLEGAL.items())
def test_an_illegal_name_is_refused_with_a_better_one(name, better):
    """Whoever writes an illegal name is told the nearest legal one."""
    with pytest.raises(ValidationError, match=f"try '{better}'"):
        NAME.validate_python(name)


@given(st.text())
@example("con" + "-" * 80)
@example("x" * 62 + "-y")
def test_what_is_proposed_is_legal(text):
    """Whatever somebody wrote, the proposal is a name that is then accepted, and a legal name proposes itself."""
    proposal = propose(text)
    assert legal_name(proposal) == proposal
    assert propose(proposal) == proposal


@given(st.text(max_size=80), st.sets(st.from_regex(r"[a-z0-9][a-z0-9-]{0,62}", fullmatch=True)), st.integers(1, 120))
@example("a", set(), 120)
@example("x" * 80, {"x" * 63, f"{'x' * 61}-2"}, 1)
def test_what_is_proposed_is_free(text, taken, times):
    """As often as the same is written, each proposal is legal and another one; a legal name that is free stays."""
    proposals: list[str] = []
    for _ in range(times):
        proposals.append(propose(text, {*taken, *proposals}))
    assert all(legal_name(proposal) == proposal for proposal in proposals)
    assert len({*taken, *proposals}) == len(taken) + times


def test_a_name_that_is_taken_gets_a_number():
    """The number comes after the name, and the name makes room for it."""
    assert propose("Pier", {"pier"}) == "pier-2"
    assert propose("Pier", {"pier", "pier-2"}) == "pier-3"
    assert propose("", {"shot-1"}) == "shot-2"
    assert propose("x" * 63, {"x" * 63}) == f"{'x' * 61}-2"


@pytest.mark.parametrize("name", sorted(RESERVED))
def test_reserved_names_are_refused(name):
    """Names of Windows devices and of the archive's own folders can't be a project's."""
    with pytest.raises(ValueError, match="reserved"):
        legal_name(name)


def test_a_place_reads_like_its_files():
    """A place is told as project/shot/stage-take, with the take in three digits."""
    assert str(Place(project="harbour", shot="lighthouse", stage="still", take=7)) == "harbour/lighthouse/still-007"


@pytest.mark.parametrize("take", [0, 1000, -1, 1.5])
def test_takes_have_three_digits(take):
    """A take's number is 1 to 999, so that its three digits are enough."""
    with pytest.raises(ValidationError):
        Place(project="harbour", shot="lighthouse", stage="still", take=take)


@pytest.mark.parametrize("take", [1, 999])
def test_the_first_and_the_last_take_are_places(take):
    """Take 1 and take 999 exist."""
    assert Place(project="harbour", shot="lighthouse", stage="clip", take=take).take == take
