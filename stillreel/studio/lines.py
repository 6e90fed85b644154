"""Lines: where in a file a key stands, so that a problem of one shot among hundreds can be found."""

import json
import re
from collections.abc import Sequence
from typing import Any, Protocol

import yaml

Path = Sequence[str | int]
TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\]:,]|[^\s{}\[\]:,"]+')


class Lines(Protocol):
    """Knows the line of each key of a file."""

    def at(self, path: Path) -> int | None:
        """The line on which a path's innermost part stands that is there at all, from 1; None without a file."""
        ...


class NoLines:
    """The lines of what isn't a file, such as a form."""

    def at(self, path: Path) -> int | None:
        """None."""
        del path
        return None


class YamlLines:
    """The lines of a YAML document, by the marks of its nodes."""

    def __init__(self, root: yaml.Node | None) -> None:
        self._root = root

    def at(self, path: Path) -> int | None:
        """The line of a key, or of a list's item."""
        node, line = self._root, 1
        for part in path:
            node, found = _inside(node, part)
            if node is None:
                break
            line = found
        return line


def _inside(node: yaml.Node | None, part: str | int) -> tuple[yaml.Node | None, int]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == str(part):
                return value, key.start_mark.line + 1
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        return node.value[part], node.value[part].start_mark.line + 1
    return None, 1


class JsonLines:
    """The lines of a JSON text that has been parsed without complaint; they are looked for when first asked about."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tree: Any = None

    def at(self, path: Path) -> int | None:
        """The line of a key, or of a list's item."""
        if self._tree is None:
            self._tree, _ = _places(self._text)
        (line, inner), *_ = self._tree
        for part in path:
            inside = isinstance(part, int) and part < len(inner) if isinstance(inner, list) else part in (inner or {})
            if not inside:
                break
            line, inner = inner[part]
        return int(line)

    def doubled(self) -> list[tuple[str, int]]:
        """The keys that stand twice in their group, each with the line where it stands again."""
        return _places(self._text)[1]


def too_deep(text: str, levels: int) -> int | None:
    """The line of the first group in a JSON text that stands within so many others."""
    around = 0
    for token in TOKEN.finditer(text):
        if (word := token.group()) in ("{", "["):
            if around == levels:
                return text.count("\n", 0, token.start()) + 1
            around += 1
        elif word in ("}", "]"):
            around -= 1
    return None


def _places(text: str) -> tuple[list[Any], list[tuple[str, int]]]:
    """The shape of a valid JSON text with a line in place of each value, and its doubled keys."""
    top: list[Any] = []
    stack: list[Any] = [top]
    doubled: list[tuple[str, int]] = []
    key: tuple[str, int] | None = None
    line, seen = 1, 0
    for token in TOKEN.finditer(text):
        line, seen = line + text.count("\n", seen, token.start()), token.start()
        word, group = token.group(), stack[-1]
        if word in ":,":
            continue
        if word in "}]":
            stack.pop()
        elif isinstance(group, dict) and key is None:
            key = json.loads(word), line
            doubled += [key] if key[0] in group else []
        else:
            inner: Any = {} if word == "{" else [] if word == "[" else None
            if key is not None:
                group[key[0]], key = (key[1], inner), None
            else:
                group.append((line, inner))
            stack += [inner] if inner is not None else []
    return top, doubled
