"""Watching: two watchers of one accepted job with two results, who number, settle and close it."""

from collections.abc import Iterator
from typing import NamedTuple

from tests.model.exploring import Move
from tests.model.state import Label

FAILED = "X"  # an error row, which has no id
ROWS = {"ONE_FAILED": "aX", "BOTH_FAILED": "XX", "WHOLE": "X"}  # WHOLE: one error tells of both
ASKED_FOR = 2  # results
CRASHES = 2


class Watcher(NamedTuple):
    """Where one stands: the results that it is about to number, and how many events it has read."""

    at: str = "poll"
    todo: tuple[tuple[int, str], ...] = ()
    read: int = 0


class State(NamedTuple):
    """What the provider shows, what is written, where the watchers are, how many may still crash."""

    rows: str
    events: tuple[tuple[str, int, str], ...]  # kind, number, row
    watchers: tuple[Watcher, Watcher]
    crashes: int

    @property
    def numbered(self) -> list[tuple[str, int, str]]:
        """The events that give a result its number."""
        return [event for event in self.events if event[0] == "result"]

    @property
    def closed(self) -> bool:
        """Whether every result has its end."""
        return ("closed", 0, "") in self.events


class Watching:
    """The protocol of an accepted job, in one world: how its results come, and how they fail."""

    stuck = "S2 the accepted job can't be closed"

    def __init__(self, rules: frozenset[str], world: str) -> None:
        self.rules, self.world = rules, world
        self.rows = ROWS.get(world, "ab")

    def start(self) -> State:
        """Accepted, and nothing is shown yet."""
        return State("", (), (Watcher(), Watcher()), CRASHES)

    def moves(self, state: State) -> Iterator[Move[State]]:
        """Everything that may happen next."""
        for row in sorted(set(self.rows)):
            if state.rows.count(row) < self.rows.count(row):
                shown = state._replace(rows="".join(sorted(state.rows + row)))
                yield Move(Label("provider", f"shows row {row}", 0), shown, fault=False, exchanged=False, breaks="")
        for n in (0, 1):
            yield from self._turn(state, n)

    def _turn(self, state: State, n: int) -> Iterator[Move[State]]:
        me, events = state.watchers[n], state.events
        if state.crashes and me.at != "poll":
            yield _move(state._replace(crashes=state.crashes - 1), n, "CRASHES, starts again", Watcher(), fault=True)
        if me.at == "poll" and not state.closed:
            yield from self._poll(state, n)
        elif me.at == "number" and not me.todo:
            yield _move(state, n, "has numbered all", Watcher())
        elif me.at == "number" and me.read == len(events):
            number, row = me.todo[0]
            after = state._replace(events=(*events, ("result", number, row)))
            yield _move(after, n, f"writes result {number}: {row}", Watcher("number", me.todo[1:], me.read + 1))
        elif me.at == "number" and "renumber" in self.rules:
            yield _move(state, n, "is refused, reads again", Watcher())
        elif me.at == "number":
            yield _move(state, n, "is refused, tries the next number", me._replace(read=len(events)))
        elif me.at == "settle" and me.read != len(events):
            yield _move(state, n, "is refused, reads again", Watcher())
        elif me.at == "settle":
            yield _settles(state, n)

    def _poll(self, state: State, n: int) -> Iterator[Move[State]]:
        """Ask, and read what is written; rows come in any order."""
        new, have = self._unseen(state), len(state.numbered)
        if not new and have:
            yield _move(state, n, "has nothing new to number", Watcher("settle", (), len(state.events)))
        for rows in {tuple(new), tuple(new[::-1])} - {()}:
            todo = tuple((have + i, row) for i, row in enumerate(rows, 1))
            yield _move(state, n, f"sees rows {state.rows}", Watcher("number", todo, len(state.events)))

    def _unseen(self, state: State) -> list[str]:
        """Rows of one answer that have no number yet."""
        have = [row for _, _, row in state.numbered]
        failed = state.rows.count(FAILED)
        if "whole" in self.rules and self.world == "WHOLE" and failed:
            failed = ASKED_FOR  # nothing is in progress, and no row will come
        if "count" in self.rules:
            failed -= have.count(FAILED)
        return [row for row in state.rows if row != FAILED and row not in have] + [FAILED] * failed

    def ended(self, state: State) -> bool:
        """Whether the job is closed."""
        return state.closed

    def told(self, label: Label, *, exchanged: bool) -> str:
        """A step in words."""
        return f"{label.who}: {label.text}"


def _settles(state: State, n: int) -> Move[State]:
    ended = {number for kind, number, _ in state.events if kind == "settled"}
    left = [number for _, number, _ in state.numbered if number not in ended]
    if left:
        after = state._replace(events=(*state.events, ("settled", left[0], "")))
        return _move(after, n, f"writes settled {left[0]}", Watcher())
    if len(state.numbered) < ASKED_FOR:
        return _move(state, n, "waits for more", Watcher())
    return _move(state._replace(events=(*state.events, ("closed", 0, ""))), n, "writes closed", Watcher())


def _move(state: State, n: int, text: str, me: Watcher, *, fault: bool = False) -> Move[State]:
    watchers = (me, state.watchers[1]) if n == 0 else (state.watchers[0], me)
    after = state._replace(watchers=watchers)
    return Move(Label(f"watcher {'AB'[n]}", text, 0), after, fault=fault, exchanged=False, breaks=_broken(after))


def _broken(state: State) -> str:
    numbered = state.numbered
    ids = [row for _, _, row in numbered if row != FAILED]
    if len({number for _, number, _ in numbered}) < len(numbered) or len(set(ids)) < len(ids):
        return "S5 a number has two results, or a result two numbers"
    if len(numbered) > ASKED_FOR:
        return "S5 more results than were asked for"
    return ""
