"""The runs of a storyboard's parts while their results are waited for: until each has ended, is gone, or is silent.

An automation lets a run crash whose host was lost, and another begins it again. Where neither does, waiting has an end.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.filters import (
    ArtifactFilter,
    ArtifactFilterFlowRunId,
    ArtifactFilterType,
    FlowRunFilter,
    FlowRunFilterId,
)
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.events.filters import EventFilter, EventResourceFilter
from prefect.exceptions import PrefectHTTPStatusError

from flows.reruns import MOST
from stillreel.domain.clock import Clock

CRASHED_FOR = (
    24  # looks in a row that find a run crashed: by then nobody starts it again, such as when that event was lost
)
LISTEN = timedelta(minutes=1)  # between two questions for signs of life, which come once a minute
SILENT_FOR = 8  # such questions in a row without a new sign: the automation acts after half as long
AT_IT = (StateType.PENDING, StateType.RUNNING, StateType.CANCELLING)  # some process should be at work, and say so
STOPPED = (StateType.CANCELLED, StateType.CANCELLING)


class Over(NamedTuple):
    """Why a run isn't waited for any more."""

    how: str
    for_good: bool = False
    """Whether nobody should go on with its work: a person has stopped it, or it kills whoever makes it."""

    @classmethod
    def of(cls, run: FlowRun, how: str) -> "Over":
        """The same of a run that is known."""
        return cls(how, run.run_count >= MOST or _is(run, STOPPED))


class Awaited:
    """Looks at runs again and again; `clock` says when to ask for signs of life."""

    def __init__(self, client: PrefectClient, clock: Clock) -> None:
        self._client, self._clock = client, clock
        self._crashed, self._silent = Counter[UUID](), Counter[UUID]()
        self._signs: dict[UUID, UUID | None] = {}
        self._listened = clock.now()
        self.percent: dict[UUID, float] = {}
        """How many of a hundred shots have ended in each run, as its progress said at the last look."""
        self.seen: dict[UUID, str] = {}
        """What else there was to say of each run at the last look: that it has crashed, or was begun again."""

    async def over(self, runs: Collection[UUID]) -> dict[UUID, Over]:
        """Those of the runs that aren't waited for any more."""
        any_of = FlowRunFilter(id=FlowRunFilterId(any_=list(runs)))
        found = {run.id: run for run in await self._client.read_flow_runs(flow_run_filter=any_of)}
        await self._listen([run.id for run in found.values() if _is(run, AT_IT)])
        self.percent = await self._percents(list(found))
        self.seen = {uuid: _seen(run) for uuid, run in found.items()}
        ends = {uuid: self._end(found[uuid]) if uuid in found else Over("was deleted") for uuid in runs}
        return {uuid: end for uuid, end in ends.items() if end is not None}

    def _end(self, run: FlowRun) -> Over | None:
        """One that crashed may be begun again, so that is looked at for a while."""
        state = run.state
        if state is None:
            return None
        self._crashed[run.id] = self._crashed[run.id] + 1 if state.is_crashed() else 0
        if state.is_final() and (not state.is_crashed() or self._crashed[run.id] >= CRASHED_FOR):
            return Over.of(run, "was cancelled" if state.is_cancelled() else f"ended as {state.name} without a word")
        if self._silent[run.id] >= SILENT_FOR:
            minutes = SILENT_FOR * LISTEN // timedelta(minutes=1)
            return Over.of(run, f"is {state.name} in Prefect, and has shown no sign of life for {minutes} minutes")
        return None

    async def _listen(self, at_it: Sequence[UUID]) -> None:
        """Ask whether there is anything new of these runs; by looks, so that no two machines' clocks are compared."""
        if self._clock.now() - self._listened < LISTEN:
            return
        self._listened = self._clock.now()
        for run in at_it:
            with suppress(PrefectHTTPStatusError):  # a server that is too busy to say isn't a silent run
                sign = await self._newest(run)
                silent = run in self._signs and self._signs[run] == sign
                self._silent[run] = self._silent[run] + 1 if silent else 0
                self._signs[run] = sign

    async def _percents(self, runs: Sequence[UUID]) -> dict[UUID, float]:
        """What the progress of each says, that of its newest attempt; one question for all."""
        if not runs:
            return {}
        of_runs = ArtifactFilterFlowRunId(any_=list(runs))
        wanted = ArtifactFilter(flow_run_id=of_runs, type=ArtifactFilterType(any_=["progress"]))
        found = sorted(await self._client.read_artifacts(artifact_filter=wanted), key=lambda one: str(one.created))
        return {one.flow_run_id: float(str(one.data)) for one in found if one.flow_run_id is not None}

    async def _newest(self, run: UUID) -> UUID | None:
        """The newest event of a run: its heartbeat, or a change of its state."""
        of_run = EventResourceFilter(id=[f"prefect.flow-run.{run}"])
        page = await self._client.read_events(EventFilter(resource=of_run), limit=1)
        return page.events[0].id if page.events else None


def _seen(run: FlowRun) -> str:
    if _is(run, (StateType.CRASHED,)):
        return "crashed"
    not_yet = _is(run, (StateType.SCHEDULED, StateType.PENDING))  # it counts once it runs
    return "begun again" if run.run_count > (0 if not_yet else 1) else ""


def _is(run: FlowRun, states: Collection[StateType]) -> bool:
    return run.state is not None and run.state.type in states
