"""What a media file turned out to be when it was opened."""

from typing import Literal

from pydantic import BaseModel, ConfigDict


class Facts(BaseModel):
    """Facts measured from the bytes, never copied from what was promised."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["still", "clip"]
    container: str  # png, jpeg, webp; mp4, mov, webm
    codec: str
    width: int  # pixels
    height: int
    size: int  # bytes
    seconds: float | None = None  # clips only, as are the next two
    fps: float | None = None
    frames: int | None = None  # really present
