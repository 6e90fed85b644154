"""A temporary folder that is known to be somebody's for as long as its process lives.

Nothing may change in it for days, so its age says nothing. The kernel lets go of its lock with the process, killed or
not, and whoever comes next deletes it.
"""

import fcntl
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

LOCK = "lock"


@contextmanager
def held_folder(prefix: str) -> Iterator[Path]:
    """A new folder until the block ends; those of the same prefix that nobody holds any more are deleted."""
    _sweep(prefix)
    with tempfile.TemporaryDirectory(prefix=prefix) as made:
        folder = Path(made)
        with (folder / f"{LOCK}.new").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            Path(lock.name).rename(folder / LOCK)  # under its name it is held from the first moment
            yield folder


def _sweep(prefix: str) -> None:
    """What isn't this user's, or can't be deleted, stays."""
    for path in Path(tempfile.gettempdir()).glob(f"{prefix}*"):
        with suppress(OSError):
            found = path.lstat()
            if stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid():
                with (path / LOCK).open() as lock:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    shutil.rmtree(path, ignore_errors=True)
