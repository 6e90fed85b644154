"""A vendor's schema.json from its bytes to the parts that an entry is made from; what is wrong with it is named."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial
from itertools import islice
from typing import Any, Literal, NoReturn

from stillreel.domain.errors import BadInput
from stillreel.domain.problems import Problem
from stillreel.runware.catalogue.entry import Kind, Status
from stillreel.runware.catalogue.importing.references import resolved
from stillreel.runware.catalogue.importing.wellformed import MOST, wellformed
from stillreel.runware.catalogue.importing.wording import UNPRINTABLE, one_line

LARGEST = 4 * 1024 * 1024  # bytes; the schemas that have been seen hold 40 to 70 kB
DEEPEST = 64  # levels; the deepest that has been seen has about 20
LARGEST_NUMBER = 30  # digits before the point; beyond that a number isn't a bound but a trap for whoever prints it
AIR = re.compile(r"[a-z0-9_.-]+:[\w.-]+@[\w.-]+", re.ASCII)
SLUG = re.compile(r"[a-z0-9][a-z0-9-]*")  # it becomes the name of a file
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
TITLE = "Runware API - "
BODY = "components.schemas.RequestBody.items"
ANSWER = "components.schemas.ResponseBody.properties.data.items"
STATUSES: tuple[Status, ...] = ("live", "api-only", "coming-soon", "deprecated", "retired")

TaskType = Literal["imageInference", "videoInference"]
KINDS: Mapping[TaskType, Kind] = {"imageInference": "still", "videoInference": "clip"}


@dataclass(frozen=True)
class Schema:
    """What a schema.json says of one model, its references resolved and nothing of it translated yet."""

    air: str
    slug: str
    name: str
    kind: Kind
    task_type: TaskType
    status: Status
    released: date | None
    modes: tuple[str, ...]  # in the vendor's words
    pricing: Mapping[str, Any]
    task: Mapping[str, Any]  # the JSON Schema of one task object
    result: Mapping[str, Any]  # the JSON Schema of one result row; empty where there is none
    notes: tuple[str, ...] = ()  # what of the rest isn't understood


def read_schema(data: bytes, what: str) -> Schema:
    """The schema in these bytes; BadInput, which begins with `what`, says what is wrong with them."""
    document = _document(data, what)
    info = document.get("info")
    info = info if isinstance(info, dict) else {}
    problems = list(_missing(info, document))
    if problems:
        raise BadInput(problems, what=what)
    task = wellformed(resolved(_at(document, BODY), document, what), BODY, what)
    task_type = _task_type(task, what)
    answer = _at(document, ANSWER)
    released = _day(info.get("x-released-at"))
    title = one_line(str(info.get("title", "")).removeprefix(TITLE))
    return Schema(
        air=info["x-air-id"],
        slug=info["x-model-id"],
        name=title or info["x-model-id"],
        kind=KINDS[task_type],
        task_type=task_type,
        status=info["x-status"],
        released=released,
        modes=tuple(_modes(info)),
        pricing=info["x-pricing"] if isinstance(info.get("x-pricing"), dict) else {},
        task=task,
        result=wellformed(resolved(answer, document, what), ANSWER, what) if isinstance(answer, dict) else {},
        notes=(*_no_release(info.get("x-released-at"), released), *_no_modes(info)),
    )


def _document(data: bytes, what: str) -> dict[str, Any]:
    if len(data) > LARGEST:
        _refuse(what, "file", f"{len(data)} bytes", f"at most {LARGEST}; a schema is much smaller")
    try:
        text = data.decode("utf-8-sig")
        if text.lstrip()[:1] == "<":
            allowed = "a schema.json; a model's page has it at its own address + /schema.json"
            _refuse(what, "file", "a page of HTML or XML", allowed)
        doubled: dict[str, None] = {}
        document = json.loads(
            text,
            parse_float=Decimal,
            parse_int=_whole,
            parse_constant=_no_number,
            object_pairs_hook=partial(_group, doubled),
        )
    except RecursionError:
        _refuse(what, "file", "lists in lists without end", f"at most {DEEPEST} levels")
    except ValueError as error:  # also bytes that aren't UTF-8
        _refuse(what, "file", f"no JSON ({one_line(error, 120)})", "a schema.json, which is JSON in UTF-8")
    if doubled:
        allowed = "each key stands once in its object"
        problems = [Problem(field=one_line(key), got="two values", allowed=allowed) for key in islice(doubled, MOST)]
        raise BadInput(problems, what=what)
    if not isinstance(document, dict):
        _refuse(what, "file", type(document).__name__, "an object, as OpenAPI has it")
    _walk(document, what)
    return document


def _group(doubled: dict[str, None], pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object; a key that stands twice in it is put among the doubled ones."""
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            doubled[key] = None
        found[key] = value
    return found


def _whole(text: str) -> int | Decimal:
    """A whole number; Python's own refuses one of thousands of digits in words about Python."""
    return int(text) if len(text) <= LARGEST_NUMBER else Decimal(text)


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number in JSON")


def _walk(document: Any, what: str) -> None:
    level = [document]
    for _ in range(DEEPEST):
        level = [
            child
            for node in level
            for child in (node.values() if isinstance(node, dict) else node if isinstance(node, list) else ())
        ]
        longest = max((_digits(node) for node in level if isinstance(node, Decimal | int)), default=0)
        if longest > LARGEST_NUMBER:
            got = f"a number without reason, of {longest} digits"
            _refuse(what, "file", got, f"numbers of at most {LARGEST_NUMBER} digits")
    if level:
        _refuse(what, "file", "objects in objects without end", f"at most {DEEPEST} levels")


def _digits(number: Decimal | int) -> int:
    return abs(Decimal(number).adjusted()) + 1


def _missing(info: Mapping[str, Any], document: Mapping[str, Any]) -> Iterator[Problem]:
    if "x-air-id" not in info and "x-model-id" not in info:
        allowed = "a schema.json of Runware's; this is no model of theirs, or another vendor's"
        yield Problem(field="info.x-air-id", got="nothing", allowed=allowed)
        return
    shapes = {"x-air-id": (AIR, "such as klingai:3@1"), "x-model-id": (SLUG, "such as klingai-1-6-standard")}
    for name, (shape, like) in shapes.items():
        value = info.get(name)
        if not isinstance(value, str) or not shape.fullmatch(value):
            yield Problem(field=f"info.{name}", got=_shown(value), allowed=f"the model's identifier, {like}")
    if info.get("x-status") not in STATUSES:
        yield Problem(field="info.x-status", got=_shown(info.get("x-status")), allowed=f"one of {', '.join(STATUSES)}")
    if UNPRINTABLE in one_line(info.get("title")):
        yield Problem(field="info.title", got=_shown(info["title"]), allowed="a name without control characters")
    task = _at(document, BODY)
    if not isinstance(task, dict) or not ("$ref" in task or isinstance(task.get("properties"), dict)):
        said = task.get("properties") if isinstance(task, dict) else None
        yield Problem(field=f"{BODY}.properties", got=_shown(said), allowed="the fields of a request")


def _task_type(task: Mapping[str, Any], what: str) -> TaskType:
    said = task.get("properties", {}).get("taskType")
    const = said.get("const") if isinstance(said, dict) else None
    found = next((task_type for task_type in KINDS if task_type == const), None)
    if found is None:
        allowed = "a const of imageInference or videoInference: nothing else becomes a still or a clip"
        _refuse(what, f"{BODY}.properties.taskType", _shown(const), allowed)
    return found


def _modes(info: Mapping[str, Any]) -> Iterator[str]:
    modes = info.get("x-modes")
    for mode in modes if isinstance(modes, list) else []:
        if isinstance(mode, dict) and isinstance(mode.get("id"), str):
            yield mode["id"]


def _no_modes(info: Mapping[str, Any]) -> Iterator[str]:
    modes = info.get("x-modes")
    named = isinstance(modes, list) and modes
    if not named:
        said = "it is missing" if modes is None else f"{one_line(_shown(modes))} names no mode"
        yield f"info.x-modes: {said}, so the modes are as the fields suggest."
    for number, mode in enumerate(named or ()):
        if not isinstance(mode, dict) or not isinstance(mode.get("id"), str):
            yield f"info.x-modes[{number}]: {one_line(_shown(mode))} is no mode with an id."


def _at(document: Mapping[str, Any], path: str) -> Any:
    """What stands at a dotted path, or None; a schema whose body isn't a list of tasks is the task itself."""
    node: Any = document
    for name in path.split("."):
        if not isinstance(node, dict):
            return None
        if name == "items" and "items" not in node:
            return node
        node = node.get(name)
    return node


def _day(value: Any) -> date | None:
    found = DAY.match(value) if isinstance(value, str) else None
    try:
        return date.fromisoformat(found[0]) if found else None
    except ValueError:
        return None


def _no_release(said: Any, found: date | None) -> Iterator[str]:
    if said is not None and found is None:
        yield f"info.x-released-at: {one_line(_shown(said))} is no date, so the day of the release isn't known."


def _shown(value: Any) -> str:
    return "nothing" if value is None else repr(value)[:60]


def _refuse(what: str, field: str, got: str, allowed: str) -> NoReturn:
    raise BadInput([Problem(field=field, got=got, allowed=allowed)], what=what) from None
