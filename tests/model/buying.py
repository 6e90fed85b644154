"""Buying: runs that meet on one take, `reconcile`, a person, the provider and time, over two purchases."""

from collections.abc import Callable, Iterator

from tests.model import ending, properties, sending
from tests.model.exploring import Move
from tests.model.looking import look
from tests.model.state import (
    CRASH,
    FAULTS,
    LOAD,
    LOSS,
    LOWER,
    REFUSAL,
    RUN,
    WHOLE_CAP,
    Job,
    Label,
    Process,
    State,
    Step,
)
from tests.model.state import exchanged as exchange
from tests.model.turn import Setting, Turn
from tests.model.world import cap, clock, crashes, person, provider

PLACES: dict[str, Callable[[Turn], Iterator[Step]]] = {
    "plan": sending.plan,
    "reserve": sending.reserve,
    "reserve 2": sending.reserve_2,
    "reserve 3": sending.reserve_3,
    "take": sending.take,
    "reread": sending.reread,
    "send": sending.send,
    "leave": sending.leave,
    "sent": sending.sent,
    "wait": sending.wait,
    "ask": sending.ask,
    "accept": sending.accept,
    "conflict": sending.conflict,
    "refused": sending.refused,
    "turned": sending.turned,
    "withdraw": sending.withdraw,
    "book": ending.book,
    "close": ending.close,
    "number": ending.number,
    "keep": ending.keep,
    "release": ending.release,
}
DONE = {  # who is at this place has nothing left to do once the job stands there
    "accept": ("accepted", "closed"),
    "conflict": ("accepted", "closed"),
    "wait": ("accepted", "closed"),
    "ask": ("accepted", "closed"),
    "close": ("closed",),
}
HARMFUL = (CRASH, LOSS, REFUSAL, LOAD, LOWER)  # nobody needs one of them in order to come to an end


class Buying:
    """The protocol of one take, in one setting."""

    stuck = properties.STUCK

    def __init__(self, setting: Setting, *, by_name: bool = False) -> None:
        """`by_name`: two of a kind are told apart even where only their names differ."""
        self.setting = setting
        kinds = setting.cast
        twins = [(a, b) for a in range(len(kinds)) for b in range(a + 1, len(kinds)) if kinds[a] == kinds[b]]
        self.twins = None if by_name or not twins else twins[0]

    def start(self) -> State:
        """Nothing has happened yet."""
        idle = tuple(Process() for _ in self.setting.cast)
        return State(idle, (Job(), Job()), WHOLE_CAP, self.setting.faults)

    def moves(self, state: State) -> Iterator[Move[State]]:
        """Everything that may happen next; two of a kind are told apart by what they do, not by their names."""
        setting = self.setting
        for step in self._steps(state):
            if step.after == state:
                continue
            broken = properties.check(setting, state, step)
            after, swapped = rested(step.after, setting), False
            if self.twins is not None:
                a, b = self.twins
                if after.processes[a] > after.processes[b]:
                    after, swapped = exchange(after, a, b), True
            yield Move(step.label, after, step.fault in HARMFUL, swapped, broken)

    def _steps(self, state: State) -> Iterator[Step]:
        setting = self.setting
        for n, process in enumerate(state.processes):
            if process.at == "look":
                yield from look(setting, state, n)
            else:
                yield from PLACES[process.at](Turn(setting, state, n))
                yield from crashes(setting, state, n)
        for u in (0, 1):
            yield from provider(setting, state, u)
            yield from clock(setting, state, u)
            if setting.person:
                yield from person(setting, state, u)
        yield from cap(state)

    def ended(self, state: State) -> bool:
        """Whether the take has come to its end."""
        return properties.ended(state)

    def told(self, label: Label, *, exchanged: bool) -> str:
        """A step in words."""
        who = label.who
        if isinstance(who, int):
            if exchanged and self.twins is not None and who in self.twins:
                who = sum(self.twins) - who
            who = self._name(who)
        return f"{who}: {label.text} [{label.job + 1}]"

    def _name(self, n: int) -> str:
        kind = self.setting.cast[n]
        before = self.setting.cast[:n].count(kind)
        return f"{kind} {'AB'[before]}" if self.setting.cast.count(kind) > 1 or kind == RUN else kind


def rested(state: State, setting: Setting) -> State:
    """The state in which nobody is on a way that can only end where it began, without a trace of it."""
    for n, process in enumerate(state.processes):
        over = DONE.get(process.at)
        if over is None or state.jobs[process.job].standing not in over:
            continue
        if process.at in ("wait", "ask") and "fresh" not in setting.rules:
            continue
        processes = list(state.processes)
        processes[n] = Process()
        state = state._replace(processes=tuple(processes))
    return state


def faults(words: str) -> tuple[int, ...]:
    """How many of each kind, from words such as "crash loss loss"."""
    given = words.split()
    assert set(given) <= set(FAULTS), words
    return tuple(given.count(each) for each in FAULTS)
