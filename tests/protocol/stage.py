"""One thread, one clock, and gates: every call to the store or the provider waits until a test lets it go on.

So a test decides the order of all that happens between processes. Nothing waits for real: time is a number that the
test moves, and asyncio's own timeouts follow it. What runs in threads elsewhere runs in place here.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import ContextVar, copy_context
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from stillreel.domain.errors import StillreelError

NEVER = float("inf")
RUN: ContextVar[object] = ContextVar("run", default=None)  # what a process began; all that comes of it has the same
START = datetime(2026, 11, 22, 12, tzinfo=UTC)


class InPlace(ThreadPoolExecutor):
    """Runs what is given to it at once, so that no thread's timing decides anything."""

    def submit(self, work: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        done: Future[Any] = Future()
        try:
            done.set_result(work(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 - it belongs to whoever waits for the work
            done.set_exception(error)
        return done


class Loop(asyncio.SelectorEventLoop):
    """An event loop whose time stands still until it is moved."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds = 0.0
        self.set_default_executor(InPlace(1))

    def time(self) -> float:
        return self.seconds

    def settle(self) -> None:
        """Run until everybody waits: at a gate, for time, or for each other."""
        self.call_soon(self._look)
        self.run_forever()

    def _look(self) -> None:
        if self._ready:
            self.call_soon(self._look)
        else:
            self.stop()

    def timer(self) -> float:
        """When the next timer is due."""
        return min((each.when() for each in self._scheduled if not each.cancelled()), default=NEVER)


@dataclass(eq=False)
class Process:
    """A process with its studio and what it is doing; a crash ends all of it."""

    name: str
    doing: str  # the play that it makes, or which command it is
    tasks: list["asyncio.Task[Any]"] = field(default_factory=list)
    works: list[str] = field(default_factory=list)  # what each task does
    roots: list[str] = field(default_factory=list)  # of its runs
    cancelled: set["asyncio.Task[Any]"] = field(default_factory=set)
    crashed: bool = False
    rights: dict[str, float] = field(default_factory=dict)  # events `sending` that it wants to write, and since when
    studio: Any = None

    @property
    def alive(self) -> bool:
        return not self.crashed and any(not task.done() for task in self.tasks)

    @property
    def at_work(self) -> list[tuple["asyncio.Task[Any]", str]]:
        """Its tasks that nobody has cancelled, and what they do."""
        both = zip(self.tasks, self.works, strict=True)
        return [(task, work) for task, work in both if not task.done() and task not in self.cancelled]


@dataclass(eq=False)
class Call:
    """One call that waits at its gate."""

    process: Process
    kind: str
    effect: Callable[[], Any]  # what it does, all at once
    answer: "asyncio.Future[Any]"
    until: float = NEVER  # it isn't held longer than this
    subject: Any = None  # what the kind of call needs to know to go wrong
    task: Any = None  # whose call it is


@dataclass(frozen=True)
class Wrong:
    """A process's clock, which may be wrong by some seconds."""

    stage: "Stage"
    ahead: float

    def now(self) -> datetime:
        return self.stage.now() + timedelta(seconds=self.ahead)

    async def sleep(self, seconds: float) -> None:
        await self.stage.sleep(seconds)


class Stage:
    """Where processes play, one step at a time."""

    def __init__(self) -> None:
        self.loop = Loop()
        self.calls: list[Call] = []
        self.processes: list[Process] = []
        self.happened: Counter[str] = Counter()
        self.told: list[str] = []
        self._sleepers: list[tuple[float, asyncio.Future[None]]] = []

    @property
    def seconds(self) -> float:
        return self.loop.seconds

    def now(self) -> datetime:
        return START + timedelta(seconds=self.seconds)

    async def sleep(self, seconds: float) -> None:
        waking = self.loop.create_future()
        self._sleepers.append((self.seconds + max(0.0, seconds), waking))
        await waking

    async def gate(
        self,
        process: Process,
        kind: str,
        effect: Callable[[], Any],
        *,
        until: float = NEVER,
        subject: Any = None,
    ) -> Any:
        """Wait to be let go on; the call's effect and its answer are the test's to decide."""
        if process.crashed:
            raise asyncio.CancelledError
        call = Call(process, kind, effect, self.loop.create_future(), until, subject, asyncio.current_task())
        self.calls.append(call)
        try:
            return await call.answer
        finally:
            self.drop(call)

    def drop(self, call: Call) -> None:
        if call in self.calls:
            self.calls.remove(call)

    def start(self, process: Process, work: Coroutine[Any, Any, Any], what: str) -> None:
        """Let a process begin something."""
        if process not in self.processes:
            self.processes.append(process)
        context = copy_context()
        context.run(RUN.set, object())
        process.tasks.append(self.loop.create_task(work, context=context))
        process.works.append(what)
        self.loop.settle()

    def alive(self) -> list[Process]:
        return [process for process in self.processes if process.alive]

    def of(self, process: Process) -> list[Call]:
        return [call for call in self.calls if call.process is process]

    def let_go(self, call: Call) -> None:
        """The call does what it should, and is answered; a provider may need several turns for that."""
        try:
            answer = call.effect()
        except StillreelError as error:
            self.answer(call, error)
        else:
            if answer is not None or not call.kind.startswith("submit"):
                self.answer(call, answer)

    def answer(self, call: Call, answer: Any) -> None:
        """The call comes back with this; an error is raised there."""
        self.tell(f"{call.process.name}: {call.kind}" + (f" -> {answer!r}" if isinstance(answer, Exception) else ""))
        self.drop(call)
        if isinstance(answer, Exception):
            call.answer.set_exception(answer)
        else:
            call.answer.set_result(answer)
        self.loop.settle()

    def tell(self, line: str) -> None:
        self.told.append(f"{self.seconds:9.2f}  {line}")

    # --- time --------------------------------------------------------------------------------------------------

    def due(self) -> float:
        """When something happens next by itself."""
        waits = [when for when, waking in self._sleepers if not waking.done()]
        return min([*waits, *(call.until for call in self.calls), self.loop.timer()], default=NEVER)

    def pass_to(self, moment: float) -> None:
        """Let time pass; whoever wakes goes as far as the next gate."""
        while (when := self.due()) <= moment:
            self.loop.seconds = max(self.seconds, when)
            for call in [call for call in self.calls if call.until <= self.seconds]:
                self.let_go(call)
            woken = [waking for when, waking in self._sleepers if when <= self.seconds]
            self._sleepers = [(when, waking) for when, waking in self._sleepers if when > self.seconds]
            for waking in woken:
                if not waking.done():
                    waking.set_result(None)
            self.loop.settle()
        self.loop.seconds = max(self.seconds, moment)
        self.loop.settle()

    def close(self) -> None:
        """End everybody who is left."""
        for process in self.processes:
            process.crashed = True
            for waiting in [*process.tasks, *(call.answer for call in self.of(process))]:
                waiting.cancel()
        self.loop.settle()
        self.loop.run_until_complete(self.loop.shutdown_asyncgens())
        self.loop.close()
