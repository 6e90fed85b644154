"""Random moments to kill a run at, spread over the whole chain: as many before its first purchase as after its last.

Most of a run's work lies before its first purchase, so a moment of the whole is nearly always one of those. A moment
here is a purchase that the provider has seen, and so much processor time after it, which no busy machine changes.
"""

import asyncio
import math
import random
from dataclasses import dataclass
from itertools import pairwise

from tests.crash.acting import Actor
from tests.crash.scene import Scene

LANDED = ("before any purchase", "between the two", "after both")
TICK = 0.001  # seconds between looks at a run that is to be killed


@dataclass(frozen=True)
class Moment:
    """When the provider has seen so many purchases, and the run has worked so many seconds since."""

    bought: int
    work: float


@dataclass(frozen=True)
class Usual:
    """Processor seconds of an undisturbed run: up to its first purchase, from there to its second, and to its end."""

    parts: tuple[float, ...]

    def moment(self, rng: random.Random, bought: int = 0) -> Moment:
        """A moment of any part; for a run that finds purchases, of the part that it goes on with, or of the next.

        Whatever a run finds, it plans first.
        """
        parts = range(len(self.parts))
        part = rng.choice(parts[bought : bought + 2] if bought else parts)
        planning = self.parts[0] if part == bought > 0 else 0.0
        return Moment(part, rng.uniform(0, planning + self.parts[part]))


async def measured(actor: Actor, scene: Scene) -> Usual:
    """How much each part of a run takes, that nobody kills."""
    ends = [Moment(1, 0.0), Moment(2, 0.0), Moment(0, math.inf)]
    seen = [await _until(actor, scene, end) for end in ends]
    return Usual(tuple(till - since for since, till in pairwise([0.0, *seen])))


async def reached(actor: Actor, scene: Scene, moment: Moment) -> bool:
    """Return at the moment, true; or false if the run had ended before."""
    since = await _until(actor, scene, Moment(moment.bought, 0.0))
    await _until(actor, scene, Moment(moment.bought, since + moment.work))
    return actor.worked() < math.inf


async def _until(actor: Actor, scene: Scene, moment: Moment) -> float:
    """Wait for so many purchases and so much work since the start; how much it was at last."""
    worked = 0.0
    while worked < moment.work or len(scene.emulator.jobs()) < moment.bought:
        await asyncio.sleep(TICK)
        now = actor.worked()
        if now == math.inf:
            break
        worked = now
    return worked
