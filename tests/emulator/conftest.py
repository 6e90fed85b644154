"""An emulator per test, in a folder of its own, with canned media unless a test wants to see them."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from stillreel.emulator import running_emulator
from tests.emulator.caller import Caller

Calling = Callable[..., AbstractAsyncContextManager[Caller]]


@asynccontextmanager
async def _calling(data: Path, **switches: Any) -> AsyncIterator[Caller]:
    key = {"Authorization": "Bearer any-key"}
    async with (
        running_emulator(data=data, switches={"media": "canned", **switches}) as emulator,
        httpx.AsyncClient(headers=key, timeout=20, trust_env=False, verify=False) as http,  # noqa: S501 - plain http
    ):
        yield Caller(emulator, http)


@pytest.fixture
def calling(tmp_path: Path) -> Calling:
    """Starts an emulator with switches, for one block; the same folder each time."""

    def start(**switches: Any) -> AbstractAsyncContextManager[Caller]:
        return _calling(tmp_path / "emulator", **switches)

    return start


@pytest.fixture
async def caller(calling: Calling) -> AsyncIterator[Caller]:
    """A caller at an emulator with nothing out of the ordinary but canned media."""
    async with calling() as started:
        yield started
