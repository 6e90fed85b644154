"""Blocks that a schema says the same as, so that an imported entry is as short as one that a person would write."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter

from stillreel.runware.catalogue.blocks import block, extended, known
from stillreel.runware.catalogue.entry import FieldRule, Rule
from stillreel.runware.catalogue.importing.alike import alike
from stillreel.runware.catalogue.importing.clauses import Clause, clauses_of

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


def shared(task_type: str, fields: Mapping[str, FieldRule], clauses: set[Clause]) -> Shared:
    """The blocks to extend: the fullest whole one of this kind of task that fits, and parts that say just the same."""
    blocks = {name: extended({"extends": [name]}) for name in known()}
    whole = {name: data for name, data in blocks.items() if data.get("task_type") == task_type and "result" in data}
    fitting = [name for name in whole if _is_root(name) or _agrees(_own(name), fields, clauses)]
    base = max(fitting, key=lambda name: (_same(whole[name], fields), name))
    names = [base]
    for name in sorted(blocks, key=lambda name: -len(_fields(blocks[name]))):
        part = blocks[name]
        brings = set(_fields(part)) - set(_fields(extended({"extends": names})))
        if "task_type" not in part and brings and _agrees(part, fields, clauses):
            names.append(name)
    return Shared(tuple(names), extended({"extends": names}))


def _agrees(part: Mapping[str, Any], fields: Mapping[str, FieldRule], clauses: set[Clause]) -> bool:
    own = _fields(part)
    if not all(path in fields and alike(rule, fields[path]) for path, rule in own.items()):
        return False
    rules = RULES.validate_python(part.get("rules", []))
    return all(clauses_of(rule) <= clauses for rule in rules)


def inherited(shared_fields: Mapping[str, FieldRule], path: str, rule: FieldRule) -> bool:
    """Whether the blocks say the same of a field, as surely."""
    stands = shared_fields.get(path)
    return stands is not None and stands.sure == rule.sure and alike(stands, rule)


def _same(data: Mapping[str, Any], fields: Mapping[str, FieldRule]) -> int:
    return sum(path in fields and alike(rule, fields[path]) for path, rule in _fields(data).items())


def _fields(data: Mapping[str, Any]) -> dict[str, FieldRule]:
    return {path: FieldRule.model_validate(rule) for path, rule in data.get("fields", {}).items()}


def _own(name: str) -> dict[str, Any]:
    """What a block adds to the whole one below it."""
    data = block(name)
    parts = [part for part in data.get("extends", []) if not _is_root(part)]
    own: dict[str, Any] = extended({**data, "extends": parts})
    return own


def _is_root(name: str) -> bool:
    return "result" in block(name)
