"""The list of schemas beside the API: which models there are, for whoever looks before it buys; no key is needed."""

from pydantic import JsonValue
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from stillreel.runware.catalogue import Entry

PLAIN = {"boolean": "boolean", "integer": "integer", "number": "number", "object": "object"}
LISTS = frozenset({"frames", "images", "videos", "beats"})


def schema_of(entry: Entry) -> dict[str, JsonValue]:
    """The schema of a model's requests, as far as somebody needs it who asks whether there is such a model."""
    properties: dict[str, JsonValue] = {
        path: {"const": rule.const}
        if rule.const is not None
        else {"type": "array" if rule.type in LISTS else PLAIN.get(rule.type, "string"), "description": rule.doc}
        for path, rule in entry.fields.items()
        if "." not in path
    }
    required: list[JsonValue] = [path for path, rule in entry.fields.items() if rule.required and "." not in path]
    request: dict[str, JsonValue] = {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }
    return {"air": entry.air, "name": entry.name, "requestSchema": request, "documentation": entry.source}


async def resolve(request: Request) -> Response:
    """One model's schema, or 404; counted by itself, because it asks for no task."""
    service = request.app.state.service
    service.gate.counts["resolve"] += 1
    schema = service.schema(request.path_params["air"])
    return JSONResponse({"error": "not found"}, 404) if schema is None else JSONResponse(schema)


ROUTES = [Route("/resolve/{air:path}", resolve)]
