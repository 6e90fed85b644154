"""Money: exact, as text in JSON, and never rounded on the way."""

import json
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from stillreel.domain.money import PriceRow, Quote, Usd, spelled, total
from tests.domain.examples import QUOTE

USD = TypeAdapter(Usd)
amounts = st.decimals(min_value=0, max_value=10**9, allow_nan=False, allow_infinity=False)


@pytest.mark.parametrize("given_as,amount", [(0.1848, "0.1848"), (0.1, "0.1"), (5, "5"), ("0.0370", "0.0370")])
def test_money_is_read_through_its_shortest_text(given_as, amount):
    """A float's amount is what it prints as, never its binary tail."""
    assert USD.validate_python(given_as).as_tuple() == Decimal(amount).as_tuple()


@pytest.mark.parametrize(
    "amount,said",
    [("0.7", "0.70"), ("2.10", "2.10"), ("0", "0.00"), ("5E+1", "50.00"), ("0.0370", "0.037"), ("1E-7", "0.0000001")],
)
def test_people_read_at_least_two_decimals(amount, said):
    """An amount has two decimals where people read it, and more where it has more: it is never rounded."""
    assert spelled(Decimal(amount)) == said


@given(amounts)
def test_money_survives_json(amount):
    """An amount comes back from JSON digit by digit, and stands in it as text."""
    text = USD.dump_json(amount)
    assert isinstance(json.loads(text), str)
    assert USD.validate_json(text).as_tuple() == amount.as_tuple()


@given(st.floats(min_value=0, max_value=10**6))
def test_a_float_from_the_wire_keeps_its_text(number):
    """A cost in an answer is the number that stood there, to its last digit."""
    assert USD.validate_json(json.dumps(number)) == Decimal(json.dumps(number))


@pytest.mark.parametrize("nonsense", ["", "free", None, "NaN", "Infinity", float("nan"), float("inf")])
def test_what_is_no_amount_is_refused(nonsense):
    """Words, nothing and numbers that aren't finite are no money."""
    with pytest.raises(ValidationError):
        USD.validate_python(nonsense)


def test_sums_are_exact():
    """Ten times ten cents are a dollar, and nothing sums to zero."""
    assert total([Decimal("0.1")] * 10) == Decimal(1)
    assert total([]) == Decimal(0)


def test_a_quote_keeps_the_row_it_came_from():
    """A quote comes back from JSON with its price row, its date and its source."""
    again = Quote.model_validate_json(QUOTE.model_dump_json())
    assert again == QUOTE
    assert again.row.since == date(2024, 12, 19)
    assert json.loads(QUOTE.model_dump_json())["expected"] == "0.185"


def test_an_estimate_says_that_it_is_one():
    """A quote by an approximate row is told as 'about'."""
    row = PriceRow(unit="compute", amount=Decimal("0.0006"), since=date(2026, 2, 5), source="a list", approximate=True)
    assert str(Quote(expected=Decimal("0.0006"), upper=Decimal("0.0012"), row=row)) == "about $0.0006"
    assert str(QUOTE) == "$0.185"
