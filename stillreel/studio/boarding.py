"""Planning many shots as one: what can be known of all of them together is asked once, and paid for by one sum.

A shot that can't be made stops nobody else; if what is left to pay passes a ceiling, a cap or the balance, all stop.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

from stillreel.archive.budget import AT_ONCE
from stillreel.domain.errors import (
    ArchiveForbidden,
    ArchiveMissing,
    ArchiveUnavailable,
    Held,
    ModelGone,
    Money,
    NotAuthorised,
    State,
    StillreelError,
)
from stillreel.domain.events import Run
from stillreel.domain.money import Usd, total
from stillreel.domain.plain import Plain
from stillreel.domain.shots import Shot
from stillreel.studio.given import Images, bring_all, far_away
from stillreel.studio.likeness import likeness
from stillreel.studio.looking import Given, Look, check_strength, is_begun, looks_at
from stillreel.studio.orders import Plan
from stillreel.studio.planning import afford, claimed, to_make, wanted
from stillreel.studio.preflight import preflight
from stillreel.studio.quoting import stages_of
from stillreel.studio.referring import awaited, referred, with_awaited
from stillreel.studio.studio import Studio

EVERYBODYS = (ArchiveMissing, ArchiveForbidden, ArchiveUnavailable, NotAuthorised)
"""What meets one shot like this meets them all, so the storyboard stops."""

One = TypeVar("One")
Found = TypeVar("Found")


class Stop(Plain):
    """Why a shot isn't made: what an error says, as data."""

    state: State
    message: str
    money: Money
    needs: tuple[str, ...] = ()  # the shots whose stills it lacks
    put_back: bool = False  # something of the archive is gone

    @classmethod
    def of(cls, error: StillreelError) -> "Stop":
        """The error's words."""
        return cls(state=error.state, message=error.message, money=error.money, put_back=error.put_back)


class Ready(Plain):
    """A shot before the first purchase of its storyboard: its plan, why it isn't made, or none while it must wait."""

    shot: Shot
    plan: Plan | None = None  # where it isn't made, of what is there of it
    stop: Stop | None = None
    to_pay: Usd = Decimal(0)  # by the upper bounds of its quotes
    left_out: bool = False  # it isn't made in this run; its plan holds what is there of it

    @property
    def done(self) -> bool:
        """Whether nothing is left to do for it."""
        return self.stop is None and self.plan is not None and all(stage.done for stage in self.plan.stages)

    @property
    def still(self) -> str | None:
        """Where its still lies already, if it does."""
        if self.plan is None:
            return None
        made = self.plan.still.done if self.plan.still else None
        return made.archived[0].uri if made and made.archived else self.plan.given.uri if self.plan.given else None


@dataclass(frozen=True)
class _Seen:
    shot: Shot
    given: Given
    looks: tuple[Look, ...] = ()
    warnings: tuple[str, ...] = ()
    stop: Stop | None = None
    stands: Plan | None = None  # what is there of it, if that is held

    @property
    def still(self) -> str | None:
        """Where its still lies already, if it does."""
        made = next((look.done for look in self.looks if look.resolved.stage == "still"), None)
        return made.archived[0].uri if made is not None else self.given.first.uri if self.given.first else None


async def plan_board(
    studio: Studio, shots: Sequence[Shot], run: Run, *, only: Sequence[str], stills_only: bool = False
) -> list[Ready]:
    """Every shot in order: those named in `only` with their takes claimed, or with why they can't be made.

    One that starts from or ends with the still of another waits for it, if that isn't there yet. With `stills_only`
    clips are looked at, as far as it takes to know that they can be made, and left alone.
    Raises OverCeiling, CapReached, LowBalance, NotAuthorised, ProviderError or ArchiveError: then nothing is bought.
    """
    by_name = {shot.shot: shot for shot in shots}
    used = {shot.shot for shot in with_awaited(shots, only)}
    seen = await _look(_Looking(studio, run, used, await _not_begun(studio, shots, used)), by_name)
    making = {name: to_make(seen[name].looks, stills_only=stills_only) for name in only if name in seen}
    vain = _in_vain([by_name[name] for name in only if name not in seen], seen, only)
    later = {
        name: _later(studio, by_name[name], stills_only=stills_only)
        for name in only
        if name not in seen and name not in vain
    }
    looks = [look for found in making.values() for look in found]
    await afford(studio, shots[0].project, looks, later=total(list(later.values())), what="this storyboard")

    async def ready(name: str) -> Ready:
        if name in making:
            return await _ready(studio, seen[name], run, making[name])
        if name not in only:
            return await _left_out(studio, by_name[name], seen.get(name), run)
        return Ready(shot=by_name[name], stop=vain.get(name), to_pay=later.get(name, Decimal(0)))

    found = await each(list(by_name), ready)
    return [one.model_copy(update={"shot": by_name[one.shot.shot]}) for one in found]  # as it names its images


async def _not_begun(studio: Studio, shots: Sequence[Shot], used: Collection[str]) -> frozenset[str]:
    """The shots that are left out and name images elsewhere, which nobody fetches: nothing is there that uses them."""
    rest = [shot for shot in shots if shot.shot not in used]
    if not (far := [shot.shot for shot in rest if far_away(studio, shot)]):
        return frozenset()
    found = zip(rest, await each(rest, lambda shot: is_begun(studio, shot)), strict=True)
    needed = {shot.shot for shot in with_awaited(shots, [shot.shot for shot, begun in found if begun])}
    return frozenset(far) - needed


def _later(studio: Studio, shot: Shot, *, stills_only: bool) -> Decimal:
    """What a shot comes to at most that can't be looked at yet."""
    stages = stages_of(shot, studio.catalogue, studio.clock.now().date())
    return total([found.quote.upper for found in stages if not (stills_only and found.stage == "clip")])


def _in_vain(waiting: Sequence[Shot], seen: Mapping[str, _Seen], only: Sequence[str]) -> dict[str, Stop]:
    """Why waiting for the stills of others is no use, for those whose others aren't made in this run."""
    coming = {name for name, one in seen.items() if one.still or (name in only and one.stop is None)}
    coming |= {shot.shot for shot in waiting}
    vain: dict[str, Stop] = {}
    while lost := [shot for shot in waiting if shot.shot not in vain and not awaited(shot) <= coming]:
        for shot in lost:
            needs = tuple(sorted(awaited(shot) - coming))
            says = f"it uses the still of {' and '.join(needs)}, which isn't there and isn't made in this run: make "
            vain[shot.shot] = Stop(state="refused", message=f"{says}that, too", money=Money.NOT_SPENT, needs=needs)
        coming -= vain.keys()
    return vain


async def _look(looking: "_Looking", shots: Mapping[str, Shot]) -> dict[str, _Seen]:
    """Each shot whose images are known, and then those that wait for the stills of these."""
    seen: dict[str, _Seen] = {}
    while True:
        stills = {name: one.still for name, one in seen.items() if one.still}
        known = {name: referred(shot, stills) for name, shot in shots.items() if name not in seen}
        next_ones = [shot for shot in known.values() if shot is not None]
        if not next_ones:
            return seen
        found = await each(next_ones, looking.at)
        seen |= {one.shot.shot: one for one in found}


class _Looking:
    """Looks at shots one by one; what is said of the models of one is said of all that are like it."""

    def __init__(self, studio: Studio, run: Run, used: Collection[str], not_begun: Collection[str]) -> None:
        self._studio, self._run = studio, run
        self._used, self._not_begun = used, not_begun  # of whose images something is made now, and never was
        self._images = Images(studio, paths=False)  # of the others
        self._said: dict[str, tuple[str, ...] | str] = {}  # warnings, or why a model isn't there
        self._asking = asyncio.Lock()  # shots that are alike come together

    async def at(self, shot: Shot) -> _Seen:
        """A shot as it stands, or why it can't be made."""
        given = Given(None, None)
        if shot.shot in self._not_begun:
            return _Seen(shot, given)
        try:
            used = shot.shot in self._used
            given = Given(*await (bring_all(self._studio, shot, paths=False) if used else self._images.of(shot)))
            looks = await looks_at(self._studio, shot, self._run, given)
            check_strength(shot, looks, given)
            warnings = await self._warned(shot, looks)
        except EVERYBODYS:
            raise
        except StillreelError as error:
            return _Seen(shot, given, stop=Stop.of(error), stands=error.stands if isinstance(error, Held) else None)
        return _Seen(shot, given, tuple(looks), warnings)

    async def _warned(self, shot: Shot, looks: Sequence[Look]) -> tuple[str, ...]:
        stages = wanted(shot, looks)
        like = likeness(shot, [stage.where for stage in stages])
        async with self._asking:
            if like not in self._said:
                try:
                    self._said[like] = await preflight(self._studio, shot, stages)
                except ModelGone as error:
                    self._said[like] = error.message
        said = self._said[like]
        if isinstance(said, str):
            raise ModelGone(said)
        return said


async def _ready(studio: Studio, one: _Seen, run: Run, looks: Sequence[Look]) -> Ready:
    if one.stop is not None:
        return Ready(shot=one.shot, plan=one.stands, stop=one.stop)
    try:
        plan = await claimed(studio, one.shot, run, one.given, looks)
    except EVERYBODYS:
        raise
    except StillreelError as error:
        return Ready(shot=one.shot, stop=Stop.of(error))
    to_pay = total([look.to_pay for look in looks])
    return Ready(shot=one.shot, plan=plan.model_copy(update={"warnings": one.warnings}), to_pay=to_pay)


async def _left_out(studio: Studio, shot: Shot, one: _Seen | None, run: Run) -> Ready:
    """A shot that isn't made in this run, with what is there of it."""
    there = [look for look in one.looks if look.claim is not None] if one else []
    found = await _ready(studio, one, run, there) if one and there else Ready(shot=shot, plan=one and one.stands)
    return found.model_copy(update={"plan": found.plan or Plan(), "left_out": True})


async def each(ones: Sequence[One], step: Callable[[One], Awaitable[Found]]) -> list[Found]:
    """A step for each, some at a time, in their order; what stops one stops them all."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def gated(one: One) -> Found:
        async with gate:
            return await step(one)

    try:
        async with asyncio.TaskGroup() as group:
            going = [group.create_task(gated(one)) for one in ones]
    except BaseExceptionGroup as ended:
        raise ended.exceptions[0] from None
    return [task.result() for task in going]
