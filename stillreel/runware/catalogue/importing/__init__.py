"""Importing: a vendor's schema.json as an entry of the catalogue, or as the difference to the one we have.

schema = read_schema(data, "schema.json")
found = imported(schema, day, ours)
found.differences   # what differs from `ours`, line by line
found.surer         # what is only surer than in `ours`
found.text          # the file that says what the schema says, and keeps what only `ours` knew
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import yaml
from pydantic import ValidationError

from stillreel.domain.errors import BadInput
from stillreel.domain.problems import Problem
from stillreel.runware.catalogue.blocks import extended
from stillreel.runware.catalogue.completeness import missing_of
from stillreel.runware.catalogue.entry import Entry
from stillreel.runware.catalogue.importing.comparing import differences
from stillreel.runware.catalogue.importing.dating import not_older
from stillreel.runware.catalogue.importing.drafting import Draft, draft
from stillreel.runware.catalogue.importing.keeping import kept
from stillreel.runware.catalogue.importing.reading import LARGEST, Schema, read_schema
from stillreel.runware.catalogue.importing.surer import surer
from stillreel.runware.catalogue.importing.wording import one_line
from stillreel.runware.catalogue.importing.writing import LONGEST, text_of

__all__ = ["LARGEST", "Imported", "Schema", "differences", "imported", "read_schema"]


@dataclass(frozen=True)
class Imported:
    """What came of a schema."""

    entry: Entry  # what the schema says, and nothing else
    text: str  # the file to be reviewed
    differences: tuple[str, ...]  # to the entry that we have; empty if we have none
    surer: tuple[str, ...]  # what of that entry was said by others, or by nobody, and changes nothing
    notes: tuple[str, ...]  # what isn't understood
    rounded: tuple[str, ...]  # numbers that lost digits on their way, or may have
    contradicted: tuple[str, ...]  # prices that say one thing in digits and another in words
    lacks: tuple[str, ...]  # what must be added by hand before anybody can buy by the file


def imported(schema: Schema, day: date, ours: Entry | None, what: str = "the schema") -> Imported:
    """The entry that a schema makes as of a day, compared with ours; BadInput where it makes none at all."""
    if ours is not None:
        not_older(day, ours, what)
    plain = draft(schema, day, what, () if ours is None else _tiers(ours))
    data = _data(plain)
    entry = _entry(data, what)
    whole = plain if ours is None else kept(plain, entry, ours)
    data = data if ours is None else _data(whole)
    written = entry if ours is None else _entry(data, what)
    return Imported(
        entry=entry,
        text=text_of(whole),
        differences=() if ours is None else _lines(differences(ours, entry, written, day)),
        surer=() if ours is None else _lines(surer(ours, entry, written)),
        notes=_lines(whole.notes),
        rounded=_lines(f"{path}: {told}." for path, told in plain.rounded.items()),
        contradicted=_lines(f"{where.rpartition(': ')[2]}: {told}." for where, told in plain.contradicted.items()),
        lacks=(*plain.lacks, *missing_of(data)),
    )


def _tiers(ours: Entry) -> list[str]:
    return [*ours.tiers, *(row.tier for row in ours.prices if row.tier is not None)]


def _lines(told: Iterable[str]) -> tuple[str, ...]:
    """Sentences for a terminal, each once, with nothing in them that a terminal obeys."""
    return tuple(dict.fromkeys(one_line(sentence, LONGEST) for sentence in told))


def _data(whole: Draft) -> Any:
    """The file's data, read back from its own text."""
    return extended(yaml.safe_load(text_of(whole)))


def _entry(data: Any, what: str) -> Entry:
    try:
        return Entry.model_validate(data)
    except ValidationError as error:
        problems = [
            Problem(field=".".join(map(str, detail["loc"])), got=str(detail["input"])[:60], allowed=detail["msg"])
            for detail in error.errors()
        ]
        raise BadInput(problems, what=what) from None
