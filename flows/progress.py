"""What a run knows of itself while it runs: for the summary of one that is ended from outside, or by a surprise."""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass, field
from uuid import UUID

from stillreel.domain.errors import Money, State
from stillreel.domain.money import total
from stillreel.domain.names import Place, Stage
from stillreel.studio.orders import Cost, Plan, Settlement, Summary


class Among(AbstractSet[UUID]):
    """Those of a set that grows which are one shot's: of its takes, whose jobs may become more, too."""

    def __init__(self, every: AbstractSet[UUID], own: Sequence[AbstractSet[UUID]]) -> None:
        self._every, self._own = every, own

    def __contains__(self, uuid: object) -> bool:
        return uuid in self._every and any(uuid in take for take in self._own)

    def __iter__(self) -> Iterator[UUID]:
        return (uuid for take in self._own for uuid in take if uuid in self._every)

    def __len__(self) -> int:
        return sum(1 for _ in self)


@dataclass
class Progress:
    """How far a run has come; the archive knows more, when it can be asked."""

    flow_run: str | None = None
    others: tuple[str, ...] = ()  # runs whose work this one took up, so that what they bought counts as its own
    plan: Plan | None = None
    bought: AbstractSet[UUID] = field(default_factory=set)  # the studio's own, so that it grows by itself
    paid: AbstractSet[UUID] = field(default_factory=set)  # the studio's own, too: also what was bought before this run
    doubtful: AbstractSet[UUID] = field(default_factory=set)  # the studio's own, too
    takes: Mapping[Place, AbstractSet[UUID]] = field(default_factory=dict)  # the studio's own, too: their jobs
    settled: dict[Stage, Settlement] = field(default_factory=dict)
    ended: Summary | None = None  # once it is known; what the engine meets afterwards takes nothing back

    def summary(self, state: State, message: str, money: Money, *, put_back: bool = False) -> Summary:
        """What can be said without asking the archive; what was bought is never called not spent."""
        stages = self.plan.stages if self.plan else ()
        every = [kept for settlement in self.settled.values() for kept in settlement.kept]
        stills, clips = (self._uris(stage) for stage in ("still", "clip"))
        given = self.plan.given.uri if self.plan and self.plan.given else None
        return Summary(
            state=state,
            still=stills[0] if stills else given,
            stills=stills,
            clips=clips,
            lineage=tuple(uri for kept in every for uri in kept.records),
            cost=Cost(
                quoted=total([stage.quote.expected for stage in stages]),
                reported=total([kept.cost for kept in every if kept.cost is not None]),
            ),
            bought=len(self.bought),
            spent=self._spent(),
            flow_run_id=self.flow_run,
            message=message,
            money=Money.SPENT if self.paid and money is Money.NOT_SPENT else money,
            put_back=put_back,
        )

    def interrupted(self) -> Summary:
        """The summary of a run that a person or the machine has stopped."""
        if self.ended is not None:
            return self.ended
        if self.plan is None:
            return self.summary("failed", "stopped before anything was sent", Money.NOT_SPENT)
        return self._stopped(
            f"stopped by hand; {self.jobs()}; run the shot again to go on from there, or leave it to `reconcile`: "
            f"what is paid for costs nothing more"
        )

    def cut_short(self) -> Summary:
        """The summary of one of many that were on their way when the run around them ended."""
        return self._stopped(f"the run ended before it; {self.jobs()}")

    def _stopped(self, message: str) -> Summary:
        """The summary of a run that was ended in mid work: only where a job is on its way is there one to wait on."""
        if self.doubtful:
            return self.summary("unknown", message, Money.UNKNOWN)
        over = {settlement.ticket.uuid for settlement in self.settled.values()}
        waits = any(uuid not in over for uuid in self.paid)
        return self.summary("running" if waits else "failed", message, Money.SPENT if self.paid else Money.UNKNOWN)

    def _spent(self) -> Cost:
        stages = self.plan.stages if self.plan else ()
        own = [settlement for settlement in self.settled.values() if settlement.ticket.uuid in self.bought]
        return Cost(
            quoted=total([stage.quote.expected for stage in stages for _ in self._bought_of(stage.place)]),
            reported=total([kept.cost for each in own for kept in each.kept if kept.cost is not None]),
        )

    def _bought_of(self, take: Place) -> AbstractSet[UUID]:
        return {uuid for uuid in self.takes.get(take, ()) if uuid in self.bought}

    def _uris(self, stage: Stage) -> tuple[str, ...]:
        return tuple(kept.uri for kept in self.settled[stage].archived if kept.uri) if stage in self.settled else ()

    def jobs(self) -> str:
        """What is paid for and what may be, by name."""
        paid = f"paid for: {_named(self.paid)}" if self.paid else "this run had no job accepted"
        doubt = f"; on its way, and perhaps bought: {_named(self.doubtful)}" if self.doubtful else ""
        return f"{paid}{doubt}"


def _named(uuids: AbstractSet[UUID]) -> str:
    return ", ".join(f"job {uuid}" for uuid in sorted(uuids, key=str))


_PROGRESS: ContextVar[Progress] = ContextVar("progress")


@contextmanager
def followed() -> Iterator[Progress]:
    """The progress of the run that is started inside the block, for whoever starts it."""
    progress = Progress()
    token = _PROGRESS.set(progress)
    try:
        yield progress
    finally:
        _PROGRESS.reset(token)


@contextmanager
def following() -> Iterator[Progress]:
    """The progress of this run: that of whoever follows it, or one of its own."""
    known = _PROGRESS.get(None)
    with nullcontext(known) if known is not None else followed() as progress:
        yield progress


def progress() -> Progress:
    """The progress of the run around this; one that nobody reads outside of a run."""
    return _PROGRESS.get(None) or Progress()
