"""Bodies for a schema, legal and nearly so, made from the JSON Schema alone; and what jsonschema says of them."""

import json
from copy import deepcopy
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from jsonschema import Draft202012Validator

SCHEMAS = Path(__file__).parent / "schemas"
UUID = "b2b12f9d-6822-434e-bcdb-792ec67bab65"
IMAGES = (UUID, "https://example.com/a.png", "data:image/png;base64,iVBORw0KGgo=", "iVBORw0KGgo=")
WRONG = (7, True, None, "no such value", Decimal("0.005"), [], {})
BEYOND = {"min": -1, "max": 1}


@cache
def document(name: str) -> dict[str, Any]:
    """A schema of ours, its numbers exact, int64's largest as it was before a tool rounded it."""
    text = (SCHEMAS / f"{name}.json").read_text().replace("9223372036854776000", str(2**63 - 1))
    return dict(json.loads(text, parse_float=Decimal))


@cache
def validator(name: str) -> Draft202012Validator:
    """The schema as the judge of one request."""
    return Draft202012Validator({**document(name), "$ref": "#/components/schemas/RequestBody"})


def legal(name: str, body: dict[str, Any]) -> bool:
    """Whether the schema itself takes a body."""
    return bool(validator(name).is_valid([body]))


def bodies(name: str, starts: list[dict[str, Any]], without: tuple[str, ...] = ()) -> st.SearchStrategy[dict[str, Any]]:
    """Legal bodies with up to four changes: a field more, a field less, a value that is at or just past an edge."""
    task = _inlined(document(name)["components"]["schemas"]["RequestBody"]["items"], document(name))
    paths = [path for path in _paths(task, "") if path.split(".")[0] not in without]

    values = {path: _values(_node(task, path)) for path in [*paths, "strange", "inputs.strange"]}

    @st.composite
    def made(draw: st.DrawFn) -> dict[str, Any]:
        body = deepcopy(draw(st.sampled_from(starts)))
        for _ in range(draw(st.integers(0, 4))):
            path = draw(st.sampled_from(sorted(values)))
            if draw(st.booleans()):
                _put(body, path, deepcopy(draw(values[path])))
            else:
                _remove(body, path)
        if (
            body.get("providerSettings") == {}
        ):  # the vendor's rules speak of what is in it, and forget that it may be empty
            del body["providerSettings"]
        return body

    return made()


def _inlined(node: Any, whole: dict[str, Any]) -> Any:
    if isinstance(node, list):
        return [_inlined(item, whole) for item in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        target: Any = whole
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        return _inlined(target, whole)
    return {key: _inlined(value, whole) for key, value in node.items()}


def _paths(node: dict[str, Any], prefix: str) -> list[str]:
    found = []
    for name, inner in node.get("properties", {}).items():
        found += [f"{prefix}{name}", *_paths(inner, f"{prefix}{name}.")]
    return found


def _node(task: dict[str, Any], path: str) -> dict[str, Any]:
    node = task
    for name in path.split("."):
        node = node.get("properties", {}).get(name, {})
    return node


def _values(node: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Mostly what the schema takes, and what it just doesn't."""
    return st.one_of(_good(node), _good(node), _good(node), st.sampled_from(_edges(node)))


def _good(node: dict[str, Any]) -> st.SearchStrategy[Any]:
    if "const" in node or "enum" in node or "oneOf" in node:
        return st.sampled_from([node["const"]] if "const" in node else _choices(node))
    match node.get("type"):
        case "boolean":
            return st.booleans()
        case "integer" | "number":
            return st.sampled_from(_numbers(node, inside=True))
        case "array":
            high = node.get("maxItems", 3)
            return st.integers(node.get("minItems", 0), high).flatmap(
                lambda count: st.lists(_good(node["items"]), min_size=count, max_size=count)
            )
        case "object":
            names = {name: _good(inner) for name, inner in node["properties"].items()}
            due = {name: names.pop(name) for name in node.get("required", ())}
            return st.fixed_dictionaries(due, optional=names)
        case _:
            return _texts(node)


def _texts(node: dict[str, Any]) -> st.SearchStrategy[Any]:
    if "anyOf" in node and node.get("type") != "string":
        return st.one_of(*(_good(branch) for branch in node["anyOf"]))
    if "anyOf" in node:
        return st.sampled_from(IMAGES if any("pattern" in form for form in node["anyOf"]) else IMAGES[:2])
    if "format" in node:
        return st.just(UUID if node["format"] == "uuid" else "https://example.com/x")
    return st.sampled_from(["a" * node.get("minLength", 1), "b" * node.get("maxLength", 40)])


def _edges(node: dict[str, Any]) -> list[Any]:
    found: list[Any] = [
        wrong for wrong in WRONG if not (isinstance(wrong, str) and ("format" in node or "anyOf" in node))
    ]
    if "minLength" in node:
        found += ["a" * (node["minLength"] - 1), "a" * (node["maxLength"] + 1)]
    if node.get("type") in ("integer", "number") and "enum" not in node:
        found += _numbers(node, inside=False)
    if "contains" in node:
        found.append([{"image": UUID, "frame": "last"}])
    if node.get("type") == "array" and "maxItems" in node:
        found.append([UUID] * (node["maxItems"] + 1))
    return found


def _choices(node: dict[str, Any]) -> list[Any]:
    return list(node["enum"]) if "enum" in node else [branch["const"] for branch in node["oneOf"]]


def _numbers(node: dict[str, Any], *, inside: bool) -> list[Any]:
    step = node.get("multipleOf", 1)
    low, high = node.get("minimum", node.get("exclusiveMinimum", 0)), node.get("maximum", 4096)
    if node.keys() & {"minimum", "maximum", "multipleOf", "exclusiveMinimum"}:
        return (
            [low + step * ("exclusiveMinimum" in node), low + 2 * step, high]
            if inside
            else [low - step, high + step, low]
        )
    return [1920, 1080, 1440, 1280, 720] if inside else [0, 1081]


def _put(body: dict[str, Any], path: str, value: Any) -> None:
    *above, last = path.split(".")
    for name in above:
        if not isinstance(body.get(name), dict):
            body[name] = {}
        body = body[name]
    body[last] = value


def _remove(body: dict[str, Any], path: str) -> None:
    *above, last = path.split(".")
    for name in above:
        body = body.get(name) if isinstance(body.get(name), dict) else {}
    body.pop(last, None)
