"""What a run knows of itself while it runs: for the summary of one that is ended from outside, or by a surprise."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID

from stillreel.domain.errors import Money, State
from stillreel.domain.money import total
from stillreel.studio.orders import Cost, Plan, Summary


@dataclass
class Progress:
    """How far a run has come; the archive knows more, when it can be asked."""

    flow_run: str | None = None
    plan: Plan | None = None
    bought: set[UUID] = field(default_factory=set)  # the studio's own, so that it grows by itself
    ended: Summary | None = None  # once it is known; what the engine meets afterwards takes nothing back

    def summary(self, state: State, message: str, money: Money) -> Summary:
        """What can be said without asking the archive; what was bought is never called not spent."""
        stages = self.plan.stages if self.plan else ()
        return Summary(
            state=state,
            still=None,
            clips=(),
            lineage=(),
            cost=Cost(quoted=total([stage.quote.expected for stage in stages]), reported=Decimal(0)),
            bought=len(self.bought),
            flow_run_id=self.flow_run,
            message=message,
            money=Money.SPENT if self.bought and money is Money.NOT_SPENT else money,
        )

    def interrupted(self) -> Summary:
        """The summary of a run that a person or the machine has stopped."""
        if self.ended is not None:
            return self.ended
        if self.plan is None:
            return self.summary("failed", "stopped before anything was sent", Money.NOT_SPENT)
        return self.summary("running", self._stopped(), Money.SPENT if self.bought else Money.UNKNOWN)

    def _stopped(self) -> str:
        jobs = [f"job {uuid}" for uuid in sorted(self.bought, key=str)]
        paid = f"paid for and perhaps still running: {', '.join(jobs)}" if jobs else "this run had no job accepted"
        return (
            f"stopped by hand; {paid}; run the shot again to go on from there, or leave it to `reconcile`: "
            f"what is paid for costs nothing more"
        )


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


def progress() -> Progress:
    """The progress of this run: that of whoever follows it, or one of its own."""
    return _PROGRESS.get(Progress())
