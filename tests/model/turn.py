"""One process's turn in a state: what it sees, and how a step of it changes the world."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.model.state import READ_BUDGET, RECONCILE, RUN, Job, Label, Process, State, Step, tidy


@dataclass(frozen=True)
class Setting:
    """What holds in a configuration: its rules, what is assumed of the world, who is there, how much goes wrong."""

    rules: frozenset[str]
    world: frozenset[str]
    faults: tuple[int, ...]
    cast: tuple[str, ...] = (RUN, RUN, RECONCILE)
    person: bool = True


class Turn:
    """A process, the purchase that it is at, and the steps that it may take."""

    def __init__(self, setting: Setting, state: State, n: int, job: int | None = None) -> None:
        self.rules, self.world, self.state, self.n = setting.rules, setting.world, state, n
        self.me: Process = state.processes[n]
        self.u = self.me.job if job is None else job
        self.job: Job = state.jobs[self.u]
        self.runs = setting.cast[n] == RUN  # else it reconciles: it asks and keeps, and never sends

    @property
    def traced(self) -> bool:
        """Whether a question may find a trace."""
        return self.job.known != "none"

    @property
    def untraced(self) -> bool:
        """Whether a question may find none."""
        return self.job.known == "none" or ("BLIND" in self.world and self.job.known == "runs")

    @property
    def owns(self) -> bool:
        """Whether the right to send is this process's."""
        return self.job.lease == self.n

    def go(self, text: str, at: str, fault: str | None = None, job: Job | None = None, **me: bool) -> Iterator[Step]:
        """A step to another place; the purchase and what the process knows may change with it."""
        if self.state.can(fault):
            processes = list(self.state.processes)
            processes[self.n] = tidy(self.me._replace(at=at, job=self.u, **me))
            state = self.state._replace(processes=tuple(processes)).without(fault)
            yield Step(Label(self.n, text, self.u), state if job is None else state.with_job(self.u, job), fault)

    def written(self, text: str, at: str, job: Job, fault: str | None = None, *, seen: bool = False) -> Iterator[Step]:
        """A step that writes an event; whoever else has read the events of this purchase hasn't read this one."""
        for step in self.go(text, at, fault, job, fresh=True, seen=seen):
            yield step._replace(after=overtaken(self.rules, step.after, self.n, self.u))

    def write(self, event: str, at: str, *, seen: bool = False) -> Iterator[Step]:
        """An event at whatever number is free."""
        yield from self.written(f"writes {event}", at, self.job.after(event), seen=seen)

    def create(self, event: str, at: str, after: Job | None = None) -> Iterator[Step]:
        """The next event at the number after those that were read; refused if there is one already."""
        if self.me.fresh:
            yield from self.written(f"writes {event}", at, after or self.job.after(event))
        else:
            yield from self.go(f"is refused {event}", "look")

    def budget(self, text: str, at: str, job: Job) -> Iterator[Step]:
        """A step that writes the budget; whoever else has read it must read it again before it can write."""
        for step in self.go(text, at, job=job):
            yield step._replace(after=budget_changed(step.after, self.n))


def overtaken(rules: frozenset[str], state: State, by: int | None, u: int) -> State:
    """The state after somebody wrote an event of a purchase: what others have read of it isn't all any more."""
    if "once" not in rules:
        return state
    return _each(
        state, lambda n, each: each._replace(fresh=False) if n != by and each.job == u and each.fresh else each
    )


def budget_changed(state: State, by: int | None) -> State:
    """The state after somebody wrote the budget: others must read it again before they can write it."""
    return _each(state, lambda n, each: each._replace(stale=True) if n != by and each.at in READ_BUDGET else each)


def _each(state: State, change: Callable[[int, Process], Process]) -> State:
    changed = tuple(change(n, each) for n, each in enumerate(state.processes))
    return state if changed == state.processes else state._replace(processes=tuple(map(tidy, changed)))
