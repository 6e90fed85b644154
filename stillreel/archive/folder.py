"""An archive in a folder, for a first run and for tests: the whole contract, on one machine, between processes.

Create-only is a temporary file and a hard link, which the kernel grants once. A matched write holds a lock that the
kernel frees when its process dies, then renames. The generation is the file's time in nanoseconds, which each matched
write makes grow, and its number on the disk, which two files that are there at once never share.
"""

import errno
import os
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from stillreel.archive.disk import HIDDEN, Desk, generation_of, seen_at, stamp, sync, when
from stillreel.archive.hashing import Running, blocks, sums_of, sums_of_file
from stillreel.archive.records import Record, Records, guessed
from stillreel.archive.store import Checksums, Level, Stored, is_object_name, object_name
from stillreel.archive.threaded import Doing, Threaded
from stillreel.domain.errors import (
    MAKE_OR_PUT_BACK,
    ArchiveError,
    ArchiveForbidden,
    ArchiveMissing,
    ArchiveUnavailable,
    Corrupted,
    GenerationMismatch,
    ObjectExists,
)

THREADS = 8
PAGE = 200  # objects listed at a time
_NOT_THERE = (FileNotFoundError, NotADirectoryError, IsADirectoryError)


class FolderStore(Threaded):
    """A store in a folder; the folder itself is made by the first write if the one above it is there."""

    def __init__(self, root: Path) -> None:
        self._folder = _Folder(root)
        super().__init__(self._folder, threads=THREADS, files=THREADS)

    async def path_of(self, name: str) -> Path | None:
        """Where an object lies on this machine, for who reads it as it is, without a proof; None if there is none."""
        return await self._run("read", self._folder.path_of, object_name(name))


class _Folder:
    def __init__(self, root: Path) -> None:
        self._root = Path(os.path.abspath(root))  # noqa: PTH100 - a symlink as root stays one, for addresses that last
        self._desk = Desk(self._root)
        self._records = Records(self._root / HIDDEN / "records")
        self.uri = self._root.as_uri()

    def create(self, name: str, data: bytes, content_type: str, metadata: Mapping[str, str]) -> Stored:
        return self._create(name, [data], _record(sums_of(data), content_type, metadata))

    def create_file(
        self, name: str, path: Path, sums: Checksums, content_type: str, metadata: Mapping[str, str]
    ) -> Stored:
        with path.open("rb") as file:
            return self._create(name, blocks(file), _record(sums, content_type, metadata))

    def replace(self, name: str, data: bytes, generation: str | None, content_type: str) -> Stored:
        record = _record(sums_of(data), content_type, {})
        if generation is not None:
            return self._replace(name, data, generation, record)
        try:
            return self._create(name, [data], record)
        except ObjectExists as refused:
            raise GenerationMismatch(f"{name} is there already") from refused

    def read(self, name: str) -> tuple[bytes, str] | None:
        try:
            with self._target(name).open("rb") as file:  # one open file: its bytes and its time belong together
                data, generation = file.read(), seen_at(os.fstat(file.fileno()))
        except _NOT_THERE:
            self._desk.missed()
            return None
        self._desk.met()
        self._prove(name, generation, sums_of(data))
        return data, generation

    def fetch(self, name: str, path: Path) -> Checksums | None:
        try:
            source = self._target(name).open("rb")
        except _NOT_THERE:
            self._desk.missed()
            return None
        running = Running()
        with source, path.open("wb") as copy:
            for block in blocks(source):
                running.add(block)
                copy.write(block)
            generation = seen_at(os.fstat(source.fileno()))
        self._prove(name, generation, running.sums())
        return running.sums()

    def stat(self, name: str) -> Stored | None:
        found = self._stat(name)
        if found is None:
            self._desk.missed()
        else:
            self._desk.met()
        return found

    def _stat(self, name: str) -> Stored | None:
        target = self._target(name)
        try:
            generation = generation_of(target)
            if generation is None or target.is_dir():
                return None
            record = self._records.read(name, generation)
            if record is None:  # put there by hand, or copied: then its record bears the time that it had before
                sums = sums_of_file(target)
                record = next((known for known in self._records.any(name) if known.fits(sums)), guessed(name, sums))
            return _stored(name, generation, record)
        except _NOT_THERE:
            return None

    def path_of(self, name: str) -> Path | None:
        target = self._target(name)
        return target if target.is_file() else None

    def pages(self, prefix: str) -> Iterator[Sequence[Stored]]:
        names = self._names(prefix)
        if not names:
            self._desk.missed()
        for start in range(0, len(names), PAGE):
            page = (self.stat(name) for name in names[start : start + PAGE])
            yield [stored for stored in page if stored is not None]

    def level(self, prefix: str) -> Level:
        folder = self._root / prefix
        self._check_inside(folder, prefix)
        try:
            with os.scandir(folder) as found:
                below = sorted((entry.name, entry.is_dir()) for entry in found if is_object_name(prefix + entry.name))
        except _NOT_THERE:
            self._desk.missed()
            return Level()
        files = [self.stat(prefix + name) for name, is_folder in below if not is_folder]
        folders = tuple(name for name, is_folder in below if is_folder)
        return Level(folders=folders, files=tuple(stored for stored in files if stored is not None))

    def delete(self, name: str) -> None:
        target = self._target(name)
        if generation_of(target) is None:
            return
        with self._desk.locked():
            generation = generation_of(target)
            if generation is not None:
                target.unlink(missing_ok=True)
                self._records.forget(name, generation)

    def signed_url(self, name: str, seconds: int) -> None:
        """A folder has no web server; `stillreel serve` is one."""

    def close(self) -> None:
        """Nothing is held open between calls."""

    def explained(self, error: Exception, doing: Doing) -> ArchiveError:
        if not isinstance(error, OSError):
            return ArchiveError(f"{self.uri}: couldn't {doing}: {type(error).__name__}: {error}")
        where = error.filename or self._root
        match error.errno:
            case errno.EACCES | errno.EPERM | errno.EROFS:
                return ArchiveForbidden(f"no right to {doing} at {where}: {error.strerror}")
            case errno.ENOENT | errno.ENOTDIR | errno.EEXIST:
                return ArchiveMissing(f"there is no folder for {where}: {error.strerror}; {MAKE_OR_PUT_BACK}")
            case _:
                return ArchiveUnavailable(f"couldn't {doing} in {self._root}: {error.strerror or error}")

    def _create(self, name: str, data: Iterable[bytes], record: Record) -> Stored:
        target = self._target(name)
        with self._desk.written(data, record) as temporary:
            generation = stamp(temporary, time.time_ns())
            self._records.write(name, generation, record)
            try:
                target.parent.mkdir(parents=True, exist_ok=True)
                os.link(temporary, target)
            except FileExistsError as taken:
                self._records.forget(name, generation)
                raise ObjectExists(f"{name} exists already in {self.uri}") from taken
        sync(target.parent)
        return _stored(name, generation, record)

    def _replace(self, name: str, data: bytes, generation: str, record: Record) -> Stored:
        target = self._target(name)
        with self._desk.written([data], record) as temporary, self._desk.locked():
            current = generation_of(target)
            if current != generation:
                raise GenerationMismatch(f"{name} is at generation {current}, not {generation}")
            newer = stamp(temporary, max(time.time_ns(), when(current) + 1))
            self._records.write(name, newer, record)
            temporary.replace(target)
            self._records.forget(name, generation)
        sync(target.parent)
        return _stored(name, newer, record)

    def _prove(self, name: str, generation: str, sums: Checksums) -> None:
        """Corrupted for bytes that were read and aren't those that were written."""
        record = self._records.read(name, generation)
        candidates = [record] if record else self._records.any(name)
        replaced = generation_of(self._root / name) != generation  # since it was read, and its record went with it
        if candidates and not replaced and not any(candidate.fits(sums) for candidate in candidates):
            raise Corrupted(f"{name} in {self.uri} isn't what was written: its checksum is {sums.crc32c}")

    def _names(self, prefix: str) -> Sequence[str]:
        """Every name below a prefix, looking only into the folder that it points at."""
        found: list[str] = []
        for parent, folders, files in os.walk(self._root / prefix.rpartition("/")[0]):
            folders[:] = [name for name in folders if not name.startswith(".")]
            within = Path(parent).relative_to(self._root)
            found += [(within / file).as_posix() for file in files]
        return sorted(name for name in found if name.startswith(prefix) and is_object_name(name))

    def _target(self, name: str) -> Path:
        target = self._root / name
        self._check_inside(target.parent, name)
        return target

    def _check_inside(self, folder: Path, name: str) -> None:
        if not folder.resolve().is_relative_to(self._root.resolve()):
            raise ArchiveForbidden(f"{name} would leave {self.uri}: a folder on its way is a link to elsewhere")


def _record(sums: Checksums, content_type: str, metadata: Mapping[str, str]) -> Record:
    return Record(size=sums.size, crc32c=sums.crc32c, content_type=content_type, metadata=dict(metadata))


def _stored(name: str, generation: str, record: Record) -> Stored:
    return Stored.model_validate(
        {"name": name, "generation": generation, "created": when(generation) / 1e9, **dict(record)}
    )
