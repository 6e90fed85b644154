"""What an entry says, in the words of a list or a table."""

from stillreel.domain.money import PriceRow
from stillreel.runware.catalogue.entry import SizeRule


def a_unit(row: PriceRow) -> str:
    """A price row as a price a unit: '$0.037 a second'."""
    unit, basis = ("megapixel", " (billed by compute time)") if row.unit == "compute" else (row.unit, "")
    return f"{'about ' if row.approximate else ''}${row.amount} a {unit}{basis}"


def row_said(row: PriceRow) -> str:
    """A price row with what it is for: '$0.084 a second, 720p, without audio'."""
    audio = None if row.audio is None else "with audio" if row.audio else "without audio"
    given = None if row.given is None else "from words alone" if row.given == "none" else f"from {row.given}"
    return ", ".join(part for part in (a_unit(row), row.tier, audio, given) if part)


def sizes_said(rule: SizeRule) -> str:
    """The sizes of a mode: its pairs, its range, or where they come from."""
    if rule.from_image:
        size = "as the image"
    elif rule.pairs is not None:
        size = ", ".join(f"{width}x{height}" for width, height in rule.pairs)
    elif rule.min and rule.max:
        size = f"each side {rule.min} to {rule.max} pixels{f' in steps of {rule.step}' if rule.step else ''}"
    else:
        size = "unknown"
    return f"{size}, by name {' or '.join(rule.resolutions)}" if rule.resolutions else size
