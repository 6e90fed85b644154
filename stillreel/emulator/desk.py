"""The desk where tasks are handed in: each goes to whoever handles its kind, and one refusal stops no other."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from stillreel.emulator.errands import Errands
from stillreel.emulator.inference import KINDS, Inference
from stillreel.emulator.refusals import TaskError
from stillreel.emulator.registry import Registry
from stillreel.emulator.wire import Outcome, Task, Visit, plain
from stillreel.runware.catalogue.entry import Entry

Handler = Callable[[Task, Visit], Awaitable[Outcome]]


class Desk:
    """Answers tasks; knows nothing of HTTP."""

    def __init__(
        self, entries: Mapping[str, Entry], registry: Registry, inference: Inference, errands: Errands
    ) -> None:
        self._entries = entries
        self._registry = registry
        self._handlers: dict[str, Handler] = {
            **dict.fromkeys(KINDS, inference.buy),
            "getResponse": inference.poll,
            "getTaskDetails": inference.details,
            "ping": errands.ping,
            "accountManagement": errands.account,
            "mediaStorage": errands.media_storage,
            "imageUpload": errands.image_upload,
        }

    async def handle(self, tasks: list[Task], visit: Visit) -> list[Outcome]:
        """One outcome a task, in their order; they don't wait for each other."""
        polls = [task for task in tasks if task.get("taskType") == "getResponse"]
        if len(polls) > 1 and visit.switches.batch_poll == "refuse":
            return [Outcome([], [{"code": "unsupportedBatch", "message": "One getResponse in a request."}], 400)]
        unheard = polls[1:] if visit.switches.batch_poll == "first" else []
        heard = [task for task in tasks if not any(task is poll for poll in unheard)]
        return list(await asyncio.gather(*(self._one(task, visit) for task in heard)))

    async def _one(self, task: Task, visit: Visit) -> Outcome:
        try:
            return await self._handler(task)(task, visit)
        except TaskError as refusal:
            kind, model = (value if isinstance(value := task.get(key), str) else "" for key in ("taskType", "model"))
            row = refusal.row(task, self._entries.get(model))
            if kind in KINDS and not visit.dry:
                self._registry.note_refusal(plain(task), row, visit.origin)
            return Outcome([], [row], refusal.status)

    def _handler(self, task: Task) -> Handler:
        kind = task.get("taskType")
        handler = self._handlers.get(kind) if isinstance(kind, str) else None
        if handler is None:
            code = "unsupportedTaskType" if "taskType" in task else "missingTaskType"
            known = list(self._handlers)
            message = f"The taskType must be one of: {', '.join(known)}."
            raise TaskError(code, message, "taskType", type="string", allowedValues=[*known])
        return handler
