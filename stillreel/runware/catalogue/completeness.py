"""What an entry still lacks before anybody can buy by it."""

from collections.abc import Iterator
from typing import Any

from pydantic import ValidationError

from stillreel.domain.money import row_said
from stillreel.runware.catalogue.entry import (
    Entry,
    ExactlyOne,
    FieldRule,
    Forbidden,
    Needed,
    OneNotMarked,
    Pairs,
    Pixels,
    Rule,
    SizeRule,
    Together,
    Word,
)
from stillreel.runware.catalogue.evidence import unproven
from stillreel.runware.catalogue.values import value_problems

OF_EVERY_MODEL = (
    "taskType",
    "taskUUID",
    "model",
    "positivePrompt",
    "deliveryMethod",
    "outputType",
    "outputFormat",
    "outputQuality",
    "numberResults",
    "includeCost",
    "ttl",
    "webhookURL",
    "uploadEndpoint",
    "safety.checkContent",
)
OF_A_CLIP = ("duration", "safety.mode")
OF_A_STILL = ("width", "height")
USUAL: dict[Word, str] = {
    "prompt": "positivePrompt",
    "negative_prompt": "negativePrompt",
    "width": "width",
    "height": "height",
    "resolution": "resolution",
    "duration": "duration",
    "guidance": "CFGScale",
    "seed": "seed",
    "audio": "providerSettings.klingai.sound",
    "beats": "providerSettings.klingai.multiPrompt",
    "frames": "inputs.frameImages",
    "results": "numberResults",
    "delivery": "deliveryMethod",
    "format": "outputFormat",
    "quality": "outputQuality",
    "ttl": "ttl",
    "include_cost": "includeCost",
    "webhook": "webhookURL",
    "upload_to": "uploadEndpoint",
}
"""Where each word goes on most models: a word that points there, where no such field is, can't be asked of a model."""
OF_STILLS = frozenset({"seed"})  # words that a shot has for stills alone
IN_EVERY_RESULT = ("taskType", "taskUUID", "seed", "NSFWContent", "cost")


def missing_of(data: Any) -> list[str]:
    """What is missing from an entry's raw data, or wrong in it, one sentence each; empty for a complete one."""
    if not isinstance(data, dict):
        return ["the file holds no mapping of names to values"]
    try:
        entry = Entry.model_validate(data)
    except ValidationError as error:
        return [_sentence(detail["loc"], detail["msg"]) for detail in error.errors()]
    lacks = (_fields, _bounds, unproven, _paths, _words, _sizes, _prices, _results)
    return [lack for lacking in lacks for lack in lacking(entry)]


def _sentence(loc: tuple[int | str, ...], message: str) -> str:
    where = ".".join(str(part) for part in loc)
    return f"{where} is missing" if message == "Field required" else f"{where}: {message}"


def _fields(entry: Entry) -> Iterator[str]:
    due = OF_EVERY_MODEL + (OF_A_CLIP if entry.kind == "clip" else OF_A_STILL)
    for name in due:
        if name not in entry.fields:
            yield f"fields: {name} is missing"
    if set(entry.modes) & {"first_frame", "first_last_frame"} and "inputs.frameImages" not in entry.fields:
        yield "fields: inputs.frameImages is missing, which the modes need"
    for path in entry.fields:
        parent = path.rpartition(".")[0]
        if parent and parent not in entry.fields:
            yield f"fields: {parent} is missing, the object that {path} stands in"
    for name, const in (("taskType", entry.task_type), ("model", entry.air)):
        if name in entry.fields and entry.fields[name].const != const:
            yield f"fields: {name} must have const {const}"


def _bounds(entry: Entry) -> Iterator[str]:
    for path, rule in [*entry.fields.items(), *((f"response {name}", rule) for name, rule in entry.response.items())]:
        if not rule.doc.strip():
            yield f"{path}: a sentence (doc) is missing"
    for path, rule in entry.fields.items():
        if rule.sure == "documented" and not _bounded(path, rule, entry):
            yield f"{path}: bounds are missing; if nobody knows them, say sure: unknown"
        yield from _contradictions(path, rule)


def _contradictions(path: str, rule: FieldRule) -> Iterator[str]:
    """Bounds that nothing can keep, and a default outside of them."""
    for low, high, least in ((rule.min, rule.max, None), (rule.min_length, rule.max_length, 0)):
        if low is not None and high is not None and low > high:
            yield f"{path}: its smallest, {low}, is above its largest, {high}"
        if least is not None and any(bound is not None and bound < least for bound in (low, high)):
            yield f"{path}: no text is shorter than nothing"
    if rule.default is not None and value_problems(path, rule.default, rule):
        yield f"{path}: its default, {rule.default}, is outside of what is allowed"


def _bounded(path: str, rule: FieldRule, entry: Entry) -> bool:
    if rule.const is not None or rule.values is not None:
        return True
    match rule.type:
        case "string":
            return rule.max_length is not None
        case "integer" | "number":
            paired = any(isinstance(cross, Pairs) and path in cross.fields for cross in entry.rules)
            return paired or rule.min is not None or rule.max is not None
        case "frames":
            return rule.max_items is not None and bool(rule.positions)
        case "images" | "videos":
            return rule.max_items is not None
        case _:
            return True


def _paths(entry: Entry) -> Iterator[str]:
    for rule in entry.rules:
        for path in named_by(rule):
            if path not in entry.fields:
                yield f"rule '{rule.says}' names {path}, which isn't among the fields"
    for doubted in entry.doubted:
        for path in doubted.fields:
            if path not in entry.fields:
                yield f"doubted '{doubted.says}' names {path}, which isn't among the fields"


def named_by(rule: Rule) -> list[str]:
    """The fields that a rule is about."""
    match rule:
        case Together() | Pairs() | Pixels():
            return [*rule.fields]
        case ExactlyOne():
            return [path for group in rule.groups for path in group]
        case OneNotMarked():
            return [rule.field]
        case Forbidden() | Needed():
            when = rule.when
            return [*rule.fields, *when.any_present, *when.none_present, *when.items, *when.differs]


def _words(entry: Entry) -> Iterator[str]:
    for word, path in entry.words.items():
        if path not in entry.fields and path != USUAL[word]:
            yield f"words: {word} goes to {path}, which isn't among the fields"
    for word, path in USUAL.items():
        if path in entry.fields and word not in entry.words and not (entry.kind == "clip" and word in OF_STILLS):
            yield f"words: {word} is missing, though there is {path}"


def _sizes(entry: Entry) -> Iterator[str]:
    for mode in entry.modes:
        size = entry.sizes.get(mode)
        if size is None:
            yield f"sizes: the rule of mode {mode} is missing"
        elif size.sure != "unknown" and not (size.from_image or _says_a_size(size)):
            yield f"sizes: {mode} says neither pairs, nor bounds, nor from_image; if nobody knows, say sure: unknown"
    text = entry.sizes.get("text")
    known = text is not None and text.sure != "unknown"
    if "text" in entry.modes and known and not _has_side_rule(entry):
        yield "sizes: no rule or field says which width and height are legal"


def _says_a_size(size: SizeRule) -> bool:
    return bool(size.pairs or size.step or size.min or size.max or size.min_pixels)


def _has_side_rule(entry: Entry) -> bool:
    if any(isinstance(rule, Pairs | Pixels) for rule in entry.rules):
        return True
    width = entry.fields.get("width")
    return width is not None and (width.step or width.min or width.max) is not None


def _prices(entry: Entry) -> Iterator[str]:
    if not entry.prices:
        yield "prices: a row is missing"
    tiers = {row.tier for row in entry.prices if row.tier is not None}
    for tier in sorted(tiers - set(entry.tiers)):
        if len(tiers) > 1:
            yield f"tiers: the sizes of {tier} are missing"
    for row in entry.prices:
        if row.unit == "compute" and not row.approximate:
            yield f"prices: the row of {row.since} is by compute time, so it must be approximate"
        if row.approximate and row.unit != "compute" and row.upper is None:
            yield f"prices: the row of {row.since} is approximate, so it needs an upper, which caps are compared with"
        if row.upper is not None and not (row.approximate and row.upper >= row.amount):
            yield f"prices: the upper of the row of {row.since} bounds nothing"
    yield from _alike(entry)


def _alike(entry: Entry) -> Iterator[str]:
    """Prices of one day for the same thing, of which nobody knows which counts."""
    alike: dict[tuple[Any, ...], list[str]] = {}
    for row in entry.prices:
        alike.setdefault((row.since, row.tier, row.audio, row.given), []).append(row_said(row))
    for (since, *_), said in alike.items():
        if len(said) > 1:
            yield f"prices: two rows of {since} are for the same: {' and '.join(said)}"


def _results(entry: Entry) -> Iterator[str]:
    names = entry.result
    for name in (*IN_EVERY_RESULT, names.id, names.url, names.base64, names.data_uri):
        if name not in entry.response:
            yield f"response: {name} is missing"
