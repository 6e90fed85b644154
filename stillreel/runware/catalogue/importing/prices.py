"""Prices of a schema as price rows: what its labels say plainly is taken, the rest stays text; nothing is guessed."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_CEILING, ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal
from typing import Any

from stillreel.domain.money import PriceRow, Unit, spelled
from stillreel.runware.catalogue.entry import Kind
from stillreel.runware.catalogue.importing.pairing import TIER
from stillreel.runware.catalogue.importing.pricelist import key_of, same_price
from stillreel.runware.catalogue.importing.wording import one_line

UNITS: Mapping[tuple[str, Kind], Unit] = {
    ("durationSecond", "clip"): "second",
    ("output", "still"): "image",
    ("megapixel", "still"): "megapixel",
}
AUDIO = {"without audio": False, "no audio": False, "with audio": True, "audio": True}
GIVEN: Mapping[str, tuple[str, ...]] = {
    "no input": ("none",),
    "text": ("none",),
    "text or image": ("none", "frames"),
    "image": ("frames",),
    "video input": ("video",),
    "reference": ("reference",),
}
IDLE = {"audio included", "per second", "per image", "flat", ""}
SEPARATORS = re.compile(r"[,;·+/()]|\band\b")
ONE_PRICE = re.compile(
    r"\$\s*(\d{1,7}(?:\.\d{1,12})?)\s*(?:(?:per|an?|/)\s*(?:second|sec|s|image|output|megapixel|mp))?", re.IGNORECASE
)
MEASURED = re.compile(r"(\d{2,5})\s*[x×]\s*(\d{2,5})(?:\s*·\s*(?:steps\s+)?(\d+)(?:\s+steps)?)?")
DIGITS = Context(prec=3, rounding=ROUND_CEILING)  # of an estimate
PIXELS = Decimal(1_000_000)
UNPRICED = "The price: the schema says nothing of it."


@dataclass
class Prices:
    """The rows that were understood, and in sentences what wasn't."""

    rows: list[PriceRow] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    contradicted: dict[str, str] = field(default_factory=dict)  # by a row's source: what speaks against its amount


def prices_of(pricing: Mapping[str, Any], kind: Kind, day: date, source: str, steps: Any) -> Prices:
    """The prices that a schema prints; they hold from its day on, because nobody knows since when they do.

    A model without rates is billed by compute time: its measured samples make an estimate for each million pixels.
    """
    prices = Prices()
    if pricing.get("currency", "USD") != "USD":
        prices.notes.append(f"The price: it is in {one_line(pricing['currency'])}, and ours are in US dollars.")
        return prices
    for number, rate in enumerate(_list(pricing, "rates")):
        rows = list(_rows(rate, kind, day, source))
        if (shown := _other_amount(rate)) is not None and rows:
            amounts = f"the amount is ${spelled(_amount(rate))}, and the words say ${spelled(shown)}"
            prices.contradicted[rows[0].source] = f"{amounts}; the dearer one bounds the price here"
            rows = [row.model_copy(update={"approximate": True, "upper": max(shown, row.amount)}) for row in rows]
        prices.rows += [row for row in rows if not any(_says_the_same(row, one) for one in prices.rows)]
        if not rows:
            prices.notes.append(f"The price x-pricing.rates[{number}]: {_told(rate)} isn't understood.")
    if not prices.rows and not prices.notes:
        prices.rows += _estimate(pricing, kind, day, source, steps)
    if not prices.rows:
        overview = one_line(pricing.get("overview"))
        if overview or not prices.notes:
            prices.notes.append(f"The price: the schema says {overview}." if overview else UNPRICED)
    if prices.rows and prices.notes:  # a row may hold for what another rate is for
        highest = max([_amount(rate) for rate in _list(pricing, "rates")])
        prices.rows = [_unsure(row, highest) for row in prices.rows]
    return prices


def _rows(rate: Any, kind: Kind, day: date, source: str) -> Iterator[PriceRow]:
    """The rows that a rate means; none if a word of its label isn't known."""
    if not isinstance(rate, dict) or _amount(rate) <= 0:
        return
    unit = UNITS.get((str(rate.get("unit")), kind))
    said = [word for part in SEPARATORS.split(str(rate.get("label") or "")) for word in _words(part.strip())]
    tiers = [word for word in said if TIER.fullmatch(word)]  # in their own case: it is what one asks for
    words = [word.lower() for word in said]
    audio = [AUDIO[word] for word in words if word in AUDIO]
    given = [GIVEN[word] for word in words if word in GIVEN]
    known = len(tiers) + len(audio) + len(given) + sum(word in IDLE for word in words)
    if unit is None or known != len(words) or max(len(tiers), len(audio), len(given)) > 1:
        return
    kinds: tuple[str | None, ...] = given[0] if given else (None,)
    row = PriceRow(unit=unit, amount=_amount(rate), since=day, source=f"{source}: {_told(rate)}")
    about = {"tier": tiers[0] if tiers else None, "audio": audio[0] if audio else None}
    yield from (row.model_copy(update={**about, "given": one}) for one in kinds)


def _words(part: str) -> list[str]:
    """What a part of a label is made of, the longest known words first; the part as it is where it holds others."""
    rest, found = part.split(), list[str]()
    while rest:
        ends = (end for end in range(len(rest), 0, -1) if _is_known(" ".join(rest[:end])))
        end = next(ends, None)
        if end is None:
            return [part]
        found.append(" ".join(rest[:end]))
        rest = rest[end:]
    return found or [part]


def _is_known(words: str) -> bool:
    return bool(TIER.fullmatch(words)) or words.lower() in {*AUDIO, *GIVEN, *IDLE}


def _estimate(pricing: Mapping[str, Any], kind: Kind, day: date, source: str, steps: Any) -> Iterator[PriceRow]:
    """What a million pixels cost by the largest sample with the default steps; the dearest sample bounds it."""
    samples: dict[int, Decimal] = {}
    told = []
    for sample in _list(pricing, "measured"):
        found = MEASURED.fullmatch(one_line(sample.get("configuration"))) if isinstance(sample, dict) else None
        price = _amount({"amount": sample.get("price")}) if found else Decimal(0)
        if found and price > 0 and (found[3] is None or steps is None or int(found[3]) == steps):
            samples[int(found[1]) * int(found[2])] = price
            told.append(f"{found[0]} ${spelled(price)}")
    if samples and kind == "still":
        rates = {pixels: price * PIXELS / pixels for pixels, price in samples.items()}
        yield PriceRow(
            unit="compute",
            amount=DIGITS.plus(rates[max(rates)]),
            since=day,
            source=f"{source}: measured {'; '.join(told)}; billed by compute time",
            approximate=True,
            upper=DIGITS.plus(max(rates.values())) if len(rates) > 1 else None,
        )


def _other_amount(rate: Any) -> Decimal | None:
    """What a rate's words say it costs, if that isn't its amount, even rounded."""
    found = ONE_PRICE.fullmatch(one_line(rate.get("display"))) if isinstance(rate, dict) else None
    if found is None:
        return None
    shown = Decimal(found[1])
    places = Decimal(1).scaleb(min(int(shown.as_tuple().exponent), 0))
    return None if shown in _rounded(_amount(rate), places) else shown


def _rounded(amount: Decimal, places: Decimal) -> set[Decimal]:
    """An amount, and what becomes of it with so many places."""
    return {amount} | {amount.quantize(places, rounding) for rounding in (ROUND_HALF_UP, ROUND_HALF_EVEN)}


def _says_the_same(row: PriceRow, other: PriceRow) -> bool:
    return key_of(row) == key_of(other) and same_price(row, other)


def _unsure(row: PriceRow, highest: Decimal) -> PriceRow:
    if (row.tier, row.audio, row.given) != (None, None, None):
        return row
    return row.model_copy(update={"approximate": True, "upper": max(highest, row.amount)})


def _list(pricing: Mapping[str, Any], name: str) -> list[Any]:
    found = pricing.get(name)
    return found if isinstance(found, list) else []


def _amount(rate: Any) -> Decimal:
    amount = rate.get("amount") if isinstance(rate, dict) else None
    return Decimal(amount) if isinstance(amount, int | Decimal) and not isinstance(amount, bool) else Decimal(0)


def _told(rate: Any) -> str:
    if not isinstance(rate, dict):
        return one_line(rate)
    parts = [one_line(rate.get(name)) for name in ("label", "display")]
    return ", ".join(part for part in parts if part) or f"${spelled(_amount(rate))} per {one_line(rate.get('unit'))}"
