"""What an entry says, in the words of a list or a table."""

from collections.abc import Iterator
from datetime import date

from stillreel.domain.money import PriceRow, a_unit, row_said, spelled
from stillreel.runware.catalogue.entry import Entry, Pixels, SizeRule
from stillreel.runware.catalogue.pricing import rows_today
from stillreel.runware.catalogue.rules import in_force

__all__ = [
    "a_unit",
    "has_mode",
    "is_unsaid",
    "listed",
    "mode_said",
    "row_said",
    "sizes_said",
    "sound_said",
    "status_said",
    "unsaid_of",
]

SIDES = frozenset({"width", "height"})


def listed(entry: Entry, today: date) -> Iterator[str]:
    """A model in the list of all: a line with its id, kind, status, name and price, and what it makes below it."""
    status = _status(entry, today)
    price = _prices(rows_today(entry, today))
    yield f"{entry.air:31} {entry.kind:6} {status:11} seen {entry.status_seen}  {entry.name:31} {price}"
    if ends := list(_ends(entry)):
        yield f"    {'; '.join(ends)}"
    for mode in sorted(entry.sizes, key=[*entry.modes, *entry.sizes].index):
        unsaid = unsaid_of(entry, mode)
        yield f"    {mode_said(mode)}: {sizes_said(entry, mode, today)}{f'; {unsaid}' if unsaid else ''}"
    if (sound := sound_said(entry)) is not None:
        yield f"    sound: {sound}"


def has_mode(entry: Entry, mode: str) -> bool:
    """Whether a model is known to have a mode."""
    return mode in entry.modes and not is_unsaid(entry, mode)


def is_unsaid(entry: Entry, mode: str) -> bool:
    """Whether nobody says that the model has a mode, which can be asked for all the same: that of a last frame."""
    return mode == "first_last_frame" and mode in entry.modes and "last" in entry.unsaid


def unsaid_of(entry: Entry, mode: str) -> str:
    """What a model is asked for in a mode without anybody's word that it can; empty: nothing."""
    return "nobody says whether it takes a last frame" if is_unsaid(entry, mode) else ""


def sizes_said(entry: Entry, mode: str, today: date) -> str:
    """The sizes of a mode: its pairs, its range, its least number of pixels, or where they come from."""
    rule = entry.sizes[mode]
    if rule.from_image:
        size = "as the image"
    elif rule.pairs is not None:
        size = ", ".join(f"{width}x{height}" for width, height in rule.pairs)
    else:
        size = ", ".join(_bounds(rule, _least(entry, rule, today))) or "unknown"
    return f"{size}, by name {' or '.join(rule.resolutions)}" if rule.resolutions else size


def mode_said(mode: str) -> str:
    """A way of making something: 'first and last frame'."""
    return mode.replace("first_last", "first and last").replace("_", " ")


def sound_said(entry: Entry) -> str | None:
    """When a model's clips have sound; None: never."""
    if entry.always_audio:
        return "always"
    if entry.field_of("audio") is not None:
        return "if asked"
    return "nobody says" if "audio" in entry.unsaid else None


def status_said(entry: Entry, today: date) -> str:
    """How a model stands: 'deprecated, seen 2026-08-27; instead klingai:6@0'."""
    return "; ".join([f"{_status(entry, today)}, seen {entry.status_seen}", *_ends(entry)])


def _status(entry: Entry, today: date) -> str:
    return "retired" if entry.gone(today) else entry.status


def _ends(entry: Entry) -> Iterator[str]:
    if entry.deactivates_at:
        yield f"off on {entry.deactivates_at}"
    if entry.replaced_by:
        yield f"instead {', '.join(entry.replaced_by)}"


def _prices(rows: list[PriceRow]) -> str:
    """The one price in force, the range of several, or each where they aren't by the same unit."""
    if not rows:
        return "price unknown"
    first, last = min(rows, key=lambda row: row.amount), max(rows, key=lambda row: row.amount)
    if len({row.unit for row in rows}) > 1:
        return "; ".join(dict.fromkeys(a_unit(row) for row in rows))
    about = any(row.approximate for row in rows)
    said = a_unit(last.model_copy(update={"approximate": False})).removeprefix("$")
    low = "" if first.amount == last.amount else f"${spelled(first.amount)} to "
    return f"{'about ' if about else ''}{low}${said}"


def _least(entry: Entry, rule: SizeRule, today: date) -> int | None:
    """The least number of pixels, by the mode's own rule or by one across fields."""
    across = [
        cross.min
        for cross in entry.rules
        if isinstance(cross, Pixels)
        and {_word(entry, path) for path in cross.fields} == SIDES
        and in_force(cross, today)
    ]
    return max([*across, *([rule.min_pixels] if rule.min_pixels else [])], default=None)


def _word(entry: Entry, path: str) -> str:
    return next((word for word, known in entry.words.items() if known == path), path)


def _bounds(rule: SizeRule, least: int | None) -> Iterator[str]:
    step = f" in steps of {rule.step}" if rule.step else ""
    if rule.min and rule.max:
        yield f"each side {rule.min} to {rule.max} pixels{step}"
    elif rule.min or rule.max:
        yield f"each side {f'from {rule.min}' if rule.min else f'up to {rule.max}'} pixels{step}"
    elif step:
        yield f"each side{step}"
    if least is not None:
        yield f"{least} pixels and more in all"
