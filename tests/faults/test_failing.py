"""The four assumptions about the world: what they are worth."""

import pytest

from tests.faults.failing import WORLDS, World
from tests.faults.rows import ASSUMPTIONS
from tests.studio.on_set import Open


@pytest.mark.parametrize("world", [pytest.param(world, id=f"{world.assumption}: {world.words}") for world in WORLDS])
async def test_an_assumption_is_needed(open_set: Open, world: World) -> None:
    """Where an assumption fails, one take is paid for as often as the page says, under one id."""
    on_set = await open_set()
    await world.play(on_set)
    assert [job["runs"] for job in on_set.jobs] == [world.paid]


def test_each_assumption_is_shown() -> None:
    """No assumption without a world in which it fails and money is lost."""
    assert {world.assumption for world in WORLDS if world.paid > 1} == set(ASSUMPTIONS)
