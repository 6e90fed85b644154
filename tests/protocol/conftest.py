"""A stage for short plays."""

import pytest

from stillreel.domain.budget import Caps
from tests.protocol.provider import Ways
from tests.protocol.world import World

RUNS_AGAIN = Ways(duplicate="always")  # a provider that forgives nothing


@pytest.fixture
def play():
    """Opens a world, and closes it when all is over."""
    worlds = []

    def begin(ways=RUNS_AGAIN, caps=None):
        worlds.append(World(ways, caps or Caps()))
        return worlds[-1]

    yield begin
    for world in worlds:
        world.close()
