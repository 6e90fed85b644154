"""What no model takes: it can be told though the model isn't known, or makes something else."""

import math
from collections.abc import Mapping

from stillreel.domain.problems import Problem
from stillreel.runware.catalogue.asked import Asked, AskedClip

MOST_RESULTS = 4  # of a shot: each is paid for
BEST = 100  # quality, as the forms have it


def of_any_model(asked: Asked, keys: Mapping[str, str]) -> list[Problem]:
    """What is wrong with what is asked, whatever model is asked, in the shot file's words."""
    problems = []
    if not 1 <= asked.results <= MOST_RESULTS:
        allowed = f"an integer from 1 to {MOST_RESULTS}"
        problems.append(Problem(field=keys["results"], got=str(asked.results), allowed=allowed))
    if asked.quality is not None and not 1 <= asked.quality <= BEST:
        problems.append(Problem(field=keys["quality"], got=str(asked.quality), allowed=f"an integer from 1 to {BEST}"))
    return [*problems, *(_of_any_clip(asked, keys) if isinstance(asked, AskedClip) else ())]


def not_judged(asked: Asked, keys: Mapping[str, str]) -> str:
    """That what only a model's own rules can judge isn't judged without them; empty where nothing such is asked."""
    words = ("beats", "duration", "guidance", "negative_prompt", "resolution", "seed")
    said = {keys[word] for word in words if getattr(asked, word, None) not in (None, ())}
    if isinstance(asked, AskedClip):
        said |= {keys[word] for word, asks in (("audio", asked.audio), ("last", asked.to_frame)) if asks}
    return f" ({', '.join(sorted(said))} can't be judged before that)" if said else ""


def _of_any_clip(asked: AskedClip, keys: Mapping[str, str]) -> list[Problem]:
    problems = [
        Problem(field=field, got=f"{seconds:g}", allowed="a number of seconds above 0")
        for field, seconds in _lengths(asked, keys)
        if not 0 < seconds < math.inf
    ]
    if not asked.prompt and not asked.beats:
        problems.append(Problem(field=keys["prompt"], got="nothing", allowed="it is required"))
    return problems


def _lengths(asked: AskedClip, keys: Mapping[str, str]) -> list[tuple[str, float]]:
    """Everything that is a number of seconds, where it stands."""
    whole = [] if asked.duration is None else [(keys["duration"], asked.duration)]
    return [*whole, *((f"{keys['beats']}.{at}.duration", beat.duration) for at, beat in enumerate(asked.beats))]
