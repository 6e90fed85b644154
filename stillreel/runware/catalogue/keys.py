"""Keys: where a shot file says what stands in a request, so that every problem is told in the shot file's words."""

from collections.abc import Mapping

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
