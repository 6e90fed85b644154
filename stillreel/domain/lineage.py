"""Lineage: the record beside each file, from which anybody can tell how it came to be, with the archive alone."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from stillreel.domain.events import Run
from stillreel.domain.media import Facts
from stillreel.domain.money import Quote, Usd, row_said, spelled
from stillreel.domain.names import Place
from stillreel.domain.requests import ClipRequest, Request, StillRequest
from stillreel.domain.safety import Check, Verdict

UNTOLD: Mapping[str, str] = {}


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class What(_Part):
    """The file itself."""

    uri: str
    size: int  # bytes
    sha256: str
    crc32c: str
    media: Facts | None  # None: it couldn't be opened, which is why it lies in quarantine


class Answer(_Part):
    """What the provider said of this result."""

    task_uuid: UUID
    result: str  # imageUUID or videoUUID
    url_host: str  # the address itself is secret enough to stay out, and expires
    seed: int | None
    cost: Usd | None  # None: it wasn't said, or the record at `cost_in` says it
    cost_in: str | None = None  # uri of the file whose record says what both cost, if this one was cut from it
    flag: bool | None  # NSFWContent; None: it wasn't said


class Safety(_Part):
    """What was asked of the safety check, and what it said."""

    asked: Check
    verdict: Verdict


class ParentFile(_Part):
    """A file that this one was made from."""

    uri: str
    sha256: str
    take: int | None = None
    digest: str | None = None  # of the parent's request
    lineage: str | None = None  # uri; None: the image was given, and when it was used no record said where from
    frame: Literal["first", "last"] | None = None  # of a clip, where this file stands in it


class Times(_Part):
    """When things happened, in UTC."""

    planned: datetime
    accepted: datetime | None
    seen: datetime
    archived: datetime


class Lineage(_Part):
    """How one file came to be."""

    schema_version: Literal["stillreel/lineage/1"] = "stillreel/lineage/1"
    what: What
    place: Place
    k: int  # which result of the job
    purchase: int
    request: Request
    digest: str
    body: dict[str, Any]  # the task object as it was sent, without the key
    answer: Answer
    quote: Quote
    doubts: tuple[str, ...] = ()  # what nobody knew for certain of what was asked, when it was bought
    safety: Safety
    parents: tuple[ParentFile, ...]
    run: Run  # that archived it
    bought_by: Run
    times: Times

    def short(self) -> dict[str, str]:
        """A few facts for an object's metadata, for people and catalogues, and to know our own file again."""
        return {
            "sha256": self.what.sha256,
            "model": self.request.model,
            "task-uuid": str(self.answer.task_uuid),
            "result": self.answer.result,
            "take": str(self.place),
            "flow-run": self.run.flow_run,
            "verdict": str(self.safety.verdict),
            "cost-usd": "" if self.answer.cost is None else str(self.answer.cost),
            "stillreel": self.run.version,
        }


def told(record: Lineage, brought: Mapping[str, str] = UNTOLD) -> str:
    """The record for a person, a line a fact; `brought` says by their sha256 where given images came from."""
    media, beats = record.what.media, beats_said(record.request)
    facts = [
        ("file", f"{record.what.uri} ({record.what.size} bytes)"),
        ("media", "unreadable" if media is None else media_said(media)),
        ("cut", _cut(record)),
        ("prompt", record.request.prompt),
        *(("beat", beat) for beat in beats),
        ("not", record.request.negative_prompt),
        ("model", f"{record.request.model}, seed {record.answer.seed}"),
        ("cost", f"quoted ${spelled(record.quote.expected)}{_for_all(record)}, {_reported(record)}"),
        ("price", f"{row_said(record.quote.row)}, since {record.quote.row.since} ({record.quote.row.source})"),
        ("safety", f"{record.safety.verdict} (asked: {record.safety.asked})"),
        ("made", f"{record.times.archived:%Y-%m-%d %H:%M:%S} UTC, run {record.run.flow_run}"),
        ("job", f"{record.answer.task_uuid}, purchase {record.purchase}"),
        ("sha256", record.what.sha256),
        (
            "from",
            ", ".join(_parent(parent, brought) for parent in record.parents)
            or f"its {'beats' if beats else 'prompt'} alone",
        ),
        *(("doubt", doubt) for doubt in record.doubts),
    ]
    lines = [f"  {name:7} {value}" for name, value in facts if value]
    return "\n".join([f"{record.place}, result {record.k}", *lines])


def _for_all(record: Lineage) -> str:
    """That a quote is the job's, where others came of it, too."""
    return f" for all {record.request.results} results" if record.request.results > 1 else ""


def _reported(record: Lineage) -> str:
    answer = record.answer
    if answer.cost_in is not None:
        return f"reported with {answer.cost_in}, from which this is cut"
    said = "nothing" if answer.cost is None else f"${spelled(answer.cost)}"
    return f"reported {said}{' for this one' if record.request.results > 1 else ''}"


def beats_said(request: Request) -> tuple[str, ...]:
    """The parts of a clip that stand in its prompt's place, each with its seconds; none for what has a prompt."""
    beats = request.beats if isinstance(request, ClipRequest) else None
    return tuple(f"{beat.duration:g} s: {beat.prompt}" for beat in beats or ())


def _cut(record: Lineage) -> str:
    """What was cut from what, for a still of a size that its model doesn't make; empty for others."""
    request, media = record.request, record.what.media
    if not isinstance(request, StillRequest) or request.crop is None or media is None:
        return ""
    made, size = f"{request.width}x{request.height}", "x".join(map(str, request.crop))
    if (media.width, media.height) == request.crop:
        return f"to {size} from the middle of {made}, which is what the model makes"
    return f"as made, {made}; {size} is cut from it"


def _parent(parent: ParentFile, brought: Mapping[str, str]) -> str:
    frame = " as its last frame" if parent.frame == "last" else ""
    source = f" (brought from {brought[parent.sha256]})" if parent.sha256 in brought else ""
    return f"{parent.uri}{frame}{source}"


def media_said(media: Facts) -> str:
    """What a file is, in a few words."""
    lasts = f", {media.seconds:g} s, {media.fps:g} fps, {media.frames} frames" if media.seconds and media.fps else ""
    return f"{media.codec} in {media.container}, {media.width}x{media.height}{lasts}"
