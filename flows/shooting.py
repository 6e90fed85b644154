"""The shots of a storyboard on their way: each on its own, some at once, those that need another's still after it."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from functools import partial

from prefect.runtime import flow_run

from flows.board_progress import BoardProgress
from flows.image_to_video import chain
from flows.production import attempt, summary_of
from flows.progress import Among, followed
from stillreel.domain.continuity import FIRST, references
from stillreel.domain.errors import Money
from stillreel.domain.shots import Shot, moves
from stillreel.studio.board_summary import ShotLine
from stillreel.studio.boarding import each
from stillreel.studio.orders import Plan
from stillreel.studio.ready import Ready, Stop
from stillreel.studio.referring import awaited, referred
from tasks import validate
from tasks.context import studio


async def as_it_is(one: Ready, others: tuple[str, ...] = ()) -> ShotLine:
    """The line of a shot for which nothing is done now: what is there of it."""
    with followed() as run:
        run.plan, run.others = one.plan, others
        summary = await summary_of(studio(), run, None)
    return ShotLine.of(one.shot.shot, summary)


async def stopped(one: Ready, stop: Stop) -> ShotLine:
    """The line of a shot that isn't made: what is there of it, and why there is no more."""
    return (await as_it_is(one)).model_copy(update=stop.model_dump())


async def left_out(one: Ready) -> ShotLine:
    """The line of a shot that this run doesn't make."""
    line = await as_it_is(one)
    whole = one.plan is not None and one.plan.stages and (one.plan.clip or not moves(one.shot))
    return line if one.done and whole else line.model_copy(update={"state": "left out"})


async def every_line(ready: Sequence[Ready], made: Mapping[str, ShotLine]) -> list[ShotLine]:
    """The lines of all shots of a storyboard, in order: those that were made, and what is there of the others."""

    async def line(one: Ready) -> ShotLine:
        return made.get(one.shot.shot) or await left_out(one)

    return await each(ready, line)


class Shooting:
    """One run over the shots of a storyboard."""

    def __init__(
        self,
        ready: Sequence[Ready],
        board: BoardProgress,
        *,
        at_once: int,
        stills_only: bool,
        others: tuple[str, ...] = (),
    ) -> None:
        self._ready = [one for one in ready if not one.left_out]
        self._there = {one.shot.shot: one.still for one in ready if one.left_out}
        self._board = board
        self._gate = asyncio.Semaphore(at_once)
        self._stills_only = stills_only
        self._others = others
        self._stills: dict[str, asyncio.Future[str | None]] = {}

    async def run(self) -> list[ShotLine]:
        """A line for each shot, in order; a shot that fails takes no other along, but for those that need its still."""
        loop = asyncio.get_running_loop()
        self._board.begin([one.shot.shot for one in self._ready])
        self._stills = {name: loop.create_future() for name in (*self._there, *self._board.making)}
        for name, still in self._there.items():
            self._stills[name].set_result(still)
        try:
            async with asyncio.TaskGroup() as group:
                going = [group.create_task(self._one(one)) for one in self._ready]
        except BaseExceptionGroup as ended:  # a signal may meet one of them, and is told as the signal that it is
            raise ended.exceptions[0] from None
        return [task.result() for task in going]

    async def _one(self, one: Ready) -> ShotLine:
        line = await self._line(one)
        self._seen(one.shot.shot, line.still)
        self._board.finished(line)
        return line

    def _seen(self, shot: str, still: str | None) -> None:
        """Those that need this shot's still needn't wait any longer, whatever becomes of its clip."""
        if not self._stills[shot].done():
            self._stills[shot].set_result(still)

    async def _line(self, one: Ready) -> ShotLine:
        name = one.shot.shot
        if one.stop is not None:
            return await stopped(one, one.stop)
        if one.plan is not None and not one.plan.stages:
            return _nothing(one.shot, one.plan)
        shot = one.shot
        if one.plan is None:
            stills = {other: await asyncio.shield(self._stills[other]) for other in awaited(shot)}
            found = referred(shot, {other: uri for other, uri in stills.items() if uri})
            if found is None:
                lost = tuple(sorted(other for other, uri in stills.items() if not uri))
                says = f"it needs the still of {' and '.join(lost)}"
                return ShotLine.stopped(name, Stop(state="refused", message=says, money=Money.NOT_SPENT, needs=lost))
            shot = found
        async with AsyncExitStack() as held:
            if not one.done:  # what is done waits for nobody
                await held.enter_async_context(self._gate)
            self._board.started(name)
            return await self._made(shot, one)

    async def _made(self, shot: Shot, one: Ready) -> ShotLine:
        everybodys = studio().bought, studio().paid, studio().doubtful
        with followed() as run:
            run.flow_run, run.others, run.takes = str(flow_run.id), self._others, studio().takes
            self._board.follow(shot.shot, run)

            async def work() -> None:
                run.plan = one.plan or await validate(shot, stills_only=self._stills_only)
                own = [studio().takes[stage.place] for stage in run.plan.stages]
                run.bought, run.paid, run.doubtful = (Among(every, own) for every in everybodys)
                await chain(run.plan, partial(self._seen, shot.shot))

            stopped = await attempt(run, work)
            if stopped is None and run.plan and not run.plan.stages:
                return _nothing(one.shot, run.plan)
            summary = await summary_of(studio(), run, stopped)
            return ShotLine.of(shot.shot, summary, run.plan.warnings if run.plan else ())


def _nothing(shot: Shot, plan: Plan) -> ShotLine:
    """The line of a shot whose clip alone is left to be made, where stills are made."""
    other = references(shot).get(FIRST)
    says = "its still is given" if plan.given else "it has no still: its clip is made from words alone"
    says = says if other is None else f"its still is that of {other}"
    return ShotLine(shot=shot.shot, state="nothing to do", still=plan.given.uri if plan.given else None, message=says)
