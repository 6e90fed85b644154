"""From a body that an entry allows to bodies that break one thing each, with the answer that the service must give.

What is wrong with one value is known by the field's rule; what is wrong across fields is told by `third_reading` after
a small change: a field less, a field more, another size, another number of frames.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from stillreel.runware.catalogue.entry import Entry, FieldRule, OneNotMarked, Pairs, Rule, SizeRule
from tests.runware.catalogue.bodies_of import Bodies, Case, nested
from tests.runware.catalogue.legal_values import ID, on_grid
from tests.runware.catalogue.third_reading import SIDES, Wrong, has, missing, mode_of, named, wrongs

Flat = dict[str, Any]
WRONG_KINDS: dict[str, tuple[Any, ...]] = {
    "string": (5, True, None, ["words"]),
    "integer": ("5", 5.0, True, None),
    "number": ("5", True, None, {}),
    "boolean": (1, "true", None),
    "uri": (5, None, "example.com/x", "ftp://example.com/x", "https://exa mple.com", "https://", "https://a.b:x/", ""),
    "uuid": (5, None, "6b1f", "0190a5e0-0000-7000-8000-000000000000", ""),
    "image": (5, None, "cat.png", "data:text/plain;base64,AAAA", ""),
    "frames": ("x", 5, None, {"image": ID}),
    "images": (ID, 5, None, {}),
    "videos": (ID, 5, None, {}),
    "beats": ("words", 5, None, {"prompt": "gulls", "duration": 5}),
    "object": ([], "x", True, None),
}
STRANGERS = ("nobody", "CFGscale", "seedImage", "steps", "safety.checkContent", "", "taskuuid")
PLACES = ("first", "last", 0, -1, 1, "0", "First", False, 0.0, None)
BAD_IMAGES = ("cat.png", "file:///cat.png", "data:text/plain;base64,AAAA", "data:image/png;base64,", "")
OWN_CODES = {"taskType": "unsupportedTaskType"}


@dataclass(frozen=True)
class Broken:
    """A body with one thing wrong, and how the service tells it."""

    body: Mapping[str, Any]
    code: str
    parameters: frozenset[str]
    why: str
    of: Rule | SizeRule | str = ""  # the rule across fields that is broken, or the field

    def __repr__(self) -> str:
        return f"{self.why}: {self.code} {sorted(self.parameters)} for {dict(self.body)!r:.1500}"


def broken(bodies: Bodies, case: Case) -> Iterator[Broken]:
    """Every body that breaks one thing of a case, as far as the entry has such a thing."""
    yield from _strange_keys(bodies.entry, case)
    yield from _missing(bodies.entry, case)
    for path, rule in bodies.entry.fields.items():
        for value, code, parameter, why in _wrong_values(path, rule, case.flat.get(path)):
            flat = {**{leaf: said for leaf, said in case.flat.items() if not leaf.startswith(f"{path}.")}, path: value}
            if not any(missing(bodies.entry, flat)):
                yield Broken(nested(flat), OWN_CODES.get(path, code), frozenset({parameter}), why, path)
    yield from _broken_rules(bodies, case)


def _strange_keys(entry: Entry, case: Case) -> Iterator[Broken]:
    objects = [
        "",
        *(f"{path}." for path, rule in entry.fields.items() if rule.type == "object" and has(case.flat, path)),
    ]
    for above in objects:
        for key in STRANGERS:
            if f"{above}{key}" in entry.fields and "." not in key:
                continue
            body = nested(case.flat)
            place = body
            for part in above.split(".")[:-1]:
                place = place[part]
            place[key] = 1
            yield Broken(body, "unsupportedParameter", frozenset({f"{above}{key}"}), "a strange key")


def _missing(entry: Entry, case: Case) -> Iterator[Broken]:
    for path, rule in entry.fields.items():
        if rule.required and path in case.flat:
            flat = {leaf: value for leaf, value in case.flat.items() if leaf != path}
            wrong = next(wrongs(entry, flat, case.day), None)
            if wrong is not None and wrong.of == path:
                yield Broken(nested(flat), wrong.code, frozenset({path}), "a required field is missing", path)


Value = tuple[Any, str, str, str]  # the value, the code, the parameter, why


def _wrong_values(path: str, rule: FieldRule, there: Any) -> Iterator[Value]:
    """What a field may not be."""
    for value in WRONG_KINDS[rule.type]:
        yield value, named("invalid", path), path, f"{value!r} is no {rule.type}"
    if rule.const is not None or rule.values is not None:
        yield from _other_words(path, rule)
    elif rule.type in ("integer", "number"):
        yield from _other_numbers(path, rule)
    elif rule.type == "string":
        code = named("invalid", path, "Length")
        if rule.min_length:
            yield "x" * (rule.min_length - 1), code, path, "too short"
        if rule.max_length is not None:
            yield "x" * (rule.max_length + 1), code, path, "too long"
    if isinstance(there, list):
        yield from _other_lists(path, rule, there)


def _other_words(path: str, rule: FieldRule) -> Iterator[Value]:
    code = "unsupportedDuration" if path == "duration" else named("invalid", path)
    allowed = (rule.const,) if rule.const is not None else rule.values or ()
    if rule.type == "string":
        words = [form for word in allowed for form in (f"{word}x", str(word).swapcase(), "")]
        yield from ((word, code, path, "another word") for word in words if word not in allowed)
    elif rule.type in ("integer", "number"):
        numbers = [number for word in allowed for number in (float(word) - 1, float(word) + 1)]
        forms = [int(number) if rule.type == "integer" else number for number in numbers]
        yield from ((number, code, path, "another number") for number in forms if number not in allowed)


def _other_numbers(path: str, rule: FieldRule) -> Iterator[Value]:
    """Just beyond the bounds, and off the grid."""
    code, inch = named("invalid", path), rule.step or 1
    kind = int if rule.type == "integer" else float
    if rule.min is not None:
        yield kind(rule.min - inch), code, path, "too small"
    if rule.max is not None:
        yield kind(rule.max + inch), code, path, "too large"
        yield kind(rule.max * 10**30 + inch), code, path, "much too large"
    if rule.step is not None:
        low = rule.min if rule.min is not None else rule.step
        off = low + (1 if kind is int else rule.step / 2)
        if off % rule.step:
            yield kind(off), code, path, "off the grid"


def _other_lists(path: str, rule: FieldRule, there: list[Any]) -> Iterator[Value]:
    if rule.min_items:
        yield there[: rule.min_items - 1], "arrayTooSmall", path, "too few items"
    if rule.max_items is not None and there:
        yield (there * (rule.max_items + 1))[: rule.max_items + 1], "arrayTooLarge", path, "too many items"
    if not there:
        return
    rest = there[1:]
    for item in (5, None, [], True):
        yield [item, *rest], named("invalid", path), path, f"an item {item!r}"
    match rule.type:
        case "frames":
            yield from (([item, *rest], *told) for item, *told in _other_frames(path, rule))
        case "beats":
            yield from (([item, *rest], *told) for item, *told in _other_beats(path))
        case "images":
            yield from (([*rest, image], named("invalid", path), path, "no image") for image in BAD_IMAGES)
        case _:
            for video in (*BAD_IMAGES, "AAAA"):
                yield [*rest, video], named("invalid", path), path, "no video"


def _other_frames(path: str, rule: FieldRule) -> Iterator[tuple[Any, ...]]:
    for place in PLACES:
        if not any(place == legal and type(place) is type(legal) for legal in rule.positions or ()):
            yield {"image": ID, "frame": place}, named("invalid", path), f"{path}.frame", f"a frame at {place!r}"
    yield {"image": ID, "weight": 1}, "unsupportedParameter", f"{path}.weight", "a strange key in a frame"
    yield {"frame": "first"}, "missingImage", f"{path}.image", "a frame without image"
    yield {"image": 5}, "invalidImage", f"{path}.image", "a frame of a number"
    for image in BAD_IMAGES:
        yield image, named("invalid", path), path, "no image"
        yield {"image": image}, named("invalid", path), path, "an object with no image"


def _other_beats(path: str) -> Iterator[tuple[Any, ...]]:
    beat = {"prompt": "gulls", "duration": 2}
    yield {**beat, "camera": "pan"}, "unsupportedParameter", f"{path}.camera", "a strange key in a beat"
    for key, values in (("prompt", (5, None, "")), ("duration", ("2", 2.0, 0, -1, True, None))):
        without = {name: value for name, value in beat.items() if name != key}
        yield without, named("missing", key), f"{path}.{key}", f"a beat without {key}"
        for value in values:
            yield {**beat, key: value}, named("invalid", key), f"{path}.{key}", f"a beat with {key} {value!r}"


def _broken_rules(bodies: Bodies, case: Case) -> Iterator[Broken]:
    """Small changes after which a rule across fields is broken; of each rule and kind of change the first."""
    found: set[tuple[int, str]] = set()
    for flat, why in _changes(bodies, case):
        wrong: Wrong | None = next(wrongs(bodies.entry, flat, case.day), None)
        if wrong is None or isinstance(wrong.of, str) or (id(wrong.of), why) in found:
            continue
        found.add((id(wrong.of), why))
        yield Broken(nested(flat), wrong.code, frozenset(wrong.parameters), why, wrong.of)


def _changes(bodies: Bodies, case: Case) -> Iterator[tuple[Flat, str]]:
    flat = dict(case.flat)
    for path in bodies.leaves:
        if path in flat:
            yield {leaf: value for leaf, value in flat.items() if leaf != path}, f"without {path}"
        elif path not in SIDES:
            yield {**flat, path: bodies.some[path]}, f"with {path}"
        for value in bodies.entry.fields[path].values or ():
            yield {**flat, path: value}, f"{path} {value}"
    if "width" in bodies.entry.fields:
        sizes = [pair for known in bodies.sizes.values() for pair in known]
        yield from (({**flat, **dict(zip(SIDES, pair, strict=True))}, "a size of another mode") for pair in sizes)
        yield from (
            ({**flat, **dict(zip(SIDES, pair, strict=True))}, "another size") for pair in _odd_sizes(bodies, case)
        )
    for path in bodies.frames:
        image = flat.get(path) or bodies.some[path]
        if bodies.entry.fields[path].max_items != 1:
            yield {**flat, path: (image * 2)[:2]}, "two frames"
        for rule in bodies.entry.rules:
            if isinstance(rule, OneNotMarked):
                one = image[0] if isinstance(image[0], str) else image[0]["image"]
                marked = [{"image": one, "frame": place} for place in rule.positions]
                yield {**flat, path: marked[:1]}, "a last frame alone"
                yield {**flat, path: (marked * 2)[:2]}, "two last frames"


def _odd_sizes(bodies: Bodies, case: Case) -> Iterator[tuple[int, int]]:
    """Sizes that each field by itself takes, and their mode or a rule doesn't."""
    mode = mode_of(bodies.entry, case.flat)
    rule = bodies.entry.sizes.get(mode, SizeRule())
    listed = [pair for cross in bodies.entry.rules if isinstance(cross, Pairs) for pair in cross.values]
    sides = sorted({side for pair in (*listed, *(rule.pairs or ())) for side in pair}) or [
        rule.min or 16,
        rule.max or 2048,
    ]
    inch = rule.step or 1
    near = [(sides[0], sides[0]), (sides[-1], sides[-1]), (sides[0] - inch, sides[0]), (sides[-1], sides[-1] + inch)]
    near += [(sides[0] + 1, sides[0]), (sides[0], sides[0] + 8)]
    for pair in near:
        if all(on_grid(bodies.entry.fields[name], side) for name, side in zip(SIDES, pair, strict=True)):
            yield pair
