"""What a JSON Schema demands of the presence of fields, as clauses.

Only the keywords that the vendor's cross rules are made of are read; any other one ends in NotUnderstood, so that a
rule is taken whole or not at all. Two readings are ours. A field that the entry doesn't hold is never there. And
inside of an object, `properties: {klingai: {required: [sound]}}` means that `klingai.sound` is there, although a JSON
Schema without `required: [klingai]` would also be content with an empty object: the vendor writes it both ways.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stillreel.runware.catalogue.entry import FieldRule
from stillreel.runware.catalogue.importing.clauses import Clause, Literal, differs, items, there

MOST = 200  # clauses of one rule; more is no rule that a person could read
IDLE = frozenset({"title", "description", "$id", "$comment", "examples", "then", "else"})
JSON_TYPES = {
    "string": {"string", "uri", "uuid", "image"},
    "array": {"frames", "images", "videos", "beats"},
    "object": {"object"},
    "integer": {"integer"},
    "number": {"integer", "number"},
    "boolean": {"boolean"},
}


class NotUnderstood(Exception):
    """A part of a rule that can't be translated; the text is the reason."""


@dataclass(frozen=True)
class All:
    """Each part holds; of none: always."""

    parts: "tuple[Formula, ...]"


@dataclass(frozen=True)
class Some:
    """One part holds, or more; of none: never."""

    parts: "tuple[Formula, ...]"


Formula = All | Some | Literal
ALWAYS, NEVER = All(()), Some(())


def clauses(formula: Formula) -> set[Clause]:
    """The same as clauses; NotUnderstood where there would be too many."""
    match formula:
        case All(parts):
            return {clause for part in parts for clause in clauses(part)}
        case Some(parts):
            found: set[Clause] = {frozenset()}
            for part in parts:
                found = {one | other for one in found for other in clauses(part)}
                if len(found) > MOST:
                    raise NotUnderstood("it has too many cases")
            return found
        case _:
            return {frozenset({formula})}


def negated(formula: Formula) -> Formula:
    """The opposite."""
    match formula:
        case All(parts):
            return Some(tuple(negated(part) for part in parts))
        case Some(parts):
            return All(tuple(negated(part) for part in parts))
        case _:
            return ~formula


@dataclass
class Reading:
    """Reads conditions on the fields of one entry, and keeps the names of those that it doesn't hold."""

    fields: Mapping[str, FieldRule]
    strangers: set[str]

    def formula(self, schema: Any, at: str = "") -> Formula:
        """What the schema demands of what stands at a path; the root's path is empty."""
        if isinstance(schema, bool):
            return ALWAYS if schema else NEVER
        if not isinstance(schema, Mapping):
            raise NotUnderstood("it isn't a JSON Schema")
        parts: list[Formula] = []
        for keyword, value in schema.items():
            parts += self._keyword(keyword, value, schema, at)
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def _keyword(  # noqa: PLR0911 - a table of keywords reads best flat
        self, keyword: str, value: Any, schema: Mapping[str, Any], at: str
    ) -> Iterable[Formula]:
        match keyword:
            case "required":
                return [self._there(f"{at}{name}") for name in value if not self._said(schema, at, name)]
            case "properties":
                return [self._property(name, inner, schema, at) for name, inner in value.items()]
            case "allOf":
                return [self.formula(part, at) for part in value]
            case "anyOf":
                return [Some(tuple(self.formula(part, at) for part in value))]
            case "oneOf":
                return [_exactly_one([self.formula(part, at) for part in value])]
            case "not":
                return [self._not(value, at)]
            case "if":
                given = self.formula(value, at)
                then, other = (self.formula(schema.get(branch, True), at) for branch in ("then", "else"))
                return [Some((negated(given), then)), Some((given, other))]
            case "dependentRequired":
                return [
                    Some((~there(f"{at}{one}"), All(tuple(self._there(f"{at}{name}") for name in names))))
                    for one, names in value.items()
                ]
            case "dependentSchemas":
                return [Some((negated(self._there(f"{at}{one}")), self.formula(of, at))) for one, of in value.items()]
            case _:
                return self._of_value(keyword, value, at.removesuffix("."))

    def _of_value(self, keyword: str, value: Any, path: str) -> Iterable[Formula]:
        rule = self.fields.get(path)
        kinds = JSON_TYPES.get(str(value), set()) if keyword == "type" else set()
        if keyword in IDLE or keyword.startswith("x-") or (keyword == "additionalProperties" and value is True):
            return []
        if (rule is None and "object" in kinds) or (rule is not None and rule.type in kinds):
            return []
        if rule is None and path:
            return [self._there(path)]
        if rule is not None and keyword in ("const", "enum"):
            return [self._one_of(path, [value] if keyword == "const" else value)]
        if rule is not None and keyword in ("minItems", "maxItems"):
            return [_counted(path, rule, keyword, value)]
        raise NotUnderstood(f"the keyword {keyword}")

    def _property(self, name: str, inner: Any, schema: Mapping[str, Any], at: str) -> Formula:
        path = f"{at}{name}"
        demand = self.formula(inner, f"{path}.")
        if needs(demand, path) and (at or name in schema.get("required", ())):
            return demand
        if name in schema.get("required", ()):
            return All((self._there(path), demand))
        return Some((negated(self._there(path)), demand))

    def _said(self, schema: Mapping[str, Any], at: str, name: str) -> bool:
        """Whether what is demanded of a field says already that it is there."""
        inner = schema.get("properties", {})
        return name in inner and needs(self._property(name, inner[name], schema, at), f"{at}{name}")

    def _not(self, schema: Any, at: str) -> Formula:
        path = at.removesuffix(".")
        if path in self.fields and isinstance(schema, Mapping) and set(schema) == {"const"}:
            return self._differs(path, schema["const"])
        return negated(self.formula(schema, at))

    def _there(self, path: str) -> Formula:
        if path in self.fields:
            return there(path)
        self.strangers.add(path)
        return NEVER

    def _one_of(self, path: str, values: Sequence[Any]) -> Formula:
        """One of the values, which an entry says as: another one than the only one that is left."""
        rule = self.fields[path]
        every = (False, True) if rule.type == "boolean" else rule.values or ()
        others = [value for value in every if value not in values]
        if len(others) != 1:
            raise NotUnderstood(f"a rule on the values of {path}")
        return self._differs(path, others[0])

    def _differs(self, path: str, value: Any) -> Literal:
        if self.fields[path].default not in (None, value):
            raise NotUnderstood(f"a rule on the values of {path}, whose default it isn't")
        return differs(path, value)


def needs(formula: Formula, path: str) -> bool:
    """Whether the formula can hold only if the field is there."""
    match formula:
        case All(parts):
            return any(needs(part, path) for part in parts)
        case Some(parts):
            return bool(parts) and all(needs(part, path) for part in parts)
        case _:
            return formula.holds and (formula.path == path or formula.path.startswith(f"{path}."))


def _exactly_one(parts: Sequence[Formula]) -> Formula:
    both = (Some((negated(one), negated(other))) for n, one in enumerate(parts) for other in parts[n + 1 :])
    return All((Some(tuple(parts)), *both))


def _counted(path: str, rule: FieldRule, keyword: str, count: int) -> Formula:
    """A demand on the number of items, which an entry can say where that leaves one number."""
    if keyword == "minItems" and count == rule.max_items:
        return items(path, count)
    if keyword == "minItems" and count <= (rule.min_items or 0):
        return there(path)
    if keyword == "maxItems" and count + 1 == rule.max_items:
        return ~items(path, count + 1)
    raise NotUnderstood(f"{keyword} {count} of {path}")
