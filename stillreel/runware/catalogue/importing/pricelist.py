"""The price rows of an entry after a schema was read, and what differs in them from those before."""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from stillreel.domain.money import PriceRow, row_said, spelled

NEAR = Decimal("1.25")  # between two estimates; the vendor's own samples lie further apart

Key = tuple[Any, ...]


def rows_after(ours: Sequence[PriceRow], theirs: Sequence[PriceRow], day: date) -> list[PriceRow]:
    """Our rows, ended on this day where the schema has others, and its new ones; all of ours where it has none.

    What was or will be the price on another day stays, and what we concluded of a thing that the schema doesn't price.
    A row of this very day that says otherwise gives its place to the schema's.
    """
    new = _by_key(theirs)
    rows: list[PriceRow] = []
    standing = set()
    for row in ours:
        fresh = new.get(key_of(row), [])
        if not theirs or not _holds(row, day) or (not fresh and concluded(row)):
            rows.append(row)
        elif fresh and all(same_price(row, one) for one in fresh):
            rows.append(row)
            standing.add(key_of(row))
        elif row.since < day:
            rows.append(row.model_copy(update={"until": day}))
    for key, found in new.items():
        announced = [row.since for row in ours if key_of(row) == key and row.since > day]
        ending = {"until": min(announced)} if announced else {}
        rows += [row.model_copy(update=ending) for row in found if key not in standing]
    return rows


def price_lines(before: Sequence[PriceRow], after: Sequence[PriceRow]) -> Iterator[str]:
    """Each row that ended, vanished or came, a line; an end and what follows on it are one line."""
    came = [row for row in after if not any(_is_same_row(row, one) for one in before)]
    for row in before:
        stands = next((one for one in after if _is_same_row(row, one)), None)
        if stands == row:
            continue
        since = row.since if stands is None else stands.until
        next_one = next((one for one in came if key_of(one) == key_of(row) and one.since == since), None)
        vanished = f" (the row since {row.since} vanishes)" if stands is None else ""
        if next_one is None:
            yield f"- price: {priced(row)}{vanished}"
        else:
            came.remove(next_one)
            yield f"~ price: {priced(row)} -> {priced(next_one)}{vanished}"
    yield from (f"+ price: {priced(row)}" for row in came)


def _is_same_row(one: PriceRow, other: PriceRow) -> bool:
    """Whether two rows are one, which at most ends on another day."""
    return one.model_copy(update={"until": None}) == other.model_copy(update={"until": None})


def _by_key(rows: Sequence[PriceRow]) -> dict[Key, list[PriceRow]]:
    """Rows by what they are for; two that say the same of it are one."""
    found: dict[Key, list[PriceRow]] = {}
    for row in rows:
        others = found.setdefault(key_of(row), [])
        if not any(same_price(row, other) for other in others):
            others.append(row)
    return found


def _holds(row: PriceRow, day: date) -> bool:
    return row.since <= day and (row.until is None or day < row.until)


def key_of(row: PriceRow) -> Key:
    """What a price is for."""
    return row.unit, row.tier, row.audio, row.given


def concluded(row: PriceRow) -> bool:
    """Whether a row is our own conclusion, since nobody prints it: a schema that doesn't either is no contradiction."""
    return row.sure in ("inferred", "unknown")


def same_price(one: PriceRow, other: PriceRow) -> bool:
    """Whether two rows for the same thing say the same; estimates needn't agree to the cent."""
    if one.approximate and other.approximate:
        return max(one.amount, other.amount) <= min(one.amount, other.amount) * NEAR
    return one.amount == other.amount and one.approximate == other.approximate


def priced(row: PriceRow) -> str:
    """A price in a line."""
    return row_said(row) if row.upper is None else f"{row_said(row)}, at most ${spelled(row.upper)}"
