"""What a folder remembers of its objects beside their bytes: checksum, type and metadata.

A record is named by the object and its generation, so it can be written before the object appears, and two writers
that race for a name never touch each other's. It is a help, not the truth: a file without one is read and hashed.
"""

import os
import re
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from stillreel.archive.layout import content_type
from stillreel.archive.store import Checksums


class Record(BaseModel):
    """One object of one generation."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    size: int
    crc32c: str
    content_type: str
    metadata: dict[str, str] = {}

    def fits(self, sums: Checksums) -> bool:
        """Whether bytes of these sums are what was recorded."""
        return (self.size, self.crc32c) == (sums.size, sums.crc32c)


class Records:
    """The records of one archive folder, in a hidden folder of their own."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def write(self, name: str, generation: str, record: Record) -> None:
        """Remember; not synced, because a record that is lost in a power failure is only a slower read."""
        path = self._path(name, generation)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(record.model_dump_json())

    def read(self, name: str, generation: str) -> Record | None:
        """What was recorded of this very generation."""
        return _parsed(self._path(name, generation))

    def any(self, name: str) -> list[Record]:
        """Every record of a name: a folder that was copied has other times, so other generations, than its records."""
        path = self._root / name
        mine = re.compile(re.escape(path.name) + r"\.\d+-\d+")
        found = (entry for entry in _entries(path.parent) if mine.fullmatch(entry))
        return [record for entry in found if (record := _parsed(path.parent / entry))]

    def forget(self, name: str, generation: str) -> None:
        """Drop one record."""
        self._path(name, generation).unlink(missing_ok=True)

    def _path(self, name: str, generation: str) -> Path:
        return self._root / f"{name}.{generation}"


def guessed(name: str, sums: Checksums) -> Record:
    """What to say of a file that nobody recorded, such as one that was put there by hand."""
    return Record(size=sums.size, crc32c=sums.crc32c, content_type=content_type(name))


def _parsed(path: Path) -> Record | None:
    try:
        return Record.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None


def _entries(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)  # noqa: PTH208 - names are all that is wanted of a folder that may be large
    except OSError:
        return []
