"""Where given images come from: the archive, any bucket that can be read, public hosts, and the command line's disk.

A path is never read by a deployment, and no address of this machine or its network by anybody.
"""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

from stillreel.archive import layout
from stillreel.archive.foreign import SCHEME, read_foreign
from stillreel.archive.hashing import keep as write_down
from stillreel.archive.store import is_object_name
from stillreel.domain.errors import BadInput, MediaError, StillreelError
from stillreel.media.limits import GIVEN_BYTES
from stillreel.studio.regular import no_file
from stillreel.studio.studio import Studio

FAR = ("http://", "https://")


def is_elsewhere(studio: Studio, source: str) -> bool:
    """Whether an image lies neither in the archive nor on this machine."""
    return source.startswith((*FAR, SCHEME)) and not source.startswith(_root(studio))


async def copied(studio: Studio, source: str, path: Path, *, paths: bool) -> str | None:
    """The object's name if the source lies in the archive already; what it holds is written to `path` in any case.

    Raises MediaError with what it should be.
    """
    if source.startswith(_root(studio)):
        return await _of_ours(studio, source.removeprefix(_root(studio)), path)
    if source.startswith(FAR):
        await _download(studio, source, path)
    elif source.startswith(SCHEME):
        await write_down(_in_a_bucket(source), path, at_most=GIVEN_BYTES)
    elif "://" in source or not paths:
        a_path = ", or a path" if paths else "" if "://" in source else "; a path only on the command line"
        raise MediaError(f"{_taken(_root(studio))}{a_path}")
    else:
        await write_down(_on_disk(source), path, at_most=GIVEN_BYTES)
    return None


def _taken(root: str) -> str:
    """The addresses that are read, for people; an archive in a bucket is one of the buckets."""
    ours = [] if root.startswith(SCHEME) else [f"an address in the archive {root}"]
    return ", ".join([*FAR, f"{SCHEME}bucket/name", *ours])


def _root(studio: Studio) -> str:
    return f"{studio.archive.store.uri}/"


async def _of_ours(studio: Studio, name: str, path: Path) -> str:
    if not name.startswith(layout.PROJECTS) or not is_object_name(name):
        raise MediaError("a file under projects/ of this archive")
    if await studio.archive.store.fetch(name, path) is None:
        raise MediaError("a file that is there: this archive has none of that name")
    return name


async def _download(studio: Studio, source: str, path: Path) -> None:
    try:
        async with studio.client.download_given(source, largest=GIVEN_BYTES) as download:
            await write_down(download, path, at_most=GIVEN_BYTES)
    except StillreelError as error:
        raise MediaError(error.message) from None


async def _in_a_bucket(source: str) -> AsyncIterator[bytes]:
    try:
        yield await read_foreign(source, field=source, at_most=GIVEN_BYTES)
    except BadInput as error:
        raise MediaError(error.problems[0].allowed) from None
    except StillreelError as error:
        raise MediaError(error.message) from None


async def _on_disk(source: str) -> AsyncIterator[bytes]:
    try:
        yield await asyncio.to_thread(_start_of, Path(source))
    except OSError as error:
        raise MediaError(f"a file that can be read: {error.strerror}") from None


def _start_of(path: Path) -> bytes:
    """As much of a file as it takes to see that it is too large."""
    path = path.expanduser()
    if (what := no_file(path)) is not None:
        raise MediaError(f"a file that can be read: it is {what}")
    with path.open("rb") as file:
        return file.read(GIVEN_BYTES + 1)
