"""What a result costs here: the newest price row that fits, times what is asked, times a variance."""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import ROUND_DOWN, Context, Decimal
from typing import Any

from stillreel.domain.money import PriceRow
from stillreel.emulator.making import said, wants_sound
from stillreel.emulator.records import Footage, Picture
from stillreel.emulator.strictness import values
from stillreel.emulator.switches import USUAL_VARIANCE, Switches
from stillreel.emulator.wider import Given
from stillreel.runware.catalogue.entry import Entry

DIGITS = Context(prec=4, rounding=ROUND_DOWN)  # as in the service's sample results: 0.1848, 0.0013
MEGAPIXEL = Decimal(1_000_000)


def cost_of(
    entry: Entry, making: Picture | Footage, task: Mapping[str, Any], switches: Switches, today: date
) -> Decimal:
    """US dollars for one result, as it is reported and charged."""
    given = dict(values(entry, dict(task)))
    row = _row(entry, making, given, today)
    match row.unit:
        case "second":
            units = Decimal(str(making.duration)) if isinstance(making, Footage) else Decimal(1)
        case "image":
            units = Decimal(1)
        case "megapixel" | "compute":
            units = Decimal(making.width * making.height) / MEGAPIXEL
    dear = row.approximate and switches.estimates == "upper"
    amount = row.upper if dear and row.upper is not None else row.amount
    return DIGITS.create_decimal(amount * units * _factor(entry.air, switches))


def _factor(air: str, switches: Switches) -> Decimal:
    variance = switches.price_variance
    if isinstance(variance, Decimal):
        return variance
    return variance.get(air, USUAL_VARIANCE.get(air, Decimal(1)))


def _row(entry: Entry, making: Picture | Footage, given: Given, today: date) -> PriceRow:
    """The row in force that fits the resolution, the sound and the input: the newest, most particular, dearest one."""
    named = None if "width" in given else said(entry, given, "resolution")
    sound, kinds = wants_sound(entry, given), [*_kinds(entry, given)]
    fitting = [
        row
        for row in entry.prices
        if row.since <= today
        and (row.until is None or today < row.until)
        and row.audio in {None, sound}
        and (row.given is None or row.given in kinds)
        and (row.tier is None or _in_tier(entry, row.tier, named, (making.width, making.height)))
    ]
    return max(fitting or entry.prices, key=lambda row: (row.since, _particulars(row, kinds), row.amount))


def _in_tier(entry: Entry, tier: str, named: str | None, size: tuple[int, int]) -> bool:
    if named is not None:
        return named == tier
    return tier not in entry.tiers or size in entry.tiers[tier]


def _kinds(entry: Entry, given: Given) -> Iterator[str]:
    """The kinds of input that a task has, the one that prices look at first before the others."""
    inputs = {path: entry.fields[path].type for path in given if path.startswith("inputs.")}
    if any(kind == "videos" or path == "inputs.video" for path, kind in inputs.items()):
        yield "video"
    if any(kind not in {"frames", "object"} for kind in inputs.values()):
        yield "reference"
    if "frames" in inputs.values():
        yield "frames"
    if not inputs.keys() - {path for path, kind in inputs.items() if kind == "object"}:
        yield "none"


def _particulars(row: PriceRow, kinds: list[str]) -> tuple[int, int]:
    """How much a row says, and how early the kind of input is in the order in which prices look."""
    rank = -kinds.index(row.given) if row.given in kinds else -len(kinds)
    return sum(part is not None for part in (row.tier, row.audio, row.given)), rank
