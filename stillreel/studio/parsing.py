"""Parsing: what a file of YAML or JSON says, word for word, with nothing guessed, doubled or unfolded.

YAML 1.1 reads `16:9` as 969, `010` as 8 and `2024-01-01` as a date, keeps the last of two equal keys, and lets a
page of aliases unfold to gigabytes. A shot file means none of that.
"""

import json
import re
from collections.abc import Hashable, Mapping
from typing import Any

import yaml

from stillreel.domain.errors import BadInput, Problem

DEEPEST = 20  # levels; a raw request needs five
NUMBERS = {
    "tag:yaml.org,2002:int": re.compile(r"^[-+]?(?:0|[1-9][0-9]*)$|^0x[0-9a-fA-F]+$"),
    "tag:yaml.org,2002:float": re.compile(
        r"^[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?$|^[-+]?[0-9]+[eE][-+]?[0-9]+$"
        r"|^[-+]?\.(?:inf|Inf|INF)$|^\.(?:nan|NaN|NAN)$"
    ),
}
GUESSED = {*NUMBERS, "tag:yaml.org,2002:timestamp"}


class _Loader(yaml.SafeLoader):
    """YAML without sexagesimal numbers, octal numbers, dates, anchors, aliases, tags and doubled keys."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event: yaml.Event = self.peek_event()  # type: ignore[no-untyped-call]  # the stubs leave it out
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            raise _not_allowed("anchors and aliases", event)
        if getattr(event, "tag", None) is not None:
            raise _not_allowed("tags", event)
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        _check_keys([(key.tag, key.value) for key, _ in node.value if isinstance(key, yaml.ScalarNode)])
        return super().construct_mapping(node, deep)


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag not in GUESSED]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
for _tag, _pattern in NUMBERS.items():
    _Loader.add_implicit_resolver(_tag, _pattern, list("-+0123456789."))


def parsed(text: str, name: str) -> Any:
    """What a file's text says; BadInput, naming the file or the key, for what can't be understood in one way only."""
    try:
        data = _loaded(text, name)
    except RecursionError:
        raise _too_deep(name) from None
    except (yaml.YAMLError, ValueError) as error:
        raise BadInput([Problem(field=name, got=_said(error), allowed="YAML or JSON")]) from None
    if _deeper_than(data, DEEPEST):
        raise _too_deep(name)
    return data


def _loaded(text: str, name: str) -> Any:
    if name.endswith(".json"):
        return json.loads(text, object_pairs_hook=_object)
    if text.lstrip().startswith(("{", "[")):
        try:
            return json.loads(text, object_pairs_hook=_object)
        except json.JSONDecodeError:
            pass  # YAML has braces and brackets of its own
    return yaml.load(text, _Loader)  # noqa: S506 - a SafeLoader that takes less


def _said(error: Exception) -> str:
    """What a parser objects to and where, in one line; the file is named by whoever tells it."""
    if isinstance(error, yaml.MarkedYAMLError):
        told = [(error.context, error.context_mark), (error.problem, error.problem_mark)]
        return ", ".join(f"{what}{_at(mark)}" for what, mark in told if what)
    return " ".join(str(error).split()).replace('in "<unicode string>",', "at")


def _at(mark: yaml.Mark | None) -> str:
    return f" at line {mark.line + 1}, column {mark.column + 1}" if mark is not None else ""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    _check_keys([("", key) for key, _ in pairs])
    return dict(pairs)


def _check_keys(keys: list[tuple[str, str]]) -> None:
    """The keys of one group, each with its type; BadInput naming those that stand twice."""
    doubled = dict.fromkeys(name for key in keys if keys.count(key) > 1 for name in key[1:])
    if doubled:
        allowed = "each key stands once in its group"
        raise BadInput([Problem(field=shown_key(key), got="two values", allowed=allowed) for key in doubled])


def shown_key(key: object) -> str:
    """A key as it can be printed, whatever characters it has."""
    text = str(key)
    return text if text.isprintable() else repr(text)[1:-1]


def _deeper_than(data: Any, levels: int) -> bool:
    level = [data]
    for _ in range(levels):
        inner: list[Any] = []
        for group in level:
            inner += group.values() if isinstance(group, Mapping) else group if isinstance(group, list) else ()
        level = inner
    return any(isinstance(group, Mapping | list) for group in level)


def _too_deep(name: str) -> BadInput:
    return BadInput([Problem(field=name, got="groups within groups", allowed=f"at most {DEEPEST} levels of them")])


def _not_allowed(what: str, event: yaml.Event) -> yaml.YAMLError:
    mark: Any = event.start_mark  # the stubs know two kinds of marks
    return yaml.MarkedYAMLError(problem=f"{what}, which aren't allowed,", problem_mark=mark)
