"""Inference tasks: bought, polled, looked up."""

from collections.abc import Mapping
from typing import Any

from stillreel.emulator.errands import check_keys
from stillreel.emulator.given import Ends, Given, longest_side, placed
from stillreel.emulator.passing import Passing
from stillreel.emulator.records import Job
from stillreel.emulator.refusals import TaskError
from stillreel.emulator.registry import Registry
from stillreel.emulator.rows import Rows, acknowledgement
from stillreel.emulator.scope import Subject, struck
from stillreel.emulator.strictness import check_task, values
from stillreel.emulator.switches import Switches
from stillreel.emulator.values import is_uuid
from stillreel.emulator.wire import Outcome, Row, Task, Visit, plain
from stillreel.runware.catalogue.entry import Entry

KINDS = {"imageInference": "still", "videoInference": "clip"}
QUESTION = {"taskType": "string", "taskUUID": "string"}


class Inference:
    """Takes jobs and answers questions about them."""

    def __init__(
        self, entries: Mapping[str, Entry], registry: Registry, given: Given, rows: Rows, clock: Passing
    ) -> None:
        self._entries = entries
        self._registry = registry
        self._given = given
        self._rows = rows
        self._clock = clock

    async def buy(self, task: Task, visit: Visit) -> Outcome:
        """Accept a job: acknowledged, or waited for where delivery is synchronous."""
        switches = visit.switches
        entry = self._entry(task, switches)
        check_task(entry, task, self._clock.today(), accept_unknown=switches.unknown == "accept")
        subject = [Subject(task["taskType"], entry.air)]
        refusal = struck(switches.refuse, subject, switches.seed)
        if refusal is not None:
            raise TaskError(refusal.code, refusal.message, status=refusal.status)
        ends = await self._ends(entry, task, visit, subject)
        task = plain(task)
        job, results = self._registry.accept(entry, task, ends, visit.origin, switches, dry=visit.dry)
        if visit.dry:
            cost = sum(result.cost for result in results)
            return Outcome([{**acknowledgement(task), "cost": float(cost)}], [])
        if task.get("deliveryMethod", entry.fields["deliveryMethod"].default) != "sync":
            return Outcome([acknowledgement(task)], [])
        await self._clock.wait_until(results[-1].ready_at)
        return await self._delivered(job, entry, visit)

    async def _delivered(self, job: Job, entry: Entry, visit: Visit) -> Outcome:
        ready, _ = self._registry.sides(job)
        self._registry.shows(ready)
        data = [
            await self._rows.success(job, each, entry, visit.origin, polled=False)
            for each in ready
            if each.error is None
        ]
        errors = [self._rows.failure(job, each, entry) for each in ready if each.error is not None]
        return Outcome(data, errors, None if data else 400)

    async def _ends(self, entry: Entry, task: Task, visit: Visit, subject: list[Subject]) -> Ends:
        """What a clip starts from and ends with; every given image must be known or decodable."""
        switches, longest = visit.switches, longest_side(entry)
        given = [(path, item) for path, value in values(entry, task) for item in _images(entry, path, value)]
        refuse = bool(given) and struck(switches.refuse_frame_uuid, subject, switches.seed) is not None
        known = [
            await self._given.frame(
                item if isinstance(item, str) else item["image"],
                path,
                switches,
                visit.origin,
                refuse_generated=refuse,
                longest=longest,
            )
            for path, item in given
        ]
        frames = [n for n, (path, _) in enumerate(given) if entry.fields[path].type == "frames"]
        if frames:
            return placed([given[n][1] for n in frames], [known[n] for n in frames])
        return Ends(known[0]) if known else Ends()

    def _entry(self, task: Task, switches: Switches) -> Entry:
        model = task.get("model")
        entry = self._entries.get(model) if isinstance(model, str) else None
        if "model" not in task:
            raise TaskError("missingModel", "The parameter 'model' is required.", "model", type="string")
        if entry is None or entry.kind != KINDS[task["taskType"]] or entry.air in switches.retired:
            raise TaskError("invalidModel", "The model isn't available for this task.", "model", type="string")
        return entry

    async def poll(self, task: Task, visit: Visit) -> Outcome:
        """All that is known of a job, each time again."""
        job = self._known(task, visit)
        if isinstance(job, Outcome):
            return job
        return await self._standing(job, visit)

    async def details(self, task: Task, visit: Visit) -> Outcome:
        """What was sent under a UUID, and what was answered last: after a refused replay that is the refusal."""
        job = self._known(task, visit, refused=visit.switches.details_of_refused)
        if isinstance(job, Outcome):
            return job
        if job.refusal is not None:
            response = {"data": [], "errors": [job.refusal]}
        else:
            standing = await self._standing(job, visit)
            response = {"data": standing.data} | ({"errors": standing.errors} if standing.errors else {})
        row = {"taskType": "getTaskDetails", "taskUUID": job.task_uuid, "request": [job.request], "response": response}
        return Outcome([row], [])

    async def _standing(self, job: Job, visit: Visit) -> Outcome:
        entry, switches = self._entries[job.model or ""], visit.switches
        ready, waiting = self._registry.sides(job)
        self._registry.shows(ready)
        data: list[Row] = []
        errors: list[Row] = []
        for result in ready:
            if result.error is None:
                data.append(await self._rows.success(job, result, entry, visit.origin, polled=True))
            elif switches.error_place == "errors":
                errors.append(self._rows.failure(job, result, entry))
            else:
                row = {**acknowledgement(job.request), "status": "error", "error": dict(result.error)}
                data.append(row)
        if waiting:
            data += self._rows.processing(job, waiting, entry, switches, self._clock.now())
        return Outcome(data, errors)

    def _known(self, task: Task, visit: Visit, *, refused: bool = False) -> Job | Outcome:
        """The job that is asked about; the answer for an unknown one is a switch."""
        check_keys(task, QUESTION)
        job = self._registry.shown(task["taskUUID"], visit.switches) if is_uuid(task["taskUUID"]) else None
        if job is None and refused:
            job = self._registry.refused(task["taskUUID"])
        if job is not None:
            return job
        if visit.switches.unknown_uuid == "taskNotFound":
            raise TaskError("taskNotFound", "No task with this taskUUID was found.", "taskUUID", status=404)
        return Outcome([], [])


def _images(entry: Entry, path: str, value: Any) -> list[Any]:
    """The images in a field: frames, references, or a single one."""
    match entry.fields[path].type:
        case "frames" | "images":
            return list(value)
        case "image":
            return [value]
        case _:
            return []
