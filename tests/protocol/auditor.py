"""An auditor beside the world: holds each write of the books and each send against what stood at that moment.

Nobody can look at the caps and send in one step. So a send is measured by the caps as whoever sends has seen them when
it held the money for that job, and that look must be fresh.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from uuid import UUID

from stillreel.domain.budget import Budget, Caps, Use
from stillreel.domain.jobs import Job
from tests.protocol.provider import Provider
from tests.protocol.stage import RUN, Process, Stage

FRESH = 60.0  # seconds from a look at the caps to the send

Look = tuple[float, Caps]  # when, and which caps stood then


class Auditor:
    """Knows who has seen which caps, and remembers what was done against them."""

    def __init__(self, stage: Stage, job: Callable[[UUID], Job]) -> None:
        self._stage, self._job = stage, job
        self._looks: dict[object, Look] = {}  # the newest of each run
        self._measured: dict[tuple[Process, UUID], dict[object, Look]] = {}
        self.days: dict[UUID, date] = {}  # on which each job counts
        self.broken: list[str] = []

    # --- the books ---------------------------------------------------------------------------------------------

    def looked(self, budget: bytes) -> None:
        """A run has read the budget."""
        self._looks[RUN.get()] = (self._stage.seconds, Budget.of_json(budget).caps)

    def measures(self, process: Process, uuid: UUID) -> None:
        """A run reads a job's events after its look at the budget, as whoever holds money for the job does.

        Runs in one process look for each other, so all of their looks count.
        """
        look = self._looks.get(RUN.get())
        if look is not None:
            self._measured.setdefault((process, uuid), {})[RUN.get()] = look

    def rewritten(self, was: bytes, becomes: bytes) -> None:
        """No write may add to what a cap of its own can't hold; what stood before a cap was lowered stays."""
        before, after = Budget.of_json(was), Budget.of_json(becomes)
        self.days.update({uuid: entry.day for uuid, entry in after.entries.items()})
        lower = any(new is not None and (old is None or new < old) for old, new in _pairs(before.caps, after.caps))
        held = any(entry.held for entry in after.entries.values())
        self._stage.happened["a cap is lowered while something is held"] += lower and held
        for day in {*(entry.day for entry in after.entries.values()), *(each.day for each in after.totals)}:
            stood = {use.name: _used(use) for use in before.model_copy(update={"caps": after.caps}).uses(day)}
            for use in after.uses(day):
                if stood[use.name] < _used(use) > use.cap:
                    self.broken.append(f"{use} is passed by a write that adds to it")

    # --- sends -------------------------------------------------------------------------------------------------

    def sends(self, process: Process, uuid: UUID, provider: Provider) -> None:
        """What leaves now must have room, with all that may have been bought already, under the caps that were seen."""
        looks = list(self._measured.pop((process, uuid), {}).values())  # the next send needs a look of its own
        if not looks:
            self.broken.append(f"{uuid} is sent by {process.name}, which has held nothing for it")
        if looks and self._stage.seconds - max(when for when, _ in looks) > FRESH:
            self.broken.append(f"{uuid} is sent by {process.name}, which has looked at the caps long ago: {looks}")
        for name, used in self._started(uuid, provider):
            caps = [_cap(caps, name) for _, caps in looks]
            if caps and all(cap is not None and used > cap for cap in caps):
                self.broken.append(f"{uuid} is sent by {process.name}: {used} for {name}, and the cap was {caps}")

    def _started(self, uuid: UUID, provider: Provider) -> Iterator[tuple[date | str, Decimal]]:
        """What may be bought once this job is, for its day and its project."""
        times = Counter(provider.billed) | Counter(set(provider.on_their_way())) | Counter([uuid])
        planned = {each: self._job(each).planned for each in times}
        day, project = self.days[uuid], planned[uuid].place.project
        cost = {each: planned[each].quote.upper * n for each, n in times.items()}
        yield day, sum((cost[each] for each in times if self.days[each] == day), Decimal(0))
        yield project, sum((cost[each] for each in times if planned[each].place.project == project), Decimal(0))


def _used(use: Use) -> Decimal:
    return use.held + use.settled + use.unknown


def _cap(caps: Caps, name: date | str) -> Decimal | None:
    return caps.day if isinstance(name, date) else caps.projects.get(name)


def _pairs(old: Caps, new: Caps) -> list[tuple[Decimal | None, Decimal | None]]:
    names = {*old.projects, *new.projects}
    return [(old.day, new.day), *((old.projects.get(name), new.projects.get(name)) for name in sorted(names))]
