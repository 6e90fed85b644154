"""Refusing: what is wrong with a shot, its words and its images, all told at once before anything is brought."""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from stillreel.domain.errors import BadInput, StillreelError
from stillreel.domain.problems import Problem, untold
from stillreel.domain.shots import Shot
from stillreel.settings import Settings
from stillreel.studio.given import Images, beside, bring_all, named_in
from stillreel.studio.orders import GivenImage
from stillreel.studio.resolving import problems_of
from stillreel.studio.studio import Studio, open_studio


async def brought(studio: Studio, shot: Shot) -> tuple[GivenImage | None, GivenImage | None]:
    """As `bring_all` for a deployment; BadInput with what its models have against the shot beside bad images."""
    problems = problems_of(shot, studio.catalogue, studio.clock.now().date())
    if not problems:
        return await bring_all(studio, shot, paths=False)
    raise BadInput([*problems, *await _of_images(studio, shot, problems, paths=False)], what="the shot")


async def refused(settings: Settings, shot: Shot | None, folder: Path, problems: Sequence[Problem]) -> BadInput:
    """The refusal of a shot file with these problems, and with those of the images that it names, read from its folder.

    Without an archive and a key no image is looked at, and where they can't be used that isn't what is wrong here.
    """
    told = list(problems)
    if shot is not None and any(named_in(shot)) and settings.archive is not None and settings.runware_api_key:
        with suppress(StillreelError):  # what is wrong with those is told where nothing else is
            async with open_studio(settings) as studio:
                told += await _of_images(studio, beside(shot, folder), problems, paths=True)
    return BadInput(told, what="the shot")


async def _of_images(studio: Studio, shot: Shot, told: Sequence[Problem], *, paths: bool) -> list[Problem]:
    """What is wrong with the images that a shot names; their shape only where the size that it must be is known."""
    shaped = all(problem.field != "size" for problem in told)
    try:
        await Images(studio, paths=paths, shaped=shaped).of(shot)
    except BadInput as error:
        return untold(error.problems, told)
    return []
