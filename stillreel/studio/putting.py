"""Files into the archive, each once."""

from pathlib import Path

from stillreel.archive import layout
from stillreel.archive.store import Checksums
from stillreel.domain.errors import Corrupted, ObjectExists
from stillreel.studio.studio import Studio


async def put_file(studio: Studio, name: str, path: Path, sums: Checksums, metadata: dict[str, str]) -> None:
    """Create an object from a file; the same bytes under that name are success, other bytes are Corrupted."""
    store = studio.archive.store
    try:
        await store.create_file(name, path, sums, content_type=layout.content_type(name), metadata=metadata)
    except ObjectExists:
        stands = await store.stat(name)
        if stands is None or (stands.size, stands.crc32c) != (sums.size, sums.crc32c):
            raise Corrupted(
                f"{studio.archive.uri(name)} holds other bytes than this result; nothing was overwritten"
            ) from None
