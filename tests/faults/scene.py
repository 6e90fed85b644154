"""One fault, played: a run of the real studio through it, and a run without it; what both came to."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import uuid4

from stillreel.archive import layout
from stillreel.archive.folder import FolderStore
from stillreel.archive.gcs import BucketStore
from stillreel.archive.store import Store
from stillreel.domain.budget import Budget
from stillreel.domain.errors import StillreelError
from stillreel.domain.jobs import Job
from stillreel.domain.spending import lines, sum_of
from stillreel.runware import open_client
from stillreel.studio.studio import Studio
from tests.archive.fake_gcs import Gcs
from tests.archive.proxy import Fault, faults_before
from tests.faults.stores import Wrap
from tests.studio.on_set import STILL, OnSet, a_run, produce, shot

Before = Callable[[OnSet], list[Fault]]
"""Faults that are put before a bucket."""


@dataclass(frozen=True)
class Moment:
    """Everything that can be counted between two runs."""

    at_provider: list[dict[str, Any]]  # the emulator's jobs, the oldest first
    jobs: list[Job]  # the archive's, by when they were planned
    budget: Budget
    files: list[str]
    open: int  # markers

    def booked(self, column: str) -> Decimal:
        """An amount of the books, in all."""
        return sum_of(lines(self.budget), column)

    @property
    def billed(self) -> Decimal:
        """What the emulator has charged."""
        return sum((Decimal(job["billed"]) for job in self.at_provider), Decimal(0))

    @property
    def pictures(self) -> list[str]:
        """The results among the files: neither records nor posters."""
        return [name for name in self.files if name.endswith((".png", ".mp4"))]

    def kinds(self, kind: str) -> list[Any]:
        """Every event of a kind, in all jobs."""
        return [event for job in self.jobs for event in job.events if event.kind == kind]


@dataclass(frozen=True)
class Scene:
    """How the run through the fault ended, how the one after it did, and what stood after each."""

    first: StillreelError | None
    second: StillreelError | None
    between: Moment
    after: Moment


@dataclass(frozen=True)
class Plot:
    """How a fault is brought about."""

    switches: Mapping[str, Any] = field(default_factory=dict)
    shot: Mapping[str, Any] = field(default_factory=lambda: STILL)
    settings: Mapping[str, Any] = field(default_factory=dict)
    then: Mapping[str, Any] = field(default_factory=dict)  # switches for the second run, beside those set back
    wrap: Wrap | None = None  # what goes wrong with a folder as archive
    bucket: Before | None = None  # the archive is a bucket, with these faults before it
    patience: float = 20  # real seconds for which a call to that bucket is repeated
    send_timeout: float | None = None  # real seconds that the run through the fault waits for an answer to a submit
    pause: float = 0  # seconds between the runs


async def played(plot: Plot, on_set: OnSet, gcs: Gcs | None = None) -> Scene:
    """Play it, and count; `gcs` is where a bucket is, for a plot that needs one."""
    on_set.emulator.switch(**plot.switches)
    async with _stores(plot, on_set, gcs) as (faulty, sound), AsyncExitStack() as stack:
        first = await _run("first", plot, await _through(plot, on_set, faulty, stack))
        studio = await on_set.studio(store=sound)
        between = await _moment(on_set, studio)
        on_set.emulator.switch(**{**dict.fromkeys(plot.switches), **plot.then})
        on_set.time.pass_by(plot.pause)
        second = await _run("second", plot, studio)
        return Scene(first, second, between, await _moment(on_set, studio))


@asynccontextmanager
async def _stores(plot: Plot, on_set: OnSet, gcs: Gcs | None) -> AsyncIterator[tuple[Store | None, Store | None]]:
    """The archive as the run through the fault has it, and as it is; None is the set's own folder."""
    if plot.wrap:
        yield plot.wrap(on_set, FolderStore(on_set.root)), None
    elif plot.bucket and gcs and gcs.endpoint:
        prefix = f"faults/{uuid4().hex}"
        async with faults_before(gcs.endpoint) as proxy:
            proxy.faults.extend(plot.bucket(on_set))
            faulty = BucketStore(gcs.bucket, prefix, endpoint=proxy.endpoint, patience=plot.patience, first_wait=0.01)
            yield faulty, BucketStore(gcs.bucket, prefix, endpoint=gcs.endpoint)
    else:
        yield None, None


async def _through(plot: Plot, on_set: OnSet, store: Store | None, stack: AsyncExitStack) -> Studio:
    """The studio of the run through the fault."""
    studio = await on_set.studio(store=store, **plot.settings)
    if plot.send_timeout is None:
        return studio
    key, url = studio.settings.key, on_set.emulator.url
    client = await stack.enter_async_context(
        open_client(url, key, studio.clock, seed=7, send_timeout=plot.send_timeout)
    )
    return Studio(studio.settings, client, studio.archive, studio.catalogue, studio.clock, rng=studio.rng)


async def _run(name: str, plot: Plot, studio: Studio) -> StillreelError | None:
    try:
        await produce(studio, shot(plot.shot), a_run(name))
    except StillreelError as error:
        return error
    return None


async def _moment(on_set: OnSet, studio: Studio) -> Moment:
    archive = studio.archive
    jobs = [await archive.events(uuid) for uuid in await archive.jobs()]
    return Moment(
        at_provider=on_set.jobs,
        jobs=sorted(jobs, key=lambda job: (job.planned.at, job.planned.place.stage == "clip", job.planned.purchase)),
        budget=await archive.books.read(),
        files=[
            stored.name
            for prefix in (layout.PROJECTS, layout.QUARANTINE)
            async for stored in archive.store.list(prefix)
            if not layout.is_claim(stored.name)
        ],
        open=len(await archive.open_jobs()),
    )
