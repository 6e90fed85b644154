"""The archive: a store for bytes, the names in it, and what is kept under them."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

from stillreel.archive.store import Store
from stillreel.domain.errors import BadSettings

__all__ = ["open_store"]

EXAMPLES = "gs://bucket/prefix or file:///folder"


def open_store(uri: str) -> Store:
    """The store behind an archive's address; nothing is asked of it yet. BadSettings for what isn't an address."""
    parts = urlsplit(uri)
    if parts.query or parts.fragment:
        raise BadSettings(f"the archive's address {uri!r} has a '?' or '#' in it; it looks like {EXAMPLES}")
    match parts.scheme:
        case "file" if parts.netloc in {"", "localhost"} and parts.path.startswith("/") and parts.path.strip("/"):
            from stillreel.archive.folder import FolderStore  # noqa: PLC0415 - only the store that is used is loaded

            return FolderStore(Path(unquote(parts.path)))
        case "gs" if parts.netloc:
            from stillreel.archive.gcs import BucketStore  # noqa: PLC0415 - Google's client takes half a second to load

            return BucketStore(parts.netloc, parts.path.strip("/"))
        case "gs":
            why = ": it names no bucket"
        case "file" if parts.netloc not in {"", "localhost"}:
            why = f": a folder follows three slashes, and {parts.netloc!r} follows two"
        case "file" if not parts.path.strip("/"):
            why = ": it names no folder"
        case _:
            why = ""
    raise BadSettings(f"{uri!r} isn't an archive's address{why}; it looks like {EXAMPLES}")
