"""The search: every state that can be reached, breadth first, so that what breaks is shown by its shortest trace."""

from collections.abc import Hashable, Iterable
from typing import Generic, NamedTuple, Protocol, TypeVar

from tests.model.state import Label

S = TypeVar("S", bound=Hashable)


class Move(NamedTuple, Generic[S]):
    """One step of a model as the search sees it."""

    label: Label
    after: S
    fault: bool  # something that nobody needs in order to come to an end
    exchanged: bool  # two processes have changed places in the state afterwards
    breaks: str  # the property that it breaks; empty if it breaks none


class Model(Protocol[S]):
    """What can be searched."""

    stuck: str  # the property that is broken where no end can be reached

    def start(self) -> S:
        """The first state."""

    def moves(self, state: S) -> Iterable[Move[S]]:
        """Everything that may happen next."""

    def ended(self, state: S) -> bool:
        """Whether all is well and over."""

    def told(self, label: Label, *, exchanged: bool) -> str:
        """A step in words; the places of two processes may have been exchanged on the way to it."""


class Found(NamedTuple):
    """What a search came to: what is broken, or nothing; the shortest way there; how many states there are."""

    broken: str
    trace: tuple[str, ...]
    states: int


class Search(Generic[S]):
    """All states of a model, and how each was first reached."""

    def __init__(self, model: Model[S]) -> None:
        self.model = model
        self.states: list[S] = [model.start()]
        self.came: list[tuple[int, Label, bool] | None] = [None]
        self.back: list[list[int]] = [[]]  # from where each can be reached without a fault

    def go(self) -> Found:
        """Search until something breaks, or everything was seen."""
        number = {self.states[0]: 0}
        for i, state in enumerate(self.states):  # it grows as we go
            for label, after, fault, exchanged, breaks in self.model.moves(state):
                if breaks:
                    return Found(breaks, self._trace(i, label), len(self.states))
                j = number.get(after)
                if j is None:
                    j = number[after] = len(self.states)
                    self.states.append(after)
                    self.came.append((i, label, exchanged))
                    self.back.append([])
                if not fault:
                    self.back[j].append(i)
        stuck = self._stuck()
        if stuck is None:
            return Found("", (), len(self.states))
        return Found(self.model.stuck, self._trace(stuck), len(self.states))

    def _stuck(self) -> int | None:
        """The first state from which no end can be reached without further faults."""
        live = bytearray(self.model.ended(state) for state in self.states)
        todo = [i for i, lives in enumerate(live) if lives]
        while todo:
            for i in self.back[todo.pop()]:
                if not live[i]:
                    live[i] = 1
                    todo.append(i)
        return next((i for i, lives in enumerate(live) if not lives), None)

    def _trace(self, i: int, last: Label | None = None) -> tuple[str, ...]:
        way: list[tuple[Label, bool]] = [] if last is None else [(last, False)]
        while (came := self.came[i]) is not None:
            i, label, exchanged = came
            way.append((label, exchanged))
        lines, places = [], False
        for label, exchanged in reversed(way):
            lines.append(self.model.told(label, exchanged=places))
            places ^= exchanged
        return tuple(lines)
