"""Lineage in the archive: written beside each file once, read back into the chain from a clip to its prompt."""

from stillreel.archive import layout
from stillreel.archive.archive import Archive
from stillreel.domain.errors import Corrupted, ObjectExists
from stillreel.domain.lineage import Lineage


async def write_lineage(archive: Archive, media_name: str, record: Lineage) -> str:
    """Write the record beside its file; its address. One of the same job and result with the same bytes stays.

    Raises Corrupted where another file's record stands.
    """
    name = layout.lineage(media_name)
    try:
        await archive.store.create(name, record.model_dump_json(indent=2).encode())
    except ObjectExists:
        found = await archive.store.read(name)
        stands = Lineage.model_validate_json(found[0]) if found else None
        if stands is None or not _same(stands, record):
            raise Corrupted(f"{archive.uri(name)} is the lineage of another file; nothing was overwritten") from None
    return archive.uri(name)


def _same(one: Lineage, other: Lineage) -> bool:
    return (one.answer.task_uuid, one.k, one.what.sha256) == (other.answer.task_uuid, other.k, other.what.sha256)
