"""Quoting: what a shot would cost with each model, or everything in it that a model can't do."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from pydantic import BaseModel, ConfigDict

from stillreel.domain.errors import BadInput
from stillreel.domain.money import total
from stillreel.domain.names import Stage
from stillreel.domain.problems import Problem
from stillreel.domain.shots import ImageToVideoShot, PromptedStill, Shot, TextToImageShot, TextToVideoShot
from stillreel.runware.catalogue import Catalogue, Entry, why_gone
from stillreel.runware.catalogue.keys import STILL_KEYS
from stillreel.runware.catalogue.telling import unsaid_of
from stillreel.studio.resolving import Resolved, clip_of, problems_of, still_of


class Bid(BaseModel):
    """One model's answer to a shot: its stages with their prices, or what it can't do."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    entry: Entry
    own: bool  # it's the model that the shot names
    stages: tuple[Resolved, ...] = ()
    problems: tuple[Problem, ...] = ()
    unsaid: str = ""  # what it is asked for without anybody's word that it can
    still_alone: bool = False  # it could make the clip; what is in the way is the still

    @property
    def expected(self) -> Decimal:
        """What the whole shot should cost."""
        return total([stage.quote.expected for stage in self.stages])

    @property
    def upper(self) -> Decimal:
        """The upper bound of that, which ceilings and caps compare."""
        return total([stage.quote.upper for stage in self.stages])

    @property
    def priced(self) -> Resolved | None:
        """The stage that the model makes."""
        return next((stage for stage in self.stages if stage.request.model == self.entry.air), None)


def stages_of(shot: Shot, catalogue: Catalogue, today: date) -> list[Resolved]:
    """The stages that a shot is made in, each resolved and priced; BadInput for the first that can't be."""
    clip = clip_of(shot, catalogue, today, None)
    return [stage for stage in (still_of(shot, catalogue, today, clip), clip) if stage is not None]


def model_of(shot: Shot, kind: Stage) -> str | None:
    """The model that a shot names for its still or its clip; None where it makes none."""
    if kind == "clip":
        return None if isinstance(shot, TextToImageShot) else shot.motion.model
    still = None if isinstance(shot, TextToVideoShot) else shot.still
    return still.model if isinstance(still, PromptedStill) else None


def with_model(shot: Shot, kind: Stage, air: str) -> Shot:
    """The same shot with another model for its still or its clip; the shot itself where it makes none."""
    if model_of(shot, kind) is None:
        return shot
    section = "motion" if kind == "clip" else "still"
    part: BaseModel = getattr(shot, section)
    return shot.model_copy(update={section: part.model_copy(update={"model": air})})


def can_do(shot: Shot, kind: Stage, air: str, catalogue: Catalogue, today: date) -> bool:
    """Whether naming another model is all that it takes."""
    return not problems_of(with_model(shot, kind, air), catalogue, today)


def but_for_the_still(shot: Shot, air: str, catalogue: Catalogue, today: date) -> bool:
    """Whether another video model can do it, if another image model makes the still."""
    found = problems_of(with_model(shot, "clip", air), catalogue, today)
    return bool(found) and all(problem.field == STILL_KEYS["model"] for problem in found)


def bids(shot: Shot, airs: Sequence[str], catalogue: Catalogue, today: date) -> list[Bid]:
    """What each of these models answers, the shot's own first; without any, all that make what it ends with."""
    kind: Stage = "still" if isinstance(shot, TextToImageShot) else "clip"
    if not airs:
        own = model_of(shot, kind)
        of_kind = [entry for entry in catalogue.values() if entry.kind == kind]
        airs = sorted(entry.air for entry in of_kind if entry.air == own or not why_gone(entry, today))
    found = [_bid(shot, catalogue.entry(air), catalogue, today) for air in airs]
    return sorted(found, key=lambda bid: (not bid.own, bool(bid.problems), bid.expected))


def _bid(shot: Shot, entry: Entry, catalogue: Catalogue, today: date) -> Bid:
    own = model_of(shot, entry.kind)
    if own is None:
        problem = Problem(field="model", got=entry.air, allowed=f"the shot makes no {entry.kind}")
        return Bid(entry=entry, own=False, problems=(problem,))
    changed = with_model(shot, entry.kind, entry.air)
    problems = problems_of(changed, catalogue, today)
    still_alone = entry.kind == "clip" and bool(problems) and _clip_is_fine(changed, catalogue, today)
    problems = _of_the_still(problems, changed) if still_alone else problems
    if (gone := why_gone(entry, today)) is not None:
        problems.append(Problem(field="model", got=entry.air, allowed=f"another model: it {gone}"))
        still_alone = False
    try:
        stages = () if problems else tuple(stages_of(changed, catalogue, today))
    except BadInput as error:
        return Bid(entry=entry, own=own == entry.air, problems=error.problems)
    ending = isinstance(changed, ImageToVideoShot) and bool(changed.motion.last_image)
    return Bid(
        entry=entry,
        own=own == entry.air,
        stages=stages,
        problems=tuple(problems),
        unsaid=unsaid_of(entry, "first_last_frame") if ending else "",
        still_alone=still_alone,
    )


def _clip_is_fine(shot: Shot, catalogue: Catalogue, today: date) -> bool:
    """Whether the clip of a chain could be made, so that whatever else is wrong is its still's matter."""
    try:
        return clip_of(shot, catalogue, today, None) is not None
    except BadInput:
        return False


def _of_the_still(problems: list[Problem], shot: Shot) -> list[Problem]:
    """Problems of a still, said to be so where their keys don't: it is made in the clip's pixels."""
    still = f", for the still by {model_of(shot, 'still')}"
    return [
        found if found.field.startswith("still") else found.model_copy(update={"allowed": f"{found.allowed}{still}"})
        for found in problems
    ]
