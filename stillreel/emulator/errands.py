"""Everything that isn't inference: ping, the account, uploads."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from stillreel.emulator.darkroom import Darkroom
from stillreel.emulator.given import Given, measure
from stillreel.emulator.memory import Memory
from stillreel.emulator.passing import Passing
from stillreel.emulator.records import GivenImage
from stillreel.emulator.refusals import TaskError, coded
from stillreel.emulator.registry import Registry
from stillreel.emulator.values import is_uuid
from stillreel.emulator.wire import Outcome, Task, Visit

ORGANISATION = "7b0f4a52-5d0c-4d3e-9f0a-6a1f7c1d2e30"
DAY = 86_400.0  # seconds
LARGEST_UPLOAD = 4096  # pixels of a side; an upload is for any model, and measured again for the one that takes it


def check_keys(task: Task, fields: Mapping[str, str]) -> None:
    """Raise TaskError unless a task has exactly these fields, each text, or true for a boolean."""
    for key in task:
        if key not in fields:
            allowed = list(fields)
            message = f"Unsupported parameter '{key}'. Allowed values are: {', '.join(allowed)}."
            raise TaskError("unsupportedParameter", message, key, allowedValues=[*allowed])
    for key, kind in fields.items():
        if key not in task:
            raise TaskError(coded("missing", key), f"The parameter '{key}' is required.", key, type=kind)
        if not (task[key] is True if kind == "boolean" else isinstance(task[key], str)):
            raise TaskError(coded("invalid", key), f"'{key}' must be of type {kind}.", key, type=kind)
    if "taskUUID" in fields and not is_uuid(task["taskUUID"]):
        raise TaskError("invalidTaskUUID", "'taskUUID' must be a UUID v4.", "taskUUID", type="string")


class Errands:
    """The tasks that cost nothing."""

    def __init__(self, memory: Memory, registry: Registry, given: Given, darkroom: Darkroom, clock: Passing) -> None:
        self._memory = memory
        self._registry = registry
        self._given = given
        self._darkroom = darkroom
        self._clock = clock

    async def ping(self, task: Task, visit: Visit) -> Outcome:  # noqa: ARG002 - as all handlers
        """The service is there."""
        check_keys(
            {key: value for key, value in task.items() if key != "taskUUID"}, {"taskType": "string", "ping": "boolean"}
        )
        return Outcome([{"taskType": "ping", "pong": True}], [])

    async def account(self, task: Task, visit: Visit) -> Outcome:
        """The balance, and what was used so far."""
        check_keys(task, {"taskType": "string", "taskUUID": "string", "operation": "string"})
        if task["operation"] != "getDetails":
            raise TaskError(
                "invalidOperation", "Only getDetails is offered here.", "operation", allowedValues=["getDetails"]
            )
        balance = float(self._registry.balance)
        shaped: Any = balance if visit.switches.balance_shape == "number" else {"amount": balance, "currency": "USD"}
        row = {
            "taskType": "accountManagement",
            "taskUUID": task["taskUUID"],
            "organizationUUID": ORGANISATION,
            "organizationName": "Emulated Pictures",
            "balance": shaped,
            "team": [],
            "apiKeys": [],
            "usage": self._usage(),
        }
        return Outcome([row], [])

    def _usage(self) -> dict[str, dict[str, float]]:
        now, charges = self._clock.now(), self._memory.charges()
        spans = {"total": now, "today": now % DAY, "last7Days": 7 * DAY, "last30Days": 30 * DAY}
        usage = {}
        for name, span in spans.items():
            within = [charge for charge in charges if charge.at >= now - span]
            usage[name] = {"credits": float(sum(charge.amount for charge in within)), "requests": len(within)}
        return usage

    async def media_storage(self, task: Task, visit: Visit) -> Outcome:
        """Upload an image, or delete one."""
        check_keys(task, {"taskType": "string", "taskUUID": "string", "operation": "string", "media": "string"})
        match task["operation"]:
            case "upload":
                image = await self._store(task["media"], "media", visit)
                url = f"{visit.origin}/image/ws/5/im/{image.id}.{image.extension}"
                row = {"mediaUUID": image.id, "mediaURL": url}
            case "delete":
                known = self._memory.image(task["media"])
                if known is None or known.deleted:
                    raise TaskError("mediaNotFound", "No media with this UUID was found.", "media", status=404)
                self._memory.keep_image(known.model_copy(update={"deleted": True}))
                row = {"mediaUUID": known.id}
            case _:
                allowed = ["upload", "delete"]
                raise TaskError("invalidOperation", "Unknown operation.", "operation", allowedValues=[*allowed])
        return Outcome(
            [{"taskType": "mediaStorage", "taskUUID": task["taskUUID"], "operation": task["operation"], **row}], []
        )

    async def image_upload(self, task: Task, visit: Visit) -> Outcome:
        """The old way to upload an image."""
        check_keys(task, {"taskType": "string", "taskUUID": "string", "image": "string"})
        image = await self._store(task["image"], "image", visit)
        return Outcome([{"taskType": "imageUpload", "taskUUID": task["taskUUID"], "imageUUID": image.id}], [])

    async def _store(self, value: str, path: str, visit: Visit) -> GivenImage:
        data = await self._given.bytes_of(value, path, visit.switches, LARGEST_UPLOAD)
        extension = measure(data, path, LARGEST_UPLOAD)
        image = GivenImage(id=str(uuid4()), sha256=await self._darkroom.keep(data), extension=extension)
        self._memory.keep_image(image)
        return image
