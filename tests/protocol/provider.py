"""A provider in memory, with the design's four assumptions as parameters; each request to it waits at a gate."""

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx

from tests.protocol.plays import clip, picture
from tests.protocol.stage import NEVER, Stage

COST = Decimal("0.0029")  # of each result that came to an end; a little below its quote
SETTLES_IN = 2.0  # seconds after we gave up on a submit, until it is registered, if at all
MEMORY = 3600 + 92.0  # seconds: the hour and a lease for which it remembers
WORK = 3.0  # seconds for a job

Body = dict[str, Any]


@dataclass(frozen=True)
class Ways:
    """What is assumed of the provider."""

    duplicate: str = "conflict"  # a known UUID: conflict | after_end: it may run again | always: it runs again
    slow: bool = False  # registering may take longer than 2 s, then it is one step with the check
    blind: bool = False  # a question may find no trace of a job that is running
    fates: tuple[str, ...] = ("ok",)  # of one run after another
    picky: bool = False  # takes no frame by the id of a still, only what was uploaded


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
        self.stills: set[str] = set()  # ids of what it has made
        self.uploads: set[str] = set()
        self.strange: list[str] = []  # what nobody should ever send
        self._submits: list[Submit] = []

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

    def count(self, submit: Submit) -> None:
        self._submits.append(submit)
        for uuid in submit.uuids:
            self.submits[uuid] = self.submits.get(uuid, 0) + 1
            self.first.setdefault(uuid, self._stage.seconds)

    def on_their_way(self) -> list[UUID]:
        """What was sent, and may still come to run."""
        self._submits = [submit for submit in self._submits if not submit.done]
        return [uuid for submit in self._submits for uuid in submit.uuids]

    def upload(self, task: Body) -> httpx.Response:
        """A frame of somebody's own."""
        if base64.b64decode(task["media"].partition(",")[2]) != picture():
            self.strange.append("an upload that isn't the still")
        id_ = f"upload-{len(self.uploads) + 1}"
        self.uploads.add(id_)
        self._stage.happened["a frame is uploaded"] += 1
        return answer([acknowledgement(task) | {"operation": "upload", "mediaUUID": id_}], [])

    def _refuses_frame(self, body: Body) -> bool:
        frames = [frame["image"] for frame in body.get("inputs", {}).get("frameImages", [])]
        self.strange += [frame for frame in frames if frame not in self.stills | self.uploads]
        if body["taskType"] == "videoInference" and len(frames) != 1:
            self.strange.append(f"a clip from {len(frames)} frames")
        refused = self.ways.picky and not self.uploads.issuperset(frames)
        self._stage.happened["a frame's id is refused"] += refused
        return refused

    def _look_at(self, submit: Submit, body: Body) -> None:
        uuid = UUID(body["taskUUID"])
        known = self._knows(uuid)
        ended = known is not None and self._ended(known)
        again = self.ways.duplicate == "always" or (self.ways.duplicate == "after_end" and ended)
        if known is not None and not again:
            submit.errors.append(error("conflictTaskUUID", body))
        elif self._refuses_frame(body):
            submit.errors.append(error("invalidFrameImages", body))
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
            if task["taskType"] == "accountManagement":
                rows.append(acknowledgement(task) | {"balance": 1000})
                continue
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
        kind, ending = ("video", "mp4") if body["taskType"] == "videoInference" else ("image", "png")
        url = f"http://127.0.0.1:9/{kind}/{body['taskUUID']}/{k}.{ending}"
        self.stills.update([id_] if kind == "image" else [])
        named = {f"{kind}UUID": id_, f"{kind}URL": url}
        return acknowledgement(body) | flag | named | {"status": "success", "cost": float(COST)}

    def ledger(self) -> Decimal:
        """What all of it came to."""
        return sum((COST * self.paid(uuid) for uuid in self.known), Decimal(0))

    def paid(self, uuid: UUID) -> int:
        """How many results of a job were paid for."""
        fails = {"all fail": 9, "one fails": 1}
        return sum(max(0, run.results - fails.get(run.fate, 0)) for run in self.known[uuid].runs)

    def file(self, path: str) -> httpx.Response:
        known = self._knows(UUID(path.split("/")[2]))
        data = clip() if path.endswith(".mp4") else picture()
        return httpx.Response(404) if known is None else httpx.Response(200, stream=httpx.ByteStream(data))


def acknowledgement(body: Body) -> Body:
    return {"taskType": body["taskType"], "taskUUID": body["taskUUID"]}


def error(code: str, body: Body) -> Body:
    return {"code": code, "message": f"It says {code}.", **acknowledgement(body)}


def answer(rows: list[Body], errors: list[Body], status: int = 200) -> httpx.Response:
    body = {"data": rows, **({"errors": errors} if errors else {})}
    return httpx.Response(status, json=body)
