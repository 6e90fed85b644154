"""The composition root: what a run needs of the world, opened together and closed together."""

import random
import secrets
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from stillreel.archive import open_store
from stillreel.archive.archive import Archive
from stillreel.domain.clock import Clock
from stillreel.domain.identity import task_uuid
from stillreel.domain.names import Place
from stillreel.runware import Client, open_client
from stillreel.runware.catalogue import Catalogue, load
from stillreel.settings import Settings
from stillreel.studio.clock import SystemClock

OWNER = secrets.token_hex(8)
"""This process, for leases: made once, at its start."""


@dataclass(frozen=True)
class Studio:
    """Everything that buying, watching and settling need; made by `open_studio`."""

    settings: Settings
    client: Client
    archive: Archive
    catalogue: Catalogue
    clock: Clock
    owner: str = OWNER
    rng: random.Random = field(default_factory=random.Random)

    def nonce(self) -> str:
        """A word that recognises one write as ours."""
        return secrets.token_hex(8)

    def name_of(self, uri: str) -> str:
        """An archive address as the name of an object."""
        return uri.removeprefix(f"{self.archive.store.uri}/")

    async def uuid_of(self, place: Place, digest: str, purchase: int) -> uuid.UUID:
        """The id of a job at the provider."""
        return task_uuid(await self.archive.identity(), place, digest, purchase)


@asynccontextmanager
async def open_studio(settings: Settings, clock: Clock | None = None) -> AsyncIterator[Studio]:
    """A studio for as long as the block lasts; raises BadSettings before anything is opened."""
    clock = clock or SystemClock(settings.pace)
    store = open_store(settings.archive_uri)
    try:
        async with open_client(settings.runware_url, settings.key, clock, secrets.randbits(64)) as client:
            yield Studio(settings, client, Archive(store, clock), load(), clock)
    finally:
        await store.aclose()
