"""What one value may be: type, choices, bounds, step, length, address, image."""

import base64
import binascii
import json
import math
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlsplit

from stillreel.domain.problems import Problem
from stillreel.runware.catalogue.entry import FieldRule
from stillreel.runware.catalogue.nearest import did_you_mean

UUID_V4 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", re.IGNORECASE)
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)  # media ids: any version
DATA_URI = re.compile(r"data:([\w.+-]+/[\w.+-]+)(;[\w.+=-]+)*;base64,", re.IGNORECASE)
LONGEST_SHOWN = 60

AN_IMAGE = "an image as UUID, http(s) URL, data URI of an image, or base64"
A_VIDEO = "a video as UUID or http(s) URL"
KINDS = {
    "string": "text",
    "integer": "an integer",
    "number": "a number",
    "boolean": "true or false",
    "uri": "an http or https URL",
    "uuid": "a UUID version 4",
    "image": AN_IMAGE,
    "frames": "a list of images",
    "images": "a list of images",
    "videos": "a list of videos",
    "beats": "a list of parts, each with a prompt and a duration",
    "object": "an object",
    "base64": "base64",
    "data_uri": "a data URI",
}


def value_problems(path: str, value: Any, rule: FieldRule) -> list[Problem]:
    """Everything wrong with one value that is there, by its rule alone."""
    if value is None:
        return [Problem(field=path, got="null", allowed="leave it out instead")]
    if rule.type in ("frames", "images", "videos", "beats"):
        return _list_problems(path, value, rule)
    if not _fits_type(value, rule) or not _fits_bounds(value, rule):
        return [Problem(field=path, got=shown(value), allowed=described(rule))]
    return []


def shown(value: Any) -> str:
    """A value as a person reads it in a problem: JSON, cut short, an address without its query."""
    if isinstance(value, str):
        if len(value) > LONGEST_SHOWN and not value.startswith(("http", "data:")):
            return f"{len(value)} characters"
        value = value.partition("?")[0] if value.startswith("http") else value
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"


def described(rule: FieldRule) -> str:
    """What a rule allows, in words: 'an integer from 20 to 99'."""
    if rule.const is not None:
        return f"only {rule.const}"
    if rule.values is not None:
        return f"one of {', '.join(str(value) for value in rule.values)}"
    length = _range(rule.min_length, rule.max_length)
    if length:
        return f"text {length} characters long"
    step = f" in steps of {rule.step}" if rule.step is not None else ""
    return " ".join(part for part in (KINDS[rule.type], _range(rule.min, rule.max)) if part) + step


def is_image(value: Any) -> bool:
    """Whether a text can stand for an image: UUID, URL, data URI of an image, base64."""
    if not isinstance(value, str):
        return False
    if UUID.fullmatch(value) or _is_url(value):
        return True
    head = DATA_URI.match(value)
    if head is not None:
        return head[1].lower().startswith("image/") and _is_base64(value[head.end() :])
    return _is_base64(value)


def is_same(value: Any, allowed: Any) -> bool:
    """Equality as JSON means it: true isn't 1, and 5.0 is 5."""
    return isinstance(value, bool) == isinstance(allowed, bool) and bool(value == allowed)


def _fits_type(value: Any, rule: FieldRule) -> bool:  # noqa: PLR0911 - a table of types reads best flat
    match rule.type:
        case "boolean":
            return isinstance(value, bool)
        case "integer":
            return _is_integer(value)
        case "number":
            return _is_integer(value) or (isinstance(value, float | Decimal) and math.isfinite(value))
        case "object":
            return isinstance(value, Mapping)
        case "uri":
            return _is_url(value)
        case "uuid":
            return isinstance(value, str) and UUID_V4.fullmatch(value) is not None
        case "image":
            return is_image(value)
        case "base64":
            return _is_base64(value)
        case "data_uri":
            head = DATA_URI.match(value) if isinstance(value, str) else None
            return head is not None and _is_base64(value[head.end() :])
        case _:
            return isinstance(value, str)


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _fits_bounds(value: Any, rule: FieldRule) -> bool:
    if rule.const is not None and value != rule.const:
        return False
    if rule.values is not None and not any(is_same(value, allowed) for allowed in rule.values):
        return False
    if isinstance(value, str):
        return (rule.min_length or 0) <= len(value) <= (math.inf if rule.max_length is None else rule.max_length)
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return True
    number = exact(value)
    if (rule.min is not None and number < rule.min) or (rule.max is not None and number > rule.max):
        return False
    return rule.step is None or _on_grid(number, rule.step)


def exact(value: float | Decimal) -> Decimal:
    """A number as it was written: 0.57 is 0.57, whatever its binary digits say."""
    return Decimal(repr(value)) if isinstance(value, float) else Decimal(value)


def _on_grid(number: Decimal, step: Decimal) -> bool:
    try:
        return number % step == 0
    except InvalidOperation:  # so many steps that their number can't be told
        return False


def _list_problems(path: str, value: Any, rule: FieldRule) -> list[Problem]:
    if isinstance(value, str | bytes) or not isinstance(value, Sequence):
        return [Problem(field=path, got=shown(value), allowed=KINDS[rule.type])]
    problems = []
    count = _range(rule.min_items, rule.max_items)
    if not (rule.min_items or 0) <= len(value) <= (math.inf if rule.max_items is None else rule.max_items):
        problems.append(Problem(field=path, got=f"{len(value)} items", allowed=f"a list of {count} items"))
    for index, item in enumerate(value):
        problems += _item_problems(f"{path}[{index}]", item, rule)
    return problems


def _item_problems(path: str, item: Any, rule: FieldRule) -> list[Problem]:
    if rule.type == "frames" and isinstance(item, Mapping):
        return _frame_problems(path, item, rule)
    if rule.type == "beats":
        return _beat_problems(path, item)
    if rule.type == "videos":
        fits, allowed = isinstance(item, str) and bool(UUID.fullmatch(item) or _is_url(item)), A_VIDEO
    else:
        fits, allowed = is_image(item), AN_IMAGE
    if fits:
        return []
    return [Problem(field=path, got="null" if item is None else shown(item), allowed=allowed)]


def _frame_problems(path: str, item: Mapping[str, Any], rule: FieldRule) -> list[Problem]:
    problems = [
        Problem(field=f"{path}.{key}", got=shown(item[key]), allowed=f"no such field{did_you_mean(key, known)}")
        for known in (("image", "frame"),)
        for key in item
        if key not in known
    ]
    if "image" not in item:
        problems.append(Problem(field=f"{path}.image", got="nothing", allowed=f"required: {AN_IMAGE}"))
    elif not is_image(item["image"]):
        problems.append(Problem(field=f"{path}.image", got=shown(item["image"]), allowed=AN_IMAGE))
    positions = rule.positions or ()
    if "frame" in item and not _is_place(item["frame"], positions):
        allowed = f"one of {', '.join(str(position) for position in positions)}, or leave it out"
        problems.append(Problem(field=f"{path}.frame", got=shown(item["frame"]), allowed=allowed))
    return problems


def _is_place(value: Any, positions: tuple[str | int, ...]) -> bool:
    """Whether a frame may stand there; 0 is a place, 0.0 isn't, as elsewhere where an integer is wanted."""
    return (isinstance(value, str) or _is_integer(value)) and value in positions


def _beat_problems(path: str, item: Any) -> list[Problem]:
    """One part of a clip; the bounds of its words and seconds are nobody's knowledge."""
    if not isinstance(item, Mapping):
        return [Problem(field=path, got=shown(item), allowed="an object of prompt and duration")]
    known = {"prompt": isinstance(item.get("prompt"), str) and bool(item["prompt"]), "duration": _is_seconds(item)}
    strange = [
        Problem(field=f"{path}.{key}", got=shown(item[key]), allowed=f"no such field{did_you_mean(key, known)}")
        for key in item
        if key not in known
    ]
    bad = [
        Problem(
            field=f"{path}.{key}", got=shown(item.get(key)), allowed="words" if key == "prompt" else "whole seconds"
        )
        for key, fits in known.items()
        if not fits
    ]
    return [*strange, *bad]


def _is_seconds(item: Mapping[str, Any]) -> bool:
    return _is_integer(item.get("duration")) and item["duration"] > 0


def _is_url(value: Any) -> bool:
    if not isinstance(value, str) or re.search(r"[\s\x00-\x1f]", value):
        return False
    try:
        parts = urlsplit(value)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a malformed port or IPv6 address
        return False


def _is_base64(value: Any) -> bool:
    if not isinstance(value, str) or not value:
        return False
    try:
        base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return False
    return True


def _range(low: object, high: object) -> str:
    if low is not None and high is not None:
        return f"{low}" if low == high else f"from {low} to {high}"
    if low is not None:
        return f"from {low}"
    return f"up to {high}" if high is not None else ""
