"""Whether a JSON Schema is one: every keyword that we read has a value of the kind that it must have."""

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from stillreel.domain.errors import BadInput
from stillreel.domain.problems import Problem
from stillreel.runware.catalogue.importing.wording import one_line

MOST = 20  # problems that are told; a file with more isn't one to be mended by hand


def wellformed(schema: Any, path: str, what: str) -> Mapping[str, Any]:
    """The schema itself, if it and all schemas in it are objects of known keywords' kinds; BadInput with what isn't."""
    problems = [problem for problem, _ in zip(_problems(schema, path), range(MOST), strict=False)]
    if problems or not isinstance(schema, Mapping):
        raise BadInput(problems, what=what)
    return schema


def _problems(schema: Any, path: str) -> Iterator[Problem]:
    if isinstance(schema, bool) and not path.endswith(("]", ".items", ".contains")):
        return  # true and false are schemas, too, and make sense where something is demanded
    if not isinstance(schema, Mapping):
        yield Problem(field=one_line(path), got=one_line(schema, 60), allowed="a JSON Schema, which is an object")
        return
    for keyword, value in schema.items():
        fits, allowed = KINDS.get(keyword, _ANYTHING)
        if not fits(value):
            yield Problem(field=one_line(f"{path}.{keyword}"), got=one_line(value, 60), allowed=allowed)
            continue
        for place, inner in _inner(keyword, value):
            yield from _problems(inner, f"{path}.{keyword}{place}")


def _inner(keyword: str, value: Any) -> Iterator[tuple[str, Any]]:
    """The schemas that a keyword holds."""
    if keyword in ("properties", "dependentSchemas"):
        yield from ((f".{name}", inner) for name, inner in value.items())
    elif keyword in ("allOf", "anyOf", "oneOf"):
        yield from ((f"[{number}]", inner) for number, inner in enumerate(value))
    elif keyword in ("items", "not", "if", "then", "else", "contains"):
        yield "", value


def _is_number(value: Any) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_names(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(name, str) for name in value)


def _is_schemas(value: Any) -> bool:
    return isinstance(value, list) and bool(value)


Kind = tuple[Callable[[Any], bool], str]

_ANYTHING: Kind = (lambda _: True, "")
_NUMBER: Kind = (_is_number, "a number")
_STEP: Kind = (lambda value: _is_number(value) and value > 0, "a number above zero")
_COUNT: Kind = (_is_count, "a whole number from 0 up")
_TEXT: Kind = (lambda value: isinstance(value, str), "a text")
_OBJECT: Kind = (lambda value: isinstance(value, Mapping), "an object")
_NAMES: Kind = (_is_names, "a list of names")
_SCHEMA: Kind = (lambda value: isinstance(value, Mapping | bool), "a JSON Schema, which is an object")
_SCHEMAS: Kind = (_is_schemas, "a list of JSON Schemas")
_VALUES: Kind = (_is_schemas, "a list of values")
_TYPE: Kind = (lambda value: isinstance(value, str) or _is_names(value), "a name, or a list of names")
_MATCHED: Kind = (
    lambda value: isinstance(value, Mapping) and all(map(_is_names, value.values())),
    "an object of lists of names",
)

KINDS: Mapping[str, Kind] = {
    **dict.fromkeys(("title", "description", "format", "pattern"), _TEXT),
    **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"), _NUMBER),
    **dict.fromkeys(("minLength", "maxLength", "minItems", "maxItems"), _COUNT),
    **dict.fromkeys(("properties", "dependentSchemas"), _OBJECT),
    **dict.fromkeys(("items", "not", "if", "then", "else", "contains", "additionalProperties"), _SCHEMA),
    **dict.fromkeys(("allOf", "anyOf", "oneOf"), _SCHEMAS),
    "type": _TYPE,
    "enum": _VALUES,
    "required": _NAMES,
    "dependentRequired": _MATCHED,
    "multipleOf": _STEP,
}
