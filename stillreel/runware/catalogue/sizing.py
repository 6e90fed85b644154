"""Sizes: what the words of a shot mean in pixels for a mode of a model, and what to ask where a size isn't legal."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

from stillreel.domain.problems import Problem
from stillreel.runware.catalogue.entry import Entry, SizeRule

Size = tuple[int, int]

PIXELS: dict[str, Size] = {"16:9": (1280, 720), "1:1": (720, 720), "9:16": (720, 1280)}
"""Where the model leaves the choice to us."""


def resolutions(entry: Entry, mode: str) -> tuple[str, ...]:
    """The names of resolutions that may be asked for in a mode; the first is ours, if nobody asks."""
    return entry.sizes.get(mode, SizeRule()).resolutions


def sizes(entry: Entry, mode: str, resolution: str | None = None) -> dict[str, Size]:
    """The sizes, in pixels, that the words 16:9, 1:1 and 9:16 mean for a mode of a model; illegal ones left out.

    Where a clip takes its size from the image, they are the sizes of an image worth giving it.
    """
    rule = entry.sizes.get(mode, SizeRule())
    named = resolution or next(iter(rule.resolutions), None)
    if named is not None and named in entry.tiers:
        return _of_pairs(entry.tiers[named])
    if rule.from_image:
        text = entry.sizes.get("text")
        return dict(PIXELS) if text is None or text.from_image else sizes(entry, "text", resolution)
    if rule.pairs is not None:
        return _of_pairs(rule.pairs)
    return {word: pair for word, pair in PIXELS.items() if legal(pair, rule)}


def legal(size: Size, rule: SizeRule) -> bool:
    """Whether a mode takes a size, as far as anybody knows."""
    if rule.pairs is not None:
        return size in rule.pairs
    return size[0] * size[1] >= (rule.min_pixels or 1) and all(_legal_side(side, rule) for side in size)


def next_larger(size: Size, rule: SizeRule) -> Size | None:
    """The smallest legal size that a picture of this size can be cut from; None where there is none.

    Where a model only makes pictures of many pixels, both sides grow alike, so that it can be scaled down, too.
    """
    if rule.pairs is not None:
        covering = [pair for pair in rule.pairs if pair[0] >= size[0] and pair[1] >= size[1]]
        return min(covering, key=lambda pair: pair[0] * pair[1], default=None)
    step, low = rule.step or 1, rule.min or 1
    scale = max(1, math.sqrt((rule.min_pixels or 1) / (size[0] * size[1])))
    width, height = (-(-max(math.ceil(side * scale), low) // step) * step for side in size)
    return (width, height) if legal((width, height), rule) else None


def longest_side(entry: Entry) -> int:
    """The longest side, in pixels, that the model is known to make; 0 where nobody knows any."""
    rules = entry.sizes.values()
    pairs = [pair for pairs in (*(rule.pairs or () for rule in rules), *entry.tiers.values()) for pair in pairs]
    return max([0, *(side for pair in pairs for side in pair), *(rule.max or 0 for rule in rules)])


def is_open(entry: Entry, mode: str) -> bool:
    """Whether nobody knows the largest size that a mode makes."""
    rule, width = entry.sizes.get(mode, SizeRule()), entry.fields.get("width")
    listed = rule.from_image or rule.pairs is not None or bool(rule.resolutions)
    return not listed and rule.max is None and (width is None or width.max is None)


def made_for(wanted: Size, entry: Entry, mode: str, resolution: str | None) -> Size | None:
    """The smallest size that a mode makes, of a resolution if one is named, and this one can be cut from."""
    tier = entry.tiers.get(resolution or "")
    return next_larger(wanted, entry.sizes.get(mode, SizeRule()) if tier is None else SizeRule(pairs=tier))


def makes(entry: Entry, wanted: Size) -> bool:
    """Whether an image model makes a still of which this size can be cut, by whichever resolution."""
    return any(made_for(wanted, entry, "text", named) for named in (resolutions(entry, "text") or (None,)))


def mode_in(entry: Entry, there: Mapping[str, Any]) -> str:
    """Which mode of a model a body means by its inputs: frames decide, then any other input."""
    for path, value in there.items():
        if entry.fields[path].type == "frames" and isinstance(value, list | tuple) and value:
            return "first_frame" if len(value) == 1 else "first_last_frame"
    others = (path for path in there if path.startswith("inputs."))
    return "reference" if any(entry.fields[path].type not in ("frames", "object") for path in others) else "text"


def size_problems(entry: Entry, there: Mapping[str, Any]) -> Iterator[Problem]:
    """What the size rule of a body's mode has against its width and height; by dotted path, what is there."""
    rule = entry.sizes.get(mode_in(entry, there), SizeRule())
    given = {name: there[name] for name in ("width", "height") if isinstance(there.get(name), int)}
    if rule.from_image:
        for name, side in given.items():
            yield Problem(field=name, got=str(side), allowed="leave it out: the size comes from the image")
    elif rule.pairs is not None:
        if len(given) == 2 and tuple(given.values()) not in rule.pairs:
            allowed = f"one of {', '.join(f'{width}x{height}' for width, height in rule.pairs)}"
            yield Problem(field="width", got=f"{given['width']}x{given['height']}", allowed=allowed)
    else:
        yield from _side_problems(rule, given)


def _side_problems(rule: SizeRule, given: Mapping[str, int]) -> Iterator[Problem]:
    for name, side in given.items():
        if not _legal_side(side, rule):
            allowed = f"from {rule.min or 1} to {rule.max or 'any'} in steps of {rule.step or 1}"
            yield Problem(field=name, got=str(side), allowed=allowed)
    if len(given) == 2 and math.prod(given.values()) < (rule.min_pixels or 1):
        size = "x".join(str(side) for side in given.values())
        yield Problem(field="width", got=size, allowed=f"at least {rule.min_pixels} pixels in all")


def _of_pairs(pairs: tuple[Size, ...]) -> dict[str, Size]:
    found: dict[str, Size] = {}
    for pair in pairs:
        for word, like in PIXELS.items():
            if pair[0] * like[1] == pair[1] * like[0]:
                found.setdefault(word, pair)
    return {word: found[word] for word in PIXELS if word in found}


def _legal_side(side: int, rule: SizeRule) -> bool:
    low, high = rule.min or 1, rule.max or side
    return low <= side <= high and side % (rule.step or 1) == 0
