"""Files that a person names: nothing but a regular one is opened, because a named pipe keeps its reader for ever."""

import stat
from pathlib import Path

KINDS = {
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFDIR: "a folder",
}


def no_file(path: Path) -> str | None:
    """What stands there in place of a file; None for a file. Nothing is opened. Raises OSError."""
    return KINDS.get(stat.S_IFMT(path.stat().st_mode))
