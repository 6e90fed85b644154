"""Doubts: what nobody can say for certain of what a request uses, so that whoever pays for it has been told."""

from collections.abc import Iterator, Mapping
from typing import Any

from stillreel.domain.money import PriceRow
from stillreel.runware.catalogue.checking import present
from stillreel.runware.catalogue.entry import Entry
from stillreel.runware.catalogue.keys import in_keys, key_of
from stillreel.runware.catalogue.sizing import is_open, mode_in
from stillreel.runware.catalogue.telling import is_unsaid, row_said


def doubts_of(
    entry: Entry, body: Mapping[str, Any], *, row: PriceRow, keys: Mapping[str, str] | None = None
) -> tuple[str, ...]:
    """What is marked unknown of a body's fields, its last frame, its sound, its mode's sizes and its price row.

    Each is a sentence; fields of which the same source speaks are one. They are named as in the body, or with `keys`
    as in the shot file that the body was made from.
    """
    there = dict(present(entry, body))
    mode = mode_in(entry, there)
    return (
        *_fields(entry, there, keys),
        *_beside(entry, there, keys),
        *_last(entry, mode),
        *_sound(entry),
        *_size(entry, mode),
        *_price(entry, row),
    )


def _fields(entry: Entry, there: Mapping[str, Any], keys: Mapping[str, str] | None) -> Iterator[str]:
    by_source: dict[str | None, list[str]] = {}
    for path in there:
        if entry.fields[path].sure == "unknown":
            by_source.setdefault(entry.fields[path].source, []).append(path)
    for source, paths in by_source.items():
        said = paths if keys is None else dict.fromkeys(key_of(entry, path, keys) for path in paths)
        *others, last = said
        named = f"{', '.join(others)} and {last}" if others else last
        by = _by(source) if keys is None else in_keys(entry, _by(source), keys)
        yield f"{entry.name}: nobody can say for certain what {named} may be{by}"


def _beside(entry: Entry, there: Mapping[str, Any], keys: Mapping[str, str] | None) -> Iterator[str]:
    """Fields that may stand beside each other, or may not."""
    for doubted in entry.doubted:
        if all(path in there for path in doubted.fields):
            said = f"{doubted.says}{_by(doubted.source)}"
            yield f"{entry.name}: nobody can say for certain {said if keys is None else in_keys(entry, said, keys)}"


def _last(entry: Entry, mode: str) -> Iterator[str]:
    if is_unsaid(entry, mode):
        yield f"{entry.name}: nobody can say for certain whether it takes a last frame"


def _sound(entry: Entry) -> Iterator[str]:
    if "audio" in entry.unsaid and entry.field_of("audio") is None:
        yield f"{entry.name}: nobody can say for certain whether its clips have sound, and it can't be asked for"


def _size(entry: Entry, mode: str) -> Iterator[str]:
    rule = entry.sizes.get(mode)
    if rule is not None and rule.sure == "unknown":
        how = "" if mode == "text" else f" from a {mode.removesuffix('_frame').replace('_', ' and a ')} frame"
        yield f"{entry.name}: nobody can say for certain which sizes it makes{how}{_by(rule.source)}"
    elif rule is not None and is_open(entry, mode):
        yield f"{entry.name}: nobody can say for certain how large it can make it; no largest size is known"


def _price(entry: Entry, row: PriceRow) -> Iterator[str]:
    if row.sure == "unknown":
        price = f"{row_said(row)}, since {row.since}"
        yield f"{entry.name}: nobody can say for certain that it costs {price}{_by(row.source)}"


def _by(source: str | None) -> str:
    return f" ({source})" if source else ""
