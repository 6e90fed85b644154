"""How a storyboard stands in the archive: which takes are there, which shots are done, and what is still to be paid.

Nothing is claimed, written or bought. A shot that starts from another's still is looked at when that still is there.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from uuid import UUID

from stillreel.domain.continuity import FIRST, LAST, after, in_waves, references
from stillreel.domain.errors import BadInput, TakeExists
from stillreel.domain.events import Run
from stillreel.domain.money import total
from stillreel.domain.problems import Problem
from stillreel.domain.shots import GivenStill, Shot, TextToVideoShot
from stillreel.studio.board_quotes import ShotQuote
from stillreel.studio.given import Images, with_images
from stillreel.studio.orders import StageFound
from stillreel.studio.planning import standings
from stillreel.studio.studio import Studio

AT_ONCE = 16  # shots looked at together; the archive answers each in a few requests


@dataclass(frozen=True)
class ShotStanding:
    """A shot as it stands: its stages, or the shots for whose stills it waits."""

    quote: ShotQuote
    stages: tuple[StageFound, ...] = ()
    waits: tuple[str, ...] = ()
    still: str | None = None  # where its still lies or was given from

    @property
    def done(self) -> bool:
        """Whether all of it is in the archive."""
        return not self.waits and all(stage.archived for stage in self.stages)

    @property
    def to_pay(self) -> Decimal:
        """What it may still cost, by the upper bounds."""
        return self.quote.upper if self.waits else total([stage.to_pay for stage in self.stages])

    @property
    def asked(self) -> list[tuple[UUID | None, Decimal]]:
        """The same by its jobs, as far as they are known."""
        return [(None, self.to_pay)] if self.waits else [(stage.job, stage.to_pay) for stage in self.stages]

    @property
    def unpaid(self) -> ShotQuote:
        """The stages that may still cost something."""
        paid = {stage.stage for stage in self.stages if not stage.to_pay}
        return replace(self.quote, stages=tuple(each for each in self.quote.stages if each.stage not in paid))


async def standing_of(studio: Studio, quotes: Sequence[ShotQuote], run: Run) -> list[ShotStanding]:
    """How each shot stands, in the order of the quotes; BadInput with every given image that can't be had."""
    waits = after([quote.shot for quote in quotes])
    by_name = {quote.shot.shot: quote for quote in quotes}
    found: dict[str, ShotStanding] = {}
    problems: dict[str, list[Problem]] = {}
    slots, images = asyncio.Semaphore(AT_ONCE), Images(studio, paths=True)

    async def look(name: str) -> None:
        async with slots:
            try:
                others = {to: found[to] for to in waits[name] if to in found}
                found[name] = await _look(studio, by_name[name], others, run, images)
            except TakeExists as error:
                taken = Problem(field=f"shots.{name}.take", got="a number that is taken", allowed=error.message)
                problems[name] = [taken]
            except BadInput as error:
                where = f"shots.{name}"
                problems[name] = [each.model_copy(update={"field": f"{where}.{each.field}"}) for each in error.problems]

    for wave in in_waves(waits):
        await asyncio.gather(*(look(name) for name in wave))
    if problems:
        raise BadInput([each for name in by_name for each in problems.get(name, ())], what="the storyboard")
    return [found[name] for name in by_name]


async def _look(
    studio: Studio, quote: ShotQuote, others: dict[str, ShotStanding], run: Run, images: Images
) -> ShotStanding:
    shot, named = quote.shot, references(quote.shot)
    missing = [name for name in dict.fromkeys(named.values()) if name not in others or others[name].still is None]
    if missing:
        return ShotStanding(quote, waits=tuple(missing))
    shot = with_images(shot, *(others[named[at]].still if at in named else None for at in (FIRST, LAST)))
    given = await images.of(shot)
    stages = await standings(studio, shot, run, *given)
    return ShotStanding(quote, tuple(stages), still=_still_of(shot, stages))


def _still_of(shot: Shot, stages: Sequence[StageFound]) -> str | None:
    if isinstance(shot, TextToVideoShot):
        return None
    if isinstance(shot.still, GivenStill):
        return shot.still.image
    return next((stage.archived[0] for stage in stages if stage.stage == "still" and stage.archived), None)
