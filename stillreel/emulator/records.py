"""What the emulator remembers: jobs, their results, given images, charges."""

from decimal import Decimal
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from stillreel.domain.money import Usd

Format = Literal["PNG", "JPG", "WEBP", "MP4", "MOV", "WEBM"]
CLIP_FORMATS = ("MP4", "MOV", "WEBM")


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Picture(_Record):
    """How a still is made, again and again the same."""

    kind: Literal["still"] = "still"
    prompt: str
    seed: int
    width: int
    height: int
    format: Format = "PNG"
    quality: int = 95
    canned: bool = False


class Footage(_Record):
    """How a clip is made, again and again the same: from given images, or from a drawn one."""

    kind: Literal["clip"] = "clip"
    first: str | None = None  # id of a given image or of a generated still
    last: str | None = None  # likewise, of the image that it ends with
    prompt: str
    seed: int
    width: int
    height: int
    duration: float
    fps: int
    sound: bool = False
    length: int | None = None  # bytes that its file is filled up to
    format: Format = "MP4"
    quality: int = 95
    canned: bool = False


class Result(_Record):
    """One result of one run of a job: when it is ready, and what it is then. All of it is decided at submit."""

    id: str
    task_uuid: str
    run: int
    k: int
    ready_at: float  # by the emulator's clock
    expires_at: float | None = None
    seed: int
    cost: Usd
    flag: bool | None = None  # None: nobody looked
    error: dict[str, Any] | None = None
    making: Picture | Footage


class Watched(_Record):
    """When a result was there and when its buyer was first shown it, by the emulator's clock."""

    id: str
    taskUUID: str  # noqa: N815 - as the wire spells it
    taskType: str  # noqa: N815 - likewise
    first: str | None  # the image that a clip starts from, by its UUID
    failed: bool
    accepted: float
    ready: float
    seen: float | None


class Job(_Record):
    """One taskUUID and what became of it."""

    task_uuid: str
    task_type: str
    model: str | None
    request: dict[str, Any]
    origin: str  # where the submit came in: what webhooks call our address
    submits: int = 0
    refusal: dict[str, Any] | None = None  # the last one
    runs: int = 0
    accepted_at: float | None = None  # of the last run
    billed: Usd = Decimal(0)


class GivenImage(_Record):
    """An uploaded image."""

    id: str
    sha256: str
    extension: str
    deleted: bool = False


class Charge(_Record):
    """One run of one job, paid from the balance."""

    taskUUID: str  # noqa: N815 - as the wire spells it
    run: int
    model: str
    amount: Usd
    results: int
    at: float
