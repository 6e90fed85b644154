"""What is asked of a model, resolved: every default filled in, every size and number decided.

A request is what a take *is*: its digest names it for ever. Fields that change nothing about the result
(`NOT_IN_DIGEST`) travel beside it. A test fails when a field is in neither set.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from stillreel.domain.identity import sha256_of
from stillreel.domain.safety import Check

NOT_IN_DIGEST = frozenset({"safety", "ttl", "include_cost", "delivery", "webhook", "upload_to"})
DAY = 86_400  # seconds; result URLs should outlive a night without anybody looking


class TakeParent(BaseModel):
    """The still's take that a clip starts from."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["take"] = "take"
    take: int
    digest: str  # of the still's request


class ImageParent(BaseModel):
    """A given image that a clip starts from, by its bytes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["image"] = "image"
    sha256: str


Parent = Annotated[TakeParent | ImageParent, Field(discriminator="kind")]


class Beat(BaseModel):
    """One part of a clip that is told in several."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    prompt: str
    duration: float  # seconds


class _Request(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    model: str
    prompt: str  # empty: it is said in another way, or the model takes none
    negative_prompt: str | None = None
    width: int
    height: int
    resolution: str | None = None  # a named one, where the model is asked by name
    results: int = 1
    format: str
    quality: int
    # What changes nothing about the result:
    safety: Check = Check.FAST
    ttl: int | None = DAY  # seconds
    include_cost: bool = True
    delivery: Literal["async", "sync"] = "async"
    webhook: str | None = None  # the name of a setting, never an address
    upload_to: str | None = None  # the name of a setting, never an address

    def meaning(self) -> dict[str, Any]:
        """The fields that make the result what it is, absent ones left out."""
        return self.model_dump(mode="json", exclude=set(NOT_IN_DIGEST), exclude_none=True)

    @property
    def digest(self) -> str:
        """The sha256 that names this request for ever."""
        return sha256_of(["stillreel/request/1", self.meaning()])


class StillRequest(_Request):
    """One or more stills from a prompt; sizes in pixels."""

    stage: Literal["still"] = "still"
    seed: int | None = None
    crop: tuple[int, int] | None = None  # the size it is cut to afterwards, where the model doesn't make that one


class ClipRequest(_Request):
    """One or more clips from a prompt, starting from `parent` if there is one; sizes in pixels, duration in seconds."""

    stage: Literal["clip"] = "clip"
    duration: float
    guidance: float | None = None
    audio: bool | None = None
    beats: tuple[Beat, ...] | None = None
    parent: Parent | None = None
    last: ImageParent | None = None  # the image that it ends with


Request = Annotated[StillRequest | ClipRequest, Field(discriminator="stage")]
