"""Selections of jobs: those of a project, of one of its shots, or a single one; also the forms of two flows."""

from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from stillreel.domain.jobs import Job
from stillreel.domain.names import NAME_PATTERN, legal_name

EMPTY_OR_NAME = rf"^({NAME_PATTERN[1:-1]})?$"
EMPTY_OR_UUID = "^([0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})?$"


def _form(position: int, **schema: Any) -> dict[str, Any]:
    return {"position": position, **schema}


class Selection(BaseModel):
    """Which jobs; nothing named: all of them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    project: str = Field("", description="The jobs of this project.", json_schema_extra=_form(0, pattern=EMPTY_OR_NAME))
    shot: str = Field(
        "",
        description="Of that project, the jobs of this shot alone.",
        json_schema_extra=_form(1, pattern=EMPTY_OR_NAME),
    )
    job: str = Field(
        "",
        description="One job, by the id that `stillreel jobs` shows, in place of a project.",
        json_schema_extra=_form(2, pattern=EMPTY_OR_UUID),
    )

    @model_validator(mode="after")
    def _check(self) -> "Selection":
        for name in filter(None, (self.project, self.shot)):
            legal_name(name)
        if self.job:
            UUID(self.job)
        if self.shot and not self.project:
            raise ValueError("a shot is named together with its project")
        if self.job and self.project:
            raise ValueError("either a job or a project is named, not both")
        return self

    def __str__(self) -> str:
        if self.job:
            return f"job {self.job}"
        return "/".join(filter(None, (self.project, self.shot))) or "every job"

    @property
    def uuid(self) -> UUID | None:
        """The single job, if one is named."""
        return UUID(self.job) if self.job else None

    def holds(self, job: Job) -> bool:
        """Whether a job belongs to it; one that was never planned has no place."""
        if self.job:
            return job.uuid == self.uuid
        if not self.project or not job.events:
            return not self.project
        place = job.planned.place
        return place.project == self.project and self.shot in ("", place.shot)


class Chosen(Selection):
    """Which jobs; something is named."""

    @model_validator(mode="after")
    def _name_something(self) -> "Chosen":
        if not (self.project or self.job):
            raise ValueError("name a project, a shot of it, or a job")
        return self
