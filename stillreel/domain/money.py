"""Money: dollars as Decimal, quotes that carry the price row they came from, never mixed with what was reported."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer

Unit = Literal["second", "image", "megapixel", "compute"]
Sure = Literal["documented", "sdk", "observed", "inferred", "unknown"]
"""How sure a statement is: the vendor's documents, its client's types, somebody's sight, a conclusion, or nobody."""


def _exact(value: Any) -> Any:
    """A float through its shortest text: 0.1848 stays 0.1848."""
    return Decimal(repr(value)) if isinstance(value, float) else value


Usd = Annotated[Decimal, BeforeValidator(_exact), PlainSerializer(str, return_type=str)]
"""US dollars; text in JSON, so that nothing rounds them."""


MOST = Decimal(1_000_000)  # dollars a unit; more is a slip of the pen, and less than nothing would pay for the rest

GIVEN = {
    "none": "from words alone",
    "frames": "from a frame",
    "reference": "from a reference image",
    "video": "from a reference video",
}
"""What a price's kind of input is called."""


class PriceRow(BaseModel):
    """One dated line of a price list, as it was applied.

    `approximate` is an estimate: the provider bills by compute time, or nobody has printed the price. Then `upper` is
    the amount a unit that caps are compared with; without one it is a margin above the estimate.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    unit: Unit
    amount: Annotated[Usd, Field(ge=0, le=MOST)]  # per unit
    since: date
    until: date | None = None  # the first day on which it is no longer the price
    source: str
    sure: Sure = "documented"
    tier: str | None = None  # a resolution, such as 720p
    audio: bool | None = None
    given: str | None = None  # kind of input: none, frames, reference, video
    approximate: bool = False
    upper: Annotated[Usd, Field(ge=0, le=MOST)] | None = None  # per unit


class Quote(BaseModel):
    """What a job should cost: the expected amount, the bound that ceilings compare, and the row behind both."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    expected: Usd
    upper: Usd
    row: PriceRow

    def __str__(self) -> str:
        about = "about " if self.row.approximate else ""
        return f"{about}${spelled(self.expected)}"


def a_unit(row: PriceRow) -> str:
    """A price row as a price a unit: '$0.037 a second'."""
    unit, basis = ("megapixel", ", billed by compute time") if row.unit == "compute" else (row.unit, "")
    of = "an image" if unit == "image" else f"a {unit}"
    return f"{'about ' if row.approximate else ''}${spelled(row.amount)} {of}{basis}"


def row_said(row: PriceRow) -> str:
    """A price row with what it is for: '$0.084 a second, 720p, without audio'."""
    audio = None if row.audio is None else "with audio" if row.audio else "without audio"
    given = None if row.given is None else GIVEN.get(row.given, f"from {row.given}")
    return ", ".join(part for part in (a_unit(row), row.tier, audio, given) if part)


def sum_said(quotes: Sequence[Quote]) -> str:
    """What several things come to: an estimate as such, with its bound, which ceilings and caps compare."""
    expected, upper = total([quote.expected for quote in quotes]), total([quote.upper for quote in quotes])
    about = "about " if any(quote.row.approximate for quote in quotes) else ""
    return f"{about}${spelled(expected)}{f', at most ${spelled(upper)}' if upper != expected else ''}"


def left_said(to_pay: Decimal) -> str:
    """What may still have to be paid, by upper bounds."""
    return f"still to pay: {f'at most ${spelled(to_pay)}' if to_pay else 'nothing'}"


def total(amounts: list[Decimal]) -> Decimal:
    """The sum, exact; zero for nothing."""
    return sum(amounts, Decimal(0))


def spelled(amount: Decimal) -> str:
    """An amount in digits, with two decimals or as many as it has; never rounded, and no zeros that sums leave."""
    plain = amount.normalize()
    return f"{plain:.2f}" if int(plain.as_tuple().exponent) > -2 else f"{plain:f}"
