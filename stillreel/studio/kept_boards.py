"""Storyboards in the archive: kept as they were run, with every default filled in and every image brought there."""

import asyncio
import json
from collections.abc import Sequence
from contextlib import suppress
from datetime import date
from pathlib import Path

from stillreel.archive import layout
from stillreel.archive.foreign import SCHEME, check_size, read_foreign
from stillreel.archive.hashing import sums_of
from stillreel.archive.store import Store, is_object_name
from stillreel.domain.board_orders import OURS
from stillreel.domain.continuity import REFERENCE
from stillreel.domain.errors import BadInput, ObjectExists
from stillreel.domain.problems import Problem
from stillreel.domain.shots import ImageToVideoShot, Shot
from stillreel.domain.storyboards import Storyboard
from stillreel.runware.catalogue import Catalogue
from stillreel.studio.board_files import LARGEST_BOARD, Source, source_of
from stillreel.studio.boards import Board, board_in
from stillreel.studio.given import FIRST, LAST, bring_image, named_in, with_images
from stillreel.studio.studio import Studio

FIELD = "storyboard.uri"
LARGEST_KEPT = 64 << 20  # bytes: with the defaults in each shot a file may become many times as long
AT_ONCE = 8  # images on their way


async def bring_images(studio: Studio, shots: Sequence[Shot], folder: Path | None = None) -> list[Shot]:
    """The shots with the files that they name by path in the archive; BadInput with the problems of all.

    `folder` is that of the storyboard, from which the records of the images name them.
    """
    gate, problems = asyncio.Semaphore(AT_ONCE), list[Problem]()

    async def one(shot: Shot, field: str, image: str | None) -> str | None:
        if not image or "://" in image or image.startswith(REFERENCE) or not isinstance(shot, ImageToVideoShot):
            return None
        async with gate:
            try:
                return (await bring_image(studio, shot, field, image, paths=True, folder=folder)).uri
            except BadInput as error:
                place = f"shots.{shot.shot}"
                problems.extend(each.model_copy(update={"field": f"{place}.{each.field}"}) for each in error.problems)
                return None

    async def brought(shot: Shot) -> Shot:
        first, last = named_in(shot)
        return with_images(shot, await one(shot, FIRST, first), await one(shot, LAST, last))

    found = await asyncio.gather(*(brought(shot) for shot in shots))
    if problems:
        raise BadInput(problems, what="the storyboard")
    return list(found)


async def keep_board(store: Store, board: Storyboard, shots: Sequence[Shot]) -> str:
    """The address of a storyboard in the archive, put there now if it wasn't: it is named by what it says."""
    said = {
        **board.model_dump(mode="json", exclude_unset=True, include={"project", "name", "limits", "reel"}),
        "shots": [shot.model_dump(mode="json", exclude_unset=True, exclude={"project"}) for shot in shots],
    }
    data = json.dumps(said, indent=1, ensure_ascii=False).encode()
    name = layout.board(board.project, board.name, sums_of(data).sha256)
    with suppress(ObjectExists):  # named by its bytes, so it is the same
        await store.create(name, data)
    return f"{store.uri}/{name}"


def board_from(data: bytes, uri: str, catalogue: Catalogue, today: date, project: str = "") -> Board:
    """The storyboard in a file's bytes; BadInput with every problem of it, each with its line.

    A CSV holds shots alone: the project is named beside it.
    """
    return board_in(source_from(data, uri, project), catalogue, today, folder=None)


def source_from(data: bytes, uri: str, project: str = "") -> Source:
    """What a file's bytes say, by the name that its address ends with; BadInput if they can't be read as that."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput([Problem(field=uri, got=str(error), allowed="YAML or JSON in UTF-8")]) from None
    return source_of(text, uri, project)


async def fetch_board(store: Store, uri: str, *, field: str = FIELD) -> bytes:
    """The file at an address in the archive or in any bucket that can be read; BadInput if there is none so small.

    `field` names it in what a person reads.
    """
    name = uri.removeprefix(f"{store.uri}/")
    if uri != name and name.startswith(layout.PROJECTS) and is_object_name(name):
        at_most = LARGEST_KEPT if OURS.search(uri) else LARGEST_BOARD
        check_size(await store.stat(name), uri, field=field, at_most=at_most)
        found = await store.read(name)
        if found is None:
            raise BadInput([Problem(field=field, got=repr(uri), allowed="a file that is there")])
        return found[0]
    if not uri.startswith(SCHEME):
        allowed = f"gs://bucket/name, or an address below {store.uri}/{layout.PROJECTS}"
        allowed += "" if "://" in uri else "; a path only on the command line"
        raise BadInput([Problem(field=field, got=repr(uri), allowed=allowed)])
    return await read_foreign(uri, field=field, at_most=LARGEST_BOARD)
