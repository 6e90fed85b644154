"""Sweeping: what processes that were killed have left in the system's temporary folder."""

import os
import re
import shutil
import stat
import tempfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

OURS = re.compile(r"stillreel-[a-z0-9_]{8}")  # as `stillreel.archive.passing` names them
OLD = timedelta(days=1)  # a result is downloaded, measured and put away within minutes


def sweep(now: datetime, folder: Path | None = None) -> None:
    """Delete our own temporary folders in which nothing has changed for a day; what can't be deleted stays."""
    for path in Path(folder or tempfile.gettempdir()).glob("stillreel-*"):
        if OURS.fullmatch(path.name) and _is_left(path, now - OLD):
            shutil.rmtree(path, ignore_errors=True)


def _is_left(path: Path, before: datetime) -> bool:
    """Whether a path is a folder of this user's, no link, and neither it nor what is in it was changed since."""
    try:
        found = path.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
            return False
        return all(changed < before.timestamp() for changed in (found.st_mtime, *_changes(path)))
    except OSError:  # it is gone by now, or isn't ours to look into
        return False


def _changes(folder: Path) -> Iterator[float]:
    for path in folder.rglob("*"):
        yield path.lstat().st_mtime
