"""A set for the studio's tests: a real emulator, a real folder, and time that passes only while somebody sleeps."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.studio.on_set import OnSet, Open, built


@pytest.fixture
async def open_set(tmp_path: Path) -> AsyncIterator[Open]:
    """Starts an emulator with switches and an empty archive for one test."""
    async with AsyncExitStack() as stack:

        async def start(**switches: Any) -> OnSet:
            return await built(tmp_path, stack, **switches)

        yield start


@pytest.fixture
async def on_set(open_set: Open) -> OnSet:
    """A set where nothing is out of the ordinary."""
    return await open_set()
