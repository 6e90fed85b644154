"""What became of a storyboard: a line for each shot, and all of them together."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Literal

from stillreel.domain.errors import Money, State
from stillreel.domain.plain import Plain
from stillreel.studio.orders import NOTHING, Cost, Summary
from stillreel.studio.ready import Stop

Became = State | Literal["nothing to do", "left out"]
WORST_FIRST: tuple[State, ...] = ("unknown", "running", "failed", "flagged", "held", "rejected", "refused")
FINE = ("done", "nothing to do")
ADVICE: dict[Became, str] = {  # those of docs/operating.md, for a storyboard
    "refused": "mend what it says, then run the storyboard again",
    "rejected": "change what it objects to, then run the storyboard again",
    "running": "run the storyboard again: what is paid for is waited for, and costs nothing more",
    "unknown": "see `stillreel jobs`, look at the provider's account, then decide",
    "flagged": "look at it: `stillreel serve --quarantine`; then change the words, or make another with `take: new`",
    "held": "look at it; `take: new` makes another",
    "failed": "run the storyboard again: what is paid for costs nothing more; if it fails again, mend what it says",
    "left out": "run the storyboard again without `only`, or name it there",
}

MOST_NAMED = 3  # shots before a warning

PUT_BACK = (
    "put the archive back, or what it says is gone, or mend the archive's address; only then run the storyboard again: "
    "a new archive knows of nothing that was bought"
)
IN_VAIN = "change what it objects to, or make another with `take: new`: the same take ends in the same way"
IN_DOUBT = (
    "run the storyboard again: the provider is asked before anything is bought again, and what is paid for costs "
    "nothing more"
)


class ShotLine(Plain):
    """What became of one shot, what it cost, and what to do where it isn't done."""

    shot: str
    state: Became
    message: str = ""
    money: Money | None = None
    cost: Cost = NOTHING
    bought: int = 0
    spent: Cost = NOTHING  # on what this run has bought
    still: str | None = None  # the first one, if several were asked for
    stills: tuple[str, ...] = ()
    clips: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()  # the shots whose stills it lacks
    final: bool = False  # the take has had its end, which no other run changes
    put_back: bool = False  # something of the archive is gone

    @classmethod
    def of(cls, shot: str, summary: Summary, warnings: Sequence[str] = ()) -> "ShotLine":
        """The line of a shot that was on its way."""
        return cls(
            shot=shot,
            state=summary.state,
            message=summary.message,
            money=summary.money,
            cost=summary.cost,
            bought=summary.bought,
            spent=summary.spent,
            still=summary.still,
            stills=summary.stills,
            clips=summary.clips,
            warnings=tuple(warnings),
            final=summary.final,
            put_back=summary.put_back,
        )

    @classmethod
    def stopped(cls, shot: str, stop: Stop) -> "ShotLine":
        """The line of a shot that was never begun."""
        return cls(shot=shot, **dict(stop))

    @property
    def todo(self) -> str:
        """What a person does about it; empty where there is nothing to do."""
        if self.put_back:
            return PUT_BACK
        if self.needs:
            return f"make {' and '.join(self.needs)} first, then run the storyboard again"
        if self.state == "failed" and self.final:
            return IN_VAIN
        if self.money is Money.UNKNOWN and self.state in ("failed", "running"):
            return IN_DOUBT
        return ADVICE.get(self.state, "")

    @property
    def fine(self) -> bool:
        """Whether nobody has to do anything about it."""
        return self.state in FINE


def joinable(lines: Sequence[ShotLine]) -> tuple[str, ...]:
    """The clips that make a reel of these shots, the first of each; none until all of them are done."""
    whole = all(line.state == "done" and line.clips for line in lines)
    return tuple(line.clips[0] for line in lines) if whole else ()


class BoardSummary(Plain):
    """What a run of a storyboard ends with."""

    project: str
    storyboard: str
    state: State
    shots: tuple[ShotLine, ...]
    cost: Cost  # of all takes, whoever has paid for them
    bought: int
    spent: Cost = NOTHING  # on what this run has bought
    message: str = ""
    money: Money | None = None
    gallery: str | None = None
    contact_sheets: tuple[str, ...] = ()
    reel: str | None = None
    flow_run_id: str | None = None

    @classmethod
    def of(cls, project: str, name: str, lines: Sequence[ShotLine], flow_run: str | None) -> "BoardSummary":
        """The sum of its lines: it is done if all of them are, else as the worst of them."""
        left = [line for line in lines if not line.fine]
        state = next((state for state in WORST_FIRST if any(line.state == state for line in left)), "done")
        return cls(
            project=project,
            storyboard=name,
            state=state,
            shots=tuple(lines),
            cost=Cost.over(line.cost for line in lines),
            bought=sum(line.bought for line in lines),
            spent=Cost.over(line.spent for line in lines),
            message=_message(left, len(lines)),
            money=worst_money((line.money for line in left), bought=any(line.bought for line in lines))
            if left
            else None,
            flow_run_id=flow_run,
        )

    @property
    def warned(self) -> list[str]:
        """What speaks against models without stopping anybody, each once with the shots that it is of."""
        return warned((line.shot, line.warnings) for line in self.shots)

    @property
    def counts(self) -> dict[str, int]:
        """How many shots became what."""
        return dict(Counter(line.state for line in self.shots))

    def line(self) -> dict[str, Any]:
        """The object that the command line prints last."""
        inner = {"final", "put_back"}
        shots = [{**line.model_dump(mode="json", exclude=inner), "todo": line.todo} for line in self.shots]
        return {**self.model_dump(mode="json"), "shots": shots, "counts": self.counts}


def warned(said: Iterable[tuple[str, Iterable[str]]]) -> list[str]:
    """The warnings of some shots, each once with those that it is of: 'shot a: …', '2 of 3 shots (a, b): …'."""
    by_shot = [(shot, tuple(warnings)) for shot, warnings in said]
    shots: dict[str, list[str]] = {}
    for shot, warnings in by_shot:
        for warning in dict.fromkeys(warnings):
            shots.setdefault(warning, []).append(shot)
    return [f"{_named(found, len(by_shot))}: {warning}" for warning, found in shots.items()]


def _named(shots: Sequence[str], of: int) -> str:
    if len(shots) == 1:
        return f"shot {shots[0]}"
    more = ", …" if len(shots) > MOST_NAMED else ""
    return f"{len(shots)} of {of} shots ({', '.join(shots[:MOST_NAMED])}{more})"


def _message(left: Sequence[ShotLine], of: int) -> str:
    if not left:
        return ""
    count = Counter(line.state for line in left)
    said = ", ".join(f"{number} {state}" for state, number in count.items())
    return f"{len(left)} of {of} shots aren't done ({said}); {_todo(left)}"


def _todo(left: Sequence[ShotLine]) -> str:
    if any(line.put_back for line in left):
        return PUT_BACK
    return IN_VAIN if all(line.final for line in left) else "run the storyboard again: what is done costs nothing"


def worst_money(stands: Iterable[Money | None], *, bought: bool) -> Money:
    """Where the money of many stands: doubt about one is doubt about all, and what is bought isn't unspent."""
    found = set(stands)
    if Money.UNKNOWN in found:
        return Money.UNKNOWN
    return Money.SPENT if bought or Money.SPENT in found else Money.NOT_SPENT
