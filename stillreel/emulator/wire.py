"""One request to `/v1`, from its bytes to its answer: an array of tasks, each handled on its own."""

import json
from decimal import Decimal
from typing import Any, NamedTuple, NoReturn

from stillreel.emulator.refusals import ERRORS_PAGE
from stillreel.emulator.scope import Subject
from stillreel.emulator.switches import Switches

Task = dict[str, Any]
Row = dict[str, Any]
BEARER = "bearer "


class Visit(NamedTuple):
    """What holds for all tasks of one request."""

    switches: Switches
    origin: str  # our own address, as the caller sees it
    dry: bool = False  # check and price, nothing else


class Outcome(NamedTuple):
    """What one task adds to the answer; `status` is set when it was refused."""

    data: list[Row]
    errors: list[Row]
    status: int | None = None


class Answer(NamedTuple):
    """An HTTP status and a JSON body."""

    status: int
    body: Any


class BadRequest(Exception):
    """A request that can't be read as a whole; holds its answer."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        row = {"code": code, "message": message, "documentation": ERRORS_PAGE}
        self.answer = Answer(status, {"data": [], "errors": [row]})


def read(body: bytes) -> list[Task]:
    """The tasks of a request; BadRequest unless it is a JSON array of objects. Numbers stay exact."""
    try:
        parsed: Any = json.loads(body, parse_float=Decimal, parse_constant=_no_constant)
    except (ValueError, UnicodeDecodeError, RecursionError) as error:
        raise BadRequest(400, "invalidJSON", "The request body isn't valid JSON.") from error
    if not isinstance(parsed, list):
        raise BadRequest(400, "invalidRequest", "The request body must be an array of tasks.")
    if not parsed or not all(isinstance(task, dict) for task in parsed):
        raise BadRequest(400, "invalidRequest", "The request body must be an array of one or more task objects.")
    return parsed


def key_of(authorization: str | None, tasks: list[Task]) -> tuple[str | None, list[Task]]:
    """The API key by header or by a first authentication task, and the tasks without that one."""
    rest = tasks
    inline: Any = None
    if tasks and tasks[0].get("taskType") == "authentication":
        inline, rest = tasks[0].get("apiKey"), tasks[1:]
    if authorization is not None:
        bearer = authorization[: len(BEARER)].lower() == BEARER
        return (authorization[len(BEARER) :].strip() or None) if bearer else None, rest
    return (inline if isinstance(inline, str) and inline else None), rest


def check_key(key: str | None, accepted: tuple[str, ...] | None) -> None:
    """BadRequest with 401 for a missing or a wrong key; the answer never holds it."""
    if key is None:
        raise BadRequest(401, "missingApiKey", "An API key is required, as a Bearer token.")
    if accepted is not None and key not in accepted:
        raise BadRequest(401, "invalidApiKey", "The API key isn't valid.")


def plain(task: Task) -> Task:
    """The task with ordinary JSON numbers, as it is remembered."""
    result: Task = json.loads(json.dumps(task, default=float))
    return result


def subjects_of(tasks: list[Task]) -> list[Subject]:
    """What the tasks of a request are about."""
    return [Subject(_text(task.get("taskType")) or "", _text(task.get("model"))) for task in tasks]


def assembled(outcomes: list[Outcome], *, mixed_status: int, empty_errors: bool) -> Answer:
    """One answer for all tasks: `errors` is left out where there are none."""
    data = [row for outcome in outcomes for row in outcome.data]
    errors = [row for outcome in outcomes for row in outcome.errors]
    refused = [outcome.status for outcome in outcomes if outcome.status is not None]
    status = 200
    if refused:
        status = refused[0] if len(refused) == len(outcomes) else mixed_status
    body: dict[str, Any] = {"data": data}
    if errors or empty_errors:
        body["errors"] = errors
    return Answer(status, body)


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} isn't JSON")
