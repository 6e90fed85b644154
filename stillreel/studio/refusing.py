"""Refusing: what is wrong with a shot, its words and its images, all told at once before anything is brought."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from stillreel.domain.continuity import references
from stillreel.domain.errors import BadInput, StillreelError
from stillreel.domain.events import Run
from stillreel.domain.problems import Problem, untold
from stillreel.domain.shots import Shot
from stillreel.settings import Settings
from stillreel.studio.boarding import each
from stillreel.studio.given import Images, beside, bring_all, named_in
from stillreel.studio.orders import GivenImage
from stillreel.studio.resolving import problems_of
from stillreel.studio.studio import Studio, open_studio

ONLY = 0  # the index of a shot that stands alone


async def brought(studio: Studio, shot: Shot, run: Run | None = None) -> tuple[GivenImage | None, GivenImage | None]:
    """As `bring_all` for a deployment; BadInput with what its models have against the shot beside bad images."""
    problems = problems_of(shot, studio.catalogue, studio.clock.now().date())
    if not problems:
        return await bring_all(studio, shot, paths=False, run=run)
    raise BadInput([*problems, *await _of_images(Images(studio, paths=False), shot, problems)], what="the shot")


async def refused(settings: Settings, shot: Shot | None, folder: Path | None, problems: Sequence[Problem]) -> BadInput:
    """The refusal of a shot file with these problems, and with those of the images that it names, read from its folder.

    Without an archive and a key no image is looked at; without a folder no path.
    """
    shots = {} if shot is None else {ONLY: shot if folder is None else beside(shot, folder)}
    found = await wrong_images(settings, shots, {ONLY: problems}, paths=folder is not None)
    return BadInput([*problems, *found.get(ONLY, ())], what="the shot")


async def wrong_images(
    settings: Settings, shots: Mapping[int, Shot], told: Mapping[int, Sequence[Problem]], *, paths: bool
) -> Mapping[int, list[Problem]]:
    """What else is wrong with shots of which this is told already: the images that they name, by where they lie.

    A still of another shot is none yet. Where no image can be looked at, that isn't what is wrong here.
    """
    found: dict[int, list[Problem]] = {}
    able = settings.archive is not None and settings.runware_api_key is not None
    named = {at: shot for at, shot in shots.items() if able and any(named_in(shot)) and not references(shot)}
    if not named:
        return found
    with suppress(StillreelError):
        async with open_studio(settings) as studio:
            images = Images(studio, paths=paths)

            async def look(at: int) -> None:
                found[at] = await _of_images(images, named[at], told.get(at, ()))

            await each(list(named), look)
    return {at: found[at] for at in named if at in found}  # in their order, whichever came first


async def _of_images(images: Images, shot: Shot, told: Sequence[Problem]) -> list[Problem]:
    """What is wrong with the images that a shot names; their shape only where the size that it must be is known."""
    try:
        await images.of(shot, shaped=all(problem.field != "size" for problem in told))
    except BadInput as error:
        return untold(error.problems, told)
    return []
