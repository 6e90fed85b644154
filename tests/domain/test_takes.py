"""Which take a request is, whatever claims stand."""

from datetime import UTC, datetime

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from stillreel.domain.errors import TakeExists
from stillreel.domain.names import Place
from stillreel.domain.requests import StillRequest
from stillreel.domain.takes import MOST_TAKES, Claim, Create, Reuse, Want, choose, next_take

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
REQUEST = StillRequest(model="m:1@1", prompt="a", width=64, height=64, format="PNG", quality=95)


def claim(take: int, words: str, *, defaults: str = "old", run: str = "r1", new: bool = False) -> Claim:
    place = Place(project="film", shot="opening", stage="still", take=take)
    return Claim(
        place=place,
        digest=f"{words}+{defaults}",
        asked=words,
        request=REQUEST,
        run=run,
        new=new,
        at=NOON,
        nonce=f"{take}",
    )


WORDS, RUNS = st.sampled_from("abc"), st.sampled_from(["r1", "r2", "r3"])
BODIES = st.tuples(WORDS, st.sampled_from(["old", "today"]), RUNS, st.booleans())
CLAIMS = st.dictionaries(st.integers(1, 12), BODIES, max_size=8).map(
    lambda found: [claim(n, words, defaults=d, run=run, new=new) for n, (words, d, run, new) in found.items()]
)
WANTS: st.SearchStrategy[Want] = st.one_of(st.just("auto"), st.just("new"), st.integers(1, 14))


def pick(claims: list[Claim], words: str, want: Want = "auto", run: str = "r1") -> Reuse | Create:
    return choose(claims, f"{words}+today", words, want=want, root_run=run)


@given(CLAIMS, WORDS, WANTS, RUNS)
def test_no_request_gets_another_ones_take(claims: list[Claim], words: str, want: Want, run: str) -> None:
    """What is reused is this request; what is created has a number that nobody has."""
    try:
        chosen = pick(claims, words, want, run)
    except TakeExists:
        assert isinstance(want, int)
        return
    if isinstance(chosen, Reuse):
        assert chosen.claim in claims
        assert chosen.claim.asked == words
    else:
        assert chosen.take not in {claim.place.take for claim in claims}


@given(CLAIMS, WORDS, WANTS, RUNS)
def test_what_was_created_is_found_again(claims: list[Claim], words: str, want: Want, run: str) -> None:
    """The same question after the claim gives that claim: run it again and nothing is bought."""
    try:
        chosen = pick(claims, words, want, run)
    except TakeExists:
        assume(False)
    if isinstance(chosen, Create):
        made = claim(chosen.take, words, defaults="today", run=run, new=want == "new")
        assert pick([*claims, made], words, want, run) == Reuse(made)


@given(CLAIMS, WORDS, WANTS, RUNS, st.randoms())
def test_the_order_of_claims_says_nothing(
    claims: list[Claim], words: str, want: Want, run: str, random: object
) -> None:
    """However the claims are listed, the answer is the same."""
    mixed = list(claims)
    random.shuffle(mixed)  # type: ignore[attr-defined]
    try:
        expected = pick(claims, words, want, run)
    except TakeExists:
        with pytest.raises(TakeExists):
            pick(mixed, words, want, run)
    else:
        assert pick(mixed, words, want, run) == expected


def test_auto_is_the_highest_take_of_the_request() -> None:
    """Of several takes of the same request the newest number is meant, and other words are the next number."""
    claims = [claim(1, "a"), claim(3, "a"), claim(2, "b")]
    assert pick(claims, "a") == Reuse(claims[1])
    assert pick(claims, "b") == Reuse(claims[2])
    assert pick(claims, "c") == Create(4)
    assert pick([], "a") == Create(1)


def test_our_changed_defaults_make_no_new_take() -> None:
    """A request that was given in the same words stays its take, though a default of ours has changed."""
    old = claim(1, "a", defaults="old")
    assert old.digest != "a+today"
    assert pick([old], "a") == Reuse(old)
    assert pick([old], "a", want=1) == Reuse(old)


def test_the_same_result_in_other_words_is_the_same_take() -> None:
    """Writing a default out changes what was given but not what it means."""
    old = claim(1, "a", defaults="today")
    assert choose([old], "a+today", "a, with its default written out", want="auto", root_run="r") == Reuse(old)


def test_new_is_fresh_for_each_root_run() -> None:
    """A root run's fresh take is its own for retries and children, and no other run's."""
    claims = [claim(1, "a", run="r1"), claim(2, "a", run="r1", new=True)]
    assert pick(claims, "a", "new", "r1") == Reuse(claims[1])
    assert pick(claims, "a", "new", "r2") == Create(3)
    assert pick(claims, "b", "new", "r1") == Create(3)
    assert pick(claims[:1], "a", "new", "r1") == Create(2)  # claimed by this run, and not as a fresh one


def test_a_number_of_another_request_is_refused() -> None:
    """The refusal names the number that is taken and the next free one."""
    with pytest.raises(TakeExists, match=r"film/opening/still-002 .*next free take is 6"):
        pick([claim(2, "a"), claim(5, "a")], "b", 2)


def test_a_gap_can_be_taken_by_number_only() -> None:
    """Numbers tell the order of tries; a gap is filled only by who asks for it."""
    claims = [claim(1, "a"), claim(5, "b")]
    assert pick(claims, "c") == Create(6)
    assert pick(claims, "c", 3) == Create(3)
    assert next_take([]) == 1


def test_numbers_run_out_with_a_sentence() -> None:
    """After the last number a new take is refused, an old one isn't."""
    last = claim(MOST_TAKES, "a")
    assert pick([last], "a") == Reuse(last)
    with pytest.raises(TakeExists, match="another shot name"):
        pick([last], "b")
