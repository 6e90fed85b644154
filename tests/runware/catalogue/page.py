"""What docs/models.md and the README tell of the catalogue. `python -m tests.runware.catalogue.page` writes it."""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from stillreel.domain.money import PriceRow, spelled
from stillreel.runware.catalogue import load
from stillreel.runware.catalogue.entry import Entry, SizeRule

ROOT = Path(__file__).parents[3]
PAGE, README = ROOT / "docs" / "models.md", ROOT / "README.md"
COMMAND = "python -m tests.runware.catalogue.page"
BEGIN = f"<!-- what follows is written by `{COMMAND}` -->"
END = "<!-- what `tests.runware.catalogue.page` writes ends here -->"
WRITTEN = re.compile(f"{re.escape(BEGIN)}.*{re.escape(END)}", re.DOTALL)
COUNTED = re.compile(r"The catalogue knows \d+ video models and \d+ image models")
CLIPS = ("model", "name", "status", "from words", "from a first frame", "last frame", "seconds", "sound", "dollars")
STILLS = ("model", "name", "status", "sizes", "negative prompt", "seed", "dollars")
ENDING = ("model", "status", "off on", "instead")
NONE = "–"
UNITS = {"second": "a second", "image": "an image", "megapixel": "a megapixel", "compute": "a megapixel"}
INPUTS = {"none": "no input", "frames": "from a frame", "reference": "with references", "video": "with a video"}


def page() -> str:
    """The section with its marks."""
    return "\n".join([BEGIN, *_lines(), END])


def counted(entries: Mapping[str, Entry]) -> str:
    """How many models there are, as the README says it."""
    kinds = [entry.kind for entry in entries.values()]
    return f"The catalogue knows {kinds.count('clip')} video models and {kinds.count('still')} image models"


def _lines() -> Iterator[str]:
    entries = sorted(load().values(), key=lambda entry: entry.slug)
    clips = [entry for entry in entries if entry.kind == "clip"]
    stills = [entry for entry in entries if entry.kind == "still"]
    yield "\n## Clips\n"
    yield from _table(CLIPS, (_clip(entry) for entry in clips))
    yield "\n## Stills\n"
    yield from _table(STILLS, (_still(entry) for entry in stills))
    yield "\n## What to take instead\n"
    yield from _table(ENDING, (_ending(entry) for entry in [*clips, *stills] if _ends(entry)))


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield from (f"| {' | '.join(cells)} |" for cells in (head, ("---",) * len(head), *rows))


def _clip(entry: Entry) -> tuple[str, ...]:
    return (
        f"`{entry.air}`",
        entry.name,
        _status(entry),
        _mode(entry, "text"),
        _mode(entry, "first_frame"),
        "yes" if "first_last_frame" in entry.modes else _absent(entry, "last"),
        _seconds(entry),
        "always" if entry.always_audio else "if asked" if entry.field_of("audio") else _absent(entry, "audio"),
        _prices(entry),
    )


def _still(entry: Entry) -> tuple[str, ...]:
    taken = ["yes" if entry.field_of(word) else _absent(entry, word) for word in ("negative_prompt", "seed")]
    return (f"`{entry.air}`", entry.name, _status(entry), _mode(entry, "text"), *taken, _prices(entry))


def _absent(entry: Entry, word: str) -> str:
    return "nobody says" if word in entry.unsaid else NONE


def _ends(entry: Entry) -> bool:
    return entry.status not in ("live", "api-only") or entry.deactivates_at is not None or bool(entry.replaced_by)


def _status(entry: Entry) -> str:
    return f"{entry.status} ({entry.status_seen})"


def _ending(entry: Entry) -> tuple[str, ...]:
    instead = ", ".join(f"`{air}`" for air in entry.replaced_by) or NONE
    return (f"`{entry.air}`", entry.status, str(entry.deactivates_at or NONE), instead)


def _mode(entry: Entry, mode: str) -> str:
    return _size(entry.sizes[mode]) if mode in entry.modes else NONE


def _size(rule: SizeRule) -> str:
    if rule.from_image:
        named = f", {' or '.join(rule.resolutions)}" if rule.resolutions else ""
        return f"as the image{named}"
    if rule.pairs is not None:
        return ", ".join(f"{width}×{height}" for width, height in rule.pairs)
    sides = f"{rule.min} to {rule.max} a side" if rule.min and rule.max else ""
    step = f"steps of {rule.step}" if rule.step else ""
    pixels = f"{rule.min_pixels} pixels and more" if rule.min_pixels else ""
    return ", ".join(part for part in (sides, step, pixels) if part) or "unknown"


def _seconds(entry: Entry) -> str:
    rule = entry.fields["duration"]
    return f"{rule.min} to {rule.max}" if rule.values is None else " or ".join(str(value) for value in rule.values)


def _prices(entry: Entry) -> str:
    rows = [row for row in entry.prices if row.until is None]
    several = len({row.tier for row in rows}) > 1
    return "<br>".join(_price(row, several) for row in rows)


def _price(row: PriceRow, several: bool) -> str:
    bound = f" (at most {spelled(row.upper)})" if row.upper is not None and row.upper != row.amount else ""
    about = "about " if row.approximate else ""
    sound = {None: "", True: "with sound", False: "without sound"}[row.audio]
    tier = (row.tier or "larger") if several else ""
    more = [part for part in (tier, sound, INPUTS.get(row.given or "", "")) if part]
    return f"{about}{spelled(row.amount)} {UNITS[row.unit]}{bound}{': ' if more else ''}{', '.join(more)}"


if __name__ == "__main__":
    text = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(WRITTEN.sub(lambda _: page(), text), encoding="utf-8")
    text = README.read_text(encoding="utf-8")
    README.write_text(COUNTED.sub(counted(load()), text), encoding="utf-8")
