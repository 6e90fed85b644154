"""Lists in a request: which of an entry's kinds of lists a JSON Schema describes."""

from collections.abc import Mapping
from typing import Any

from stillreel.runware.catalogue.entry import FieldType

ONE_FORM = ({"format"}, {"pattern"})


def list_type(name: str, said: Mapping[str, Any]) -> tuple[FieldType | None, dict[str, Any]]:
    """The kind of a list, None for one that an entry can't hold, and its bounds."""
    item = said.get("items")
    bounds = {
        ours: said[theirs]
        for theirs, ours in (("minItems", "min_items"), ("maxItems", "max_items"))
        if isinstance(said.get(theirs), int)
    }
    if not isinstance(item, dict):
        return None, bounds
    forms = _forms(item)
    if forms is not None:
        return _media(forms, str(item.get("title", name))), bounds
    positions = _positions(item)
    if positions is not None:
        return "frames", {**bounds, "positions": positions}
    if set(item.get("properties", ())) == {"prompt", "duration"}:
        return "beats", bounds
    return None, bounds


def _media(forms: set[str | None], title: str) -> FieldType | None:
    if None in forms:
        return "images"
    return "videos" if "video" in title.lower() else None


def _forms(item: Mapping[str, Any]) -> set[str | None] | None:
    """The formats that a text may have, None standing for base64 in any dress; None if it isn't such a text."""
    forms = item.get("anyOf")
    if item.get("type") != "string" or not isinstance(forms, list):
        return None
    if not all(isinstance(form, dict) and set(form) in ONE_FORM for form in forms):
        return None
    found = {form.get("format") for form in forms}
    return found if {"uuid", "uri"} <= found <= {"uuid", "uri", None} else None


def _positions(item: Mapping[str, Any]) -> list[Any] | None:
    """Where an image may stand in the clip, if the items are frames: a text for an image, or an object with it."""
    branches = item.get("anyOf")
    if not isinstance(branches, list) or len(branches) != 2 or not all(isinstance(branch, dict) for branch in branches):
        return None
    text: Mapping[str, Any] = next((branch for branch in branches if branch.get("type") == "string"), {})
    whole: Mapping[str, Any] = next((branch for branch in branches if branch.get("type") == "object"), {})
    if _forms(text) is None or set(whole.get("properties", ())) != {"image", "frame"}:
        return None
    if whole.get("required") != ["image"] or whole.get("additionalProperties") is not False:
        return None
    frame = whole["properties"]["frame"]
    if not isinstance(frame, dict):
        return None
    if isinstance(frame.get("oneOf"), list):
        return [branch.get("const") for branch in frame["oneOf"]]
    return list(frame["enum"]) if isinstance(frame.get("enum"), list) else None
