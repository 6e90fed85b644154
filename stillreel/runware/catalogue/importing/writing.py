"""The file of an entry, as one reads it in a review: grouped, a line a statement, each rule with its origin."""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import yaml
from pydantic import BaseModel

from stillreel.runware.catalogue.entry import FieldRule
from stillreel.runware.catalogue.importing.clauses import clauses_of
from stillreel.runware.catalogue.importing.drafting import Draft
from stillreel.runware.catalogue.importing.fields import plain_number
from stillreel.runware.catalogue.importing.sharing import inherited
from stillreel.runware.catalogue.importing.wording import one_line

GROUPS = (
    ("size and length", ("width", "height", "resolution", "duration", "fps")),
    ("what it is made from", ("inputs",)),
    ("the maker's own settings", ("providerSettings", "settings")),
)
WORDS = "what is asked for"
LONGEST = 2000  # characters of a sentence; those of our own entries come back as they are


def text_of(draft: Draft) -> str:
    """The whole file."""
    return "\n".join([*_head(draft), *_sizes(draft), *_fields(draft), *_rules(draft), *_rest(draft), ""])


def _head(draft: Draft) -> Iterator[str]:
    schema, kept = draft.schema, draft.kept
    yield f"# {draft.name}: read from the vendor's schema.json as of {draft.day}."
    yield f"air: {_flow(schema.air)}"
    yield f"slug: {schema.slug}"
    yield f"name: {_flow(draft.name)}"
    yield f"extends: {_flow([*draft.shared.names])}"
    yield f"status: {schema.status}"
    yield f"status_seen: {draft.day}"
    for name in ("status_note", "replaced_by", "deactivates_at"):
        if kept.get(name):
            yield f"{name}: {_flow(kept[name])}"
    released = schema.released or kept.get("released")
    if released is not None:
        yield f"released: {released}"
    yield f"source: {draft.source}"
    yield f"seen: {draft.day}"
    yield f"modes: {_flow(draft.modes)}"
    for name in ("fps", "fps_source", "always_audio", "unsaid"):
        if kept.get(name):
            yield f"{name}: {_flow(kept[name])}"
    if draft.usual.source != draft.shared.data.get("usual_source") and _worth(draft):
        yield f"usual_seconds: {_flow(plain_number(Decimal(str(draft.usual.seconds))))}"
        yield f"usual_source: {_flow(draft.usual.source)}"


def _worth(draft: Draft) -> bool:
    """Whether the draft knows how long a job takes better than its blocks."""
    return draft.usual.measured or "usual_seconds" not in draft.shared.data


def _sizes(draft: Draft) -> Iterator[str]:
    yield "sizes:"
    for mode, rule in draft.sizes.items():
        yield _line(f"{mode}:", _said(rule))


def _fields(draft: Draft) -> Iterator[str]:
    below = draft.shared.fields
    own = {path: rule for path, rule in draft.fields.items() if not inherited(below, path, rule)}
    absent = [path for path in below if path not in draft.fields and path not in ("taskType", "model")]
    if own or absent:
        yield "fields:"
    root = f"where {' and '.join(draft.shared.names)} would say otherwise, or less surely"
    grouped: dict[str, list[str]] = {WORDS: [], **{name: [] for name, _ in GROUPS}, root: []}
    for path in own:
        top = path.split(".")[0]
        known = next((name for name, tops in GROUPS if top in tops), root if path in below else WORDS)
        grouped[known].append(path)
    for name, paths in grouped.items():
        if paths:
            yield f"  # {name}"
        for path in paths:
            yield _line(f"{path}:", _field(own[path]), draft.rounded.get(path))
    if absent:
        yield "  # not in this model's schema"
    for path in absent:
        yield f"  {path}: null"


def _field(rule: FieldRule) -> dict[str, Any]:
    said = _said(rule)
    doc = said.pop("doc")
    about: dict[str, Any] = {name: said.pop(name) for name in ("sure", "source", "seen") if name in said}
    return {**said, "doc": doc, **about}


def _rules(draft: Draft) -> Iterator[str]:
    below = {clause for rule in draft.shared.rules for clause in clauses_of(rule)}
    own = [(path, rule) for path, rule in draft.rules if not clauses_of(rule) <= below]
    if own:
        yield "rules:"
    for path, rule in own:
        said = _said(rule)
        says = said.pop("says")
        yield _line("-", {"kind": said.pop("kind"), **said, "says": says}, path)


def _rest(draft: Draft) -> Iterator[str]:
    if draft.prices:
        yield "prices:  # since the day of the schema where nobody knows an earlier one"
    else:
        yield "prices: []  # nobody can buy by this entry before a row is here"
    for row in draft.prices:
        yield _line("-", _said(row), draft.contradicted.get(row.source))
    below = draft.shared.data.get("tiers", {})
    tiers = {name: pairs for name, pairs in draft.tiers.items() if below.get(name) != pairs}
    if tiers:
        yield "tiers:"
    for name, pairs in tiers.items():
        yield _line(f"{_flow(name)}:", pairs)
    if draft.response:
        yield "response:"
    for path, rule in draft.response.items():
        yield _line(f"{path}:", _field(rule))
    yield from _listed(draft.notes, draft.doubts)


def _listed(notes: Iterable[str], doubts: Iterable[str]) -> Iterator[str]:
    notes, doubts = list(dict.fromkeys(notes)), list(dict.fromkeys(doubts))
    if notes or doubts:
        yield "unknown:"
    for note in notes:
        yield _line("-", note)
    if doubts:
        yield "  # said before this schema was read; is it still so?"
    for doubt in doubts:
        yield _line("-", doubt)


def _line(begin: str, said: Any, remark: str | None = None) -> str:
    """A statement in a line of its own, with what a reviewer must know of it."""
    return f"  {begin} {_flow(said)}{f'  # {remark}' if remark else ''}"


def _said(model: BaseModel) -> dict[str, Any]:
    """What a part of an entry says beyond its defaults, as YAML takes it; `required` and `kind` first."""
    return {name: _plain(value) for name, value in model.model_dump(exclude_defaults=True).items()} | (
        {"kind": model.kind} if hasattr(model, "kind") else {}
    )


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        whole = value == value.to_integral_value() and abs(value) < 10**20
        return int(value) if whole else str(value)
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def _flow(value: Any) -> str:
    """A value in one line of YAML."""
    if isinstance(value, str):
        value = one_line(value, LONGEST)
    if isinstance(value, date):
        return str(value)
    text = yaml.safe_dump(
        value, default_flow_style=True, width=10**9, sort_keys=False, allow_unicode=True
    ).removesuffix("\n...\n").rstrip("\n")  # fmt: skip
    return text if "\n" not in text else json.dumps(value)  # JSON is YAML, and always one line
