"""The emulator's own pages: what happened, and how it is told to behave."""

import json
from typing import Any

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from stillreel.emulator.service import Service
from stillreel.emulator.switches import ClockSwitch, Switches


async def jobs(request: Request) -> Response:
    """Every taskUUID, and what became of it."""
    return JSONResponse(_service(request).jobs())


async def results(request: Request) -> Response:
    """Every result, when it was ready, and when its buyer was first shown it."""
    return JSONResponse(_service(request).results())


async def ledger(request: Request) -> Response:
    """The balance and the charges."""
    return JSONResponse(_service(request).ledger())


async def requests(request: Request) -> Response:
    """How many requests came, and how many are held."""
    return JSONResponse(_service(request).requests())


async def switches(request: Request) -> Response:
    """All switches; PUT changes the ones that are named, DELETE sets all back."""
    service = _service(request)
    if request.method == "DELETE":
        service.switch(dict.fromkeys(Switches.model_fields))
    elif request.method == "PUT":
        try:
            service.switch(await _mapping(request))
        except ValidationError as error:
            return _unclear(error)
        except ValueError as error:
            return JSONResponse({"error": str(error)}, 400)
    return JSONResponse(service.switches.told())


async def go(request: Request) -> Response:
    """Let requests that are held go on; with `{"drop": true}` they are lost where they stand."""
    service = _service(request)
    released = service.gate.held
    try:
        asked = await _mapping(request) if await request.body() else {}
    except ValueError as error:
        return JSONResponse({"error": str(error)}, 400)
    if set(asked) - {"drop"} or not isinstance(asked.get("drop", False), bool):
        return JSONResponse({"error": 'the body may be {"drop": true} or {"drop": false}'}, 400)
    service.go(drop=asked.get("drop", False))
    return JSONResponse({"released": released})


async def clock(request: Request) -> Response:
    """The emulator's time; POST changes its speed or jumps ahead."""
    service = _service(request)
    if request.method == "POST":
        try:
            asked = ClockSwitch.model_validate({"speed": service.clock.speed, **await _mapping(request)})
        except ValidationError as error:
            return _unclear(error)
        except ValueError as error:
            return JSONResponse({"error": str(error)}, 400)
        service.advance_clock(asked)
    return JSONResponse({"now": service.clock.now(), "speed": service.clock.speed})


def _service(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


async def _mapping(request: Request) -> dict[str, Any]:
    try:
        value = json.loads(await request.body())
    except ValueError as error:
        raise ValueError("the body isn't valid JSON") from error
    if not isinstance(value, dict):
        raise ValueError("the body must be an object of switches")  # noqa: TRY004 - one error for all bad bodies
    return value


def _unclear(error: ValidationError) -> Response:
    """What is wrong with the given switches, each with its path."""
    problems = [f"{'.'.join(str(part) for part in each['loc']) or 'body'}: {each['msg']}" for each in error.errors()]
    return JSONResponse({"error": "; ".join(problems), "known": sorted(Switches.model_fields)}, 400)


ROUTES = [
    Route("/emulator/jobs", jobs),
    Route("/emulator/results", results),
    Route("/emulator/ledger", ledger),
    Route("/emulator/requests", requests),
    Route("/emulator/switches", switches, methods=["GET", "PUT", "DELETE"]),
    Route("/emulator/go", go, methods=["POST"]),
    Route("/emulator/clock", clock, methods=["GET", "POST"]),
]
