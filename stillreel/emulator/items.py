"""Lists in a task, item by item: frames with their places, images, videos, and the beats of a clip."""

from typing import Any

from stillreel.emulator.refusals import TaskError, coded, unsupported
from stillreel.emulator.values import is_image, is_integer, is_video
from stillreel.runware.catalogue.entry import FieldRule

FRAME_KEYS = {"image", "frame"}
BEAT_KEYS = {"prompt", "duration"}


def check_items(path: str, items: list[Any], rule: FieldRule) -> None:
    """Raise TaskError for the first item that the list may not hold; how many there may be is another question."""
    for item in items:
        match rule.type:
            case "frames":
                _check_frame(path, item, rule)
            case "beats":
                _check_beat(path, item)
            case _:
                _check_address(path, item, rule)


def _check_address(path: str, item: Any, rule: FieldRule) -> None:
    if not isinstance(item, str):
        raise TaskError(coded("invalid", path), f"Each item of '{path}' must be a string.", path, type="array")
    if rule.type == "videos" and not is_video(item):
        raise TaskError(coded("invalid", path), f"Each item of '{path}' must be a UUID or a URL.", path, type="string")
    if rule.type == "images":
        _check_image(path, item)


def _check_image(path: str, image: str) -> None:
    if not is_image(image):
        why = "it is neither a UUID, nor a URL, a data URI of an image or base64"
        raise TaskError(coded("invalid", path), f"Invalid image in '{path}': {why}.", path, type="string")


def _check_frame(path: str, frame: Any, rule: FieldRule) -> None:
    if isinstance(frame, str):
        _check_image(path, frame)
        return
    _check_object(path, frame, FRAME_KEYS, "a string or an object")
    if not isinstance(frame.get("image"), str):
        code = coded("missing" if "image" not in frame else "invalid", f"{path}.image")
        raise TaskError(code, f"'{path}.image' is required, as a string.", f"{path}.image", type="string")
    _check_position(path, frame, rule)
    _check_image(path, frame["image"])


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


def _check_beat(path: str, beat: Any) -> None:
    """Words and whole seconds; whatever else bounds them nobody has told."""
    _check_object(path, beat, BEAT_KEYS, "an object")
    for key, kind in (("prompt", "string"), ("duration", "integer")):
        value, at = beat.get(key), f"{path}.{key}"
        if key not in beat:
            raise TaskError(coded("missing", at), f"The parameter '{at}' is required.", at)
        fits = isinstance(value, str) if kind == "string" else is_integer(value)
        if not fits or not value or (kind == "integer" and value < 1):
            raise TaskError(
                coded("invalid", at), f"'{at}' must be of type {kind}, and more than nothing.", at, type=kind
            )


def _check_object(path: str, item: Any, keys: set[str], wanted: str) -> None:
    if not isinstance(item, dict):
        raise TaskError(coded("invalid", path), f"Each item of '{path}' is {wanted}.", path, type="array")
    for key in item:
        if key not in keys:
            raise unsupported(f"{path}.{key}", sorted(keys))
