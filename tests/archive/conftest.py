"""Stores to run the contract against, each with a folder or prefix of its own."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest

from stillreel.archive.folder import FolderStore
from stillreel.archive.store import Store


@pytest.fixture
def folder(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "archive")


@pytest.fixture(params=["folder"])
async def store(request: pytest.FixtureRequest, folder: FolderStore) -> AsyncIterator[Store]:
    yield folder
    await folder.aclose()


@pytest.fixture
def unique() -> str:
    return uuid4().hex
