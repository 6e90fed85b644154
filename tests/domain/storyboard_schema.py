"""docs/storyboard.schema.json, as the model tells it. `python -m tests.domain.storyboard_schema` writes it.

It is the form's schema with what a file may say besides: more shots, a path, takes and dollars as numbers, and nothing
behind a key, which means that the default holds. Names that nobody may have are refused here, too.
"""

import json
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from stillreel.domain.names import RESERVED
from stillreel.domain.storyboards import MOST_SHOTS, Storyboard

FILE = Path(__file__).parents[2] / "docs" / "storyboard.schema.json"
COMMAND = "python -m tests.domain.storyboard_schema"
ADDRESS = {"type": ["string", "null"], "description": "Where an editor finds this schema; it says nothing."}
TAKES = {"type": "integer", "minimum": 1, "maximum": 999}
DOLLARS = {"type": "number", "minimum": 0}
SOUND = {"enum": [True, False, ""]}
NOTHING = {"type": "null"}
NOBODYS = {"not": {"enum": sorted(RESERVED)}}


def schema() -> dict[str, Any]:
    """The schema of a storyboard's file."""
    found = _without_positions(Storyboard.model_json_schema())
    parts = found["$defs"]
    for name in (found["properties"]["project"], found["properties"]["name"], parts["BoardShot"]["properties"]["shot"]):
        name.update(NOBODYS)
    for part in parts.values():
        if "take" in part["properties"]:
            _widen(part["properties"]["take"], TAKES)
    _widen(parts["Limits"]["properties"]["max_usd"], DOLLARS)
    _widen(parts["BoardMotion"]["properties"]["audio"], SOUND)
    shots = found["properties"]["shots"]
    shots["maxItems"] = MOST_SHOTS
    shots["description"] = "The shots in their order, or the name of a CSV file that holds them."
    _widen(shots, {"type": "string", "pattern": r"\.[cC][sS][vV]$"})
    for part in (found, *parts.values()):
        for name in part["properties"].keys() - part.get("required", ()):
            _widen(part["properties"][name], NOTHING)
    found["properties"] = {"$schema": ADDRESS, **found["properties"]}
    return {"$schema": Draft202012Validator.META_SCHEMA["$id"], **found}


def _widen(field: dict[str, Any], other: dict[str, Any]) -> None:
    """Let a field be something else as well."""
    told = {key: field.pop(key) for key in ("description", "title") if key in field}
    own = field.get("anyOf", [dict(field)])
    field.clear()
    field.update({**told, "anyOf": [*own, other]})


def _without_positions(part: Any) -> Any:
    """An editor orders nothing by the place of a field in a form."""
    if isinstance(part, dict):
        return {key: _without_positions(value) for key, value in part.items() if key != "position"}
    return [_without_positions(item) for item in part] if isinstance(part, list) else part


def text() -> str:
    """The file's text."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
