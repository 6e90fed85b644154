"""A model's schema.json, as the vendor publishes it beside the model's page: written from the entry, as far as it goes.

What the anatomy can't say, such as a least number of pixels, isn't in it, and a price that nobody prints isn't either.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from stillreel.domain.money import PriceRow, spelled
from stillreel.emulator.published_rules import cross_rules
from stillreel.runware.catalogue import Entry
from stillreel.runware.catalogue.entry import FieldRule, FieldType, OneNotMarked
from stillreel.runware.catalogue.importing.pricelist import concluded
from stillreel.runware.catalogue.pricing import rows_today
from stillreel.runware.catalogue.rules import in_force

Json = dict[str, Any]

TYPES: Mapping[FieldType, str] = {"integer": "integer", "number": "number", "boolean": "boolean"}
FORMATS: Mapping[FieldType, str] = {"uri": "uri", "uuid": "uuid"}
BOUNDS = {
    "min": "minimum",
    "max": "maximum",
    "step": "multipleOf",
    "min_length": "minLength",
    "max_length": "maxLength",
    "min_items": "minItems",
    "max_items": "maxItems",
}
IMAGE: Json = {"type": "string", "anyOf": [{"format": "uuid"}, {"format": "uri"}, {"pattern": "^data:image/"}]}
VIDEO: Json = {"type": "string", "title": "Video", "anyOf": [{"format": "uuid"}, {"format": "uri"}]}
MODES = {
    "text": "text",
    "first_frame": "first-frame",
    "first_last_frame": "first-last-frames",
    "reference": "reference",
}
UNITS = {"second": "durationSecond", "image": "output", "megapixel": "megapixel"}
GIVEN = {"none": "no input", "frames": "image", "reference": "reference", "video": "video input"}


def published(entry: Entry, today: date) -> Json:
    """The document that the vendor would publish of a model on a day."""
    task = _object(entry.fields) | {"allOf": list(cross_rules(entry, today))}
    for rule in entry.rules:
        if isinstance(rule, OneNotMarked) and in_force(rule, today):
            last: Json = {"properties": {"frame": {"enum": [*rule.positions]}}, "required": ["frame"]}
            _at(task, rule.field)["contains"] = {"not": last}
    info: Json = {
        "title": f"Runware API - {entry.name}",
        "x-air-id": entry.air,
        "x-model-id": entry.slug,
        "x-status": entry.status,
        "x-modes": [{"id": MODES[mode]} for mode in entry.modes],
        "x-pricing": _pricing(entry, today),
    }
    if entry.released is not None:
        info["x-released-at"] = f"{entry.released}T00:00:00Z"
    answer = {"properties": {"data": {"type": "array", "items": _object(entry.response)}}}
    schemas = {"RequestBody": {"type": "array", "items": task}, "ResponseBody": {"type": "object", **answer}}
    return {"openapi": "3.1.0", "info": info, "components": {"schemas": schemas}}


def _object(rules: Mapping[str, FieldRule]) -> Json:
    """The fields by their dotted paths as one object, in which others may stand."""
    root: Json = {"type": "object", "additionalProperties": False, "required": [], "properties": {}}
    for path, rule in sorted(rules.items(), key=lambda found: found[0].count(".")):
        parent, _, name = path.rpartition(".")
        place = _at(root, parent)
        place["properties"][name] = _field(rule)
        if rule.required:
            place["required"].append(name)
    return root


def _at(root: Json, path: str) -> Json:
    for name in path.split(".") if path else ():
        root = root["properties"][name]
    return root


def _field(rule: FieldRule) -> Json:
    said: Json = {"description": rule.doc} | _kind(rule)
    for name, keyword in BOUNDS.items():
        if (bound := getattr(rule, name)) is not None:
            said[keyword] = _number(bound)
    if rule.const is not None:
        said["const"] = rule.const
    if rule.values is not None:
        said["enum"] = [*rule.values]
    if rule.default is not None:
        said["default"] = rule.default
    return said


def _kind(rule: FieldRule) -> Json:
    match rule.type:
        case "object":
            return {"type": "object", "additionalProperties": False, "required": [], "properties": {}}
        case "image":
            return IMAGE
        case "images" | "videos":
            return {"type": "array", "items": IMAGE if rule.type == "images" else VIDEO}
        case "frames":
            fields = {"image": IMAGE, "frame": {"enum": [*(rule.positions or ())]}}
            whole = {"type": "object", "additionalProperties": False, "required": ["image"], "properties": fields}
            return {"type": "array", "items": {"anyOf": [IMAGE, whole]}}
        case "beats":
            told = {"prompt": {"type": "string"}, "duration": {"type": "number"}}
            return {"type": "array", "items": {"type": "object", "required": [*told], "properties": told}}
        case kind:
            form = {"format": FORMATS[kind]} if kind in FORMATS else {}
            return {"type": TYPES.get(kind, "string"), **form}


def _pricing(entry: Entry, today: date) -> Json:
    rows = rows_today(entry, today)
    rates = [_rate(row) for row in rows if not (row.approximate or concluded(row))]
    measured = [{"configuration": "1000x1000", "price": _number(row.amount)} for row in rows if row.unit == "compute"]
    return {"currency": "USD", "rates": rates, "measured": measured}


def _rate(row: PriceRow) -> Json:
    return {
        "amount": _number(row.amount),
        "unit": UNITS[row.unit],
        "label": ", ".join(_label(row)),
        "display": f"${spelled(row.amount)} per {row.unit}",
    }


def _label(row: PriceRow) -> Iterator[str]:
    if row.tier is not None:
        yield row.tier
    if row.audio is not None:
        yield "with audio" if row.audio else "without audio"
    if row.given is not None:
        yield GIVEN.get(row.given, row.given)


def _number(value: Any) -> int | float:
    return int(value) if value == int(value) else float(value)
