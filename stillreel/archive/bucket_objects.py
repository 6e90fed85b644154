"""What objects in a bucket are told to be, and what the bucket says of them."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from stillreel.archive.store import Stored

NONCE = "stillreel-write"  # in the metadata: which write made this object
FRESH = "no-cache"  # of what is written over: else a public bucket's readers see the one of an hour ago
FIELDS = "items(name,size,crc32c,generation,timeCreated,contentType,metadata),prefixes,nextPageToken"


def described(content_type: str, metadata: Mapping[str, str], *, fresh: bool = False) -> dict[str, Any]:
    """What a new object is told to be, with the nonce of this write of it."""
    told = {"contentType": content_type, "metadata": {**metadata, NONCE: uuid4().hex}}
    return {**told, "cacheControl": FRESH} if fresh else told


def stored(blob: Any, prefix: str) -> Stored:
    """What the bucket says of an object, by its name below a prefix."""
    metadata = {key: value for key, value in (blob.metadata or {}).items() if key != NONCE}
    return Stored(
        name=blob.name.removeprefix(prefix),
        size=blob.size,
        crc32c=blob.crc32c,
        generation=str(blob.generation),
        created=blob.time_created,
        content_type=blob.content_type or "",
        metadata=metadata,
    )
