"""Reels: clips joined in order, and the record beside a reel, which names every clip that is in it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from stillreel.domain.events import Run
from stillreel.domain.given import GivenLineage
from stillreel.domain.identity import sha256_of
from stillreel.domain.lineage import Lineage, What, media_said, told
from stillreel.domain.names import Name

SCHEMA: Literal["stillreel/reel/1"] = "stillreel/reel/1"
SETTINGS = {"as": SCHEMA, "container": "mp4", "otherwise": "libx264 crf 18 preset fast, aac 192k 48000 stereo"}


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ReelClip(_Part):
    """One clip of a reel, where it stands in the reel's order."""

    uri: str
    sha256: str
    shot: str
    lineage: str  # uri
    begins: float  # seconds into the reel
    seconds: float
    frames: int


class Joined(_Part):
    """How the clips became one file."""

    how: Literal["remuxed", "re-encoded"]
    why: str  # they weren't simply put one after the other; or that they could be
    settings: dict[str, str]


class ReelLineage(_Part):
    """How a reel came to be."""

    schema_version: Literal["stillreel/reel/1"] = SCHEMA
    what: What
    project: Name
    name: Name  # of what it is the reel of
    digest: str  # of the clips in their order and the settings: the start of it is in the file's name
    joined: Joined
    clips: tuple[ReelClip, ...]
    run: Run  # that joined them
    made: datetime

    def short(self) -> dict[str, str]:
        """A few facts for the object's metadata."""
        return {
            "sha256": self.what.sha256,
            "reel": self.digest,
            "clips": str(len(self.clips)),
            "joined": self.joined.how,
            "flow-run": self.run.flow_run,
            "stillreel": self.run.version,
        }


Record = Lineage | ReelLineage | GivenLineage


def reel_digest(clips: list[str]) -> str:
    """The name for ever of these clips, by their sha256, in this order and joined in our way."""
    return sha256_of({"clips": clips, "settings": SETTINGS})


def told_of(record: Record, others: Sequence[Record] = ()) -> str:
    """Any record of the archive for a person, a line a fact; `others` may say where given images came from."""
    match record:
        case GivenLineage():
            return record.told()
        case Lineage():
            return told(record, {one.what.sha256: one.source for one in others if isinstance(one, GivenLineage)})
    return _told(record)


def _told(record: ReelLineage) -> str:
    media = record.what.media
    facts = {
        "file": f"{record.what.uri} ({record.what.size} bytes)",
        "media": "unreadable" if media is None else media_said(media),
        "joined": f"{record.joined.how}: {record.joined.why}",
        "made": f"{record.made:%Y-%m-%d %H:%M:%S} UTC, run {record.run.flow_run}",
        "sha256": record.what.sha256,
    }
    lines = [f"  {name:7} {value}" for name, value in facts.items()]
    lines += [f"  {_at(clip.begins):7} {clip.uri}, {clip.seconds:g} s" for clip in record.clips]
    return "\n".join([f"{record.project}, reel of {record.name}: {len(record.clips)} clips", *lines])


def _at(seconds: float) -> str:
    minutes, rest = divmod(seconds, 60)
    return f"{int(minutes)}:{rest:05.2f}"
