"""Killing a run at a moment that a server names, and how many runs are on the way together."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from typing import Any, TypeVar

from tests.crash.acting import TO_ITS_END, Actor, Part
from tests.crash.scene import Scene

AT_ONCE = 3  # cases on two cores: while one waits for a server, another works
LATE = 2.0  # seconds of the scene's time: what was on its way when its process died arrives after that
T = TypeVar("T")


class NeverReached(AssertionError):
    """A run ended before the moment at which it was to be killed."""


async def kill_at(part: Part, held: Awaitable[Any], what: str) -> None:
    """Start a run and kill it as soon as `held` comes true; NeverReached if the run ends before."""
    actor, moment = Actor(part), asyncio.ensure_future(held)
    ended = asyncio.create_task(actor.gone())
    await asyncio.wait({moment, ended}, timeout=TO_ITS_END, return_when=asyncio.FIRST_COMPLETED)
    reached = moment.cancel() is False
    if ended.done():
        raise NeverReached(f"{what} was never reached: the run ended with {await actor.told()}")
    await actor.kill()
    await ended
    assert reached, f"{what} was never reached, and the run didn't end"


async def late(scene: Scene, release: Callable[[], Any], run: Coroutine[Any, Any, T]) -> T:
    """Run to the end, and let what was held go on while the run is under way."""
    began, running = scene.time.seconds(), asyncio.create_task(run)
    while not running.done() and scene.time.seconds() < began + LATE:  # noqa: ASYNC110 - time tells nobody when it passes
        await asyncio.sleep(0.001)
    release()
    return await running


async def each(cases: Iterable[T], play: Callable[[T], Awaitable[None]]) -> None:
    """Play every case, some at once; all that fail are told together, each with its name."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(case: T) -> str | None:
        async with gate:
            try:
                await play(case)
            except Exception as error:  # noqa: BLE001 - one case's trouble hides no other
                return f"{case}: {type(error).__name__}: {error}"
            return None

    failed: Sequence[str | None] = await asyncio.gather(*(one(case) for case in cases))
    told = [case for case in failed if case]
    assert not told, f"{len(told)} of {len(failed)} cases:\n" + "\n".join(told)
