"""What an answer means for each job: whether a purchase was taken, and how far it has come.

Two mistakes cost money here. A silence taken for a refusal is bought twice, so a refusal must be definite and name
the job. Trouble with a question taken for trouble with the job loses a clip, so the two are told apart.
"""

from collections.abc import Sequence
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from stillreel.domain.errors import UnknownShape
from stillreel.domain.events import Row
from stillreel.runware.classify import ErrorKind
from stillreel.runware.wire import Envelope, WireError, excerpt, parse

NEVER_HEARD_OF = frozenset({"taskNotFound"})  # the same as an empty answer
NO_PROOF = frozenset({"taskFailedOrNotFound"})  # ends a job that was accepted, proves nothing for one that may not be
ENDS_OF_JOBS = frozenset({ErrorKind.SAFETY, ErrorKind.TIMEOUT, ErrorKind.PROVIDER, ErrorKind.NOT_FOUND})
DEFINITE = frozenset(set(ErrorKind) - {ErrorKind.TIMEOUT, ErrorKind.PROVIDER, ErrorKind.SERVER, ErrorKind.UNKNOWN})
BY_STATUS = {429: ErrorKind.RATE_LIMIT}  # without a word about the job, no other status proves that it wasn't taken


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Spoken(_Answer):
    """What came back over HTTP: the status, the body with the key taken out, the seconds we were told to wait."""

    status: int
    body: bytes
    retry_after: float | None = None


class Acknowledged(_Answer):
    """The provider has the job."""

    kind: Literal["acknowledged"] = "acknowledged"


class Refused(_Answer):
    """A definite refusal of this job; `for_load` and `conflict` say that it isn't the last word."""

    kind: Literal["refused"] = "refused"
    errors: tuple[WireError, ...] = Field(min_length=1)
    for_load: bool = False  # come again later, with the same body and UUID
    crowded: bool = False  # for load, and not of this job alone: its queue is full
    conflict: bool = False  # the UUID is known: an earlier send may have arrived
    auth: bool = False
    quota: bool = False
    retry_after: float | None = None  # seconds

    def __str__(self) -> str:
        return "; ".join(str(error) for error in self.errors)


class NoAnswer(_Answer):
    """Nobody can say from this whether the job was taken; `sent` is False only if not a byte of it left us."""

    kind: Literal["no_answer"] = "no_answer"
    why: str
    sent: bool = True


Answer = Acknowledged | Refused | NoAnswer


class Asked(_Answer):
    """All that the provider tells of a job at this moment; every answer tells the whole again."""

    rows: tuple[Row, ...] = ()  # distinct by id
    errors: tuple[WireError, ...] = ()  # failures have no id: count them within one answer only
    running: bool = False
    trouble: str = ""  # something about this job that we couldn't ask or understand; it counts as running
    answered: bool = True  # False: nobody could be asked, so this says nothing about the job

    @property
    def trace(self) -> bool:
        """Whether this proves that the provider took the job."""
        seen = bool(self.rows) or self.running
        return (self.answered and seen) or any(error.code not in NO_PROOF for error in self.errors)


class Details(_Answer):
    """What the provider keeps of a job: what was sent, and its last answer under that UUID (maybe a refused replay)."""

    request: tuple[dict[str, Any], ...]
    response: tuple[dict[str, Any], ...]


def read_submit(spoken: Spoken, uuids: Sequence[UUID]) -> dict[UUID, Answer]:
    """What became of each purchase in one request, from whatever came back."""
    try:
        envelope, why = parse(spoken.body), f"not a word about this job: {excerpt(spoken.body)}"
    except UnknownShape as error:
        envelope, why = Envelope(), error.message
    silence = NoAnswer(why=f"HTTP {spoken.status}: {why}")
    return {uuid: _taken(uuid, envelope, spoken) or silence for uuid in uuids}


def _taken(uuid: UUID, envelope: Envelope, spoken: Spoken) -> Acknowledged | Refused | None:
    if any(item.task_uuid == uuid for item in envelope.items):
        return Acknowledged()
    own = tuple(error for error in envelope.errors if error.task_uuid == uuid)
    by_status = BY_STATUS.get(spoken.status)
    if by_status is None and not any(_definite(error, spoken.status) for error in own):
        return None
    kinds = {error.kind for error in own}
    if by_status is not None and not kinds & DEFINITE:
        kinds.add(by_status)
    conflict = ErrorKind.CONFLICT in kinds
    unnamed = tuple(error for error in envelope.errors if error.task_uuid is None)
    return Refused(
        errors=own or unnamed or (_by_status_alone(spoken),),
        for_load=not conflict and bool(kinds & {ErrorKind.RATE_LIMIT, ErrorKind.SERVER}),
        crowded=not conflict and ErrorKind.RATE_LIMIT in kinds,
        conflict=conflict,
        auth=ErrorKind.AUTH in kinds,
        quota=ErrorKind.QUOTA in kinds,
        retry_after=spoken.retry_after,
    )


def _by_status_alone(spoken: Spoken) -> WireError:
    """The error that a refusal without a readable body amounts to."""
    said = excerpt(spoken.body) if spoken.body else "refused without a word"
    return WireError(code=f"HTTP {spoken.status}", message=said, kind=BY_STATUS[spoken.status])


def _definite(error: WireError, status: int) -> bool:
    """Whether an error row proves that the job wasn't taken: a timeout doesn't, nor trouble inside the server."""
    if status >= 500 or status == 408:
        return error.kind in DEFINITE
    return error.kind is not ErrorKind.TIMEOUT


def about_the_question(error: WireError, status: int) -> bool:
    """Whether an error answers our asking and not the job: those never end a job."""
    if error.code in NEVER_HEARD_OF | NO_PROOF:
        return False
    if error.task_uuid is None or error.task_type.startswith("get"):
        return True
    return status >= 400 and error.kind not in ENDS_OF_JOBS


def read_asked(envelope: Envelope, uuid: UUID, *, alone: bool) -> Asked | None:
    """What an answer tells of one job, None if it leaves it out; asked alone, rows without a UUID are its own."""
    items = [item for item in envelope.items if item.task_uuid == uuid or (alone and "taskUUID" not in item.raw)]
    about = [error for error in envelope.errors if error.task_uuid == uuid]
    if not (items or about or alone):
        return None
    rows: dict[str, Row] = {}
    strange: list[str] = []
    for item in items:
        if item.ended and (row := item.row) is None:
            strange.append(excerpt(item.raw))
        elif item.ended and row is not None:
            rows.setdefault(row.id, row)
    return Asked(
        rows=tuple(rows.values()),
        errors=tuple(error for error in about if error.code not in NEVER_HEARD_OF),
        running=bool(strange) or any(not item.ended and item.id not in rows for item in items),
        trouble="; ".join(strange),
    )
