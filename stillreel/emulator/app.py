"""The routes: `/v1` as the service has it, schemas, media, and the emulator's own pages under `/emulator`."""

import asyncio
import json

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from stillreel.emulator import inspection, schemas, serving
from stillreel.emulator.gate import Gone
from stillreel.emulator.scope import Subject, struck
from stillreel.emulator.service import Service
from stillreel.emulator.switches import BadAnswer, Throttle
from stillreel.emulator.transport import CutOff
from stillreel.emulator.wire import Answer, BadRequest, Task, check_key, key_of, read

DRY_RUN = "x-runware-dry-run"
THROTTLE_CODES = {429: "rateLimitExceeded", 503: "serviceUnavailable", 504: "providerGatewayTimeout"}


def build(service: Service) -> Starlette:
    """The application of one service."""
    app = Starlette(
        routes=[
            Route("/v1", tasks, methods=["POST"]),
            *schemas.ROUTES,
            *serving.ROUTES,
            *inspection.ROUTES,
        ]
    )
    app.state.service = service
    return app


async def tasks(request: Request) -> Response:
    """One request to the service; none that is held is answered when the emulator ends."""
    try:
        return await _tasks(request)
    except Gone:
        return CutOff()


async def _tasks(request: Request) -> Response:
    """One request, with whatever is to go wrong with it."""
    service: Service = request.app.state.service
    body = await request.body()
    refused: BadRequest | None = None
    asked: list[Task] = []
    try:
        asked = read(body)
        key, asked = key_of(request.headers.get("authorization"), asked)
        check_key(key, service.switches.keys)
    except BadRequest as error:
        refused = error
    about = service.subjects(asked)
    stop = service.gate.arrive("v1", about)
    await service.gate.stand(stop, "before")
    early = _fault(service, "before", asked, about)
    if early is not None:
        return early
    if refused is not None:
        return _json(refused.answer)
    answer = await service.answer(asked, str(request.base_url).rstrip("/"), dry=request.headers.get(DRY_RUN) == "1")
    await service.gate.stand(stop, "after")
    late = _fault(service, "after", asked, about)
    return late or await _told(service, answer, about)


def _fault(service: Service, when: str, asked: list[Task], about: list[Subject]) -> Response | None:
    """An HTTP error or a cut connection, if one is due at this moment."""
    switches = service.switches
    if struck([fault for fault in switches.lost_reply if fault.when == when], about, switches.seed):
        return CutOff()
    throttle = struck([fault for fault in switches.throttle if fault.when == when], about, switches.seed)
    return None if throttle is None else _throttled(throttle, asked)


def _throttled(throttle: Throttle, asked: list[Task]) -> Response:
    row = {
        "code": throttle.code or THROTTLE_CODES.get(throttle.status, "internalServerError"),
        "message": "The service can't take the request at the moment.",
    }
    names = [{key: task[key] for key in ("taskType", "taskUUID") if isinstance(task.get(key), str)} for task in asked]
    rows = [{**row, **name} for name in names] if throttle.named else [row]
    headers = {} if throttle.retry_after is None else {"Retry-After": f"{throttle.retry_after}"}
    return _json(Answer(throttle.status, {"data": [], "errors": rows}), headers)


async def _told(service: Service, answer: Answer, about: list[Subject]) -> Response:
    """The answer, or what a fault makes of it."""
    fault = struck(service.switches.answer, about, service.switches.seed)
    if fault is None:
        return _json(answer)
    if fault.how == "slow":
        await asyncio.sleep(fault.seconds)
    return _bad(fault, answer)


def _bad(fault: BadAnswer, answer: Answer) -> Response:
    errors = answer.body.get("errors")
    other_shapes = {
        "single_error": {"error": errors[0]} if errors else answer.body,
        "bare_list": answer.body["data"],
        "slow": answer.body,
    }
    if fault.how in other_shapes:
        return _json(Answer(answer.status, other_shapes[fault.how]))
    text = json.dumps(answer.body)
    broken = {
        "malformed": text.replace('"', "'"),
        "truncated": text[: len(text) // 2],
        "html": "<html><body>Bad gateway</body></html>",
        "empty": "",
    }
    kind = "text/html" if fault.how == "html" else "application/json"
    return Response(broken[fault.how], answer.status, media_type=kind)


def _json(answer: Answer, headers: dict[str, str] | None = None) -> Response:
    return Response(json.dumps(answer.body), answer.status, headers, media_type="application/json")
