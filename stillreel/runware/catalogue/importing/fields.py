"""The fields of a schema as the fields of an entry; what an entry can't say is noted, and never dropped in silence."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from stillreel.runware.catalogue.entry import FieldType
from stillreel.runware.catalogue.importing.lists import list_type
from stillreel.runware.catalogue.importing.rounded import exact, remark
from stillreel.runware.catalogue.importing.wording import one_line

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
IDLE = frozenset({"title", "description", "$id", "$comment", "examples", "deprecated", "type", "default"})
CROSS = frozenset({"allOf", "anyOf", "oneOf", "not", "if", "then", "else", "dependentRequired", "dependentSchemas"})
OF_OBJECTS = frozenset({"properties", "required", "additionalProperties"})
OF_TYPES: Mapping[str, frozenset[str]] = {
    "string": frozenset({"minLength", "maxLength"}),
    "integer": frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"}),
    "number": frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"}),
    "boolean": frozenset(),
}
BOUNDS = {
    "minimum": "min",
    "maximum": "max",
    "multipleOf": "step",
    "minLength": "min_length",
    "maxLength": "max_length",
}
LONGEST_DOC = 160  # characters of a sentence that stands in a line of an entry
NO_BOUND = "schema.json gives no bound"


class NotSaid(Exception):
    """An entry has no way to say this; the text is the reason."""


@dataclass
class Fields:
    """The fields of a task, and what came to light on the way."""

    rules: dict[str, dict[str, Any]] = field(default_factory=dict)  # by path, as an entry has them
    inner: list[tuple[str, str, Mapping[str, Any]]] = field(default_factory=list)  # object, JSON path, cross keywords
    marked: list[tuple[str, str, list[Any]]] = field(default_factory=list)  # frames, JSON path, positions of the last
    left_out: dict[str, bool] = field(default_factory=dict)  # fields that an entry can't hold; True: required
    notes: list[str] = field(default_factory=list)
    rounded: dict[str, str] = field(default_factory=dict)  # by path, of numbers that lost digits, or may have


def fields_of(task: Mapping[str, Any]) -> Fields:
    """Every field of a task by its dotted path."""
    found = Fields()
    _gather(task, "", found)
    return found


def _gather(schema: Mapping[str, Any], prefix: str, found: Fields) -> None:
    if schema.get("additionalProperties") is not False:
        whole = prefix.rstrip(".") or "the request"
        found.notes.append(f"{whole}: the schema allows fields that it doesn't name; they are refused here.")
    needed = schema.get("required", [])
    for name, said in schema.get("properties", {}).items():
        path = f"{prefix}{name}"
        try:
            rule = _rule(path, name, said, found)
        except NotSaid as reason:
            found.left_out[path] = name in needed
            found.notes.append(f"{one_line(path)}: {reason}; it isn't in this entry, so it is refused here.")
            continue
        found.rules[path] = {"type": rule.pop("type"), **({"required": True} if name in needed else {}), **rule}
        if rule.get("doc") and isinstance(said.get("properties"), dict):
            _gather(said, f"{path}.", found)


def _rule(path: str, name: str, said: Any, found: Fields) -> dict[str, Any]:
    if not NAME.fullmatch(name) or not isinstance(said, dict):
        raise NotSaid("its name or its schema isn't one that an entry can hold")
    kind = _type(said)
    rule: dict[str, Any] = {"type": kind, **_choices(said, kind, path, found), **_bounds(said, kind, path, found)}
    if kind in ("frames", "images", "videos", "beats"):
        rule |= list_type(name, said)[1]
        _contains(path, said, found)
    if kind == "object":
        cross = {key: value for key, value in said.items() if key in CROSS}
        if cross:
            found.inner.append((path, f"properties.{path}", cross))
    default = said.get("default")
    if isinstance(default, str | int | float | Decimal):
        rule["default"] = plain_number(_meant(default, path, "default", found))
    _strange(path, said, kind, found)
    if kind == "string" and not {"const", "values", "max_length"} & set(rule):
        rule |= {"sure": "unknown", "source": NO_BOUND}
    if kind in ("integer", "number") and name not in ("width", "height"):
        rule |= {} if {"values", "min", "max"} & set(rule) else {"sure": "unknown", "source": NO_BOUND}
    return {**rule, "doc": sentence(said, name)}


def _type(said: Mapping[str, Any]) -> FieldType:
    kind = said.get("type")
    if kind == "object" and isinstance(said.get("properties"), dict):
        return "object"
    if kind == "array":
        listed = list_type("", said)[0] if isinstance(said.get("items"), dict) else None
        if listed is None:
            raise NotSaid("a list of things that an entry has no type for")
        return listed
    if kind == "string":
        return _text_type(said)
    if kind in ("integer", "number", "boolean"):
        found: FieldType = kind
        return found
    named = " or ".join(map(str, kind)) if isinstance(kind, list) else str(kind or "none is said")
    raise NotSaid(f"its type ({one_line(named, 40)}) is one that an entry doesn't know")


def _text_type(said: Mapping[str, Any]) -> FieldType:
    forms = said.get("anyOf")
    if isinstance(forms, list):
        if list_type("images", {"items": said})[0] == "images":
            return "image"
        raise NotSaid("a text of several forms that an entry has no type for")
    form = said.get("format")
    if form in ("uuid", "uri"):
        return "uuid" if form == "uuid" else "uri"
    return "string"


def _choices(said: Mapping[str, Any], kind: FieldType, path: str, found: Fields) -> dict[str, Any]:
    if isinstance(said.get("const"), str):
        return {"const": said["const"]}
    values = said.get("enum")
    branches = said.get("oneOf")
    if isinstance(branches, list) and kind != "object":
        if not all(isinstance(branch, dict) and "const" in branch for branch in branches):
            raise NotSaid("a choice between several shapes")
        values = [branch["const"] for branch in branches]
    if not isinstance(values, list):
        return {}
    if not all(isinstance(value, str | int | float | Decimal) for value in values):
        raise NotSaid("a choice of values that aren't plain")
    if kind != "string" and any(isinstance(value, str) for value in values):
        raise NotSaid("a choice of numbers and words")
    return {"values": [plain_number(_meant(value, path, "a value", found)) for value in values]}


def _bounds(said: Mapping[str, Any], kind: FieldType, path: str, found: Fields) -> dict[str, Any]:
    bounds = {name: _meant(said[key], path, key, found) for key, name in BOUNDS.items() if _is_number(said.get(key))}
    unit = 1 if kind == "integer" else said.get("multipleOf")
    for key, name, sign in (("exclusiveMinimum", "min", 1), ("exclusiveMaximum", "max", -1)):
        if _is_number(said.get(key)):
            edge = _meant(said[key], path, key, found)
            beside = said[key] + sign * unit if unit is not None and _is_number(unit) else said[key]
            bounds[name] = beside if edge == said[key] else edge
            if not _is_number(unit):
                found.notes.append(f"{path}: {key} {said[key]}: an entry can only say a bound that is legal itself.")
    return bounds


def _meant(value: Any, path: str, where: str, found: Fields) -> Any:
    """The value as it was before a JSON tool rounded it, as far as that can be known; noted where it matters."""
    if not _is_number(value):
        return value
    if told := remark(value):
        found.rounded[path] = "; ".join([*([found.rounded[path]] if path in found.rounded else []), f"{where} {told}"])
    return exact(value)


def _contains(path: str, said: Mapping[str, Any], found: Fields) -> None:
    """The one demand on a list that an entry can say: an item that isn't marked as the last."""
    if "contains" not in said:
        return
    match said["contains"]:
        case {"not": {"properties": {"frame": {"enum": [*positions]}, **others}, "required": ["frame"]}} if (
            not others and all(isinstance(position, str | int) for position in positions)
        ):
            found.marked.append((path, f"properties.{path}.contains", positions))
        case _:
            found.notes.append(f"properties.{path}.contains: this demand on the list isn't understood.")


def _strange(path: str, said: Mapping[str, Any], kind: FieldType, found: Fields) -> None:
    """Note each keyword that says something which the entry won't."""
    known = IDLE | {"const", "enum", "oneOf", "anyOf", "format"} | OF_TYPES.get(kind, frozenset())
    if kind == "object":
        known |= OF_OBJECTS | CROSS
    if kind in ("frames", "images", "videos", "beats"):
        known |= {"items", "minItems", "maxItems", "contains"}
    for key in said:
        if key not in known and not key.startswith("x-"):
            found.notes.append(f"properties.{path}.{one_line(key)}: this demand isn't understood, so it isn't checked.")


def sentence(said: Mapping[str, Any], name: str) -> str:
    """What a field is for, in the vendor's first sentence."""
    text = next((said[key] for key in ("description", "title") if isinstance(said.get(key), str) and said[key]), name)
    first = re.split(r"(?<=[.!?])\s", " ".join(text.split("\n\n")[0].replace("`", "").split()))[0]
    return one_line(first, LONGEST_DOC) or name


def plain_number(value: Any) -> Any:
    """A number as YAML and pydantic take it."""
    if not isinstance(value, Decimal):
        return value
    return int(value) if value == value.to_integral_value() else float(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)
