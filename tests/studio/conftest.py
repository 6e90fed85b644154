"""A set for the studio's tests: a real emulator, a real folder, and time that passes only while somebody sleeps."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from stillreel.runware.catalogue import Catalogue
from tests.studio.on_set import CATALOGUE, OnSet, Open, built


@pytest.fixture
async def open_set(tmp_path: Path) -> AsyncIterator[Open]:
    """Starts an emulator with switches and an empty archive for one test."""
    async with AsyncExitStack() as stack:

        async def start(catalogue: Catalogue = CATALOGUE, **switches: object) -> OnSet:
            return await built(tmp_path, stack, catalogue=catalogue, **switches)

        yield start


@pytest.fixture
async def on_set(open_set: Open) -> OnSet:
    """A set where nothing is out of the ordinary."""
    return await open_set()
