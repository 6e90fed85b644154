"""The service's own strict reading of an inference task: what its model's entry says, and not a key more.

The order is the one that live refusals show: unknown keys, missing keys, prompts, values, rules across fields.
"""

from collections.abc import Iterator
from datetime import date
from typing import Any

from stillreel.emulator.refusals import TaskError, coded
from stillreel.emulator.values import check_value, is_integer
from stillreel.emulator.wider import check_rules
from stillreel.runware.catalogue.entry import Entry, FieldRule

PROMPTS = ("positivePrompt", "negativePrompt")
FRAME_KEYS = {"image", "frame"}


def check_task(entry: Entry, task: dict[str, Any], today: date) -> None:
    """Raise TaskError with the first thing about a task that the service would refuse."""
    _check_unknown(entry, task)
    _check_missing(entry, task)
    given = dict(values(entry, task))
    ordered = sorted(given, key=lambda path: path not in PROMPTS)
    for path in ordered:
        rule = entry.fields[path]
        check_value(path, given[path], rule)
        if rule.type == "frames":
            _check_frames(path, given[path], rule)
        if rule.type in {"images", "videos"} and not all(isinstance(item, str) for item in given[path]):
            raise TaskError(coded("invalid", path), f"Each item of '{path}' must be a string.", path, type="array")
    check_rules(entry, given, today)


def values(entry: Entry, task: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Every field of a task that the entry knows, by its dotted path."""
    for path in entry.fields:
        found, value = _look_up(task, path)
        if found:
            yield path, value


def _look_up(task: dict[str, Any], path: str) -> tuple[bool, Any]:
    value: Any = task
    for part in path.split("."):
        if not isinstance(value, dict) or part not in value:
            return False, None
        value = value[part]
    return True, value


def _check_unknown(entry: Entry, task: dict[str, Any]) -> None:
    for path in _paths(entry, task, ""):
        if path not in entry.fields:
            raise unsupported(path, _siblings(entry, path))


def _paths(entry: Entry, given: dict[str, Any], above: str) -> Iterator[str]:
    for key, value in given.items():
        path = f"{above}{key}"
        yield path
        rule = entry.fields.get(path)
        if isinstance(value, dict) and rule is not None and rule.type == "object":
            yield from _paths(entry, value, f"{path}.")


def _siblings(entry: Entry, path: str) -> list[str]:
    above = path.rpartition(".")[0]
    return [field for field in entry.fields if field.rpartition(".")[0] == above]


def unsupported(path: str, allowed: list[str]) -> TaskError:
    """The refusal of a key that isn't in the model's schema."""
    told = ", ".join(allowed)
    return TaskError(
        "unsupportedParameter",
        f"Unsupported parameter '{path}'. Allowed values are: {told}.",
        path,
        allowedValues=[*allowed],
    )


def _check_missing(entry: Entry, task: dict[str, Any]) -> None:
    for path, rule in entry.fields.items():
        above = path.rpartition(".")[0]
        asked = not above or _look_up(task, above)[0]
        if rule.required and asked and not _look_up(task, path)[0]:
            raise TaskError(coded("missing", path), f"The parameter '{path}' is required.", path)


def _check_frames(path: str, frames: list[Any], rule: FieldRule) -> None:
    for frame in frames:
        if isinstance(frame, str):
            continue
        if not isinstance(frame, dict):
            raise TaskError(
                coded("invalid", path), f"Each item of '{path}' is a string or an object.", path, type="array"
            )
        for key in frame.keys() - FRAME_KEYS:
            raise unsupported(f"{path}.{key}", sorted(FRAME_KEYS))
        if not isinstance(frame.get("image"), str):
            code = coded("missing" if "image" not in frame else "invalid", f"{path}.image")
            raise TaskError(code, f"'{path}.image' is required, as a string.", f"{path}.image", type="string")
        _check_position(path, frame, rule)


def _check_position(path: str, frame: dict[str, Any], rule: FieldRule) -> None:
    if "frame" not in frame:
        return
    asked, allowed = frame["frame"], rule.positions or ()
    fits = (isinstance(asked, str) or is_integer(asked)) and asked in allowed
    if not fits:
        raise TaskError(
            coded("invalid", path),
            f"Unsupported frame position in '{path}'.",
            f"{path}.frame",
            allowedValues=[*allowed],
        )
