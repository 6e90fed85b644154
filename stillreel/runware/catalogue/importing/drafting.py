"""An entry drafted from a schema: what it says in the entry's terms, with what couldn't be said beside it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from pydantic import ValidationError

from stillreel.domain.errors import BadInput
from stillreel.domain.money import PriceRow
from stillreel.domain.problems import Problem
from stillreel.runware.catalogue.entry import FieldRule, Pairs, Rule, SizeRule
from stillreel.runware.catalogue.importing.clauses import Clause, clauses_of
from stillreel.runware.catalogue.importing.crossing import cross_rules
from stillreel.runware.catalogue.importing.fields import NO_BOUND, Fields, fields_of
from stillreel.runware.catalogue.importing.pairing import spelled_as
from stillreel.runware.catalogue.importing.prices import prices_of
from stillreel.runware.catalogue.importing.reading import Schema
from stillreel.runware.catalogue.importing.sharing import Shared, shared
from stillreel.runware.catalogue.importing.sizing import modes_of, size_rules, tiers_of
from stillreel.runware.catalogue.importing.timing import Usual, usual_of
from stillreel.runware.catalogue.importing.wording import one_line

DOCS = "https://runware.ai/docs/models"
ALWAYS_SAID = ("taskType", "model")  # they follow from the entry


@dataclass
class Draft:
    """What goes into the file of an entry, part by part."""

    schema: Schema
    day: date
    name: str
    shared: Shared
    modes: list[str]
    sizes: dict[str, SizeRule]
    fields: dict[str, FieldRule]
    rules: list[tuple[str, Rule]]  # with the JSON path that each comes from
    prices: list[PriceRow]
    tiers: dict[str, list[list[int]]]
    usual: Usual
    response: dict[str, FieldRule]  # what a result holds beyond what the blocks know
    notes: list[str]  # what isn't understood: sentences for `unknown`
    rounded: Mapping[str, str]  # by path, of a field's numbers that lost digits on their way, or may have
    contradicted: Mapping[str, str]  # by a price row's source: what speaks against it in the same place
    lacks: list[str]  # what makes the entry unfit for use
    kept: dict[str, Any] = field(default_factory=dict)  # what only the entry before knew
    doubts: list[str] = field(default_factory=list)  # what the entry before didn't know

    @property
    def source(self) -> str:
        """Where the vendor publishes the schema."""
        return f"{DOCS}/{self.schema.slug}/schema.json"


def draft(schema: Schema, day: date, what: str, tiers: Iterable[str] = ()) -> Draft:
    """The entry that a schema makes, as of a day; BadInput, which begins with `what`, if it contradicts itself.

    `tiers` are the names of resolutions as we spell them; those that one asks for by name are spelt as the schema does.
    """
    found = fields_of(schema.task)
    fields = _validated(found, what)
    if fields.get("model") and fields["model"].const not in (None, schema.air):
        problem = Problem(
            field="properties.model", got=repr(fields["model"].const), allowed=f"{schema.air}, as in info"
        )
        raise BadInput([problem], what=what)
    crossing = cross_rules(schema.task, found, fields)
    rules = [rule for _, rule in crossing.rules]
    fields = {path: _unbounded(path, rule, rules) for path, rule in fields.items()}
    modes, strange = modes_of(schema.modes, schema.kind, fields)
    clauses: set[Clause] = {clause for rule in rules for clause in clauses_of(rule)}
    default_steps = fields["steps"].default if "steps" in fields else None
    source = f"{DOCS}/{schema.slug}/schema.json"
    prices = prices_of(schema.pricing, schema.kind, day, source, default_steps)
    known = [*_asked_by_name(fields), *tiers]
    titles = {pair: spelled_as(name, known) for pair, name in crossing.titles.items()}
    rows = [_spelled(row, [*known, *titles.values()]) for row in prices.rows]
    blocks = shared(schema.task_type, fields, clauses)
    return Draft(
        schema=schema,
        day=day,
        name=schema.name,
        shared=blocks,
        modes=modes,
        sizes=size_rules(modes, fields, rules),
        fields={path: rule for path, rule in fields.items() if path not in ALWAYS_SAID},
        rules=crossing.rules,
        prices=rows,
        tiers=tiers_of(titles) if any(row.tier for row in rows) or "resolution" in fields else {},
        usual=usual_of(schema.pricing, schema.kind),
        response=_response(schema, blocks),
        notes=[*schema.notes, *found.notes, *crossing.notes, *prices.notes, *(_mode_note(name) for name in strange)],
        rounded=found.rounded,
        contradicted=prices.contradicted,
        lacks=[f"fields: {path} must be sent, but can't" for path, due in found.left_out.items() if due],
    )


def _unbounded(path: str, rule: FieldRule, rules: Iterable[Rule]) -> FieldRule:
    """A side of the picture that neither has bounds nor is of a list of pairs is one that nobody knows."""
    listed = any(isinstance(cross, Pairs) and path in cross.fields for cross in rules)
    if path not in ("width", "height") or listed or (rule.values, rule.min, rule.max) != (None, None, None):
        return rule
    return rule.model_copy(update={"sure": "unknown", "source": NO_BOUND})


def _asked_by_name(fields: Mapping[str, FieldRule]) -> list[str]:
    return [str(value) for value in fields["resolution"].values or ()] if "resolution" in fields else []


def _spelled(row: PriceRow, known: Iterable[str]) -> PriceRow:
    return row if row.tier is None else row.model_copy(update={"tier": spelled_as(row.tier, known)})


def _validated(found: Fields, what: str) -> dict[str, FieldRule]:
    fields: dict[str, FieldRule] = {}
    problems: list[Problem] = []
    for path, rule in found.rules.items():
        try:
            fields[path] = FieldRule.model_validate(rule)
        except ValidationError as error:
            told = "; ".join(f"{detail['loc'][0]}: {detail['msg']}" for detail in error.errors() if detail["loc"])
            problems.append(Problem(field=f"properties.{path}", got=str(rule)[:80], allowed=told))
    if problems:
        raise BadInput(problems, what=what)
    return fields


def _response(schema: Schema, blocks: Shared) -> dict[str, FieldRule]:
    """The fields of a result that the blocks don't know, or of which they say less."""
    properties = schema.result.get("properties")
    if not isinstance(properties, dict):
        return {}
    told = fields_of(schema.result)
    known: Mapping[str, Any] = blocks.data.get("response", {})
    return {
        path: FieldRule.model_validate({key: value for key, value in rule.items() if key not in ("sure", "source")})
        for path, rule in told.rules.items()
        if path not in known or bool(known[path].get("required")) != bool(rule.get("required"))
    }


def _mode_note(name: str) -> str:
    return f"The mode {one_line(name)}: entries don't know it."
