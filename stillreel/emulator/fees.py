"""What a result costs here: the newest price row that fits, times what is asked, times a variance."""

from collections.abc import Mapping
from datetime import date
from decimal import ROUND_DOWN, Context, Decimal
from typing import Any

from stillreel.domain.money import PriceRow
from stillreel.emulator.records import Footage, Picture
from stillreel.emulator.switches import USUAL_VARIANCE
from stillreel.runware.catalogue.entry import Entry

DIGITS = Context(prec=4, rounding=ROUND_DOWN)  # as in the service's sample results: 0.1848, 0.0013
MEGAPIXEL = Decimal(1_000_000)


def cost_of(
    entry: Entry,
    making: Picture | Footage,
    task: Mapping[str, Any],
    variance: Decimal | Mapping[str, Decimal],
    today: date,
) -> Decimal:
    """US dollars for one result, as it is reported and charged."""
    row = _row(entry, making, today, audio=_wants_sound(task))
    match row.unit:
        case "second":
            units = Decimal(str(making.duration)) if isinstance(making, Footage) else Decimal(1)
        case "image":
            units = Decimal(1)
        case "megapixel" | "compute":
            units = Decimal(making.width * making.height) / MEGAPIXEL
    factor = variance if isinstance(variance, Decimal) else _factor(entry.air, variance)
    return DIGITS.create_decimal(row.amount * units * factor)


def _factor(air: str, variance: Mapping[str, Decimal]) -> Decimal:
    return variance.get(air, USUAL_VARIANCE.get(air, Decimal(1)))


def _wants_sound(task: Mapping[str, Any]) -> bool:
    kling = (task.get("providerSettings") or {}).get("klingai") or {}
    return kling.get("sound") is True


def _row(entry: Entry, making: Picture | Footage, today: date, *, audio: bool) -> PriceRow:
    """The newest row in force that fits the size, the input and the sound; the dearest of equals."""
    size = (making.width, making.height)
    given = "frames" if isinstance(making, Footage) and making.first is not None else "none"
    fitting = [
        row
        for row in entry.prices
        if row.since <= today
        and row.audio in {None, audio}
        and row.given in {None, given}
        and (row.tier is None or row.tier not in entry.tiers or size in entry.tiers[row.tier])
    ]
    return max(fitting or entry.prices, key=lambda row: (row.since, row.amount))
