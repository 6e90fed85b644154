"""What becomes of an accepted job: when each result is ready, its seed, its cost, its flag or its failure.

All of it is decided at submit, from seeds and from the switches of that moment, and written down in one step with the
charge. So a job's state is a function of the clock, and a kill loses nothing.
"""

import hashlib
import random
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from stillreel.emulator.fees import cost_of
from stillreel.emulator.given import Ends
from stillreel.emulator.making import making_of
from stillreel.emulator.passing import Passing
from stillreel.emulator.records import Result
from stillreel.emulator.refusals import TaskError
from stillreel.emulator.scope import Subject, struck
from stillreel.emulator.switches import USUAL_SIGMA, Latency, Moderation, Switches
from stillreel.runware.catalogue.entry import Entry

STAGGER = 0.15  # of a job's duration between one result and the next
Fate = list[Result]


def fate_of(entry: Entry, task: dict[str, Any], run: int, ends: Ends, switches: Switches, clock: Passing) -> Fate:
    """The results of one run of a task, the failed ones included."""
    die = random.Random(_number(switches.seed, task["taskUUID"], run))  # noqa: S311 - a service's moods
    seconds = _duration(entry.air, entry.usual_seconds, switches, _luck(task, switches) or die)
    seeds = [_seed(task, die.getrandbits(31), k) for k in range(_count(task))]
    makings = [making_of(entry, task, seed, ends, switches) for seed in seeds]
    errors = _errors(task, len(makings), switches)
    flags = _flags(task, len(makings), switches)
    results = []
    for k, making in enumerate(makings):
        ready = clock.now() + seconds * (1 + STAGGER * k)
        life = task.get("ttl", switches.default_ttl_s)
        results.append(
            Result(
                id=str(_uuid(switches.seed, task["taskUUID"], run, k)),
                task_uuid=task["taskUUID"],
                run=run,
                k=k,
                ready_at=ready,
                expires_at=None if life is None else ready + float(life),
                seed=making.seed,
                cost=cost_of(entry, making, task, switches, clock.today()),
                flag=flags[k],
                error=errors[k],
                making=making,
            )
        )
    return results


def check_moderation(task: dict[str, Any], switches: Switches) -> None:
    """Raise TaskError for content that is rejected at submit."""
    found = _moderated(task, switches, "reject")
    if found is not None:
        raise TaskError(found.code, "The provider rejected the content of the request.", "positivePrompt")


def charged(results: list[Result], switches: Switches) -> tuple[Decimal, int]:
    """What a run costs in all, and for how many results."""
    paid = [result.cost for result in results if result.error is None or switches.bill_failed]
    return sum(paid, Decimal(0)), len(paid)


def _moderated(task: dict[str, Any], switches: Switches, how: str) -> Moderation | None:
    prompt = str(task.get("positivePrompt", "")).lower()
    hit = [
        fault
        for fault in switches.moderation
        if fault.how == how and (not fault.words or any(word.lower() in prompt for word in fault.words))
    ]
    return struck(hit, [Subject(task["taskType"], task.get("model"))], switches.seed)


def _errors(task: dict[str, Any], count: int, switches: Switches) -> list[dict[str, Any] | None]:
    found = _moderated(task, switches, "fail")
    if found is not None:
        row = {"code": found.code, "message": "The provider rejected the generated content."}
        return [row if not found.results or k in found.results else None for k in range(count)]
    failure = struck(switches.failure, [Subject(task["taskType"], task.get("model"))], switches.seed)
    if failure is None:
        return [None] * count
    failed = min(count, failure.count or count)
    return [*[None] * (count - failed), *[{"code": failure.code, "message": failure.message}] * failed]


def _flags(task: dict[str, Any], count: int, switches: Switches) -> list[bool | None]:
    """True, false, or nobody looked: because it wasn't asked for, or because a switch says so."""
    safety = task.get("safety") or {}
    looked = safety["mode"] != "none" if "mode" in safety else bool(safety.get("checkContent"))
    found = _moderated(task, switches, "flag")
    if not looked or struck(switches.unchecked, [Subject(task["taskType"], task.get("model"))], switches.seed):
        return [None] * count
    return [found is not None and (not found.results or k in found.results) for k in range(count)]


def _duration(air: str, usual: float, switches: Switches, die: random.Random) -> float:
    latency = switches.latency
    if isinstance(latency, Mapping):
        latency = latency.get(air, latency.get("*", Latency(median=usual, sigma=USUAL_SIGMA)))
    if isinstance(latency, Latency):
        return latency.median * die.lognormvariate(0, latency.sigma)
    return float(latency)


def _luck(task: dict[str, Any], switches: Switches) -> random.Random | None:
    """The die for a job's time where two clients that ask for the same must wait as long, whatever its UUID."""
    if switches.latency_by == "uuid":
        return None
    return random.Random(_number(switches.seed, task["model"], task.get("positivePrompt")))  # noqa: S311 - as above


def _count(task: dict[str, Any]) -> int:
    return int(task.get("numberResults", 1))


def _seed(task: dict[str, Any], drawn: int, k: int) -> int:
    return int(task["seed"]) + k if "seed" in task else drawn


def _number(*parts: object) -> int:
    return int.from_bytes(hashlib.sha256(repr(parts).encode()).digest())


def _uuid(*parts: object) -> UUID:
    return UUID(bytes=hashlib.sha256(repr(parts).encode()).digest()[:16], version=4)
