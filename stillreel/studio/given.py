"""Given images: brought into the archive before anything is bought, so that no frame of a clip is ever lost."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

from stillreel.archive import layout
from stillreel.archive.hashing import sums_of_file
from stillreel.archive.lineage import write_lineage
from stillreel.archive.passing import passing_folder
from stillreel.archive.store import Checksums
from stillreel.domain.addresses import without_secrets
from stillreel.domain.errors import BadInput, MediaError
from stillreel.domain.events import Run
from stillreel.domain.given import GivenLineage
from stillreel.domain.lineage import What
from stillreel.domain.media import Facts
from stillreel.domain.problems import Problem
from stillreel.domain.shots import GivenStill, ImageToVideoShot, Shot, TextToImageShot, TextToVideoShot
from stillreel.media.limits import GIVEN_LONGEST
from stillreel.media.verify import check_sides, read_given_image
from stillreel.runware.catalogue import longest_side
from stillreel.studio.bringing import copied, is_elsewhere
from stillreel.studio.orders import GivenImage
from stillreel.studio.putting import put_file
from stillreel.studio.studio import Studio

FIRST, LAST = "still.image", "motion.last_image"
FORMATS = {"png": "PNG", "jpeg": "JPG", "webp": "WEBP"}
S = TypeVar("S", bound=TextToImageShot | TextToVideoShot | ImageToVideoShot)
SHAPE_TOLERANCE = 0.01  # of the aspect ratio; what happens past it is the provider's secret, so it isn't bought


@dataclass(frozen=True)
class _Image:
    """What a given image is, and its name if it lies in the archive already."""

    facts: Facts
    sums: Checksums
    name: str | None

    def name_for(self, shot: ImageToVideoShot) -> str:
        """Where it lies, or will lie."""
        media_format = FORMATS[self.facts.container]
        return self.name or layout.given(shot.project, shot.shot, self.sums.sha256, media_format)


class Images:
    """Given images that are looked at and stay where they are: each once, however many shots name it."""

    def __init__(self, studio: Studio, *, paths: bool) -> None:
        self._studio = studio
        self._paths = paths  # whether files of this machine are looked at, too
        self._seen: dict[str, asyncio.Task[_Image]] = {}

    async def of(self, shot: Shot, *, shaped: bool = True) -> tuple[GivenImage | None, GivenImage | None]:
        """As `bring_all`, without anything being written; `shaped` if it is known which shape they must have."""
        return await _both(shot, partial(self._look, shaped=shaped))

    async def _look(self, shot: ImageToVideoShot, field: str, source: str, *, shaped: bool) -> GivenImage:
        if source not in self._seen:
            self._seen[source] = asyncio.create_task(self._see(source))
        image = await _fitting(self._studio, shot, field, source, self._seen[source], shaped=shaped)
        return await _as_given(self._studio, image.name_for(shot), image)

    async def _see(self, source: str) -> _Image:
        with passing_folder() as folder:
            return await _fetch(self._studio, source, Path(folder) / "given", paths=self._paths)


async def bring_all(
    studio: Studio, shot: Shot, *, paths: bool, folder: Path | None = None, run: Run | None = None
) -> tuple[GivenImage | None, GivenImage | None]:
    """The images that were given for the shot's clip to start from and to end with, as they lie in the archive.

    They are put there now if they weren't, each with a record of where it came from: `folder` is that of the file which
    names them by path, `run` the run that brings them, if it has begun. Raises BadInput with the problems of both:
    images that can't be had, or that no clip of this size can start from or end with.
    """
    return await _both(shot, partial(bring_image, studio, paths=paths, folder=folder, run=run))


async def _both(
    shot: Shot, each: Callable[[ImageToVideoShot, str, str], Awaitable[GivenImage]]
) -> tuple[GivenImage | None, GivenImage | None]:
    found, problems = dict[str, GivenImage](), list[Problem]()
    for field, source in zip((FIRST, LAST), named_in(shot), strict=True):
        try:
            found |= {field: await each(shot, field, source)} if source and isinstance(shot, ImageToVideoShot) else {}
        except BadInput as error:
            problems += error.problems
    if problems:
        raise BadInput(problems, what="the shot")
    return found.get(FIRST), found.get(LAST)


def named_in(shot: Shot) -> tuple[str | None, str | None]:
    """The images that a shot names for its clip to start from and to end with, as it names them."""
    if not isinstance(shot, ImageToVideoShot):
        return None, None
    return shot.still.image if isinstance(shot.still, GivenStill) else None, shot.motion.last_image or None


def far_away(studio: Studio, shot: Shot) -> bool:
    """Whether a shot names an image that somebody would have to fetch."""
    return any(image is not None and is_elsewhere(studio, image) for image in named_in(shot))


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


async def bring_image(
    studio: Studio,
    shot: ImageToVideoShot,
    field: str,
    source: str,
    *,
    paths: bool,
    folder: Path | None = None,
    run: Run | None = None,
) -> GivenImage:
    """One image that was given for a shot, as `bring_all`; `field` is what the shot calls it."""
    with passing_folder() as passing:
        path = Path(passing) / "given"
        image = await _fitting(studio, shot, field, source, _fetch(studio, source, path, paths=paths))
        name = image.name_for(shot)
        if image.name is None:
            named = source if folder is None else source.removeprefix(f"{folder}/")
            await _write_down(studio, shot, image, named, run)  # first: no copy lies there that nothing explains
            await put_file(studio, name, path, image.sums, {"sha256": image.sums.sha256})
        return await _as_given(studio, name, image)


async def _write_down(studio: Studio, shot: ImageToVideoShot, image: _Image, named: str, run: Run | None) -> None:
    """The record beside an image: the first one that is written stays, wherever the same bytes come from later."""
    name, sums = image.name_for(shot), image.sums
    record = GivenLineage(
        what=What(
            uri=studio.archive.uri(name), size=sums.size, sha256=sums.sha256, crc32c=sums.crc32c, media=image.facts
        ),
        project=shot.project,
        shot=shot.shot,
        source=without_secrets(named),
        run=run,
        brought=studio.clock.now(),
    )
    await write_lineage(studio.archive, name, record)


async def _fitting(
    studio: Studio, shot: ImageToVideoShot, field: str, source: str, found: Awaitable[_Image], *, shaped: bool = True
) -> _Image:
    """The image if it fits the shot; BadInput with why it doesn't, or can't be had."""
    try:
        image = await found
        check_sides(image.facts, _longest(studio, shot))
    except MediaError as error:
        raise _problem(field, source, error.message) from None
    if shaped:
        _check_shape(shot, field, source, image.facts)
    return image


async def _fetch(studio: Studio, source: str, path: Path, *, paths: bool) -> _Image:
    """Copy the source into `path`, and read it; MediaError with what it should be."""
    name = await copied(studio, source, path, paths=paths)
    try:
        facts = await read_given_image(path)
    except MediaError as error:
        raise MediaError(error.message.replace(str(path), source)) from None
    return _Image(facts, await asyncio.to_thread(sums_of_file, path), name)


def _longest(studio: Studio, shot: ImageToVideoShot) -> int:
    """Of an image's sides: clips take their size from it, so a model that makes larger ones takes larger images.

    A model that isn't known may be the one that makes the largest.
    """
    known = studio.catalogue
    entries = [known[shot.motion.model]] if shot.motion.model in known else known.values()
    return max(GIVEN_LONGEST, *(longest_side(entry) for entry in entries))


def _check_shape(shot: ImageToVideoShot, field: str, source: str, facts: Facts) -> None:
    wide, high = (int(side) for side in shot.size.split(":"))
    ratio = facts.width * high / (facts.height * wide)
    if abs(ratio - 1) > SHAPE_TOLERANCE:
        raise _problem(
            field,
            f"{source} of {facts.width}x{facts.height} pixels",
            f"an image in the clip's shape, {shot.size}: crop it, or choose the size that fits it",
        )


async def _as_given(studio: Studio, name: str, image: _Image) -> GivenImage:
    record = layout.lineage(name)
    return GivenImage(
        name=name,
        uri=studio.archive.uri(name),
        sha256=image.sums.sha256,
        media_type=f"image/{image.facts.container}",
        lineage=studio.archive.uri(record) if await studio.archive.store.stat(record) else None,
    )


def _problem(field: str, got: str, allowed: str) -> BadInput:
    """A problem with the image; a password or a signature in its address isn't repeated, wherever it is told."""
    return BadInput([Problem(field=field, got=_open(got), allowed=_open(allowed))], what="the shot")


def _open(text: str) -> str:
    return re.sub(r"(https?://\S*?)\?[^\s']*", r"\1?…", re.sub("//[^/@\\s]*@", "//…@", text))
