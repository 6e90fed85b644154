"""The lines of shots for which nothing is done now."""

import asyncio
from contextlib import AsyncExitStack

from flows.shooting import every_line
from stillreel.archive.folder import FolderStore
from stillreel.studio.boarding import plan_board
from tasks.context import in_studio
from tests.studio.on_set import STILL, a_run, built, produce, shot


class Meeting(FolderStore):
    """A folder that lists what it has once two want to know."""

    two: asyncio.Barrier | None = None

    async def list(self, prefix):
        if self.two is not None:
            await self.two.wait()
        async for stored in super().list(prefix):
            yield stored


async def test_what_is_there_is_looked_up_for_many_at_once(tmp_path):
    """The shots that a run leaves out don't wait for each other's answers from the archive."""
    async with AsyncExitStack() as stack:
        on_set = await built(tmp_path, stack)
        studio = await on_set.studio(store=(store := Meeting(on_set.root)))
        shots = [shot(STILL, shot=name) for name in ("one", "two")]
        for each in shots:
            await produce(studio, each)
        ready = await plan_board(studio, shots, a_run(), only=[])
        store.two = asyncio.Barrier(2)
        with in_studio(studio):
            async with asyncio.timeout(120):
                lines = await every_line(ready, {})
    assert [(line.shot, line.state) for line in lines] == [("one", "done"), ("two", "done")]
