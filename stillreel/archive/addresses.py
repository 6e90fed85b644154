"""Addresses of what lies in an archive, taken apart again.

Buckets move, and names stay: an address that was written down may have the root of another day. Any root may hold the
words that names begin with, as gs://studio/projects/films does. So what doesn't lie below the root at hand is told by
the end of its address, because our own names have their fixed number of folders.
"""

import re

from stillreel.archive.layout import PROJECTS, QUARANTINE, REELS

_ADDRESS = re.compile(rf"(?P<root>.*?)/(?P<name>(?:{QUARANTINE})?{PROJECTS}[^/]+/(?:{REELS})?[^/]+/[^/]+)", re.DOTALL)


def parted(uri: str) -> tuple[str, str]:
    """The root of an archive and the name that an address ends with; the name is empty if it isn't one of ours."""
    found = _ADDRESS.fullmatch(uri)
    return (found["root"], found["name"]) if found else (uri, "")


def name_in(uri: str, root: str) -> str:
    """The name that an address ends with, in the archive at this root or in whatever archive it was written."""
    name = uri.removeprefix(f"{root}/")
    return name if name.startswith((PROJECTS, QUARANTINE)) else parted(uri)[1]
