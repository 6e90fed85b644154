"""Parsing: what a file of YAML or JSON says, word for word, with nothing guessed, doubled or unfolded.

YAML 1.1 reads `16:9` as 969, `010` as 8 and `2024-01-01` as a date, keeps the last of two equal keys, and lets a
page of aliases unfold to gigabytes. A shot file means none of that.
"""

import json
import re
from collections import Counter
from collections.abc import Hashable, Mapping
from typing import Any

import yaml
from yaml.composer import Composer
from yaml.constructor import SafeConstructor
from yaml.resolver import Resolver

from stillreel.domain.errors import BadInput
from stillreel.domain.problems import Problem
from stillreel.studio.lines import JsonLines, Lines, YamlLines, too_deep
from stillreel.studio.slips import slip_in

DEEPEST = 20  # levels; a raw request needs five
MOST_KEYS = 1_000  # of a group; the largest that means something has some forty
LONGEST_NUMBER = 40  # digits, as in the patterns below; a seed has at most 20
MOST_VALUES = 200_000  # keys and values of a YAML file, a few seconds; 2,000 shots of 20 words have less than half
NUMBERS = {
    "tag:yaml.org,2002:int": re.compile(r"^[-+]?(?:0|[1-9][0-9]{0,39})$|^0x[0-9a-fA-F]{1,32}$"),
    "tag:yaml.org,2002:float": re.compile(
        r"^[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?$|^[-+]?[0-9]+[eE][-+]?[0-9]+$"
        r"|^[-+]?\.(?:inf|Inf|INF)$|^\.(?:nan|NaN|NAN)$"
    ),
}
GUESSED = {*NUMBERS, "tag:yaml.org,2002:timestamp"}
QUICKEST: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml's, of which only the events are taken


class _TooDeep(Exception):
    def __init__(self, event: yaml.Event) -> None:
        mark: Any = event.start_mark  # the stubs know two kinds of marks
        self.line: int = mark.line + 1
        super().__init__()


class _Loader(Composer, SafeConstructor, Resolver):
    """YAML without sexagesimal numbers, octal numbers, dates, anchors, aliases, tags and doubled keys."""

    def __init__(self, text: str) -> None:
        for part in (Composer, SafeConstructor, Resolver):
            part.__init__(self)
        self._events = yaml.parse(text, Loader=QUICKEST)
        self._next = next(self._events)
        self._values = 0
        self._around = 0  # groups that what comes next stands in

    def peek_event(self) -> yaml.Event:
        """What the parser comes to next."""
        return self._next

    def get_event(self) -> yaml.Event:
        """The same, and on to what follows."""
        event, self._next = self._next, next(self._events, self._next)
        return event

    def check_event(self, *kinds: type[yaml.Event]) -> bool:
        """Whether that is of one of these kinds."""
        return isinstance(self._next, kinds)

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event, self._values = self._next, self._values + 1
        if self._values > MOST_VALUES:
            raise _not_allowed(f"more than {MOST_VALUES:,} keys and values", event)
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            raise _not_allowed("anchors and aliases", event)
        if getattr(event, "tag", None) is not None:
            raise _not_allowed("tags", event)
        if isinstance(event, yaml.CollectionStartEvent) and self._around >= DEEPEST:
            raise _TooDeep(event)
        self._around += 1
        node = super().compose_node(parent, index)
        self._around -= 1
        return node

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        _refuse_many(len(node.value), node.start_mark.line + 1)
        keys = [key for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        counted = Counter((key.tag, key.value) for key in keys)
        _refuse_doubled({k.value: k.start_mark.line + 1 for k in keys if counted[k.tag, k.value] > 1})
        return super().construct_mapping(node, deep)


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag not in GUESSED]
    for first, resolvers in Resolver.yaml_implicit_resolvers.items()
}
for _tag, _pattern in NUMBERS.items():
    _Loader.add_implicit_resolver(_tag, _pattern, list("-+0123456789."))


def parsed(text: str, name: str) -> Any:
    """What a file's text says; BadInput, naming the file or the key, for what can't be understood in one way only."""
    return parsed_with_lines(text, name)[0]


def parsed_with_lines(text: str, name: str) -> tuple[Any, Lines]:
    """The same, and where in the text each key stands."""
    try:
        data, lines = _loaded(text, name)
    except RecursionError:
        raise _too_deep(name, too_deep(text, DEEPEST)) from None
    except _TooDeep as error:
        raise _too_deep(name, error.line) from None
    except json.JSONDecodeError as error:
        got, allowed = slip_in(error)
        raise BadInput([Problem(field=name, got=got, allowed=allowed)]) from None
    except (yaml.YAMLError, ValueError) as error:
        raise BadInput([Problem(field=name, got=_said(error), allowed="YAML or JSON")]) from None
    deeper, values = _extent(data, DEEPEST)
    if deeper:
        raise _too_deep(name, too_deep(text, DEEPEST))
    if values > MOST_VALUES:
        raise BadInput([Problem(field=name, got=f"{values:,} values", allowed=f"at most {MOST_VALUES:,}")])
    return data, lines


def _loaded(text: str, name: str) -> tuple[Any, Lines]:
    if name.endswith(".json"):
        return _json(text)
    if text.lstrip().startswith(("{", "[")):
        try:
            return _json(text)
        except json.JSONDecodeError:
            pass  # YAML has braces and brackets of its own
    return _yaml(text)


def _yaml(text: str) -> tuple[Any, Lines]:
    loader = _Loader(text)
    root = loader.get_single_node()
    return (None if root is None else loader.construct_document(root)), YamlLines(root)


def _json(text: str) -> tuple[Any, Lines]:
    doubled: list[str] = []

    def group(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        _refuse_many(len(pairs))
        if len(found) < len(pairs):
            doubled.extend(key for key, times in Counter(key for key, _ in pairs).items() if times > 1)
        return found

    data, lines = json.loads(text, object_pairs_hook=group, parse_int=_whole), JsonLines(text)
    _refuse_doubled(dict(lines.doubled()) if doubled else {})
    return data, lines


def _whole(digits: str) -> int | str:
    """A whole number as in YAML: longer than any that means something, it is text, and told where it stands."""
    return int(digits) if len(digits) <= LONGEST_NUMBER else digits


def _said(error: Exception) -> str:
    """What a parser objects to and where, in one line; the file is named by whoever tells it."""
    if isinstance(error, yaml.MarkedYAMLError):
        told = [(error.context, error.context_mark), (error.problem, error.problem_mark)]
        return ", ".join(f"{what}{_at(mark)}" for what, mark in told if what)
    return " ".join(str(error).split()).replace('in "<unicode string>",', "at")


def _at(mark: yaml.Mark | None) -> str:
    return f" at line {mark.line + 1}, column {mark.column + 1}" if mark is not None else ""


def _refuse_many(keys: int, line: int | None = None) -> None:
    """BadInput for a group of which nobody would read all keys."""
    if keys > MOST_KEYS:
        raise BadInput([Problem(field="a group", got=f"{keys:,} keys", allowed=f"at most {MOST_KEYS:,}", line=line)])


def _refuse_doubled(lines: Mapping[str, int]) -> None:
    """BadInput naming the keys that stand twice in a group, each with the line where it stands again."""
    if lines:
        allowed = "each key stands once in its group"
        raise BadInput(
            [Problem(field=shown_key(key), got="two values", allowed=allowed, line=line) for key, line in lines.items()]
        )


def shown_key(key: object) -> str:
    """A key as it can be printed, whatever characters it has."""
    text = str(key)
    return text if text.isprintable() else repr(text)[1:-1]


def _extent(data: Any, levels: int) -> tuple[bool, int]:
    """Whether there are more levels of groups than that, and how many values stand in those."""
    level, values = [data], 0
    for _ in range(levels):
        inner: list[Any] = []
        for group in level:
            inner += group.values() if isinstance(group, Mapping) else group if isinstance(group, list) else ()
        level, values = inner, values + len(inner)
    return any(isinstance(group, Mapping | list) for group in level), values


def _too_deep(name: str, line: int | None) -> BadInput:
    got = f"groups within groups{f' at line {line}' if line else ''}"
    return BadInput([Problem(field=name, got=got, allowed=f"at most {DEEPEST} levels of them")])


def _not_allowed(what: str, event: yaml.Event) -> yaml.YAMLError:
    mark: Any = event.start_mark  # the stubs know two kinds of marks
    return yaml.MarkedYAMLError(problem=f"{what}, which aren't allowed,", problem_mark=mark)
