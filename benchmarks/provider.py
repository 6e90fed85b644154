"""What the provider saw of a run: requests, chains, and how long a result lay there before anybody looked.

The emulator tells it, of both sides alike.
"""

import json
import statistics
import urllib.request
from typing import Any


def ask(emulator: str, page: str) -> Any:
    """One of the emulator's own pages."""
    with urllib.request.urlopen(f"{emulator}/emulator/{page}") as answer:  # noqa: S310 - our own
        return json.loads(answer.read())


def seen(emulator: str, began: float, ended: float, before: int = 0) -> dict[str, Any]:
    """A run's figures as the provider has them; `began` and `ended` by its clock, `before` its requests until then."""
    rows, requests = ask(emulator, "results"), ask(emulator, "requests")
    stills = {row["id"]: row for row in rows if row["taskType"] == "imageInference"}
    clips = [row for row in rows if row["taskType"] == "videoInference"]
    jobs = ask(emulator, "jobs").values()
    return {
        "clips": sum(row["seen"] is not None and not row["failed"] for row in clips),
        "runs": sum(job["runs"] for job in jobs),  # how often anything was made and billed
        "posts": requests["v1"] - before,
        "posts_with": {kind: count for kind, count in requests.items() if kind.endswith(("Inference", "Response"))},
        "posts_per_chain": (requests["v1"] - before) / len(clips) if clips else None,
        "slowest_chain": max((_took(clip) + _took(stills.get(clip["first"])) for clip in clips), default=None),
        "start": min((row["accepted"] for row in rows), default=ended) - began,
        "keeping": ended - min((row["seen"] for row in clips if row["seen"] is not None), default=ended),
        "tail": ended - max((row["ready"] for row in rows), default=began),
        "clip_ready_to_seen": spread([row["seen"] - row["ready"] for row in clips if row["seen"] is not None]),
        "still_ready_to_seen": spread([row["seen"] - row["ready"] for row in stills.values() if row["seen"]]),
    }


def spread(values: list[float]) -> dict[str, float] | None:
    """The median and the 95th percentile; None of nothing."""
    if len(values) < 2:
        return {"median": values[0], "p95": values[0]} if values else None
    return {"median": statistics.median(values), "p95": statistics.quantiles(values, n=20, method="inclusive")[-1]}


def _took(row: dict[str, Any] | None) -> float:
    """Seconds that the provider took for a result; an image that was made elsewhere took none."""
    return 0.0 if row is None else row["ready"] - row["accepted"]
