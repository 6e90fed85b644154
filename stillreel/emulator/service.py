"""The emulated service, put together: its memory, clock, switches and desks."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import JsonValue

from stillreel.emulator.courier import Courier
from stillreel.emulator.darkroom import Darkroom
from stillreel.emulator.desk import Desk
from stillreel.emulator.errands import Errands
from stillreel.emulator.gate import Gate
from stillreel.emulator.given import Given
from stillreel.emulator.inference import Inference
from stillreel.emulator.memory import Memory
from stillreel.emulator.passing import Anchor, Passing, real_seconds
from stillreel.emulator.published import published
from stillreel.emulator.records import Job
from stillreel.emulator.registry import Registry
from stillreel.emulator.rows import Rows
from stillreel.emulator.schemas import path_of, schema_of
from stillreel.emulator.scope import Subject
from stillreel.emulator.switches import ClockSwitch, Switches
from stillreel.emulator.wire import Answer, Task, Visit, assembled, subjects_of
from stillreel.runware.catalogue import Entry, load


class Service:
    """Everything behind the HTTP routes; `close` it when done."""

    def __init__(
        self,
        data: Path,
        switches: Mapping[str, Any] | None = None,
        *,
        entries: Mapping[str, Entry] | None = None,
        source: Callable[[], float] = real_seconds,
    ) -> None:
        self.switches = Switches.model_validate(dict(switches or {}))
        self.entries = _shipped() if entries is None else entries
        self.memory = Memory(data)
        self.clock = Passing(source, _anchor(self.memory), self._keep_anchor)
        self.gate = Gate()
        self.registry = Registry(self.memory, self.clock)
        self.darkroom = Darkroom(data, self.memory)
        given = Given(self.memory, self.darkroom, self.clock.now)
        inference = Inference(self.entries, self.registry, given, Rows(self.darkroom), self.clock)
        errands = Errands(self.memory, self.registry, given, self.darkroom, self.clock)
        self.desk = Desk(self.entries, self.registry, inference, errands)
        self.courier = Courier(self.entries, self.memory, self.darkroom, self.clock, lambda: self.switches)
        self._begin()

    async def close(self) -> None:
        """Let go of everything; what is remembered stays."""
        self.gate.close()
        await self.courier.stop()
        self.memory.close()

    def switch(self, changes: Mapping[str, Any]) -> None:
        """Change how the service behaves; ValidationError for what isn't a switch."""
        asked = dict(changes)
        if isinstance(asked.get("clock"), Mapping):
            asked["clock"] = {"speed": self.clock.speed, **asked["clock"]}  # a jump alone changes no speed
        self.switches = self.switches.changed(asked)
        if changes.get("balance") is not None:
            self.memory.keep_fact("balance", str(self.switches.balance))
        if "clock" in changes:
            self.advance_clock(self.switches.clock)
        if "hold" in changes:
            self.gate.set(self.switches.hold)

    def go(self, *, drop: bool = False) -> None:
        """Let requests that are held go on, or lose them on their way: without effect before it, without an answer."""
        self.gate.release(drop=drop)
        self.switch({"hold": None})

    def advance_clock(self, asked: ClockSwitch) -> None:
        """Set the clock's speed, and jump once."""
        self.clock.change(speed=asked.speed, advance=asked.advance)
        self.switches = self.switches.model_copy(update={"clock": ClockSwitch(speed=asked.speed)})

    async def answer(self, tasks: list[Task], origin: str, *, dry: bool = False) -> Answer:
        """The effect of a request, and what is said about it."""
        outcomes = await self.desk.handle(tasks, Visit(self.switches, origin, dry))
        self.courier.nudge()
        return assembled(outcomes, mixed_status=self.switches.mixed_status, empty_errors=self.switches.empty_errors)

    def subjects(self, tasks: list[Task]) -> list[Subject]:
        """What a request is about; a question about a job is about the job's model."""
        found = []
        for subject, task in zip(subjects_of(tasks), tasks, strict=True):
            asked, model = task.get("taskUUID"), subject.model
            if model is None and isinstance(asked, str):
                model = self.memory.model_of(asked)
            found.append(Subject(subject.task_type, model))
        return found

    def jobs(self) -> dict[str, dict[str, JsonValue]]:
        """Every taskUUID that was ever submitted, and what became of it."""
        return {job.task_uuid: self._told(job) for job in self.memory.jobs()}

    def results(self) -> list[JsonValue]:
        """When each result was ready, and when it was first shown."""
        return [watched.model_dump(mode="json") for watched in self.memory.watched()]

    def ledger(self) -> dict[str, JsonValue]:
        """The balance, and what it was spent on."""
        charges: list[JsonValue] = [
            {**charge.model_dump(mode="json"), "amount": f"{charge.amount:f}"} for charge in self.memory.charges()
        ]
        return {"balance": f"{self.registry.balance:f}", "charges": charges}

    def requests(self) -> dict[str, JsonValue]:
        """How many requests came, by path and by what they held; how many stand at the gate."""
        return {"v1": 0, "media": 0, "resolve": 0, **self.gate.counts, "held": self.gate.held}

    def schema(self, air: str) -> dict[str, JsonValue] | None:
        """What the list of schemas says of a model; None where the service doesn't have it, or not any more."""
        entry = self.entries.get(air)
        return None if entry is None or air in self.switches.retired else schema_of(entry)

    def document(self, page: str) -> dict[str, Any] | None:
        """The schema.json beside a model's page; None where the service doesn't have it, or not any more."""
        there = [entry for air, entry in self.entries.items() if air not in self.switches.retired]
        found = next((entry for entry in there if path_of(entry) == page), None)
        return None if found is None else published(found, self.clock.today())

    def _told(self, job: Job) -> dict[str, JsonValue]:
        refusal = job.refusal or {}
        return {
            "taskType": job.task_type,
            "model": job.model,
            "state": self.registry.state(job),
            "submits": job.submits,
            "runs": job.runs,
            "billed": f"{job.billed:f}",
            "refusal": refusal.get("code"),
        }

    def _begin(self) -> None:
        """Take the first switches; a ledger that exists keeps its balance, a clock its time."""
        if self.memory.fact("balance") is None:
            self.memory.keep_fact("balance", str(Decimal(self.switches.balance)))
        self.advance_clock(self.switches.clock)
        self.gate.set(self.switches.hold)

    def _keep_anchor(self, anchor: Anchor) -> None:
        self.memory.keep_fact("clock", " ".join(repr(part) for part in anchor))


@cache
def _shipped() -> Mapping[str, Entry]:
    """The catalogue as it ships, read once in a process."""
    return load()


def _anchor(memory: Memory) -> Anchor | None:
    kept = memory.fact("clock")
    return None if kept is None else Anchor(*(float(part) for part in kept.split()))
