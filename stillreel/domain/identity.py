"""How a second attempt knows the first: hashes of what was asked, computed from its meaning.

    digest    = sha256(canonical JSON of the resolved request, parent included)
    taskUUID  = v4-shaped UUID of sha256(["stillreel/1", archive id, project, shot, stage, take, digest, purchase])

Canonical JSON has sorted keys, no spaces and UTF-8; what is absent stays absent; a whole number is an integer
however it was written, so that 5, 5.0 and Decimal("5.00") are one number.
"""

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from decimal import Decimal
from uuid import UUID

from stillreel.domain.names import Place

SCHEME = "stillreel/1"


def canonical(value: object) -> str:
    """The one JSON text of a plain value; raises ValueError for what JSON can't hold (NaN, infinity, other types)."""
    return json.dumps(_plain(value), ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def sha256_of(value: object) -> str:
    """The sha256, in hex, of a plain value's canonical JSON."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()


def task_uuid(archive_id: str, place: Place, digest: str, purchase: int) -> UUID:
    """The job's id at the provider, the same in every process that means the same purchase.

    Shaped as UUID v4, which the provider documents (runware.ai, task types: "UUID v4 identifier").
    """
    name = [SCHEME, archive_id, place.project, place.shot, place.stage, place.take, digest, purchase]
    return UUID(bytes=bytes.fromhex(sha256_of(name))[:16], version=4)


def _plain(value: object) -> object:
    match value:
        case None | bool() | str() | int():
            return value
        case float() | Decimal():
            return _number(value)
        case Mapping():
            return {_key(key): _plain(item) for key, item in value.items() if item is not None}
        case Sequence() if not isinstance(value, bytes | bytearray):
            return [_plain(item) for item in value]
        case _:
            raise ValueError(f"{type(value).__name__} has no canonical JSON")


def _number(value: float | Decimal) -> int | float:
    if not math.isfinite(value):
        raise ValueError(f"{value} has no canonical JSON")
    return int(value) if value == int(value) else float(value)


def _key(key: object) -> str:
    if not isinstance(key, str):
        raise ValueError(f"a key must be text, not {type(key).__name__}")  # noqa: TRY004 - one error for all that JSON can't hold
    return key
