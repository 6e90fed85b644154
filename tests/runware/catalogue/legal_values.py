"""Values that a field may have by its rule alone, the edges of its bounds among them."""

import base64
from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import product
from typing import Any, NamedTuple

from hypothesis import strategies as st

from stillreel.runware.catalogue.entry import Entry, FieldRule, Pairs, Pixels, SizeRule

ID = "aac49721-1964-481a-ae78-8a4e29b91402"
URIS = ("https://example.com/hook?id=7", "http://127.0.0.1:8080/x")
WORDS = "gulls lift off, Möwen, かもめ 🕊"
LONG = 4000  # characters, where nobody says how many are allowed
MANY = 3  # items, likewise
LISTS = ("frames", "images", "videos", "beats")


class Media(NamedTuple):
    """What stands for images and videos."""

    images: tuple[str, ...]
    videos: tuple[str, ...]


SHAPES = Media(
    images=(ID, "https://example.com/cat.png", "data:image/png;base64,iVBORw0KGgo=", base64.b64encode(b"cat").decode()),
    videos=(ID, "https://example.com/dance.mp4"),
)


def values_of(rule: FieldRule, media: Media) -> st.SearchStrategy[Any]:
    """A strategy for all values of a field that its rule alone allows."""
    if rule.type in LISTS:
        items = st.sampled_from(_items(rule, media))
        return st.lists(items, min_size=rule.min_items or 0, max_size=rule.max_items or MANY)
    return st.sampled_from(_choices(rule, media))


def some_value(rule: FieldRule, media: Media) -> Any:
    """One value of a field that its rule allows."""
    return _items(rule, media)[:1] * (rule.min_items or 1) if rule.type in LISTS else _choices(rule, media)[-1]


def _choices(rule: FieldRule, media: Media) -> Sequence[Any]:
    if rule.const is not None:
        return [rule.const]
    if rule.values is not None:
        return [form for value in rule.values for form in _forms(rule, value)]
    match rule.type:
        case "string":
            return _texts(rule)
        case "integer" | "number":
            return numbers(rule)
        case "image":
            return media.images
        case kind:
            return {"boolean": (True, False), "uri": URIS, "uuid": (ID, ID.upper()), "object": ({},)}[kind]


def _items(rule: FieldRule, media: Media) -> list[Any]:
    match rule.type:
        case "frames":
            marked = product(media.images, rule.positions or ())
            objects = [{"image": image} for image in media.images]
            return [*media.images, *objects, *({"image": image, "frame": place} for image, place in marked)]
        case "beats":
            return [{"prompt": "g", "duration": 1}, {"prompt": WORDS, "duration": 3}]
        case "videos":
            return [*media.videos]
        case _:
            return [*media.images]


def _texts(rule: FieldRule) -> list[str]:
    shortest, longest = rule.min_length or 0, LONG if rule.max_length is None else rule.max_length
    lengths = {shortest, min(shortest + 1, longest), longest}
    return [*("x" * length for length in sorted(lengths)), *([WORDS] if shortest <= len(WORDS) <= longest else [])]


def numbers(rule: FieldRule) -> list[int | float]:
    """Numbers at the edges of the bounds, next to them, and some between, all on the grid."""
    step = rule.step or Decimal(1)
    low = rule.min if rule.min is not None else min(rule.max or step, step)
    high = rule.max if rule.max is not None else low + 1000 * step
    first, last = -(-low // step), high // step
    some = {first, first + 1, (first + last) // 2, first + (last - first) // 7, last - 1, last}
    legal = sorted(step * number for number in some if first <= number <= last)
    return [form for number in legal for form in _forms(rule, number)]


def _forms(rule: FieldRule, value: Any) -> Iterator[Any]:
    """A number as JSON may write it: 5 and 5.0 are one, where it needn't be an integer."""
    if isinstance(value, str | bool) or rule.type not in ("integer", "number"):
        yield value
        return
    whole = value == int(value)
    if whole:
        yield int(value)
    if rule.type == "number":
        yield float(value)


def on_grid(rule: FieldRule, number: int) -> bool:
    """Whether a side is one that its field takes."""
    low = rule.min is None or number >= rule.min
    high = rule.max is None or number <= rule.max
    return low and high and (rule.step is None or number % rule.step == 0)


def sizes_of(entry: Entry, mode: str) -> list[tuple[int, int]]:
    """Pairs of width and height that a mode takes, the corners of a range among them; none if they can't be asked."""
    rule = entry.sizes.get(mode, SizeRule())
    if "width" not in entry.fields or rule.from_image:
        return []
    listed = [pair for cross in entry.rules if isinstance(cross, Pairs) for pair in cross.values]
    wide, high = (numbers(_tightened(entry.fields[side], rule)) for side in ("width", "height"))
    likely = [*listed, *(rule.pairs or ()), (1280, 720), (720, 1280), *product(wide, high)]
    return [pair for pair in dict.fromkeys(likely) if _legal(entry, rule, pair)]


def _tightened(field: FieldRule, rule: SizeRule) -> FieldRule:
    low, high = [bound for bound in (field.min, rule.min) if bound is not None], [field.max, rule.max]
    least = max(low, default=None)
    most = min((bound for bound in high if bound is not None), default=None)
    return field.model_copy(update={"min": least and Decimal(least), "max": most and Decimal(most)})


def _legal(entry: Entry, rule: SizeRule, pair: tuple[int, int]) -> bool:
    crossed = all(pair in cross.values for cross in entry.rules if isinstance(cross, Pairs))
    least = max([cross.min for cross in entry.rules if isinstance(cross, Pixels)] + [rule.min_pixels or 1])
    listed = rule.pairs is None or pair in rule.pairs
    sides = [(rule.min or 1) <= side <= (rule.max or side) and side % (rule.step or 1) == 0 for side in pair]
    fields = [on_grid(entry.fields[name], side) for name, side in zip(("width", "height"), pair, strict=True)]
    enough = pair[0] * pair[1] >= least
    return crossed and listed and all(fields) and enough and (rule.pairs is not None or all(sides))
