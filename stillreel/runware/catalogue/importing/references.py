"""References inside a schema, replaced by what they mean; one that goes in circles or leads elsewhere is an error."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from stillreel.domain.errors import BadInput
from stillreel.domain.problems import Problem

MOST = 200_000  # values in all; references that multiply each other end here
DEEPEST = 128  # levels with references resolved


def resolved(node: Any, document: Mapping[str, Any], what: str) -> Any:
    """The node with every `$ref` in it replaced; BadInput for one that can't be."""
    return _Resolving(document, what).of(node, (), 0)


@dataclass
class _Resolving:
    document: Mapping[str, Any]
    what: str
    seen: int = field(default=0)

    def of(self, node: Any, trail: tuple[str, ...], depth: int) -> Any:
        self.seen += 1
        if self.seen > MOST or depth > DEEPEST:
            raise self._bad(trail, "references that grow without end", f"at most {MOST} values, {DEEPEST} levels deep")
        if isinstance(node, list):
            return [self.of(item, trail, depth + 1) for item in node]
        if not isinstance(node, dict):
            return node
        if not isinstance(node.get("$ref"), str):
            return {key: self.of(value, trail, depth + 1) for key, value in node.items()}
        name = node["$ref"]
        if name in trail:
            raise self._bad(trail, f"{name}, which leads to itself", "references that end somewhere")
        target = self.of(self._target(name, trail), (*trail, name), depth + 1)
        beside = {key: self.of(value, trail, depth + 1) for key, value in node.items() if key != "$ref"}
        return {**target, **beside} if isinstance(target, dict) else target

    def _target(self, name: str, trail: tuple[str, ...]) -> Any:
        if not name.startswith("#/"):
            raise self._bad(trail, name[:80], "references into the file itself, such as #/components/schemas/Frame")
        node: Any = self.document
        for part in name[2:].split("/"):
            key = part.replace("~1", "/").replace("~0", "~")
            if not isinstance(node, dict) or key not in node:
                raise self._bad(trail, name[:80], "a reference to something that is in the file")
            node = node[key]
        return node

    def _bad(self, trail: tuple[str, ...], got: str, allowed: str) -> BadInput:
        place = f"$ref ({' > '.join(trail)[:120]})" if trail else "$ref"
        return BadInput([Problem(field=place, got=got, allowed=allowed)], what=self.what)
