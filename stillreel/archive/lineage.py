"""Lineage in the archive: written beside each file once, read back into the chain from a clip to its prompt.

Addresses in a record are those of the day it was written. An archive may have moved since, so they are read relative
to the root that it had then.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from pydantic import Field, TypeAdapter, ValidationError

from stillreel.archive import layout
from stillreel.archive.archive import Archive
from stillreel.archive.passing import passing_folder
from stillreel.archive.store import Store, is_object_name
from stillreel.domain.errors import BadInput, Corrupted, ObjectExists
from stillreel.domain.given import GivenLineage
from stillreel.domain.lineage import ParentFile
from stillreel.domain.problems import Problem
from stillreel.domain.reels import Record, ReelClip, ReelLineage

_RECORD: TypeAdapter[Record] = TypeAdapter(Annotated[Record, Field(discriminator="schema_version")])


async def write_lineage(archive: Archive, media_name: str, record: Record) -> str:
    """Write the record beside its file; its address. One of the same job and result with the same bytes stays.

    So does one of a reel of the same clips with the same bytes, and the first one of a given image: the same bytes
    from somewhere else need no second.

    Raises Corrupted where another file's record stands.
    """
    name = layout.lineage(media_name)
    try:
        await archive.store.create(name, record.model_dump_json(indent=2).encode())
    except ObjectExists:
        stands = await _read(archive.store, name)
        if stands is None or not _same(stands, record):
            raise Corrupted(f"{archive.uri(name)} is the lineage of another file; nothing was overwritten") from None
    return archive.uri(name)


async def read_lineage(store: Store, uri: str) -> Record:
    """The record of a file, by its own address or by that of its record; BadInput if there is none."""
    record = await _read(store, _record_name(store, uri))
    if record is None:
        raise _unknown(store, uri)
    return record


async def chain(store: Store, uri: str) -> list[Record]:
    """How a file came to be: its own record first, then those of what it was made from, back to the first prompt.

    A reel's own record is followed by those of its clips, and then by what those were made from.
    Raises BadInput for an address without a record, Corrupted if a parent's record is gone or is another file's.
    """
    name = _record_name(store, uri)
    found = {name: await read_lineage(store, uri)}
    waiting = [name]
    while waiting:
        child = found[waiting[0]]
        root = _root_then(waiting.pop(0), child)
        for parent in _parents(child):
            above = _above(parent, root)
            record = found.get(above) or (await _read(store, above) if is_object_name(above) else None)
            if record is None and parent.lineage is None:
                continue  # a given image, and nobody wrote down where it came from
            if record is None or record.what.sha256 != parent.sha256:
                says = "is gone" if record is None else "tells of other bytes than those that were used"
                raise Corrupted(f"{child.what.uri} was made from {parent.uri}, whose lineage {says}")
            if above not in found:
                found[above] = record
                waiting.append(above)
    return list(found.values())


async def verify(store: Store, uri: str) -> Record:
    """The record of a file whose bytes, read again just now, are those that were archived; Corrupted if one changed."""
    name = _record_name(store, uri)
    record = await read_lineage(store, uri)
    file = f"{name.rpartition('/')[0]}/{record.what.uri.rpartition('/')[2]}"
    with passing_folder() as folder:
        sums = await store.fetch(file, Path(folder) / "copy")
    if sums is None:
        raise Corrupted(f"{file} is gone from {store.uri}; its lineage says it has {record.what.size} bytes")
    if sums.sha256 != record.what.sha256:
        raise Corrupted(
            f"{file} in {store.uri} has changed: its sha256 is {sums.sha256}, archived was {record.what.sha256}"
        )
    return record


async def _read(store: Store, name: str) -> Record | None:
    found = await store.read(name)
    try:
        return _RECORD.validate_json(found[0]) if found else None
    except ValidationError as error:
        raise Corrupted(f"{store.uri}/{name} isn't a lineage that this version can read: {error}") from error


def _record_name(store: Store, uri: str) -> str:
    name = uri.removeprefix(f"{store.uri}/")
    if not is_object_name(name) or not name.startswith((layout.PROJECTS, layout.QUARANTINE)):
        raise _unknown(store, uri)
    return name if layout.is_lineage(name) else layout.lineage(name)


def _root_then(record_name: str, record: Record) -> str:
    """The archive's address when the record was written."""
    folder = record_name.rpartition("/")[0]
    return record.what.uri.rpartition("/")[0].removesuffix(f"/{folder}")


def _unknown(store: Store, uri: str) -> BadInput:
    allowed = f"a file below {store.uri}/{layout.PROJECTS} with a lineage beside it"
    return BadInput([Problem(field="uri", got=repr(uri), allowed=f"it must be {allowed}")], what="the address")


def _above(parent: ParentFile | ReelClip, root: str) -> str:
    """The name of a parent's record; of a given image the one beside it, which may be younger. Empty for no record."""
    if parent.lineage is not None:
        return parent.lineage.removeprefix(f"{root}/")
    name = parent.uri.removeprefix(f"{root}/")
    return layout.lineage(name) if layout.is_given(name) else ""


def _parents(record: Record) -> Sequence[ParentFile | ReelClip]:
    match record:
        case GivenLineage():
            return ()
        case ReelLineage():
            return record.clips
    return record.parents


def _same(one: Record, other: Record) -> bool:
    return one.what.sha256 == other.what.sha256 and _whose(one) == _whose(other)


def _whose(record: Record) -> tuple[object, ...]:
    """Of what it is the record, whatever its bytes came to."""
    match record:
        case GivenLineage():
            return ()
        case ReelLineage():
            return (record.digest,)
    return (record.answer.task_uuid, record.k)
