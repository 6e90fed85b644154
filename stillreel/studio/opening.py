"""Opening what a person names on the command line: by a path, or by an address, as a deployment is told it."""

from dataclasses import dataclass
from pathlib import Path

from stillreel.archive import open_store
from stillreel.archive.foreign import read_foreign
from stillreel.domain.errors import BadInput
from stillreel.domain.problems import Problem
from stillreel.settings import Settings
from stillreel.studio.board_files import LARGEST_BOARD, Source, is_board, read_source
from stillreel.studio.kept_boards import fetch_board, source_from
from stillreel.studio.reading import LARGEST_FILE

FIELD = "file"


@dataclass(frozen=True)
class Opened:
    """What a file says, and by which name."""

    name: str  # as the person wrote it
    source: Source
    folder: Path | None  # where its paths begin; None: at an address there are none


async def opened(settings: Settings, name: str, project: str = "") -> Opened:
    """The file of that name; BadInput for one that can't be read, or is too large for what it describes.

    Raises ArchiveError where a bucket doesn't give it. A CSV holds shots alone: the project is named beside it.
    """
    if "://" not in name:
        path = Path(name)
        return Opened(name, read_source(path, project), path.parent)
    data = await _fetched(settings, name)
    source = source_from(data, name, project)
    if not is_board(source.data) and len(data) > LARGEST_FILE:
        raise BadInput([Problem(field=FIELD, got=f"{len(data)} bytes", allowed=f"at most {LARGEST_FILE >> 20} MiB")])
    return Opened(name, source, None)


async def _fetched(settings: Settings, uri: str) -> bytes:
    if settings.archive is None:
        return await read_foreign(uri, field=FIELD, at_most=LARGEST_BOARD)
    store = open_store(settings.archive)
    try:
        return await fetch_board(store, uri, field=FIELD)
    finally:
        await store.aclose()
