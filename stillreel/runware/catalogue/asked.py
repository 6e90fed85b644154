"""What a person asks of a model, before any default is filled in."""

from pydantic import BaseModel, ConfigDict

from stillreel.domain.requests import Beat, ImageParent, Parent
from stillreel.domain.safety import Check


class Asked(BaseModel):
    """What can be asked of every model."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    prompt: str
    negative_prompt: str | None = None  # empty means none, too
    size: str = "16:9"
    width: int | None = None  # pixels; given together with height, it is taken instead of size
    height: int | None = None
    resolution: str | None = None  # None: the model's own
    results: int = 1
    format: str | None = None  # None: the model's default, here and below
    quality: int | None = None
    safety: Check = Check.FAST


class AskedStill(Asked):
    """What a person asks of an image model."""

    seed: int | None = None


class AskedClip(Asked):
    """What a person asks of a video model."""

    duration: float | None = None  # seconds
    guidance: float | None = None
    audio: bool | None = None
    beats: tuple[Beat, ...] = ()
    parent: Parent | None = None
    from_frame: bool = False  # true while the parent isn't known yet, so that all else can be checked
    last: ImageParent | None = None
    to_frame: bool = False  # the same of the last image
