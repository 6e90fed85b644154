"""Blocks that a schema says the same as, so that an imported entry is as short as one that a person would write.

Only blocks without an origin of their own are extended: others say of their fields that a client types them, or that
an older page has them, which isn't so of a model whose schema was read.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter

from stillreel.runware.catalogue.blocks import block, extended
from stillreel.runware.catalogue.entry import FieldRule, Rule
from stillreel.runware.catalogue.importing.alike import alike
from stillreel.runware.catalogue.importing.clauses import Clause, clauses_of
from stillreel.runware.catalogue.importing.reading import TaskType

WHOLE: Mapping[TaskType, str] = {"videoInference": "clip", "imageInference": "still"}
FRAMES = ("first-last-frame", "first-frame")
RULES: TypeAdapter[tuple[Rule, ...]] = TypeAdapter(tuple[Rule, ...])


@dataclass(frozen=True)
class Shared:
    """The blocks of an entry and what they say in all."""

    names: tuple[str, ...]
    data: Mapping[str, Any]

    @property
    def fields(self) -> dict[str, FieldRule]:
        """The blocks' fields."""
        return _fields(self.data)

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The blocks' cross rules."""
        return RULES.validate_python(self.data.get("rules", []))


def shared(task_type: TaskType, fields: Mapping[str, FieldRule], clauses: set[Clause]) -> Shared:
    """The blocks to extend: the one of this kind of task, and the one about frames that says just the same."""
    whole = WHOLE[task_type]
    framed = next((name for name in FRAMES if _agrees(extended(block(name)), fields, clauses)), None)
    names = (whole,) if framed is None else (whole, framed)
    return Shared(names, extended({"extends": [*names]}))


def _agrees(part: Mapping[str, Any], fields: Mapping[str, FieldRule], clauses: set[Clause]) -> bool:
    if not all(path in fields and alike(rule, fields[path]) for path, rule in _fields(part).items()):
        return False
    return all(clauses_of(rule) <= clauses for rule in RULES.validate_python(part.get("rules", [])))


def inherited(shared_fields: Mapping[str, FieldRule], path: str, rule: FieldRule) -> bool:
    """Whether the blocks say the same of a field, as surely."""
    stands = shared_fields.get(path)
    return stands is not None and stands.sure == rule.sure and alike(stands, rule)


def _fields(data: Mapping[str, Any]) -> dict[str, FieldRule]:
    return {path: FieldRule.model_validate(rule) for path, rule in data.get("fields", {}).items()}
