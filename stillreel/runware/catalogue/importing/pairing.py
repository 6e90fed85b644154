"""Rules on sizes that are a list of pairs."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from stillreel.runware.catalogue.entry import Pairs

TIER = re.compile(r"\b(\d{3,4}p|\d(?:\.\d)?k)\b", re.IGNORECASE)


def spelled_as(name: str, known: Iterable[str]) -> str:
    """The name of a resolution as it is spelt where it is known already: 2k and 2K are one."""
    return next((one for one in known if one.lower() == name.lower()), name)


@dataclass(frozen=True)
class FoundPairs:
    """Pairs of two fields, and what the schema calls some of them, such as 1080p."""

    rule: Pairs
    titles: dict[tuple[int, int], str]

    @property
    def fields(self) -> tuple[str, str]:
        """The two fields."""
        return self.rule.fields


def pairs_in(schema: Mapping[str, Any]) -> FoundPairs | None:
    """The rule that a schema is, if it is a list of pairs that holds for whatever size is given."""
    branches = _branches(schema)
    if branches is None:
        return None
    names = sorted(branches[0].get("properties", ()), key=lambda name: (name != "width", name))
    if len(names) != 2 or any(not _is_pair(branch, names) for branch in branches):
        return None
    if "if" in schema and not _asks_for(schema["if"], names):
        return None
    values: list[tuple[int, int]] = []
    titles: dict[tuple[int, int], str] = {}
    for branch in branches:
        first, second = (_choices(branch["properties"][name]) or [] for name in names)
        for pair in ((one, other) for one in first for other in second):
            values.append(pair)
            tier = TIER.search(str(branch.get("title", "")))
            if tier:
                titles[pair] = tier[1]
    listed = [f"{one}x{other}" for one, other in values]
    says = f"the sizes are {', '.join(listed[:-1])}{' and ' if listed[:-1] else ''}{listed[-1]}"
    return FoundPairs(Pairs(kind="pairs", fields=(names[0], names[1]), values=tuple(values), says=says), titles)


def _branches(schema: Mapping[str, Any]) -> list[Mapping[str, Any]] | None:
    """The list of alternatives, if there is nothing else in the schema than it and what asks for a size."""
    inner = schema.get("then") if "if" in schema else schema
    if not isinstance(inner, Mapping):
        return None
    named = [key for key in ("oneOf", "anyOf") if key in inner]
    if len(named) != 1 or "else" in schema or set(inner) - {"title", "description", *named}:
        return None
    branches = inner[named[0]]
    if not isinstance(branches, list) or not branches or not all(isinstance(branch, Mapping) for branch in branches):
        return None
    return branches


def _is_pair(branch: Mapping[str, Any], names: list[str]) -> bool:
    properties = branch.get("properties", {})
    said = set(branch) <= {"title", "description", "properties"}
    return said and set(properties) == set(names) and all(_choices(part) for part in properties.values())


def _choices(part: Any) -> list[int] | None:
    if not isinstance(part, Mapping) or len(set(part) - {"title", "description", "type"}) != 1:
        return None
    values = [part["const"]] if "const" in part else part.get("enum", [])
    return values if all(isinstance(value, int) and not isinstance(value, bool) for value in values) else None


def _asks_for(condition: Any, names: list[str]) -> bool:
    """Whether a condition is that there is a size: either of its fields, or both."""
    parts = condition.get("anyOf", [condition]) if isinstance(condition, Mapping) else []
    return all(set(part) == {"required"} and set(part["required"]) <= set(names) for part in parts) and bool(parts)
