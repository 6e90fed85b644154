"""The world that the protocol is played in: takes, processes with real studios, a shelf, a provider, a person."""

import json
import random
from collections.abc import Coroutine
from contextlib import suppress
from functools import partial
from typing import Any
from uuid import UUID

import httpx
from pydantic import SecretStr

from stillreel.archive import layout
from stillreel.archive.archive import Archive
from stillreel.archive.budget import Books
from stillreel.domain.budget import Budget, Caps
from stillreel.domain.errors import CapReached, Money, StillreelError, StillRunning, TakeExists, UnknownPurchase
from stillreel.domain.events import EVENT, Event, Run, Word
from stillreel.domain.jobs import Job
from stillreel.domain.selection import Selection
from stillreel.domain.takes import Claim
from stillreel.runware import Client
from stillreel.settings import Settings
from stillreel.studio.deciding import decide
from stillreel.studio.orders import StagePlan
from stillreel.studio.reconciling import reconcile
from stillreel.studio.resuming import resume
from stillreel.studio.standing import Stand
from stillreel.studio.studio import Studio
from tests.protocol.auditor import Auditor
from tests.protocol.line import URL, Line
from tests.protocol.plays import CATALOGUE, PLAYS, Play, claims
from tests.protocol.provider import Provider, Ways
from tests.protocol.shelf import SHELF, Desk, Shelf
from tests.protocol.stage import NEVER, Call, Process, Stage, Wrong

SETTINGS = Settings(runware_url=URL, runware_api_key=SecretStr("nobodys"), archive=SHELF, preflight="offline")
MOST_PROCESSES = 4
SOON = 120  # steps: a purchase from its plan to its end
ERRORS = {
    CapReached: "a cap is reached",
    UnknownPurchase: "a purchase is unknown",
    StillRunning: "patience is over",
    TakeExists: "a number is taken",
}
CLOSING = 0.1  # seconds in which a process ends whose last run was cancelled: what was ready to be sent mustn't be
APART = (0.0, 1.0, -1.0)  # by how much of the half the clocks of processes are wrong, one after another


class World(Stage):
    """All that a test plays with."""

    def __init__(self, ways: Ways, caps: Caps, *, apart: float = 0.0) -> None:
        super().__init__()
        self.shelf = Shelf(self)
        self.provider = Provider(self, ways, self.shelf.holds)
        self.auditor = Auditor(self, self.job)
        self.shelf.replace("budget.json", Budget(caps=caps).json_bytes(), None)
        self.shelf.rewritten = self.auditor.rewritten
        for claim in claims():
            self.shelf.create(layout.claim(claim.place), claim.model_dump_json().encode(), "claim")
        self.faults: list[object] = []  # what no run should ever do
        self.begun: dict[tuple[str, str | None], None] = {}  # each play, and under which root if that matters
        self.made: list[tuple[Play, str, StagePlan]] = []  # what runs have told of as made, and their roots
        self._apart = apart
        self._names = self._nonces = 0
        self._events: dict[str, Event] = {}  # as read: they never change
        self._known: set[UUID | str] = set()
        self._claims: dict[str, tuple[Claim, bytes]] = {}
        self._last: dict[str, Process] = {}  # who went on last with a play

    # --- processes ---------------------------------------------------------------------------------------------

    def run(self, play: str, inside: Process | None = None, *, root: str | None = None, ahead: float = 0.0) -> Process:
        """A run of a play, in a process of its own or in one that is there; with a root, one that is run again."""
        process = inside or self._process("run", play, ahead)
        self.happened["two runs in one process"] += inside is not None
        run = self._named(process, root)
        self.begun[play, run.root if PLAYS[play].fresh else None] = None
        process.roots.append(run.root)
        self.begin(process, self._made(PLAYS[play], process, run), play)
        return process

    async def _made(self, play: Play, process: Process, run: Run) -> None:
        claimed = any(claim.new and claim.run == run.root for claim in self.claims().values())
        self.made += [(play, run.root, stage) for stage in await play.work(process.studio, run)]
        self.happened["a new take is found by its rerun"] += claimed

    def reconcile(self) -> None:
        process = self._process("reconcile", "reconcile")
        self.begin(process, reconcile(process.studio, Selection(), self._named(process)), "reconcile")

    def resume(self, wanted: Selection | None = None) -> None:
        process = self._process("resume", "resume")
        self.begin(process, resume(process.studio, wanted or Selection(), self._named(process)), "resume")

    def decide(self, uuid: UUID, word: Word) -> None:
        process = self._process("person", "decide")
        self.begin(process, decide(process.studio, uuid, word, who="ada"), "decide")

    def set_caps(self, caps: Caps) -> Process:
        """As `stillreel caps set` does: one change of the budget, at whatever moment."""

        async def change(budget: Budget) -> Budget:
            return budget.model_copy(update={"caps": caps})

        self.happened["caps are set"] += 1
        process = self._process("person", "caps")
        self.begin(process, process.studio.archive.books.change(change), "caps")
        return process

    def begin(self, process: Process, work: Coroutine[Any, Any, Any], what: str) -> None:
        self.tell(f"{process.name} begins {what}")
        self.start(process, self._minded(process, work), what)

    async def _minded(self, process: Process, work: Coroutine[Any, Any, Any]) -> None:
        """An error that is ours is an end like others; anything else is a fault of the code."""
        try:
            came = await work or ()
        except StillreelError as error:
            self.tell(f"{process.name} ends: {type(error).__name__}: {error.message[:90]}")
            self.happened[ERRORS.get(type(error), type(error).__name__)] += 1
            self.happened["a lowered cap stops what is held"] += isinstance(error, CapReached) and self._holds(process)
            if isinstance(error, TakeExists) and error.money is not Money.NOT_SPENT:
                self.faults.append(error)
        except Exception as error:  # noqa: BLE001 - told by the promise that there is none
            self.faults.append(error)
        else:
            told = [f"{each.became}: {each.says[:90]}" for each in came if isinstance(each, Stand)]
            self.tell(f"{process.name} ends well {told}")

    def _process(self, kind: str, doing: str, ahead: float = 0.0) -> Process:
        self._names += 1
        process = Process(f"{kind} {self._names}", doing)
        clock = Wrong(self, ahead or self._apart / 2 * APART[self._names % len(APART)])
        http = httpx.AsyncClient(transport=Line(self, self.provider, process, partial(self._sends, process)))
        rng = random.Random(self._names)  # noqa: S311 - jitter, the same each time
        client = Client(http, url=URL, key=SETTINGS.key, clock=clock, rng=rng)
        archive = Archive(Desk(self, self.shelf, process, self.auditor), clock, nonce=self._nonce)
        archive.books = Books(archive.store, clock, rng=rng)
        process.studio = Studio(SETTINGS, client, archive, CATALOGUE, clock, rng=rng)
        return process

    def _nonce(self) -> str:
        self._nonces += 1
        return f"nonce {self._nonces}"

    def _sends(self, process: Process, uuid: UUID) -> None:
        """A purchase leaves: for a run that is at work, and with room under the caps."""
        self.auditor.sends(process, uuid, self.provider)
        shot = self.job(uuid).planned.place.shot
        for _, work in process.at_work:
            if work == "resume" or (work in PLAYS and PLAYS[work].words.shot == shot):
                return
        self.faults.append(f"{uuid} is sent by {process.name}, where nobody is at work on it")

    def _holds(self, process: Process) -> bool:
        """Whether money is held for what a process is at work on."""
        shots = {PLAYS[work].words.shot for _, work in process.at_work if work in PLAYS}
        return any(entry.held and entry.place.shot in shots for entry in self.budget().entries.values())

    def _named(self, process: Process, root: str | None = None) -> Run:
        name = f"{process.name}/{len(process.tasks)}"
        return Run(root=root or name, flow_run=name, version="0.1.0")

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
        kinds = [call.kind for call in self.of(process)]
        self.happened["a crash between sending and answer"] += "submit" in kinds
        self.happened["a crash during an upload"] += "upload" in kinds
        self.happened["a crash"] += 1
        self._end(process, effects=effects)

    def cancel(self, process: Process, n: int, *, effects: bool) -> None:
        """One of a process's runs is cancelled where it stands; the process ends with the last one of them."""
        task, work = process.at_work[n % len(process.at_work)]
        self.tell(f"{process.name}: {work} is CANCELLED, {'with' if effects else 'without'} effect")
        self.happened["a run is cancelled"] += 1
        self.happened["a run is cancelled during its send"] += any(call.kind == "submit" for call in self.of(process))
        process.cancelled.add(task)
        self._have_effects([call for call in self.of(process) if effects and call.task is task])
        task.cancel()
        self.loop.settle()
        if not process.alive:
            self.pass_time(CLOSING)
            self._end(process, effects=effects)

    def _end(self, process: Process, *, effects: bool) -> None:
        submits = [call.subject for call in self.of(process) if call.kind == "submit"]
        self._have_effects([call for call in self.of(process) if effects])
        process.crashed = True
        for waiting in [*process.tasks, *(call.answer for call in self.of(process))]:
            waiting.cancel()
        self.loop.settle()
        for submit in submits:
            if not effects and submit.registering is None:
                self.provider.get_lost(submit)

    def _have_effects(self, calls: list[Call]) -> None:
        for call in calls:
            if call.kind != "submit":
                with suppress(StillreelError):
                    call.effect()

    def runs(self) -> list[Process]:
        """The processes in which runs are at work."""
        return [process for process in self.alive() if process.doing in PLAYS]

    def next_moment(self) -> float:
        return min([self.due(), *(submit.until for submit in self.provider.orphans)])

    def pass_time(self, seconds: float) -> None:
        """Time passes; what was sent and is waited for by nobody arrives in time."""
        until = self.seconds + seconds
        while (moment := self.next_moment()) <= until:
            arriving = sorted(self.provider.orphans, key=lambda each: each.until)
            self.pass_to(moment)
            for submit in [each for each in arriving if each.until <= moment]:
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

    def identity(self) -> str:
        """The archive's own id, as whoever came first has made it."""
        return str(json.loads(self.shelf.objects[layout.IDENTITY].data)["id"])

    def claims(self) -> dict[str, Claim]:
        """Every claim by the name of its object; one that was changed is a fault."""
        found = {}
        for name, each in self.shelf.objects.items():
            if layout.is_claim(name):
                claim, data = self._claims.setdefault(name, (Claim.model_validate_json(each.data), each.data))
                if data != each.data:
                    self.faults.append(f"{name} was changed")
                found[name] = claim
        return found

    def is_new(self, what: UUID | str) -> bool:
        """Whether nobody has asked this about it before."""
        known = what in self._known
        self._known.add(what)
        return not known

    def budget(self) -> Budget:
        return Budget.of_json(self.shelf.objects["budget.json"].data)

    def marked(self) -> set[UUID]:
        return {UUID(name.split("/")[1]) for name in self.shelf.objects if name.startswith("open/")}

    def unknown(self) -> list[UUID]:
        return [job.uuid for job in self.jobs() if job.unknown(self.now())]
