"""What each assumption is for: worlds in which one of them fails, played on the real studio.

If such a world isn't worse than the page says, the assumption isn't needed any more; if it is, nothing was lost by it.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from tests.faults.scene import Plot, played
from tests.faults.sending import QUESTIONS, SUBMIT
from tests.studio.on_set import STILL, OnSet, a_run, produce, shot

LOST = {**SUBMIT, "times": 1}
Play = Callable[[OnSet], Awaitable[object]]


@dataclass(frozen=True)
class World:
    """One in which an assumption fails, and how often one take is paid for there."""

    assumption: str  # a letter
    words: str
    play: Play
    paid: int

    @property
    def cells(self) -> tuple[str, ...]:
        """The row of the page."""
        return self.assumption, self.words, {1: "paid once", 2: "paid twice"}[self.paid]


def plot(pause: float = 0, then: dict[str, object] | None = None, **switches: object) -> Play:
    """A run through these switches, and one more."""
    return lambda on_set: played(Plot(switches, pause=pause, then=then or {}), on_set)


async def stands_still(on_set: OnSet) -> None:
    """A send stands still until its lease is over and another run has sent the job."""
    on_set.emulator.switch(hold={**SUBMIT, "when": "before"})
    studio = await on_set.studio()
    sender = asyncio.create_task(produce(studio, shot(STILL), a_run("first")))
    await on_set.emulator.until_held()
    on_set.time.pass_by(studio.lease + 1)
    await produce(await on_set.studio(), shot(STILL), a_run("second"))
    on_set.emulator.go()
    await sender


async def stands_still_where_ids_run_again(on_set: OnSet) -> None:
    """The same, at a provider that runs a known id again."""
    on_set.emulator.switch(duplicate="always_rerun")
    await stands_still(on_set)


WORLDS = (
    World(
        "a",
        "the answer to a submit is lost; 10 s later it is registered, and until then its id is as good as new",
        plot(lost_reply=LOST, register_delay_ms=10_000),
        paid=2,
    ),
    World(
        "b",
        "the answer to a submit is lost; for 10 s no question shows the job, and its id runs again",
        plot(lost_reply=LOST, show_delay_ms=10_000, duplicate="always_rerun"),
        paid=2,
    ),
    World(
        "b",
        "the same, and its id is refused",
        plot(lost_reply=LOST, show_delay_ms=10_000),
        paid=1,
    ),
    World(
        "c",
        "the answer to a submit is lost, nobody can be asked for half an hour, and it is forgotten in ten minutes",
        plot(1800, {"forget_after_s": 600}, lost_reply=LOST, throttle=QUESTIONS),
        paid=2,
    ),
    World(
        "d",
        "a send stands still for longer than its lease, another run sends the job, and its id runs again",
        stands_still_where_ids_run_again,
        paid=2,
    ),
    World("d", "the same, and its id is refused", stands_still, paid=1),
)
