"""One value against what the catalogue says of its field: types as JSON has them, nothing bent into shape.

JSON numbers arrive as int and Decimal, so that 5 and 5.0 can be told apart where that matters, and 0.57 is 0.57.
"""

import base64
import binascii
import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlsplit

from stillreel.emulator.refusals import TaskError, coded
from stillreel.runware.catalogue.entry import FieldRule

UUID_V4 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", re.IGNORECASE)
MEDIA_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
IMAGE_URI = re.compile(r"data:image/[\w.+-]+(?:;[\w.+=-]+)*;base64,", re.IGNORECASE)
TYPE_NAMES = {
    "number": "float",
    "integer": "integer",
    "boolean": "boolean",
    "object": "object",
    "frames": "array",
    "images": "array",
    "videos": "array",
    "beats": "array",
}


def is_uuid(value: Any) -> bool:
    """Whether a value is text in the shape of a UUID version 4."""
    return isinstance(value, str) and UUID_V4.fullmatch(value) is not None


def is_integer(value: Any) -> bool:
    """Whether a value is a whole number as JSON writes one; true and 5.0 aren't."""
    return isinstance(value, int) and not isinstance(value, bool)


def is_number(value: Any) -> bool:
    """Whether a value is a JSON number."""
    return is_integer(value) or isinstance(value, Decimal)


def is_uri(value: Any) -> bool:
    """Whether a value is text that reads as an http address, without spaces and with a port that there can be."""
    if not isinstance(value, str) or value[:6].lower() not in {"http:/", "https:"}:
        return False  # at once: an image as base64 has millions of characters
    if any(character.isspace() or character < " " for character in value):
        return False
    try:
        parts = urlsplit(value)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def is_image(value: Any) -> bool:
    """Whether a value has the shape of an image: a UUID, an address, a data URI or base64. Nothing is looked up."""
    if not isinstance(value, str):
        return False
    head = IMAGE_URI.match(value)
    return is_video(value) or _is_base64(value[head.end() :] if head else value)


def is_video(value: Any) -> bool:
    """Whether a value has the shape of a video: a UUID or an address."""
    return isinstance(value, str) and (MEDIA_ID.fullmatch(value) is not None or is_uri(value))


def _is_base64(text: str) -> bool:
    try:
        base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return False
    return text != ""


def is_list(value: Any) -> bool:
    """Whether a value is a list."""
    return isinstance(value, list)


RIGHT_TYPE: dict[str, Callable[[Any], bool]] = {
    "string": lambda value: isinstance(value, str),
    "integer": is_integer,
    "number": is_number,
    "boolean": lambda value: isinstance(value, bool),
    "uri": is_uri,
    "uuid": is_uuid,
    "image": is_image,
    "object": lambda value: isinstance(value, dict),
    "frames": is_list,
    "images": is_list,
    "videos": is_list,
    "beats": is_list,
}


def check_value(path: str, value: Any, rule: FieldRule) -> None:
    """Raise TaskError unless the value is one that the field may have."""
    if not RIGHT_TYPE[rule.type](value):
        kind = TYPE_NAMES.get(rule.type, "string")
        wanted = {"uuid": "a UUID v4", "uri": "an absolute http or https URI"}.get(rule.type, f"of type {kind}")
        raise TaskError(coded("invalid", path), f"'{path}' must be {wanted}.", path, type=kind)
    _check_choice(path, value, rule)
    _check_range(path, value, rule)
    _check_length(path, value, rule)


def _check_choice(path: str, value: Any, rule: FieldRule) -> None:
    allowed = (rule.const,) if rule.const is not None else rule.values
    if allowed is None or any(
        value == choice and isinstance(value, bool) == isinstance(choice, bool) for choice in allowed
    ):
        return
    code = "unsupportedDuration" if path == "duration" else coded("invalid", path)
    told = ", ".join(str(choice) for choice in allowed)
    kind = TYPE_NAMES.get(rule.type, "string")
    raise TaskError(
        code, f"Invalid value for '{path}'. Allowed values are: {told}.", path, type=kind, allowedValues=list(allowed)
    )


def _check_range(path: str, value: Any, rule: FieldRule) -> None:
    if rule.type not in {"integer", "number"}:
        return
    too_small = rule.min is not None and value < rule.min
    too_big = rule.max is not None and value > rule.max
    if too_small or too_big or _is_off(value, rule.step):
        kind = TYPE_NAMES[rule.type]
        grid = "" if rule.step is None else f", in multiples of {rule.step}"
        raise TaskError(
            coded("invalid", path),
            f"Invalid value for '{path}'. It must be a value of type {kind} between {rule.min} and {rule.max}{grid}.",
            path,
            type=kind,
            min=_plain(rule.min),
            max=_plain(rule.max),
            multiplier=_plain(rule.step),
        )


def _is_off(value: int | Decimal, step: Decimal | None) -> bool:
    try:
        return step is not None and value % step != 0
    except InvalidOperation:  # it has more digits than can be divided
        return True


def _check_length(path: str, value: Any, rule: FieldRule) -> None:
    shortest, longest, suffix = rule.min_length, rule.max_length, "Length"
    if isinstance(value, list):
        shortest, longest, suffix = rule.min_items, rule.max_items, ""
    elif not isinstance(value, str):
        return
    too_short = shortest is not None and len(value) < shortest
    if too_short or (longest is not None and len(value) > longest):
        unit = "items" if isinstance(value, list) else "characters"
        code = (
            coded("invalid", path, suffix) if unit == "characters" else f"arrayToo{'Small' if too_short else 'Large'}"
        )
        raise TaskError(
            code,
            f"'{path}' must have between {shortest} and {longest} {unit}.",
            path,
            type="string" if unit == "characters" else "array",
            min=shortest,
            max=longest,
        )


def _plain(number: Decimal | None) -> int | float | None:
    if number is None:
        return None
    return int(number) if number == number.to_integral_value() else float(number)
