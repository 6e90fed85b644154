"""The service's own strict reading of an inference task: what its model's entry says, and not a key more.

The order is the one that live refusals show: unknown keys, missing keys, prompts, values, rules across fields.
"""

from collections.abc import Iterator
from datetime import date
from typing import Any

from stillreel.emulator.items import check_items
from stillreel.emulator.refusals import TaskError, coded, unsupported
from stillreel.emulator.values import check_value
from stillreel.emulator.wider import check_rules, mode_of
from stillreel.runware.catalogue.entry import Entry

FIRST = ("first", 0)  # where the first frame may say that it stands
PROMPTS = ("positivePrompt", "negativePrompt")


def check_task(entry: Entry, task: dict[str, Any], today: date, *, accept_unknown: bool = True) -> None:
    """Raise TaskError with the first thing about a task that the service would refuse.

    What the entry isn't sure of at all is let through as far as it says, or refused like a stranger.
    """
    _check_unknown(entry, task)
    if not accept_unknown:
        entry = _without_last(entry)
        _check_sure(entry, task)
    _check_missing(entry, task)
    given = dict(values(entry, task))
    ordered = sorted(given, key=lambda path: path not in PROMPTS)
    for path in ordered:
        rule = entry.fields[path]
        check_value(path, given[path], rule)
        if isinstance(given[path], list):
            check_items(path, given[path], rule)
    check_rules(entry, given, today)


def _without_last(entry: Entry) -> Entry:
    """The model as one that takes a first frame alone, where nobody says whether it takes a last one."""
    if "last" not in entry.unsaid:
        return entry
    first = {
        path: rule.model_copy(update={"max_items": 1, "positions": FIRST}) if rule.type == "frames" else rule
        for path, rule in entry.fields.items()
    }
    return entry.model_copy(update={"fields": first})


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
    for above, key in _keys(entry, task, ""):
        if f"{above}{key}" not in entry.fields or "." in key:  # a key that is spelt like a path is none
            raise unsupported(f"{above}{key}", _fields_in(entry, above))


def _check_sure(entry: Entry, task: dict[str, Any]) -> None:
    """Refuse fields of which nobody knows the rule, or if they go together, and a mode of unknown sizes."""
    given = dict(values(entry, task))
    for path in given:
        if entry.fields[path].sure == "unknown":
            near = _fields_in(entry, path[: path.rfind(".") + 1])
            raise unsupported(path, [field for field in near if entry.fields[field].sure != "unknown"])
    for doubted in entry.doubted:
        if all(path in given for path in doubted.fields):
            raise TaskError("incompatibleParameters", f"It isn't known {doubted.says}.", [*doubted.fields])
    mode = mode_of(entry, given)
    if mode in entry.sizes and entry.sizes[mode].sure == "unknown":
        sizes = [path for path in ("width", "height") if path in given]
        inputs = [path for path in given if entry.fields[path].type in {"frames", "images", "videos"}]
        about = sizes or inputs or ["model"]
        known = [name for name, size in entry.sizes.items() if size.sure != "unknown"]
        raise TaskError(
            "unsupportedParameter",
            f"Sizes of the mode '{mode}' aren't known. Allowed values are: {', '.join(known)}.",
            about if len(about) > 1 else about[0],
            allowedValues=[*known],
        )


def _keys(entry: Entry, given: dict[str, Any], above: str) -> Iterator[tuple[str, str]]:
    """Every key of a task and of its objects, after the path of the object that it stands in."""
    for key, value in given.items():
        yield above, key
        rule = entry.fields.get(f"{above}{key}")
        if isinstance(value, dict) and rule is not None and rule.type == "object":
            yield from _keys(entry, value, f"{above}{key}.")


def _fields_in(entry: Entry, above: str) -> list[str]:
    return [path for path in entry.fields if path.startswith(above) and "." not in path[len(above) :]]


def _check_missing(entry: Entry, task: dict[str, Any]) -> None:
    for path, rule in entry.fields.items():
        above = path.rpartition(".")[0]
        asked = not above or _look_up(task, above)[0]
        if rule.required and asked and not _look_up(task, path)[0]:
            raise TaskError(coded("missing", path), f"The parameter '{path}' is required.", path)
