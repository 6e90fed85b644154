"""Flows run within the tests' process, told by the environment of an emulator and an archive of their own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest

from flows.image_to_video import image_to_video
from flows.text_to_image import text_to_image
from flows.text_to_video import text_to_video
from stillreel.archive import layout, open_store
from stillreel.archive.archive import Archive
from stillreel.domain.errors import StillreelError
from stillreel.domain.jobs import Job
from stillreel.emulator import RunningEmulator
from stillreel.studio.clock import SystemClock
from stillreel.studio.orders import Summary
from tests.flows.commands import KINDS, settings

FLOWS: dict[str, Any] = {
    "image_to_video": image_to_video,
    "text_to_video": text_to_video,
    "text_to_image": text_to_image,
}
STILL, CLIP = "runware:z-image@turbo", "klingai:3@1"


@dataclass(frozen=True)
class Set:
    """An emulator, an archive, and flows that are told of both by the environment."""

    emulator: RunningEmulator
    archive: str

    async def make(self, said: dict[str, Any], flow: str = "image_to_video") -> dict[str, Any]:
        """Run a flow; what it came to, whether it succeeded or raised."""
        try:
            summary: Summary = await FLOWS[flow](KINDS[flow](**said))
        except StillreelError as error:
            return error.summary or {}
        return summary.line()

    def submits(self, model: str) -> list[dict[str, Any]]:
        """The jobs of a model that the provider has seen."""
        return [job for job in self.emulator.jobs().values() if job["model"] == model]

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Archive]:
        """The archive, as anybody may read it."""
        store = open_store(self.archive)
        try:
            yield Archive(store, SystemClock())
        finally:
            await store.aclose()

    async def jobs(self) -> dict[str, list[Job]]:
        """Every job in the archive, by its stage."""
        found: dict[str, list[Job]] = {"still": [], "clip": []}
        async with self.opened() as archive:
            for uuid in {stored.name.split("/")[1] async for stored in archive.store.list(layout.JOBS)}:
                job = await archive.events(UUID(uuid))
                found[job.planned.place.stage].append(job)
        return found

    async def names(self, prefix: str) -> list[str]:
        """The objects below a prefix, takes' claims left out."""
        async with self.opened() as archive:
            every = sorted([stored.name async for stored in archive.store.list(prefix)])
        return [name for name in every if not layout.is_claim(name)]


def on_set(emulator: RunningEmulator, archive: str, monkeypatch: pytest.MonkeyPatch, **more: str) -> Set:
    """A set whose settings stand in the environment until the test ends."""
    for name, value in settings(emulator, archive, **more).items():
        monkeypatch.setenv(name, str(value))
    return Set(emulator, archive)
