"""Keys: where a shot file says what stands in a request, so that every problem is told in the shot file's words."""

import re
from collections.abc import Mapping

from stillreel.domain.errors import Problem
from stillreel.runware.catalogue.entry import Entry

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
    got = problem.got.split(" and ")  # of a rule across fields: their names
    named = all(part in entry.fields for part in got)
    return Problem(
        field=key_of(entry, problem.field, keys),
        got=" and ".join(key_of(entry, part, keys) for part in got) if named else YES_NO.get(problem.got, problem.got),
        allowed=in_keys(entry, problem.allowed, keys),
    )


def in_keys(entry: Entry, sentence: str, keys: Mapping[str, str]) -> str:
    """A sentence about a body with each path that no plain word could be told as the shot file's own key."""

    def told(found: re.Match[str]) -> str:
        path = found[1]
        plain = path.islower() and "." not in path
        return found[0] if plain or path not in entry.fields else key_of(entry, path, keys)

    return NAME.sub(told, sentence)
