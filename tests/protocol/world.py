"""The world that the protocol is played in: takes, processes with real studios, a shelf, a provider, a person."""

import random
from collections.abc import Coroutine
from contextlib import suppress
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx
from pydantic import SecretStr

from stillreel.archive.archive import Archive
from stillreel.archive.budget import Books
from stillreel.domain.budget import Budget, Caps
from stillreel.domain.errors import CapReached, StillreelError, StillRunning, UnknownPurchase
from stillreel.domain.events import EVENT, Event, Run, Word
from stillreel.domain.jobs import Job
from stillreel.domain.names import Place
from stillreel.domain.selection import Selection
from stillreel.runware import Client
from stillreel.settings import Settings
from stillreel.studio.deciding import decide
from stillreel.studio.orders import StagePlan
from stillreel.studio.reconciling import reconcile
from stillreel.studio.resolving import still_of
from stillreel.studio.resuming import resume
from stillreel.studio.standing import Stand
from stillreel.studio.studio import Studio
from tests.protocol.provider import SIDE, URL, Line, Provider, Ways
from tests.protocol.shelf import Desk, Shelf
from tests.protocol.stage import NEVER, START, Call, Process, Stage
from tests.studio.on_set import CATALOGUE, STILL, make, shot

SETTINGS = Settings(runware_url=URL, runware_api_key=SecretStr("nobodys"), archive="file:///shelf")
MOST_PROCESSES = 4
SOON = 80  # steps: a purchase from its plan to its end
ERRORS = {CapReached: "a cap is reached", UnknownPurchase: "a purchase is unknown", StillRunning: "patience is over"}


def a_stage(shot_name: str, *, results: int, project: str = "harbour") -> StagePlan:
    """A take's plan as a run would have it, of a small still."""
    resolved = still_of(shot(STILL, results=results), CATALOGUE, START.date(), None)
    assert resolved is not None
    request = resolved.request.model_copy(update={"width": SIDE, "height": SIDE})
    place = Place(project=project, shot=shot_name, stage="still", take=1)
    quote = resolved.quote.model_copy(update={"expected": PRICE * results, "upper": PRICE * results})
    return StagePlan(place=place, digest=request.digest, request=request, quote=quote)


PRICE = Decimal("0.003")  # quoted for one result
TAKES = {
    "lighthouse": a_stage("lighthouse", results=1),
    "pier": a_stage("pier", results=2),
    "crane": a_stage("crane", results=1, project="quarry"),
}


class World(Stage):
    """All that a test plays with."""

    def __init__(self, ways: Ways, caps: Caps) -> None:
        super().__init__()
        self.shelf = Shelf(self)
        self.provider = Provider(self, ways, self.shelf.holds)
        self.caps = caps
        self.shelf.replace("budget.json", Budget(caps=caps).json_bytes(), None)
        self.faults: list[Exception] = []  # what no run should ever raise
        self._names = 0
        self._events: dict[str, Event] = {}  # as read: they never change
        self._last: dict[str, Process] = {}  # who went on last with a take

    # --- processes ---------------------------------------------------------------------------------------------

    def run(self, take: str, inside: Process | None = None) -> None:
        """A run of a take, in a process of its own or in one that is there."""
        process = inside or self._process("run", take)
        self.happened["two runs in one process"] += inside is not None
        self.begin(process, make(process.studio, TAKES[take], self._named(process)))

    def reconcile(self) -> None:
        process = self._process("reconcile", "reconcile")
        self.begin(process, reconcile(process.studio, Selection(), self._named(process)))

    def resume(self, wanted: Selection | None = None) -> None:
        process = self._process("resume", "resume")
        self.begin(process, resume(process.studio, wanted or Selection(), self._named(process)))

    def decide(self, uuid: UUID, word: Word) -> None:
        process = self._process("person", "decide")
        self.begin(process, decide(process.studio, uuid, word, who="ada"))

    def lift_caps(self) -> None:
        async def change(budget: Budget) -> Budget:
            return budget.model_copy(update={"caps": Caps()})

        process = self._process("person", "caps")
        self.begin(process, process.studio.archive.books.change(change))

    def begin(self, process: Process, work: Coroutine[Any, Any, Any]) -> None:
        self.tell(f"{process.name} begins")
        self.start(process, self._minded(process, work))

    async def _minded(self, process: Process, work: Coroutine[Any, Any, Any]) -> None:
        """An error that is ours is an end like others; anything else is a fault of the code."""
        try:
            came = await work or ()
        except StillreelError as error:
            self.tell(f"{process.name} ends: {type(error).__name__}: {error.message[:90]}")
            self.happened[ERRORS.get(type(error), type(error).__name__)] += 1
        except Exception as error:  # noqa: BLE001 - told by the promise that there is none
            self.faults.append(error)
        else:
            told = [f"{each.became}: {each.says[:90]}" for each in came if isinstance(each, Stand)]
            self.tell(f"{process.name} ends well {told}")

    def _process(self, kind: str, doing: str) -> Process:
        self._names += 1
        process = Process(f"{kind} {self._names}", doing)
        http = httpx.AsyncClient(transport=Line(self, self.provider, process))
        rng = random.Random(self._names)  # noqa: S311 - jitter, the same each time
        client = Client(http, url=URL, key=SETTINGS.key, clock=self, rng=rng)
        archive = Archive(Desk(self, self.shelf, process), self, nonce=lambda: "the shelf")
        archive.books = Books(archive.store, self, rng=rng)
        process.studio = Studio(SETTINGS, client, archive, CATALOGUE, self, rng=rng)
        return process

    def _named(self, process: Process) -> Run:
        name = f"{process.name}/{len(process.tasks)}"
        return Run(root=name, flow_run=name, version="0.1.0")

    # --- steps -------------------------------------------------------------------------------------------------

    def go_on(self, process: Process, steps: int, which: int = 0) -> None:
        """A process makes some steps; where it waits for time, time passes."""
        for _ in range(steps):
            if not process.alive:
                return
            self.step(process, which)

    def step(self, process: Process, which: int = 0) -> None:
        calls = self.of(process)
        if calls:
            self._notice(process)
            self.let_go(calls[which % len(calls)])
        else:
            assert self.next_moment() < NEVER, f"{process.name} waits for nothing, for ever"
            self.pass_time(self.next_moment() - self.seconds)

    def go_to(self, process: Process, kind: str, within: int = SOON) -> Call | None:
        """The next call of a kind that a process makes, waiting at its gate; None if it makes none in so many steps."""
        for _ in range(within):
            for call in self.of(process):
                if call.kind.startswith(kind):
                    return call
            if not process.alive:
                return None
            self.step(process)
        return None

    def crash(self, process: Process, *, effects: bool) -> None:
        """Ends a process where it stands; what it had asked for happens, or doesn't."""
        self.tell(f"{process.name} CRASHES, {'with' if effects else 'without'} effect")
        submits = [call.subject for call in self.of(process) if call.kind == "submit"]
        self.happened["a crash between sending and answer"] += bool(submits)
        self.happened["a crash"] += 1
        for call in self.of(process):
            if effects and call.kind != "submit":
                with suppress(StillreelError):
                    call.effect()
        process.crashed = True
        for waiting in [*process.tasks, *(call.answer for call in self.of(process))]:
            waiting.cancel()
        self.loop.settle()
        for submit in submits:
            if not effects and submit.registering is None:
                self.provider.get_lost(submit)

    def runs(self) -> list[Process]:
        """The processes in which runs are at work."""
        return [process for process in self.alive() if process.doing in TAKES]

    def next_moment(self) -> float:
        return min([self.due(), *(submit.until for submit in self.provider.orphans)])

    def pass_time(self, seconds: float) -> None:
        """Time passes; what was sent and is waited for by nobody arrives in time."""
        until = self.seconds + seconds
        for submit in sorted(self.provider.orphans, key=lambda each: each.until):
            if submit.until <= until:
                self.pass_to(submit.until)
                while submit in self.provider.orphans:
                    self.provider.arrive(submit)
        self.pass_to(until)

    def _notice(self, process: Process) -> None:
        """Count what happens side by side."""
        doing = process.doing
        last = self._last.get(doing)
        if last is not None and last is not process and last.alive:
            self.happened["two runs take turns"] += 1
        self._last[doing] = process
        if doing == "reconcile":
            self.happened["reconcile beside a run"] += bool(self.runs())

    # --- what stands -------------------------------------------------------------------------------------------

    def jobs(self) -> list[Job]:
        """Every job as its events tell it, read by nobody's process."""
        return [self.job(uuid) for uuid in sorted(self.uuids())]

    def uuids(self) -> set[UUID]:
        return {UUID(name.split("/")[1]) for name in self.shelf.objects if name.startswith("jobs/")}

    def job(self, uuid: UUID) -> Job:
        names = [stored.name for stored in self.shelf.list(f"jobs/{uuid}/")]
        names.sort(key=lambda name: int(name.rpartition("/")[2].removesuffix(".json")))
        for name in names:
            if name not in self._events:
                self._events[name] = EVENT.validate_json(self.shelf.objects[name].data)
        return Job(uuid, [self._events[name] for name in names])

    def budget(self) -> Budget:
        return Budget.of_json(self.shelf.objects["budget.json"].data)

    def marked(self) -> set[UUID]:
        return {UUID(name.split("/")[1]) for name in self.shelf.objects if name.startswith("open/")}

    def unknown(self) -> list[UUID]:
        return [job.uuid for job in self.jobs() if job.unknown(self.now())]
