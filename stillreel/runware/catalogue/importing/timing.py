"""How long a job takes, as the examples of a schema say."""

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any

from stillreel.runware.catalogue.entry import Kind
from stillreel.runware.catalogue.importing.wording import one_line

PLAIN = ("text-to-", "first-frame")  # how the configurations begin that we buy most
NEIGHBOURS: Mapping[Kind, float] = {"clip": 120, "still": 5}


@dataclass(frozen=True)
class Usual:
    """Seconds, and who says so."""

    seconds: float
    source: str
    measured: bool = True


def usual_of(pricing: Mapping[str, Any], kind: Kind) -> Usual:
    """The middle of the vendor's examples, of those like ours where there are any."""
    examples = pricing.get("examples")
    timed = [
        (one_line(example.get("configuration"), 60), example["latencyMs"] / 1000)
        for example in (examples if isinstance(examples, list) else [])
        if isinstance(example, dict) and isinstance(example.get("latencyMs"), int) and example["latencyMs"] > 0
    ]
    if not timed:
        return Usual(NEIGHBOURS[kind], "inferred: schema.json has no example; neighbours take about as long", False)
    plain = [seconds for name, seconds in timed if name.startswith(PLAIN)] or [seconds for _, seconds in timed]
    told = "; ".join(f"{name} {seconds:.0f} s" for name, seconds in timed)
    return Usual(round(median(plain), 1), f"measured on the vendor's examples: {told}")
