"""What an entry says, in the words of a list or a table."""

from stillreel.domain.money import a_unit, row_said
from stillreel.runware.catalogue.entry import SizeRule

__all__ = ["a_unit", "row_said", "sizes_said"]


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
