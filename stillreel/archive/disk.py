"""What a folder needs of its disk: synced temporary files, a lock between processes, times as generations."""

import errno
import fcntl
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from stillreel.archive.hashing import Running
from stillreel.archive.records import Record
from stillreel.domain.errors import Corrupted

HIDDEN = ".stillreel"  # ours inside the folder; no object's name can start with a dot


class Desk:
    """Where files of an archive are written before they get their names."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._new = root / HIDDEN / "new"
        self._was_there = False

    def met(self) -> None:
        """Something was found in the archive."""
        self._was_there = True

    def missed(self) -> None:
        """Something wasn't found; FileNotFoundError where the whole archive was there and isn't any more."""
        if self._was_there and not self._root.is_dir():
            raise FileNotFoundError(errno.ENOENT, "the archive was there and is gone", str(self._root))

    @contextmanager
    def written(self, data: Iterable[bytes], record: Record) -> Iterator[Path]:
        """A temporary file of these bytes, synced and compared, gone at the end; Corrupted."""
        was_there = self._was_there  # before the look: another thread may make the folder after it
        if not self._new.is_dir():
            if was_there:
                self.missed()  # what is written to a new one would be hidden once the old one is back
            else:
                self._root.mkdir(exist_ok=True)  # not its parents: a disk that isn't mounted is an error, not a folder
            self._new.parent.mkdir(exist_ok=True)
            self._new.mkdir(exist_ok=True)
        self._was_there = True
        temporary = self._new / uuid4().hex
        running = Running()
        try:
            with temporary.open("xb") as file:
                for block in data:
                    running.add(block)
                    file.write(block)
                file.flush()
                os.fsync(file.fileno())
            if not record.fits(running.sums()):
                raise Corrupted(f"the bytes came to {running.sums()}, not to size {record.size} and {record.crc32c}")
            yield temporary
        finally:
            temporary.unlink(missing_ok=True)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Alone among all processes of this machine; the kernel lets go when the process dies."""
        self._new.parent.mkdir(exist_ok=True)
        with (self._new.parent / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def generation_of(path: Path) -> str | None:
    """The generation of a file, or None if there is none."""
    try:
        return seen_at(path.stat())
    except (FileNotFoundError, NotADirectoryError):
        return None


def seen_at(facts: os.stat_result) -> str:
    """A file's time and number, which together are its generation."""
    return f"{facts.st_mtime_ns}-{facts.st_ino}"


def when(generation: str) -> int:
    """The nanoseconds in a generation."""
    return int(generation.partition("-")[0])


def stamp(path: Path, nanoseconds: int) -> str:
    """Set a file's time and say what the file system made of it."""
    os.utime(path, ns=(nanoseconds, nanoseconds))
    return seen_at(path.stat())


def sync(folder: Path) -> None:
    """Make a new name in a folder survive a power failure."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
