"""A provider in memory, with the design's four assumptions as parameters; each request to it waits at a gate."""

import asyncio
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx
from PIL import Image

from tests.protocol.stage import NEVER, Call, Process, Stage

URL = "http://127.0.0.1:9/v1"
COST = Decimal("0.0029")  # of each result that came to an end; a little below its quote
SETTLES_IN = 2.0  # seconds after we gave up on a submit, until it is registered, if at all
MEMORY = 3600 + 92.0  # seconds: the hour and a lease for which it remembers
WORK = 3.0  # seconds for a job
SIDE = 64  # pixels
REFUSALS = ("invalidPositivePrompt", "insufficientCredits", "unsupportedModel")

BEFORE_REGISTERING = ("request", "refusal", "load")
TROUBLES = (*BEFORE_REGISTERING, "answer", "silence")

Body = dict[str, Any]


@dataclass(frozen=True)
class Ways:
    """What is assumed of the provider."""

    duplicate: str = "conflict"  # a known UUID: conflict | after_end: it may run again | always: it runs again
    slow: bool = False  # registering may take longer than 2 s, then it is one step with the check
    blind: bool = False  # a question may find no trace of a job that is running
    fates: tuple[str, ...] = ("ok",)  # of one run after another


@dataclass
class Run:
    """One time that a job runs, and is billed."""

    began: float
    fate: str
    results: int


@dataclass
class Known:
    """A UUID that the provider has seen and accepted."""

    body: Body
    runs: list[Run] = field(default_factory=list)
    forgotten: bool = False


@dataclass(eq=False)
class Submit:
    """A request that buys, on its way through the provider."""

    bodies: Sequence[Body]
    rows: list[Body] = field(default_factory=list)
    errors: list[Body] = field(default_factory=list)
    registering: list[Body] | None = None  # None: it hasn't been looked at yet
    until: float = NEVER  # nobody waits for it any more, and by then it has arrived
    done: bool = False

    @property
    def uuids(self) -> list[UUID]:
        return [UUID(body["taskUUID"]) for body in self.bodies]


class Provider:
    """What the provider remembers, and what it does with requests."""

    def __init__(self, stage: Stage, ways: Ways, holds: Callable[[UUID], bool]) -> None:
        self._stage, self.ways, self._holds = stage, ways, holds
        self.known: dict[UUID, Known] = {}
        self.submits: dict[UUID, int] = {}
        self.first: dict[UUID, float] = {}
        self.silent: set[UUID] = set()  # of which a send went unanswered
        self.orphans: list[Submit] = []
        self.billed: list[UUID] = []
        self.unreserved: list[UUID] = []  # what ran while nothing was held for it
        self._picture = picture()

    # --- buying ------------------------------------------------------------------------------------------------

    def go_on(self, submit: Submit) -> httpx.Response | None:
        """One step: looked at, then registered; the answer once there is one."""
        if submit.registering is None:
            submit.registering = []
            for body in submit.bodies:
                self._look_at(submit, body)
            if submit.registering and not self.ways.slow:
                return None
        for body in submit.registering:
            self._register(body)
            submit.rows.append(acknowledgement(body))
        submit.done = True
        return answer(submit.rows, submit.errors, 400 if submit.errors and not submit.rows else 200)

    def to_its_end(self, submit: Submit) -> None:
        while not submit.done:
            self.go_on(submit)

    def leave(self, submit: Submit) -> None:
        """Nobody waits for it any more; it may still arrive."""
        self.silent.update(submit.uuids)
        if submit.done:
            return
        submit.until = self._stage.seconds + SETTLES_IN
        if self.ways.slow:
            first = min(self.first.get(uuid, self._stage.seconds) for uuid in submit.uuids)
            submit.until = max(submit.until, min(self._stage.seconds + 3000, first + 3500))
        self.orphans.append(submit)

    def arrive(self, submit: Submit) -> None:
        """One that nobody waits for goes on by a step."""
        self._stage.tell(f"provider: an abandoned submit goes on {submit.uuids}")
        self.go_on(submit)
        if submit.done:
            self._stage.happened["an abandoned submit arrives"] += bool(submit.rows)
            self.orphans.remove(submit)

    def catch_up(self) -> None:
        """All that nobody waits for any more arrives now."""
        while self.orphans:
            self.arrive(self.orphans[0])

    def get_lost(self, submit: Submit) -> None:
        self._stage.happened["a request is lost"] += 1
        submit.done = True
        if submit in self.orphans:
            self.orphans.remove(submit)

    def count(self, uuid: UUID) -> None:
        self.submits[uuid] = self.submits.get(uuid, 0) + 1
        self.first.setdefault(uuid, self._stage.seconds)

    def _look_at(self, submit: Submit, body: Body) -> None:
        uuid = UUID(body["taskUUID"])
        known = self._knows(uuid)
        ended = known is not None and self._ended(known)
        again = self.ways.duplicate == "always" or (self.ways.duplicate == "after_end" and ended)
        if known is not None and not again:
            submit.errors.append(error("conflictTaskUUID", body))
        else:
            assert submit.registering is not None
            submit.registering.append(body)

    def _register(self, body: Body) -> None:
        uuid = UUID(body["taskUUID"])
        known = self._knows(uuid) or Known(body)
        self.known[uuid] = known
        fate = self.ways.fates[len(self.billed) % len(self.ways.fates)]
        known.runs.append(Run(self._stage.seconds, fate, body.get("numberResults", 1)))
        self.billed.append(uuid)
        if not self._holds(uuid):
            self.unreserved.append(uuid)
        self._stage.tell(f"provider: runs and bills {uuid} ({fate})")

    # --- telling -----------------------------------------------------------------------------------------------

    def _knows(self, uuid: UUID) -> Known | None:
        known = self.known.get(uuid)
        return None if known is None or known.forgotten else known

    def _ended(self, known: Known) -> bool:
        return self._stage.seconds >= known.runs[-1].began + WORK

    def forgettable(self) -> list[UUID]:
        """What it may forget: what ended, past its memory."""
        now = self._stage.seconds
        return [uuid for uuid, job in self.known.items() if not job.forgotten and now > job.runs[-1].began + MEMORY]

    def forget(self, uuid: UUID) -> None:
        self._stage.tell(f"provider: forgets {uuid}")
        self.known[uuid].forgotten = True

    def answer_to(self, tasks: Sequence[Body]) -> httpx.Response:
        """What it says to questions."""
        rows: list[Body] = []
        errors: list[Body] = []
        for task in tasks:
            known = self._knows(UUID(task["taskUUID"]))
            if known is None or (self.ways.blind and not self._ended(known)):
                errors.append({**error("taskNotFound", task), "taskType": task["taskType"]})
                continue
            found, failed = self._results(known)
            if task["taskType"] == "getTaskDetails":
                rows.append({**task, "request": [known.body], "response": [{"data": found}]})
            else:
                rows += found
                errors += failed
        return answer(rows, errors)

    def _results(self, known: Known) -> tuple[list[Body], list[Body]]:
        run, body = known.runs[-1], known.body
        if not self._ended(known):
            early = self._stage.seconds >= run.began + WORK / 2 and run.results > 1 and run.fate != "all fail"
            return [*([self._row(body, run, 1)] if early else []), acknowledgement(body) | {"status": "processing"}], []
        if run.fate == "all fail":
            return [], [error("taskFailed", body)]
        fails = 1 if run.fate == "one fails" else 0
        rows = [self._row(body, run, k) for k in range(1, run.results + 1 - fails)]
        return rows[::-1], [error("taskFailed", body)] * fails

    def _row(self, body: Body, run: Run, k: int) -> Body:
        flag = {"NSFWContent": run.fate == "flagged"}
        id_ = f"{body['taskUUID']}-{run.began:.0f}-{k}"
        url = f"http://127.0.0.1:9/image/{body['taskUUID']}/{k}.png"
        return (
            acknowledgement(body) | flag | {"status": "success", "imageUUID": id_, "imageURL": url, "cost": float(COST)}
        )

    def ledger(self) -> Decimal:
        """What all of it came to."""
        return sum((COST * self.paid(uuid) for uuid in self.known), Decimal(0))

    def paid(self, uuid: UUID) -> int:
        """How many results of a job were paid for."""
        fails = {"all fail": 9, "one fails": 1}
        return sum(max(0, run.results - fails.get(run.fate, 0)) for run in self.known[uuid].runs)

    def file(self, uuid: UUID) -> httpx.Response:
        gone = self._knows(uuid) is None
        return httpx.Response(404) if gone else httpx.Response(200, stream=httpx.ByteStream(self._picture))


class Line(httpx.AsyncBaseTransport):
    """A process's connection to the provider."""

    def __init__(self, stage: Stage, provider: Provider, process: Process) -> None:
        self._stage, self._provider, self._process = stage, provider, process

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        provider = self._provider
        if request.method == "GET":
            uuid = UUID(request.url.path.split("/")[2])
            return await self._stage.gate(self._process, "download", lambda: provider.file(uuid))
        tasks = json.loads(await request.aread())
        buying = [task for task in tasks if not task["taskType"].startswith("get")]
        if not buying:
            return await self._stage.gate(self._process, "question", lambda: provider.answer_to(tasks))
        if self._process.crashed:
            raise asyncio.CancelledError
        submit = Submit(buying)
        for uuid in submit.uuids:
            provider.count(uuid)
        try:
            return await self._stage.gate(self._process, "submit", lambda: provider.go_on(submit), subject=submit)
        except BaseException:
            provider.leave(submit)
            raise


def question_goes_wrong(stage: Stage, call: Call, how: int) -> None:
    """A question or a download that comes to nothing."""
    stage.happened["a question goes unanswered"] += 1
    faults = (httpx.ReadError("it broke"), httpx.Response(503), httpx.Response(429, headers={"Retry-After": "1"}))
    stage.answer(call, faults[how % len(faults)])


def submit_goes_wrong(stage: Stage, provider: Provider, call: Call, word: str, how: int) -> None:
    """A submit that is lost, refused, or whose answer is; one that is being registered isn't refused any more."""
    submit: Submit = call.subject
    if submit.registering is not None and word in BEFORE_REGISTERING:
        word = "answer"
    if word == "request":
        provider.get_lost(submit)
        provider.silent.update(submit.uuids)
        stage.answer(call, (httpx.ReadError("it broke"), httpx.ConnectError("nobody there"))[how % 2])
    elif word == "refusal":
        silent = provider.silent.intersection(submit.uuids)
        stage.happened["a refusal after silence" if silent else "a refusal"] += 1
        submit.done = True
        stage.answer(call, answer([], [error(REFUSALS[how % 3], body) for body in submit.bodies], 400))
    elif word == "load":
        stage.happened["a refusal for load"] += 1
        submit.done = True
        stage.answer(call, httpx.Response(429, headers={"Retry-After": "3"} if how % 2 else {}))
    elif word == "answer":
        stage.happened["an answer is lost"] += 1
        provider.to_its_end(submit)
        provider.silent.update(submit.uuids)
        stage.answer(
            call, (httpx.ReadError("it broke"), httpx.Response(502), httpx.Response(200, content=b"{"))[how % 3]
        )
    else:
        stage.happened["a submit is given up"] += 1
        stage.answer(call, httpx.ReadTimeout("too long"))


def acknowledgement(body: Body) -> Body:
    return {"taskType": body["taskType"], "taskUUID": body["taskUUID"]}


def error(code: str, body: Body) -> Body:
    return {"code": code, "message": f"It says {code}.", **acknowledgement(body)}


def answer(rows: list[Body], errors: list[Body], status: int = 200) -> httpx.Response:
    body = {"data": rows, **({"errors": errors} if errors else {})}
    return httpx.Response(status, json=body)


def picture() -> bytes:
    """The one still that this provider makes."""
    file = io.BytesIO()
    Image.new("1", (SIDE, SIDE)).save(file, "PNG")
    return file.getvalue()
