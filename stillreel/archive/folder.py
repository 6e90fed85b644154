"""An archive in a folder, for a first run and for tests: the whole contract, on one machine, between processes.

Create-only is a temporary file and a hard link, which the kernel grants once. A matched write holds a lock that the
kernel frees when its process dies, then renames. The generation is the file's time in nanoseconds, which each matched
write makes grow, and its number on the disk, which two files that are there at once never share.
"""

import asyncio
import errno
import fcntl
import os
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import ParamSpec, TypeVar
from uuid import uuid4

from stillreel.archive.hashing import Running, blocks, sums_of, sums_of_file
from stillreel.archive.records import Record, Records, guessed
from stillreel.archive.store import Checksums, Stored, object_name, object_prefix
from stillreel.domain.errors import (
    ArchiveError,
    ArchiveForbidden,
    ArchiveMissing,
    ArchiveUnavailable,
    Corrupted,
    GenerationMismatch,
    ObjectExists,
)

P = ParamSpec("P")
T = TypeVar("T")

HIDDEN = ".stillreel"  # ours inside the folder; no object's name can start with a dot


class FolderStore:
    """The contract of `Store` over a folder of one machine; the folder is made if the one above it is there."""

    def __init__(self, root: Path) -> None:
        self._root = Path(os.path.abspath(root))  # noqa: PTH100 - a symlink as root stays one, for addresses that last
        self._new = self._root / HIDDEN / "new"
        self._records = Records(self._root / HIDDEN / "records")

    @property
    def uri(self) -> str:
        """The root as an address."""
        return self._root.as_uri()

    async def create(
        self,
        name: str,
        data: bytes,
        *,
        content_type: str = "application/json",
        metadata: Mapping[str, str] | None = None,
    ) -> Stored:
        """Write a new object; ObjectExists."""
        record = _record(sums_of(data), content_type, metadata)
        return await self._run(self._create, object_name(name), [data], record)

    async def create_file(
        self, name: str, path: Path, sums: Checksums, *, content_type: str, metadata: Mapping[str, str] | None = None
    ) -> Stored:
        """Write a new object from a file; ObjectExists, or Corrupted if the file isn't what the sums say."""
        record = _record(sums, content_type, metadata)
        return await self._run(self._create_file, object_name(name), path, record)

    async def replace(
        self, name: str, data: bytes, *, generation: str | None, content_type: str = "application/json"
    ) -> Stored:
        """Write over exactly this generation; GenerationMismatch."""
        record = _record(sums_of(data), content_type, None)
        if generation is not None:
            return await self._run(self._replace, object_name(name), data, generation, record)
        try:
            return await self._run(self._create, object_name(name), [data], record)
        except ObjectExists as refused:
            raise GenerationMismatch(f"{name} is there already") from refused

    async def read(self, name: str) -> tuple[bytes, Stored] | None:
        """A small object whole; Corrupted."""
        return await self._run(self._read, object_name(name))

    async def stat(self, name: str) -> Stored | None:
        """What is known of an object."""
        return await self._run(self._stat, object_name(name))

    async def fetch(self, name: str, path: Path) -> Checksums | None:
        """Copy an object into a file, verified."""
        return await self._run(self._fetch, object_name(name), path)

    async def list(self, prefix: str) -> AsyncIterator[Stored]:
        """Objects in order of their names; one that disappears meanwhile is left out."""
        for name in await self._run(self._names, object_prefix(prefix)):
            if (stored := await self._run(self._stat, name)) is not None:
                yield stored

    async def delete(self, name: str) -> None:
        """Remove an object if it is there."""
        await self._run(self._delete, object_name(name))

    async def signed_url(self, name: str, *, seconds: int) -> str | None:  # noqa: ARG002 - the contract's, not a folder's
        """None: a folder has no web server; `stillreel serve` is one."""
        return None

    async def aclose(self) -> None:
        """Nothing is held open between calls."""

    async def _run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return await asyncio.to_thread(work, *args, **kwargs)
        except OSError as error:
            raise _explained(error, self._root) from error

    def _create_file(self, name: str, path: Path, record: Record) -> Stored:
        with path.open("rb") as file:
            return self._create(name, blocks(file), record)

    def _create(self, name: str, data: Iterable[bytes], record: Record) -> Stored:
        target = self._target(name)
        with self._written(data, record) as temporary:
            generation = _stamp(temporary, time.time_ns())
            self._records.write(name, generation, record)
            try:
                target.parent.mkdir(parents=True, exist_ok=True)
                os.link(temporary, target)
            except FileExistsError as taken:
                self._records.forget(name, generation)
                raise ObjectExists(f"{name} exists already in {self.uri}") from taken
        _sync(target.parent)
        return _stored(name, generation, record)

    def _replace(self, name: str, data: bytes, generation: str, record: Record) -> Stored:
        target = self._target(name)
        with self._written([data], record) as temporary, self._locked():
            current = _generation(target)
            if current != generation:
                raise GenerationMismatch(f"{name} is at generation {current}, not {generation}")
            newer = _stamp(temporary, max(time.time_ns(), _time(current) + 1))
            self._records.write(name, newer, record)
            temporary.replace(target)
            self._records.forget(name, generation)
        _sync(target.parent)
        return _stored(name, newer, record)

    def _read(self, name: str) -> tuple[bytes, Stored] | None:
        try:
            with self._target(name).open("rb") as file:  # one open file: its bytes and its time belong together
                data, generation = file.read(), _of(os.fstat(file.fileno()))
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None
        return data, self._known(name, generation, sums_of(data))

    def _fetch(self, name: str, path: Path) -> Checksums | None:
        try:
            source = self._target(name).open("rb")
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None
        running = Running()
        with source, path.open("wb") as copy:
            for block in blocks(source):
                running.add(block)
                copy.write(block)
            generation = _of(os.fstat(source.fileno()))
        self._known(name, generation, running.sums())
        return running.sums()

    def _known(self, name: str, generation: str, sums: Checksums) -> Stored:
        """What to say of bytes that were read, once they are proved to be those that were written."""
        record = self._records.read(name, generation)
        candidates = [record] if record else self._records.any(name)
        if not candidates:
            return _stored(name, generation, guessed(name, sums))
        for candidate in candidates:
            if candidate.fits(sums):
                return _stored(name, generation, candidate)
        if _generation(self._root / name) != generation:  # replaced since, and the record of the old bytes with it
            return _stored(name, generation, guessed(name, sums))
        raise Corrupted(f"{name} in {self.uri} isn't what was written: its checksum is {sums.crc32c}")

    def _stat(self, name: str) -> Stored | None:
        target = self._target(name)
        if not target.is_file() or (generation := _generation(target)) is None:
            return None
        record = self._records.read(name, generation)
        return _stored(name, generation, record or guessed(name, sums_of_file(target)))

    def _names(self, prefix: str) -> Sequence[str]:
        """Every name below a prefix, looking only into the folder that it points at."""
        folder = self._root / prefix.rpartition("/")[0]
        found = []
        for parent, folders, files in os.walk(folder):
            folders[:] = [name for name in folders if not name.startswith(".")]
            within = Path(parent).relative_to(self._root).as_posix().removeprefix(".")
            names = (f"{within}/{file}" if within else file for file in files if not file.startswith("."))
            found += [name for name in names if name.startswith(prefix)]
        return sorted(name for name in found if _legal(name))

    def _delete(self, name: str) -> None:
        target = self._target(name)
        if _generation(target) is None:
            return
        with self._locked():
            generation = _generation(target)
            if generation is not None:
                target.unlink(missing_ok=True)
                self._records.forget(name, generation)

    def _target(self, name: str) -> Path:
        target = self._root / name
        if not target.parent.resolve().is_relative_to(self._root.resolve()):
            raise ArchiveForbidden(f"{name} would leave {self.uri}: a folder on its way is a link to elsewhere")
        return target

    @contextmanager
    def _written(self, data: Iterable[bytes], record: Record) -> Iterator[Path]:
        """A temporary file of these bytes, synced and compared, gone at the end."""
        if not self._new.is_dir():
            self._root.mkdir(exist_ok=True)  # not its parents: a disk that isn't mounted is an error, not a new folder
            self._new.mkdir(parents=True, exist_ok=True)
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
                raise Corrupted(
                    f"the bytes to be stored came to {running.sums()}, not to size {record.size}, {record.crc32c}"
                )
            yield temporary
        finally:
            temporary.unlink(missing_ok=True)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Alone among all processes of this machine; the kernel lets go when the process dies."""
        with (self._root / HIDDEN / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _record(sums: Checksums, content_type: str, metadata: Mapping[str, str] | None) -> Record:
    return Record(size=sums.size, crc32c=sums.crc32c, content_type=content_type, metadata=dict(metadata or {}))


def _stored(name: str, generation: str, record: Record) -> Stored:
    created = datetime.fromtimestamp(_time(generation) / 1e9, UTC)
    return Stored(name=name, generation=generation, created=created, **record.model_dump())


def _generation(path: Path) -> str | None:
    try:
        return _of(path.stat())
    except (FileNotFoundError, NotADirectoryError):
        return None


def _of(facts: os.stat_result) -> str:
    return f"{facts.st_mtime_ns}-{facts.st_ino}"


def _time(generation: str) -> int:
    return int(generation.partition("-")[0])


def _stamp(path: Path, nanoseconds: int) -> str:
    """Set a file's time and say what the file system made of it."""
    os.utime(path, ns=(nanoseconds, nanoseconds))
    return _of(path.stat())


def _sync(folder: Path) -> None:
    """Make a new name in a folder survive a power failure."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _legal(name: str) -> bool:
    try:
        object_name(name)
    except ValueError:
        return False
    return True


def _explained(error: OSError, root: Path) -> ArchiveError:
    match error.errno:
        case errno.EACCES | errno.EPERM | errno.EROFS:
            return ArchiveForbidden(f"no right to write or read {error.filename or root}: {error.strerror}")
        case errno.ENOENT | errno.ENOTDIR:
            return ArchiveMissing(f"there is no folder for {error.filename or root}: {error.strerror}")
        case _:
            return ArchiveUnavailable(f"the folder {root} can't be used: {error.strerror or error}")
