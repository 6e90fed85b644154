"""Stores to run the contract against, each with a folder or prefix of its own."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from stillreel.archive.folder import FolderStore
from stillreel.archive.gcs import BucketStore
from stillreel.archive.store import Store
from tests.archive.fake_gcs import Gcs, some_gcs
from tests.archive.proxy import Proxy, faults_before


@pytest.fixture
async def folder(tmp_path: Path) -> AsyncIterator[FolderStore]:
    store = FolderStore(tmp_path / "archive")
    yield store
    await store.aclose()


@pytest.fixture(scope="session")
def gcs() -> Iterator[Gcs]:
    with some_gcs() as found:
        yield found


@pytest.fixture
async def bucket(gcs: Gcs) -> AsyncIterator[BucketStore]:
    store = BucketStore(gcs.bucket, f"tests/{uuid4().hex}", endpoint=gcs.endpoint, patience=20, first_wait=0.01)
    yield store
    if not gcs.fake:
        for name in [stored.name async for stored in store.list("")]:
            await store.delete(name)
    await store.aclose()


@pytest.fixture(params=["folder", "bucket"])
def store(request: pytest.FixtureRequest) -> Store:
    found: Store = request.getfixturevalue(request.param)
    return found


@pytest.fixture
async def proxy(gcs: Gcs) -> AsyncIterator[Proxy]:
    if gcs.endpoint is None:
        pytest.skip("faults are put before a server of ours, not before Google")
    async with faults_before(gcs.endpoint) as proxy:
        yield proxy
