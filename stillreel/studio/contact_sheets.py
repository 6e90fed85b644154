"""Contact sheets into the archive, each named by what it shows."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from stillreel.archive import layout
from stillreel.archive.budget import AT_ONCE
from stillreel.archive.hashing import sums_of_file
from stillreel.archive.passing import passing_folder
from stillreel.archive.store import Store
from stillreel.domain.errors import Corrupted, ObjectExists
from stillreel.domain.identity import sha256_of
from stillreel.media.contact import Cell, contact_sheet, sheets
from stillreel.studio.shown import BoardFacts, Seen

SCHEMA = "stillreel/contact/1"  # another way of drawing is another name


async def put_sheets(store: Store, board: BoardFacts, seen: Sequence[Seen]) -> list[str]:
    """The names of the sheets of all shots, in order; one that is there already is left as it is."""
    return [await _put(store, board, [seen[n] for n in part]) for part in sheets(len(seen))]


async def _put(store: Store, board: BoardFacts, part: Sequence[Seen]) -> str:
    shows = [[one.shot.name, one.shot.state, one.picture and [one.picture.name, one.picture.crc32c]] for one in part]
    name = layout.contact_sheet(board.project, board.name, sha256_of([SCHEMA, shows]))
    if await store.stat(name) is None:
        with passing_folder() as folder:
            out = Path(folder) / "sheet.jpg"
            await contact_sheet(await _cells(store, part, Path(folder)), out)
            sums = await asyncio.to_thread(sums_of_file, out)
            with suppress(ObjectExists):  # what stands there shows the same
                await store.create_file(name, out, sums, content_type=layout.content_type(name))
    return name


async def _cells(store: Store, part: Sequence[Seen], folder: Path) -> list[Cell]:
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(n: int, seen: Seen) -> Cell:
        path = folder / str(n)
        async with gate:
            with suppress(Corrupted):  # then it has a blank, as one that is gone
                if seen.picture and await store.fetch(seen.picture.name, path):
                    return Cell(seen.shot.name, seen.shot.state, path)
        return Cell(seen.shot.name, seen.shot.state, None)

    return list(await asyncio.gather(*(one(n, seen) for n, seen in enumerate(part))))
