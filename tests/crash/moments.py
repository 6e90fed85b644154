"""Random moments to kill a run at, spread over the whole chain: as many before its first purchase as after its last.

Most of a run's work lies before its first purchase, so a moment of the whole is nearly always one of those. A moment
here is a purchase that the provider has seen, and so much processor time after it, which no busy machine changes.
"""

import asyncio
import math
import random
from dataclasses import dataclass
from itertools import pairwise

from tests.crash.acting import TICK, TO_ITS_END, Actor
from tests.crash.scene import Scene

LANDED = ("before any purchase", "between the two", "after both")
OFTEN = (4, 4, 3)  # for each part of a fresh run: the second kill in a row falls into the later ones
ORDERS = ("imageInference", "videoInference")


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
        part = rng.choice(parts[bought : bought + 2]) if bought else rng.choices(parts, OFTEN)[0]
        planning = self.parts[0] if part == bought > 0 else 0.0
        return Moment(part, rng.uniform(0, planning + self.parts[part]))


async def measured(actor: Actor, scene: Scene) -> Usual:
    """How much each part of a run takes, that nobody kills."""
    seen = [0.0]
    for order in ORDERS:
        await _ordered(scene, order)
        seen.append(actor.worked())
        scene.emulator.go()
    while (now := actor.worked()) < math.inf:
        last = now
        await asyncio.sleep(TICK)
    return Usual(tuple(till - since for since, till in pairwise([*seen, last])))


async def killed_at(actor: Actor, scene: Scene, moment: Moment) -> bool:
    """Kill a run at a moment; false if it had ended before."""
    since = 0.0
    if moment.bought > len(scene.emulator.jobs()):
        await _ordered(scene, ORDERS[moment.bought - 1])
        since = actor.worked()
        scene.emulator.go()
    return await actor.killed_after(since + moment.work)


async def _ordered(scene: Scene, order: str) -> None:
    """Return as soon as the provider has taken an order, before anybody is told: there the run stands until `go`."""
    scene.emulator.switch(hold={"task_types": [order], "when": "after"})
    async with asyncio.timeout(TO_ITS_END):
        await scene.emulator.until_held()
