"""The rows of an answer: what a job's results look like on the wire at a given moment."""

import base64
from typing import Any

from stillreel.emulator.darkroom import Darkroom, is_clip
from stillreel.emulator.records import Job, Result
from stillreel.emulator.refusals import documentation
from stillreel.emulator.switches import Switches
from stillreel.runware.catalogue.entry import Entry

Row = dict[str, Any]
URL = "URL"


def address(origin: str, result: Result) -> str:
    """Where a result's bytes are served."""
    making = result.making
    folder = f"video/os/{result.id[:6]}/ws/5/vi" if is_clip(making) else "image/ws/5/ii"
    return f"{origin}/{folder}/{result.id}.{making.format.lower()}"


def acknowledgement(task: Row) -> Row:
    """The answer to an asynchronous submit, however many results were asked for."""
    return {"taskType": task["taskType"], "taskUUID": task["taskUUID"]}


class Rows:
    """Builds rows from what is remembered; base64 results need their bytes, so this may draw."""

    def __init__(self, darkroom: Darkroom) -> None:
        self._darkroom = darkroom

    async def success(self, job: Job, result: Result, entry: Entry, origin: str, *, polled: bool) -> Row:
        """The row of a finished result."""
        names, asked = entry.result, job.request
        row: Row = acknowledgement(asked)
        if polled:
            row["status"] = "success"
        row[names.id] = result.id
        kind = asked.get("outputType", URL)
        if kind == URL:
            row[names.url] = address(origin, result)
        else:
            data = base64.b64encode((await self._darkroom.file(result)).read_bytes()).decode()
            prefix = f"data:image/{_mime(result)};base64,"
            row |= {names.base64: data} if kind == "base64Data" else {names.data_uri: prefix + data}
        row["seed"] = result.seed
        if result.flag is not None:
            row["NSFWContent"] = result.flag
        if asked.get("includeCost"):
            row["cost"] = float(result.cost)
        return row

    @staticmethod
    def failure(job: Job, result: Result, entry: Entry | None) -> Row:
        """The row of a result that failed, as it stands among the errors."""
        return {
            **(result.error or {}),
            "status": "error",
            **acknowledgement(job.request),
            "documentation": documentation(entry),
        }

    @staticmethod
    def processing(job: Job, waiting: list[Result], entry: Entry, switches: Switches, now: float) -> list[Row]:
        """What a poll shows of results that aren't there yet."""
        row = {**acknowledgement(job.request), "status": "processing"}
        if switches.poll_row == "early_id":
            return [{**row, entry.result.id: result.id} for result in waiting]
        if switches.poll_row == "progress":
            began = job.accepted_at or now
            span = max(waiting[-1].ready_at - began, 0.001)
            return [{**row, "progress": min(99, int(100 * (now - began) / span))}]
        return [row]


def _mime(result: Result) -> str:
    return {"JPG": "jpeg"}.get(result.making.format, result.making.format.lower())
