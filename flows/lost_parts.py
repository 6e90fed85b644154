"""Shots of parts with which nobody goes on: told as the archive knows them, since their runs have left no word."""

from collections.abc import Iterator, Mapping, Sequence

from flows.board_progress import BoardProgress
from flows.shooting import as_it_is
from stillreel.domain.continuity import in_waves
from stillreel.domain.errors import Money, StillreelError
from stillreel.studio.board_summary import ShotLine
from stillreel.studio.left_behind import left_behind
from stillreel.studio.ready import Ready, Stop
from stillreel.studio.referring import awaited, referred
from tasks import validate
from tasks.context import studio


async def tell_lost(
    lost: Mapping[str, tuple[str, str]], ready: Sequence[Ready], progress: BoardProgress, *, stills_only: bool
) -> None:
    """End these shots in the progress; each comes with the run that had it, and with how that ended."""
    by_name = {one.shot.shot: one for one in ready}
    stills = {one.shot.shot: one.still for one in ready if one.still}
    stills |= {line.shot: line.still for line in progress.lines.values() if line.still}
    for name in _stills_first([by_name[name] for name in lost]):
        run, why = lost[name]
        line = await _line(by_name[name], stills, run, why, stills_only=stills_only)
        if line.still:
            stills[name] = line.still
        progress.finished(line)


async def _line(one: Ready, stills: Mapping[str, str], run: str, why: str, *, stills_only: bool) -> ShotLine:
    """The line of a shot whose run was lost: what is there of it, why there is no more, and what is paid."""
    stop, plan = one.stop, one.plan
    if stop is None and plan is None:  # it waited for the still of another, which may be there by now
        shot = referred(one.shot, stills)
        needs = tuple(sorted(awaited(one.shot) - stills.keys()))
        stop = Stop(state="failed", message=f"{why}; it was never begun", money=Money.NOT_SPENT, needs=needs)
        try:
            plan = await validate(shot, stills_only=stills_only) if shot is not None else None
        except StillreelError as error:
            stop = Stop.of(error)
        one = one.model_copy(update={"plan": plan})
    if one.stop is None and plan is not None:
        stop = await left_behind(studio(), plan, why)
    line = await as_it_is(one, (run,))
    return line.model_copy(update=stop.model_dump()) if stop is not None else line


def _stills_first(ones: Sequence[Ready]) -> Iterator[str]:
    """The shots in an order in which those whose stills others use come before these."""
    own = {one.shot.shot for one in ones}
    for wave in in_waves({one.shot.shot: tuple(awaited(one.shot) & own) for one in ones}):
        yield from wave
