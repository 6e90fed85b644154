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
    """What stands there in place of a file; None for a file. Nothing is opened. Raises OSError.

    A pipe of the shell, such as /dev/stdin, has a writer already and no name; it is as good as a file.
    """
    kind = stat.S_IFMT(path.stat().st_mode)
    return None if kind == stat.S_IFIFO and not path.resolve().exists() else KINDS.get(kind)
