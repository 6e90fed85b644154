"""What an archive must be able to do; a folder and a bucket keep this contract alike.

Names are relative to the archive's root, use '/' and are built in `stillreel.archive.layout` only.
Every method may raise ArchiveMissing, ArchiveForbidden or ArchiveUnavailable.
"""

import re
from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Protocol

from pydantic import BaseModel, ConfigDict

_PART = r"[a-z0-9][a-z0-9._-]*"
_NAME = re.compile(rf"{_PART}(/{_PART})*")
LONGEST_OBJECT = 900  # Google Cloud Storage takes 1024 bytes, its own prefix included


def object_name(name: str) -> str:
    """The name itself if a store may use it; ValueError for anything that could leave the archive's root."""
    if not is_object_name(name):
        raise ValueError(f"{name!r} isn't a name that the archive gives")
    return name


def is_object_name(name: str) -> bool:
    """Whether a store may use a name."""
    return len(name) <= LONGEST_OBJECT and _NAME.fullmatch(name) is not None


def object_prefix(prefix: str) -> str:
    """The prefix itself if names may start with it: nothing, a part of a name, or a name and a slash."""
    if prefix:
        object_name(prefix.removesuffix("/"))
    return prefix


class Stored(BaseModel):
    """What the store says of one object."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    size: int  # bytes
    crc32c: str  # base64 of the big-endian checksum, as Google Cloud Storage writes it
    generation: str  # changes with each write
    created: datetime  # by the store's clock
    content_type: str = ""
    metadata: dict[str, str] = {}


class Level(BaseModel):
    """What lies right below a prefix: the names of folders, and objects, both in order."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    folders: tuple[str, ...] = ()
    files: tuple[Stored, ...] = ()


class Checksums(BaseModel):
    """The size and hashes of bytes, computed on the way."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    size: int
    sha256: str  # hex
    crc32c: str  # base64, as above


class Store(Protocol):
    """An object store with create-only and generation-matched writes."""

    @property
    def uri(self) -> str:
        """The root, `gs://bucket/prefix` or `file:///folder`, without a slash at its end."""

    async def create(
        self,
        name: str,
        data: bytes,
        *,
        content_type: str = "application/json",
        metadata: Mapping[str, str] | None = None,
    ) -> Stored:
        """Write a new object, or raise ObjectExists if another writer's stands there; our own lost write is success."""

    async def create_file(
        self, name: str, path: Path, sums: Checksums, *, content_type: str, metadata: Mapping[str, str] | None = None
    ) -> Stored:
        """Write a new object from a file of known sums, compare afterwards; ObjectExists, Corrupted."""

    async def replace(
        self, name: str, data: bytes, *, generation: str | None, content_type: str = "application/json"
    ) -> Stored:
        """Write over exactly this generation (None: there must be nothing); GenerationMismatch if it has moved on."""

    async def read(self, name: str) -> tuple[bytes, str] | None:
        """A small object and its generation, or None; raises Corrupted if the checksum differs."""

    async def stat(self, name: str) -> Stored | None:
        """What the store says of an object, or None."""

    async def fetch(self, name: str, path: Path) -> Checksums | None:
        """Copy an object into a file, verified, in flat memory; None if there is none."""

    def list(self, prefix: str) -> AsyncIterator[Stored]:
        """Every object whose name starts with the prefix, in order of their names."""

    async def level(self, prefix: str) -> Level:
        """What lies right below a prefix that is empty or ends with a slash, however much there is further down."""

    async def delete(self, name: str) -> None:
        """Remove an object; nothing happens if there is none. Only for markers and scratch files."""

    async def signed_url(self, name: str, *, seconds: int) -> str | None:
        """An address that a browser can open for a while, or None where the store can't make one."""

    async def aclose(self) -> None:
        """Let go of connections."""
