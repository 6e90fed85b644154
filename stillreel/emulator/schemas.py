"""Which models there are, for whoever looks before it buys: the list of schemas, and each model's schema.json.

No key is needed for either. The files lie under the same paths as at the vendor's docs.
"""

from urllib.parse import urlsplit

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


def path_of(entry: Entry) -> str:
    """The path of a model's page, beside which its schema lies, as its entry names it."""
    return urlsplit(entry.page).path.removesuffix("/schema.json").strip("/").removesuffix(".md")


async def document(request: Request) -> Response:
    """The schema.json beside a model's page, or 404."""
    service = request.app.state.service
    service.gate.counts["schema"] += 1
    found = service.document(request.path_params["page"])
    return JSONResponse({"error": "not found"}, 404) if found is None else JSONResponse(found)


ROUTES = [Route("/resolve/{air:path}", resolve), Route("/{page:path}/schema.json", document)]
