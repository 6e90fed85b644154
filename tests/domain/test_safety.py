"""Verdicts: which check covers which, what a flag means, and what may move on."""

import pytest

from stillreel.domain.safety import Check, Verdict, judge, moves_on

NONE, FAST, FULL = Check.NONE, Check.FAST, Check.FULL
COVERS = {
    (NONE, NONE): True,
    (NONE, FAST): False,
    (NONE, FULL): False,
    (FAST, NONE): True,
    (FAST, FAST): True,
    (FAST, FULL): False,
    (FULL, NONE): True,
    (FULL, FAST): True,
    (FULL, FULL): True,
}
MOVES = {
    (NONE, Verdict.CLEAN): True,
    (NONE, Verdict.FLAGGED): False,
    (NONE, Verdict.UNCHECKED): True,
    (FAST, Verdict.CLEAN): True,
    (FAST, Verdict.FLAGGED): False,
    (FAST, Verdict.UNCHECKED): False,
    (FULL, Verdict.CLEAN): True,
    (FULL, Verdict.FLAGGED): False,
    (FULL, Verdict.UNCHECKED): False,
}


def test_the_tables_are_complete():
    """A check or a verdict that is added must be decided here."""
    assert set(COVERS) == {(done, asked) for done in Check for asked in Check}
    assert set(MOVES) == {(asked, verdict) for asked in Check for verdict in Verdict}


@pytest.mark.parametrize("done,asked", COVERS)
def test_a_check_covers_what_is_no_stricter(done, asked):
    """What was checked is good enough for the same check and for weaker ones only."""
    assert done.covers(asked) is COVERS[done, asked]


@pytest.mark.parametrize("flag,verdict", [(True, "flagged"), (False, "clean"), (None, "unchecked")])
def test_a_missing_flag_is_not_a_clean_one(flag, verdict):
    """True is flagged, false is clean, and nothing said means that nobody looked."""
    assert judge(flag) == verdict


@pytest.mark.parametrize("asked,verdict", MOVES)
def test_only_what_is_clean_or_not_to_be_checked_moves_on(asked, verdict):
    """Flagged never moves on; unchecked only where nobody wanted a check."""
    assert moves_on(asked, verdict) is MOVES[asked, verdict]
