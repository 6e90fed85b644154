"""What shots have in common, as far as their models are concerned: what is said of those of one holds for the like."""

import json
from collections.abc import Sequence
from typing import Any

from stillreel.domain.shots import Shot

NAMES = frozenset({"project", "shot", "take", "seed", "image", "last_image"})
WORDS = frozenset({"prompt", "negative_prompt"})


def likeness(shot: Shot, stages: Sequence[str]) -> str:
    """What a shot has to do with its models: of names whether they are there, of words about how many, and the rest."""

    def alike(part: Any, key: str = "") -> Any:
        if isinstance(part, dict):
            return {name: bool(inner) if name in NAMES else alike(inner, name) for name, inner in part.items()}
        if isinstance(part, list):
            return [alike(inner, key) for inner in part]
        return -(-len(part) // 100) if key in WORDS and isinstance(part, str) else part

    return json.dumps([type(shot).__name__, alike(shot.model_dump(mode="json")), *stages], sort_keys=True)
