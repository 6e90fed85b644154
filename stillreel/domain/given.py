"""Given images: the record beside each, from which anybody can tell which picture it was."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from stillreel.domain.events import Run
from stillreel.domain.lineage import What, media_said
from stillreel.domain.names import Name


class GivenLineage(BaseModel):
    """Where a given image came from when it was first brought into the archive."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_version: Literal["stillreel/given/1"] = "stillreel/given/1"
    what: What
    project: Name
    shot: Name
    source: str  # as whoever gave it named it, but for what may be a secret
    run: Run | None  # None: the command line brought it, before its run began
    brought: datetime

    def told(self) -> str:
        """The record for a person, a line a fact."""
        who = "the command line" if self.run is None else f"run {self.run.flow_run}"
        facts = {
            "file": f"{self.what.uri} ({self.what.size} bytes)",
            "media": "unreadable" if self.what.media is None else media_said(self.what.media),
            "brought": f"from {self.source}",
            "when": f"{self.brought:%Y-%m-%d %H:%M:%S} UTC, by {who}",
            "sha256": self.what.sha256,
        }
        lines = [f"  {name:7} {value}" for name, value in facts.items()]
        return "\n".join([f"{self.project}/{self.shot}, a given image", *lines])
