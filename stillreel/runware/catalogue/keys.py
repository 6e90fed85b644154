"""Keys: where a shot file says what stands in a request, so that every problem is told in the shot file's words."""

import re
from collections.abc import Mapping

from stillreel.domain.problems import Problem
from stillreel.runware.catalogue.entry import Entry, Needed

SHARED_KEYS: dict[str, str] = {
    "width": "size",
    "height": "size",
    "results": "results",
    "format": "output.format",
    "quality": "output.quality",
    "safety": "safety",
}
STILL_KEYS: dict[str, str] = {
    **SHARED_KEYS,
    "model": "still.model",
    "prompt": "still.prompt",
    "negative_prompt": "still.negative_prompt",
    "resolution": "still.resolution",
    "seed": "still.seed",
}
CLIP_KEYS: dict[str, str] = {
    **SHARED_KEYS,
    "model": "motion.model",
    "prompt": "motion.prompt",
    "negative_prompt": "motion.negative_prompt",
    "resolution": "motion.resolution",
    "duration": "motion.duration",
    "guidance": "motion.guidance",
    "audio": "motion.audio",
    "beats": "motion.beats",
    "last": "motion.last_image",
    "frames": "still",
}
"""Where a shot file says each word of a request."""

WHOLE = re.compile(r"-?\d+\.0")
YES_NO = {"true": "yes", "false": "no"}
NAME = re.compile(r"\b([A-Za-z]\w*(?:\.[A-Za-z]\w*)*)(?:\[\d+\])?")  # in a sentence: a path, or any other word


def key_of(entry: Entry, field: str, keys: Mapping[str, str]) -> str:
    """Where a shot file says what stands in this field of a body."""
    if field.startswith("safety"):
        return keys.get("safety", field)
    if field == "inputs":
        return keys.get("frames", field)
    for word, path in entry.words.items():
        if field == path or field.startswith((f"{path}[", f"{path}.")):
            inner = field.removeprefix(path).replace("[", ".").replace("]", "") if word == "beats" else ""
            return f"{keys.get(word, field)}{inner}"
    return keys.get(field, field)


def in_words(entry: Entry, problem: Problem, keys: Mapping[str, str]) -> Problem:
    """A problem of a body as one of the shot file that it was made from."""
    rule, allowed = entry.fields.get(problem.field), in_keys(entry, problem.allowed, keys)
    if problem.got == "nothing" and rule is not None and rule.type in ("object", "frames"):
        allowed = f"{entry.name} needs one to start from"
    elif problem.got == "nothing" and _without_choice(entry, problem, keys):
        allowed = "it is required"
    return Problem(field=key_of(entry, problem.field, keys), got=_got(entry, problem.got, keys), allowed=allowed)


def _without_choice(entry: Entry, problem: Problem, keys: Mapping[str, str]) -> bool:
    """Whether something is needed in the absence of what no shot can give, which is no advice to whoever has a shot."""
    rules = (rule for rule in entry.rules if isinstance(rule, Needed) and rule.says == problem.allowed)
    absent = (rule.when.none_present for rule in rules)
    return any(paths and all(key_of(entry, path, keys) == path for path in paths) for paths in absent)


def _got(entry: Entry, got: str, keys: Mapping[str, str]) -> str:
    """What a problem got: names of fields, where it is of a rule across them, a yes or no, or 3 and not 3.0."""
    names = got.split(" and ")
    if all(name in entry.fields for name in names):
        return " and ".join(key_of(entry, name, keys) for name in names)
    return YES_NO.get(got, got.removesuffix(".0") if WHOLE.fullmatch(got) else got)


def in_keys(entry: Entry, sentence: str, keys: Mapping[str, str]) -> str:
    """A sentence about a body with each path that no plain word could be told as the shot file's own key."""

    def told(found: re.Match[str]) -> str:
        path = found[1]
        plain = path.islower() and "." not in path
        return found[0] if plain or path not in entry.fields else key_of(entry, path, keys)

    return NAME.sub(told, sentence)
