"""When a fault strikes: for which models and kinds of task, at which occasion, how often."""

import random
from collections.abc import Iterable
from typing import Annotated, Any, NamedTuple, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PrivateAttr


class Subject(NamedTuple):
    """What a request is about: a task's type and its model, as far as they can be told."""

    task_type: str
    model: str | None = None


class Scope(BaseModel):
    """Where a fault applies; an empty scope is everywhere and always."""

    model_config = ConfigDict(extra="forbid")

    models: tuple[str, ...] = Field((), description="only these models; empty: all")
    task_types: tuple[str, ...] = Field((), description="only these task types; empty: all")
    nth: int | None = Field(None, ge=1, description="only the n-th occasion that matches")
    times: int | None = Field(None, ge=1, description="at most so many times")
    share: float = Field(1.0, ge=0, le=1, description="this share of the occasions, by a seeded die")

    _seen: int = PrivateAttr(default=0)
    _struck: int = PrivateAttr(default=0)

    def strikes(self, subjects: Iterable[Subject], seed: int = 0) -> bool:
        """Whether the fault happens on this occasion, which is counted if it matches."""
        if not any(self._matches(subject) for subject in subjects):
            return False
        self._seen += 1
        if self.nth is not None and self._seen != self.nth:
            return False
        if self.times is not None and self._struck >= self.times:
            return False
        die = random.Random(f"{seed}/{type(self).__name__}/{self._seen}")  # noqa: S311 - a fault, not a secret
        if die.random() >= self.share:
            return False
        self._struck += 1
        return True

    def _matches(self, subject: Subject) -> bool:
        return (not self.models or subject.model in self.models) and (
            not self.task_types or subject.task_type in self.task_types
        )


def _listed(value: Any) -> Any:
    """One fault for a list of one; true for a fault with every default; false and null for none."""
    match value:
        case True:
            return [{}]
        case False | None:
            return []
        case dict() | Scope():
            return [value]
        case _:
            return value


S = TypeVar("S", bound=Scope)
Faults = Annotated[list[S], BeforeValidator(_listed)]


def struck(faults: Iterable[S], subjects: Iterable[Subject], seed: int = 0) -> S | None:
    """The first fault of a list that happens on this occasion."""
    asked = list(subjects)
    return next((fault for fault in faults if fault.strikes(asked, seed)), None)
