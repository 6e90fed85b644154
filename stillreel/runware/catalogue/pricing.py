"""What a job should cost: the dated price row that fits, times what is asked."""

from datetime import date
from decimal import Decimal

from stillreel.domain.errors import BadInput
from stillreel.domain.money import PriceRow, Quote
from stillreel.domain.problems import Problem
from stillreel.domain.requests import ClipRequest, Request
from stillreel.runware.catalogue.entry import Entry
from stillreel.runware.catalogue.values import exact

MARGIN = Decimal(2)  # on estimates: the vendor's printed samples lie up to 1.5 times above its rate per megapixel
PIXELS = Decimal(1_000_000)  # of a megapixel


def quote(  # noqa: PLR0913 - by keyword, what a price depends on
    entry: Entry,
    *,
    width: int,
    height: int,
    duration: float | None,
    results: int,
    audio: bool | None = None,
    given: str = "none",
    resolution: str | None = None,
    today: date,
) -> Quote:
    """The expected cost of all results in US dollars, its upper bound, and the price row behind both.

    `duration` in seconds, for clips; `given` is the kind of input (none, frames, reference, video). The bound is the
    expected cost itself where the row is exact, and for an estimate the row's own bound, or else twice the estimate.
    Raises BadInput where no row fits.
    """
    sound = bool(audio) or entry.always_audio
    row = row_of(entry, size=(width, height), resolution=resolution, audio=sound, given=given, today=today)
    units = _units(row, width, height, duration) * results
    expected = _tidy(row.amount * units)
    bound = row.upper * units if row.upper is not None else expected * MARGIN
    return Quote(expected=expected, upper=_tidy(bound) if row.approximate else expected, row=row)


def quote_of(entry: Entry, request: Request, today: date, *, framed: bool) -> Quote:
    """What a request should cost today; `framed` if it starts from an image. Raises BadInput where no row fits."""
    clip = request if isinstance(request, ClipRequest) else None
    return quote(
        entry,
        width=request.width,
        height=request.height,
        duration=clip.duration if clip else None,
        results=request.results,
        audio=clip.audio if clip else None,
        given="frames" if framed else "none",
        resolution=request.resolution,
        today=today,
    )


def row_of(
    entry: Entry, *, size: tuple[int, int], resolution: str | None, audio: bool, given: str, today: date
) -> PriceRow:
    """The newest row in force that fits; of several from one day the most particular."""
    fitting = [
        row
        for row in entry.prices
        if row.since <= today
        and (row.until is None or today < row.until)
        and (row.audio is None or row.audio == audio)
        and (row.given is None or row.given == given)
        and _fits_tier(entry, row, size, resolution)
    ]
    if not fitting:
        asked = f"{size[0]}x{size[1]}, {'with' if audio else 'without'} audio, input {given}, on {today}"
        raise BadInput([Problem(field="model", got=asked, allowed=f"no price of {entry.air} is known for this")])
    return max(fitting, key=lambda row: (row.since, _particulars(row)))


def rows_today(entry: Entry, today: date) -> list[PriceRow]:
    """The price rows in force, the newest of each kind."""
    newest: dict[object, PriceRow] = {}
    for row in sorted(entry.prices, key=lambda row: row.since):
        if row.since <= today and (row.until is None or today < row.until):
            newest[row.tier, row.audio, row.given] = row
    return list(newest.values())


def _fits_tier(entry: Entry, row: PriceRow, size: tuple[int, int], resolution: str | None) -> bool:
    if row.tier is None or resolution is not None:
        return row.tier in (None, resolution)
    return row.tier not in entry.tiers or size in entry.tiers[row.tier]


def _particulars(row: PriceRow) -> int:
    return sum(part is not None for part in (row.tier, row.audio, row.given))


def _units(row: PriceRow, width: int, height: int, duration: float | None) -> Decimal:
    match row.unit:
        case "second":
            if duration is None:
                raise ValueError("a price per second needs a duration")
            return exact(duration)
        case "image":
            return Decimal(1)
        case "megapixel" | "compute":  # compute time has no unit that can be asked for; pixels foretell it best
            return Decimal(width * height) / PIXELS


def _tidy(amount: Decimal) -> Decimal:
    """The same amount without idle zeros, so that it reads the same however the duration was written."""
    return Decimal(format(amount.normalize(), "f"))
