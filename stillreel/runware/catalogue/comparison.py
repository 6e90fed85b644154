"""Two models beside each other: where their rules differ, and what the second can't do that the first can."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from stillreel.runware.catalogue.entry import (
    Entry,
    FieldRule,
    Forbidden,
    Needed,
    Pairs,
    Pixels,
    Rule,
    SizeRule,
    When,
    Word,
)
from stillreel.runware.catalogue.importing.clauses import demands
from stillreel.runware.catalogue.importing.comparing import beyond
from stillreel.runware.catalogue.pricing import rows_today
from stillreel.runware.catalogue.rules import in_force
from stillreel.runware.catalogue.sizing import next_larger, resolutions, sizes
from stillreel.runware.catalogue.telling import has_mode, mode_said, row_said, sizes_said, sound_said, status_said
from stillreel.runware.catalogue.values import described, shown, value_problems

ABSENT = "–"
DOING = {
    "text": "work from words alone",
    "first_frame": "start from an image",
    "first_last_frame": "start from one image and end with another",
    "reference": "take images or videos to go by",
}
SAYING: dict[Word, str] = {
    "negative_prompt": "be told what not to show",
    "guidance": "be told how closely to follow the prompt (guidance)",
    "audio": "make sound",
    "beats": "be told of several parts (beats)",
    "seed": "be given a seed",
}
MOST_SECONDS = 60  # that anybody asks for


class Difference(NamedTuple):
    """A rule that two models have differently."""

    what: str
    first: str
    second: str


def differences(first: Entry, second: Entry, today: date) -> list[Difference]:
    """Every rule in which the two differ, in the words of a table."""
    beside = {name: (say(first, today), say(second, today)) for name, say in TOPICS.items()}
    for mode in DOING:
        beside[f"size, {mode_said(mode)}"] = (_size(first, mode, today), _size(second, mode, today))
    told = [Difference(what, *said) for what, said in sorted(beside.items()) if said[0] != said[1]]
    rules = [
        *(Difference("rule", rule.says, ABSENT) for rule in _rules_alone(first, second, today)),
        *(Difference("rule", ABSENT, rule.says) for rule in _rules_alone(second, first, today)),
    ]
    return [*told, *rules]


def _rules_alone(entry: Entry, other: Entry, today: date) -> Iterator[Rule]:
    """The rules across fields that the other doesn't have; those about sizes are told with the sizes."""
    found = beyond(entry, demands(other, today), other, today)
    return (rule for rule in found if not isinstance(rule, Pairs | Pixels))


def lacking(first: Entry, second: Entry, today: date) -> list[str]:
    """What the second can't do that the first can, each as the end of a sentence that begins with 'can't'."""
    if first.kind != second.kind:
        return [f"make {first.kind}s: it makes {second.kind}s"]
    return [
        *(
            f"{says}{_unsaid(second, 'last' if mode == 'first_last_frame' else mode)}"
            for mode, says in DOING.items()
            if has_mode(first, mode) and not has_mode(second, mode)
        ),
        *_sizes(first, second),
        *_named(first, second),
        *_durations(first, second),
        *(
            f"{says}{_unsaid(second, word)}"
            for word, says in SAYING.items()
            if _can(first, word) and not _can(second, word)
        ),
        *(["go without sound"] if second.always_audio and not first.always_audio else []),
        *_prompts(first, second, today),
        *_numbers(first, second),
    ]


def _unsaid(entry: Entry, word: str) -> str:
    return ", as far as anybody says" if word in entry.unsaid else ""


def _can(entry: Entry, word: Word) -> bool:
    return entry.field_of(word) is not None or (word == "audio" and entry.always_audio)


def _field(entry: Entry, word: Word) -> FieldRule | None:
    path = entry.field_of(word)
    return None if path is None else entry.fields[path]


def _plain(word: Word) -> Callable[[Entry, date], str]:
    """How a word's own rule is told, with what the model takes where nothing is said."""

    def say(entry: Entry, today: date) -> str:
        del today
        rule = _field(entry, word)
        if rule is None:
            return ABSENT
        return f"{_rule(rule)}, else {shown(rule.default)}" if rule.default is not None else _rule(rule)

    return say


def _rule(rule: FieldRule) -> str:
    return f"{described(rule)} (not known for certain)" if rule.sure == "unknown" else described(rule)


def _prompt(entry: Entry, today: date) -> str:
    rule, path = _field(entry, "prompt"), entry.words.get("prompt", "")
    if rule is None or _always(entry, path, today) == "forbidden":
        return ABSENT
    needed = rule.required or _always(entry, path, today) == "needed"
    return f"{_rule(rule)}, {'required' if needed else 'optional'}"


def _always(entry: Entry, path: str, today: date) -> str | None:
    """Whether a rule in force today forbids a field, or needs it, whatever else is said."""
    rules = [rule for rule in entry.rules if isinstance(rule, Forbidden | Needed) and in_force(rule, today)]
    return next((rule.kind for rule in rules if rule.when == When() and path in rule.fields), None)


def _frames(entry: Entry, today: date) -> str:
    del today
    rule = _field(entry, "frames")
    if rule is None:
        return ABSENT
    positions = ", ".join(str(position) for position in rule.positions or ())
    unsure = rule.sure == "unknown" or "last" in entry.unsaid
    doubt = " (not known for certain)" if unsure else ""
    return f"{'up to ' if rule.max_items != 1 else ''}{rule.max_items} at {positions}{doubt}"


def _price(entry: Entry, today: date) -> str:
    return "\n".join(f"{row_said(row)}, since {row.since}" for row in rows_today(entry, today)) or "unknown"


def _size(entry: Entry, mode: str, today: date) -> str:
    if mode not in entry.modes or mode not in entry.sizes:
        return ABSENT
    return f"{sizes_said(entry, mode, today)}{'' if has_mode(entry, mode) else ' (not known for certain)'}"


TOPICS: dict[str, Callable[[Entry, date], str]] = {
    "audio": lambda entry, _: sound_said(entry) or ABSENT,
    "beats": _plain("beats"),
    "duration": _plain("duration"),
    "format": _plain("format"),
    "frames": _frames,
    "guidance": _plain("guidance"),
    "kind": lambda entry, _: entry.kind,
    "negative prompt": _plain("negative_prompt"),
    "price": _price,
    "prompt": _prompt,
    "quality": _plain("quality"),
    "results": _plain("results"),
    "seed": _plain("seed"),
    "status": status_said,
}


def _sizes(first: Entry, second: Entry) -> Iterator[str]:
    """The words for sizes that mean other pixels, or none, in a mode that both know; each is told once."""
    told: dict[tuple[str, tuple[int, ...]], str] = {}
    for mode in (mode for mode in DOING if mode in first.modes and mode in second.modes):
        theirs = sizes(second, mode)
        for word, (width, height) in sizes(first, mode).items():
            if word not in theirs:
                told[word, ()] = f"make {word}{_cut(second, mode, (width, height))}"
            elif theirs[word] != (width, height):
                other = "x".join(str(side) for side in theirs[word])
                told[word, theirs[word]] = f"make {word} in {width}x{height}: it makes {other}"
    yield from told.values()


def _cut(entry: Entry, mode: str, size: tuple[int, int]) -> str:
    """Of a still: that it is made larger and cut, where its model doesn't make its very size."""
    larger = next_larger(size, entry.sizes.get(mode, SizeRule())) if entry.kind == "still" else None
    return f" in {size[0]}x{size[1]}: it makes {larger[0]}x{larger[1]}, which is cut" if larger else ""


def _named(first: Entry, second: Entry) -> Iterator[str]:
    """The resolutions that a shot can ask for by name, and not of the second."""
    mine, theirs = (
        dict.fromkeys(name for mode in each.modes for name in resolutions(each, mode)) for each in (first, second)
    )
    if lost := [name for name in mine if name not in theirs]:
        yield f"be asked for {' or '.join(lost)} by name (resolution)"


def _durations(first: Entry, second: Entry) -> Iterator[str]:
    mine, theirs = _field(first, "duration"), _field(second, "duration")
    if mine is None or theirs is None:
        return
    lost = [seconds for seconds in _seconds(mine) if value_problems("", _number(seconds, theirs), theirs)]
    if lost:
        yield f"make clips of {', '.join(f'{seconds:g}' for seconds in lost)} s"


def _seconds(rule: FieldRule) -> Iterable[float]:
    """The durations that are listed, or the whole seconds of a range."""
    if rule.values is not None:
        return [float(value) for value in rule.values]
    low, high = rule.min or Decimal(1), rule.max or Decimal(MOST_SECONDS)
    return [float(second) for second in range(int(low), int(high) + 1) if not value_problems("", second, rule)]


def _number(seconds: float, rule: FieldRule) -> float:
    return int(seconds) if rule.type == "integer" and seconds.is_integer() else seconds


def _prompts(first: Entry, second: Entry, today: date) -> Iterator[str]:
    mine, theirs = _field(first, "prompt"), _field(second, "prompt")
    if _prompt(first, today) != ABSENT and _prompt(second, today) == ABSENT:
        yield "take a prompt"
    elif _prompt(second, today).endswith("required") and not _prompt(first, today).endswith("required"):
        yield "go without a prompt"
    if mine and theirs and theirs.max_length and (mine.max_length or 0) > theirs.max_length:
        yield f"take a prompt of more than {theirs.max_length} characters"


def _numbers(first: Entry, second: Entry) -> Iterator[str]:
    mine, theirs = _field(first, "results"), _field(second, "results")
    if mine and theirs and theirs.max is not None and (mine.max is None or mine.max > theirs.max):
        yield f"make more than {theirs.max} at once"
    formats, known = (_values(entry, "format") for entry in (first, second))
    if lost := [name for name in formats if name not in known]:
        yield f"write {' or '.join(lost)}"


def _values(entry: Entry, word: Word) -> list[str]:
    rule = _field(entry, word)
    return [str(value) for value in (rule.values or ())] if rule else []
