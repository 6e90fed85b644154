"""How far a storyboard has come, for the log, the Prefect UI and a terminal while it runs."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass, field
from uuid import UUID

from flows.progress import Progress
from stillreel.domain.errors import Money, State
from stillreel.studio.board_summary import BoardSummary, ShotLine, worst_money
from stillreel.studio.ready import Stop

MOST_NAMED = 20  # jobs in a sentence
WAITING, MAKING, HANDED_OUT = "waiting", "in the making", "handed out"
GO_ON = "the runs that were given its parts go on by themselves"


@dataclass
class BoardProgress:
    """Which shots are where; whoever follows awaits `changed`."""

    flow_run: str | None = None
    begun_before: bool = False  # this run was, and nobody knows what it did or handed out then
    title: str = ""
    making: dict[str, str] = field(default_factory=dict)
    ways: dict[str, Progress] = field(default_factory=dict)  # of the shots that this run itself has begun
    lines: dict[str, ShotLine] = field(default_factory=dict)
    elsewhere: dict[int, int] = field(default_factory=dict)  # shots that have ended in parts that are under way
    parts: dict[int, str] = field(default_factory=dict)  # those of which there is more to say: crashed, begun again
    loud: bool = False  # every change is worth a line in the log, which is silent where others do the work
    doubtful: set[UUID] = field(default_factory=set)  # the studio's own, so that it grows by itself
    bought: set[UUID] = field(default_factory=set)  # the studio's own, too
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    ended: BoardSummary | None = None

    def begin(self, shots: list[str], *, handed_out: bool = False) -> None:
        """These shots are going to be made, by this run or by runs that it has handed them out to."""
        self.making = dict.fromkeys(shots, HANDED_OUT if handed_out else WAITING)
        self.loud = handed_out
        self.changed.set()

    def started(self, shot: str) -> None:
        """A shot is being made."""
        self.making[shot] = MAKING
        self.changed.set()

    def follow(self, shot: str, run: Progress) -> None:
        """Whatever becomes of the run, this is how far the shot has come."""
        self.ways[shot] = run

    def heard(self, part: int, ended: int) -> None:
        """So many shots have ended in this part, whose word is still to come."""
        if self.elsewhere.get(part, 0) != ended:
            self.elsewhere[part] = ended
            self.changed.set()

    def seen(self, part: int, how: str) -> None:
        """The run of a part was seen so; empty if there is nothing to say of it."""
        if self.parts.get(part, "") != how:
            self.parts[part] = how
            self.changed.set()

    def finished(self, line: ShotLine) -> None:
        """A shot has ended, one way or another."""
        self.making.pop(line.shot, None)
        self.lines[line.shot] = line
        self.changed.set()

    @property
    def total(self) -> int:
        """How many shots there are."""
        return len(self.making) + len(self.lines)

    @property
    def percent(self) -> float:
        """How many of a hundred have ended."""
        return 100 * self._over / self.total if self.total else 0.0

    @property
    def _over(self) -> int:
        return len(self.lines) + sum(self.elsewhere.values())

    def __str__(self) -> str:
        states = Counter[str]([*(line.state for line in self.lines.values()), *self.making.values()])
        if parts := sum(self.elsewhere.values()):
            states[HANDED_OUT] -= parts
            states["ended in their parts"] = parts
        told = ", ".join(f"{count} {state}" for state, count in states.items() if count > 0)
        said = Counter(filter(None, self.parts.values()))
        more = f"; parts: {', '.join(f'{count} {how}' for how, count in said.items())}" if said else ""
        return f"{self._over} of {self.total} shots: {told}{more}" if told else "no shot yet"

    def summary(self, state: State, message: str, money: Money, *, put_back: bool = False) -> BoardSummary:
        """What can be said of a run that has ended before its time."""
        if self.ended is not None:
            return self.ended
        so_far = (self._so_far(shot, how) for shot, how in self.making.items())
        left = [line.model_copy(update={"put_back": put_back}) for line in so_far]
        lines = [*self.lines.values(), *left]
        project, _, name = self.title.partition("/")
        said = BoardSummary.of(project, name, lines, self.flow_run)
        money, bought = self.worst(money), max(said.bought, len(self.bought))
        update = {"state": state, "message": message, "money": money, "bought": bought}
        return said.model_copy(update=update)

    def interrupted(self) -> str:
        """What a person reads who has stopped the run."""
        if self.ended is not None:
            return self.ended.message
        if HANDED_OUT in self.making.values():
            return f"stopped by hand at {self}; {GO_ON}; run the storyboard again: what is paid for costs nothing more"
        none = "nothing is paid for of what is left" if self.bought else "this run had no job accepted"
        paid = f"paid for: {_jobs(self._left_paid)}" if self._left_paid else none
        doubt = f"; on their way, and perhaps bought: {_jobs(self.doubtful)}" if self.doubtful else ""
        return (
            f"stopped by hand at {self}; {paid}{doubt}; run the storyboard again to go on from there, or leave it to "
            f"`reconcile`: what is paid for costs nothing more"
        )

    @property
    def money(self) -> Money:
        """Where the money stands of a run that was stopped."""
        return self.worst(Money.NOT_SPENT)

    def worst(self, said: Money) -> Money:
        """Where it stands where an error says this: that speaks of one thing, and shots may have bought others."""
        bought = bool(self.bought or self._left_paid) or any(line.bought for line in self.lines.values())
        doubt = bool(self.doubtful) or HANDED_OUT in self.making.values()
        doubt = doubt or (not bought and (self.begun_before or MAKING in self.making.values()))
        stands = {line.money for line in self.lines.values() if not line.fine}
        return worst_money({said, Money.UNKNOWN if doubt else None, *stands}, bought=bought)

    @property
    def _left_paid(self) -> set[UUID]:
        """The jobs that are paid for of shots that haven't ended; those of the others are told in their lines."""
        return {uuid for shot in self.making if shot in self.ways for uuid in self.ways[shot].paid}

    def _so_far(self, shot: str, how: str) -> ShotLine:
        """The line of a shot that hasn't ended."""
        run = self.ways.get(shot)
        if run is None:
            return ShotLine.stopped(shot, self._stop(how))
        return ShotLine.of(shot, run.cut_short()) if run.plan else ShotLine.stopped(shot, self._stop(WAITING))

    @staticmethod
    def _stop(how: str) -> Stop:
        """What is known of a shot that this run hasn't ended."""
        if how == WAITING:
            return Stop(state="failed", message="the run ended before it was begun", money=Money.NOT_SPENT)
        says = GO_ON if how == HANDED_OUT else "the run ended before it"
        return Stop(state="running", message=says, money=Money.UNKNOWN)


def _jobs(uuids: set[UUID]) -> str:
    named = [f"job {uuid}" for uuid in sorted(uuids, key=str)[:MOST_NAMED]]
    more = len(uuids) - len(named)
    return ", ".join([*named, f"and {more} more"] if more else named)


_BOARD: ContextVar[BoardProgress] = ContextVar("board")


@contextmanager
def board_followed() -> Iterator[BoardProgress]:
    """The progress of the storyboard that is started inside the block, for whoever starts it."""
    progress = BoardProgress()
    token = _BOARD.set(progress)
    try:
        yield progress
    finally:
        _BOARD.reset(token)


@contextmanager
def following_board() -> Iterator[BoardProgress]:
    """The progress of this storyboard: that of whoever follows it, or one of its own."""
    known = _BOARD.get(None)
    with nullcontext(known) if known is not None else board_followed() as progress:
        yield progress
