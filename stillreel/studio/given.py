"""Given images: brought into the archive before anything is bought, so that no frame of a clip is ever lost.

A URL is fetched from public hosts only; a path is read on the command line only, never by a deployment.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from stillreel.archive import layout
from stillreel.archive.hashing import keep as write_down
from stillreel.archive.hashing import sums_of_file
from stillreel.archive.store import is_object_name
from stillreel.domain.errors import BadInput, MediaError, StillreelError
from stillreel.domain.media import Facts
from stillreel.domain.problems import Problem
from stillreel.domain.shots import GivenStill, ImageToVideoShot, Shot, TextToImageShot, TextToVideoShot
from stillreel.media.limits import GIVEN_BYTES, GIVEN_LONGEST
from stillreel.media.verify import read_given_image
from stillreel.runware.catalogue import longest_side
from stillreel.studio.orders import GivenImage
from stillreel.studio.putting import put_file
from stillreel.studio.studio import Studio

FIRST, LAST = "still.image", "motion.last_image"
FORMATS = {"png": "PNG", "jpeg": "JPG", "webp": "WEBP"}
S = TypeVar("S", bound=TextToImageShot | TextToVideoShot | ImageToVideoShot)
SHAPE_TOLERANCE = 0.01  # of the aspect ratio; what happens past it is the provider's secret, so it isn't bought


async def bring(studio: Studio, shot: ImageToVideoShot, *, paths: bool, keep: bool = True) -> GivenImage | None:
    """The shot's given image as it lies in the archive, put there now if it wasn't; None if the still is prompted.

    With `keep=False` nothing is written: it is looked at, and named as it would be.
    Raises BadInput for an image that can't be had or that no clip of this size can start from.
    """
    if not isinstance(shot.still, GivenStill):
        return None
    return await bring_image(studio, shot, FIRST, shot.still.image, paths=paths, keep=keep)


async def bring_all(
    studio: Studio, shot: Shot, *, paths: bool, keep: bool = True
) -> tuple[GivenImage | None, GivenImage | None]:
    """The images that were given for the shot's clip to start from and to end with, as they lie in the archive.

    As `bring`, for both; BadInput with the problems of both.
    """
    if not isinstance(shot, ImageToVideoShot):
        return None, None
    last, problems = shot.motion.last_image, list[Problem]()
    first_image = await _tried(problems, bring(studio, shot, paths=paths, keep=keep))
    last_image = await _tried(problems, bring_image(studio, shot, LAST, last, paths=paths, keep=keep)) if last else None
    if problems:
        raise BadInput(problems, what="the shot")
    return first_image, last_image


def named_in(shot: Shot) -> tuple[str | None, str | None]:
    """The images that a shot names for its clip to start from and to end with, as it names them."""
    if not isinstance(shot, ImageToVideoShot):
        return None, None
    return shot.still.image if isinstance(shot.still, GivenStill) else None, shot.motion.last_image or None


def beside(shot: S, folder: Path) -> S:
    """The shot with the paths in it taken from the folder that its file lies in."""
    first, last = (at and (at if "://" in at else str(folder / at)) for at in named_in(shot))
    return with_images(shot, first, last)


def with_images(shot: S, first: str | None, last: str | None) -> S:
    """The shot with other addresses of the images that it was given; None leaves what stands there."""
    if isinstance(shot, ImageToVideoShot) and first:
        shot = shot.model_copy(update={"still": GivenStill(image=first)})
    if isinstance(shot, ImageToVideoShot) and last:
        shot = shot.model_copy(update={"motion": shot.motion.model_copy(update={"last_image": last})})
    return shot


async def _tried(problems: list[Problem], brought: Awaitable[GivenImage | None]) -> GivenImage | None:
    try:
        return await brought
    except BadInput as error:
        problems += error.problems
        return None


async def bring_image(
    studio: Studio, shot: ImageToVideoShot, field: str, source: str, *, paths: bool, keep: bool = True
) -> GivenImage:
    """One image that was given for a shot, as `bring`; `field` is what the shot calls it."""
    with TemporaryDirectory(prefix="stillreel-") as folder:
        path = Path(folder) / "given"
        try:
            name = await _fetch(studio, field, source, path, paths=paths)
            facts = await read_given_image(path, longest=_longest(studio, shot))
        except MediaError as error:
            raise _problem(field, source, error.message.replace(str(path), "there")) from None
        _check_shape(shot, field, source, facts)
        return await _archive(studio, shot, path, facts, name, keep=keep)


async def _fetch(studio: Studio, field: str, source: str, path: Path, *, paths: bool) -> str | None:
    """Copy the source into `path`; the object's name if it lies in the archive already."""
    root = f"{studio.archive.store.uri}/"
    if source.startswith(root):
        name = source.removeprefix(root)
        ours = name.startswith(layout.PROJECTS) and is_object_name(name)
        if not ours or await studio.archive.store.fetch(name, path) is None:
            raise _problem(field, source, "a file under projects/ of this archive")
        return name
    if source.startswith(("http://", "https://")):
        try:
            async with studio.client.download_given(source, largest=GIVEN_BYTES) as download:
                await write_down(download, path, at_most=GIVEN_BYTES)
        except MediaError:
            raise
        except StillreelError as error:
            raise _problem(field, source, error.message) from None
        return None
    if not paths or source.startswith(("gs://", "file://")):
        raise _problem(field, source, f"a URL, or an address in the archive {root}; a path only on the command line")
    await write_down(_read(field, source), path, at_most=GIVEN_BYTES)
    return None


async def _read(field: str, source: str) -> AsyncIterator[bytes]:
    try:
        yield await asyncio.to_thread(_start_of, Path(source))
    except OSError as error:
        raise _problem(field, source, f"a file that can be read: {error.strerror}") from None


def _start_of(path: Path) -> bytes:
    """As much of a file as it takes to see that it is too large."""
    with path.expanduser().open("rb") as file:
        return file.read(GIVEN_BYTES + 1)


def _longest(studio: Studio, shot: ImageToVideoShot) -> int:
    """Of an image's sides: clips take their size from it, so a model that makes larger ones takes larger images."""
    entry = studio.catalogue.get(shot.motion.model)
    return GIVEN_LONGEST if entry is None else max(GIVEN_LONGEST, longest_side(entry))


def _check_shape(shot: ImageToVideoShot, field: str, source: str, facts: Facts) -> None:
    wide, high = (int(side) for side in shot.size.split(":"))
    ratio = facts.width * high / (facts.height * wide)
    if abs(ratio - 1) > SHAPE_TOLERANCE:
        raise _problem(
            field,
            f"{source} of {facts.width}x{facts.height} pixels",
            f"an image in the clip's shape, {shot.size}: crop it, or choose the size that fits it",
        )


async def _archive(
    studio: Studio, shot: ImageToVideoShot, path: Path, facts: Facts, name: str | None, *, keep: bool
) -> GivenImage:
    sums = await asyncio.to_thread(sums_of_file, path)
    if name is None:
        name = layout.given(shot.project, shot.shot, sums.sha256, FORMATS[facts.container])
        if keep:
            await put_file(studio, name, path, sums, {"sha256": sums.sha256})
    record = layout.lineage(name)
    return GivenImage(
        name=name,
        uri=studio.archive.uri(name),
        sha256=sums.sha256,
        media_type=f"image/{facts.container}",
        lineage=studio.archive.uri(record) if await studio.archive.store.stat(record) else None,
    )


def _problem(field: str, got: str, allowed: str) -> BadInput:
    """A problem with the image; a password or a signature in its address isn't repeated, wherever it is told."""
    return BadInput([Problem(field=field, got=_open(got), allowed=_open(allowed))], what="the shot")


def _open(text: str) -> str:
    return re.sub(r"(https?://\S*?)\?[^\s']*", r"\1?…", re.sub("//[^/@\\s]*@", "//…@", text))
