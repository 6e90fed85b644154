"""Blocks: what several entries have in common, said once, in a file of its own.

An entry says `extends: [clip, first-frame]`. Groups of names are joined, lists are put one after another with
each item once, and what the entry itself says wins; a field that it sets to null isn't there. `taskType` and `model`
follow from the entry.

Blocks are written by what a few models document. Where that is only typed, or concluded, for the others, `inherited`
says how sure it is there: it is put beside whatever comes from the blocks and says nothing of the kind itself.
"""

from collections.abc import Mapping
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parent / "blocks"
QUICKEST: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml's: every command reads some sixty files
OF_BLOCKS = ("extends", "inherited")  # what is said of blocks, and is no part of an entry


def extended(data: Any) -> Any:
    """The entry's data with the blocks that it extends; ValueError for a block that isn't there."""
    if not isinstance(data, dict):
        return data
    names = data.get("extends", [])
    if not isinstance(names, list):
        raise ValueError("extends: it is a list of blocks")  # noqa: TRY004 - one error for all that is wrong with data
    whole: dict[str, Any] = {}
    for name in names:
        whole = _joined(whole, extended(block(str(name))))
    if "inherited" in data:
        whole = _with_evidence(whole, data["inherited"])
    whole = _joined(whole, {key: value for key, value in data.items() if key not in OF_BLOCKS})
    return _with_its_own(whole) if "air" in whole else whole


@cache
def known() -> tuple[str, ...]:
    """The names of all blocks."""
    return tuple(sorted(file.stem for file in FOLDER.glob("*.yaml")))


def block(name: str) -> Any:
    """What one block says, without those that it extends; ValueError for one that isn't there."""
    if name not in known():
        raise ValueError(f"extends: there is no block {name}; known are {', '.join(known())}")
    return deepcopy(_read(name))


@cache
def _read(name: str) -> Any:
    return yaml.load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"), Loader=QUICKEST)  # noqa: S506 - a safe one


def _with_evidence(whole: Mapping[str, Any], evidence: Any) -> dict[str, Any]:
    """The same, where each statement that doesn't say how sure it is says this."""
    if not isinstance(evidence, dict):
        raise ValueError("inherited: it is a group of sure, source and seen")  # noqa: TRY004 - the same one error
    found = dict(whole)
    for part in ("fields", "sizes", "response"):
        if part in found:
            found[part] = {name: _evident(said, evidence) for name, said in found[part].items()}
    return {**found, "rules": [_evident(rule, evidence) for rule in found.get("rules", [])]}


def _evident(said: Mapping[str, Any], evidence: Mapping[str, Any]) -> dict[str, Any]:
    return {**said} if {"sure", "source"} & set(said) else {**said, **evidence}


def _joined(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    joined = dict(below)
    for key, value in above.items():
        stands = joined.get(key)
        if isinstance(stands, dict) and isinstance(value, dict):
            joined[key] = {**stands, **value}  # of one field or size all that is said stands in one place
        elif isinstance(stands, list) and isinstance(value, list):
            joined[key] = [*stands, *(item for item in value if item not in stands)]
        else:
            joined[key] = value
    if isinstance(joined.get("fields"), dict):
        joined["fields"] = {path: rule for path, rule in joined["fields"].items() if rule is not None}
    return joined


def _with_its_own(data: dict[str, Any]) -> dict[str, Any]:
    fields = data.get("fields")
    if not isinstance(fields, dict):
        return data
    own = {
        "taskType": {"const": data.get("task_type"), "doc": "Identifier for the type of task."},
        "model": {"const": data.get("air"), "doc": "Identifier of the model."},
    }
    plain = {name: {"type": "string", "required": True, **rule} for name, rule in own.items()}
    return {**data, "fields": {**plain, **fields}}
