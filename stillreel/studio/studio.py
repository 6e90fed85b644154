"""The composition root: what a run needs of the world, opened together and closed together."""

import asyncio
import random
import secrets
import uuid
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property, partial

from stillreel.archive import open_store
from stillreel.archive.archive import Archive
from stillreel.archive.clock import StoreClock, steady_seconds
from stillreel.domain.clock import Clock
from stillreel.domain.identity import task_uuid
from stillreel.domain.names import Place
from stillreel.runware import Client, Seen, open_client
from stillreel.runware.catalogue import Catalogue, load
from stillreel.runware.policy import SEND_TIMEOUT
from stillreel.settings import IN_FLIGHT, Settings
from stillreel.studio.account import Account
from stillreel.studio.admission import Admission
from stillreel.studio.clock import SystemClock
from stillreel.studio.durations import Durations
from stillreel.studio.post import Post
from stillreel.studio.slots import LocalSlots, Slots
from stillreel.studio.sweeping import sweep
from stillreel.studio.watcher import Watcher

SHORTEST_SEND = 5.0  # seconds; below that a busy test machine gives up on answers that are on their way
FILES_AT_ONCE = 8  # more would only share the same line and the same disk
LEASE_OVER_SEND = 30.0  # seconds that a lease outlives a send


def send_timeout(settings: Settings) -> float:
    """Seconds until a send is given up."""
    return max(SHORTEST_SEND, SEND_TIMEOUT * settings.pace)


def lease_of(settings: Settings) -> float:
    """Seconds for which a `sending` event is the right to send."""
    return send_timeout(settings) + LEASE_OVER_SEND * settings.pace


@dataclass(frozen=True)
class Studio:
    """Everything that buying, watching and settling need; made by `open_studio`."""

    settings: Settings
    client: Client
    archive: Archive
    catalogue: Catalogue
    clock: Clock
    slots: Slots = field(default_factory=lambda: LocalSlots(IN_FLIGHT))
    """How many jobs of a model may be in flight."""
    owner: str = field(default_factory=lambda: secrets.token_hex(8))
    """Whose leases are ours: never shared with another process, nor with another studio in this one."""
    rng: random.Random = field(default_factory=random.Random)
    bought: set[uuid.UUID] = field(default_factory=set)
    """Jobs that were accepted since the studio was opened, as far as this process has seen."""
    paid: set[uuid.UUID] = field(default_factory=set)
    """Jobs that this process relies on and that are paid for, whoever bought them."""
    costs: dict[uuid.UUID, Decimal] = field(default_factory=dict)
    """What those that were bought or are on their way come to, as far as it is known."""
    held: set[uuid.UUID] = field(default_factory=set)
    """Jobs for which this process has reserved what they may cost."""
    doubtful: set[uuid.UUID] = field(default_factory=set)
    """Jobs that this process has sent, and of which it doesn't know yet whether they were bought."""
    takes: dict[Place, set[uuid.UUID]] = field(default_factory=lambda: defaultdict(set))
    """The jobs of each take that this process makes or has found: after a refusal there is one more."""
    sending: dict[uuid.UUID, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))
    """Within a studio, one step of a job at a time: two shots that are the same take don't race each other."""

    seen: dict[str, Seen] = field(default_factory=dict)
    """What the provider's list of models said, once about each."""
    looking: asyncio.Lock = field(default_factory=asyncio.Lock)
    """One look at that list at a time: whoever comes second finds what the first has seen."""
    keeping: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(FILES_AT_ONCE))
    """Files on their way from the provider into the archive."""

    async def in_step(self) -> None:
        """Go by the clock that all processes share, if the studio was opened with it; raises ArchiveError."""
        if isinstance(self.clock, StoreClock):
            await self.clock.set()

    @cached_property
    def post(self) -> Post:
        """Purchases and questions on their way to the provider."""
        return Post(self.client, self.clock)

    @cached_property
    def account(self) -> Account:
        """The account at the provider."""
        return Account(self.client, self.clock, self.settings.pace)

    @cached_property
    def durations(self) -> Durations:
        """How long the jobs of each model take."""
        return Durations(self.catalogue, self.settings.pace)

    @cached_property
    def watcher(self) -> Watcher:
        """Who asks for all jobs that are waited for in this studio."""
        return Watcher(self.client, self.clock, self.rng, self.durations, self.settings.pace)

    @cached_property
    def admission(self) -> Admission:
        """Who is sent next, while the provider takes no more."""
        return Admission(self.clock, self.rng, self.settings.pace, self.settings.patience)

    @property
    def lease(self) -> float:
        """Seconds for which a `sending` event is the right to send."""
        return lease_of(self.settings)

    def nonce(self) -> str:
        """A word that recognises one write as ours."""
        return secrets.token_hex(8)

    async def uuid_of(self, place: Place, digest: str, purchase: int) -> uuid.UUID:
        """The id of a job at the provider."""
        return task_uuid(await self.archive.identity(), place, digest, purchase)


def unsaid(_: str) -> None:
    """Say it to nobody."""


@asynccontextmanager
async def open_studio(
    settings: Settings,
    machine: Clock | None = None,
    *,
    slots: Slots | None = None,
    warn: Callable[[str], None] = unsaid,
) -> AsyncIterator[Studio]:
    """A studio for as long as the block lasts; raises BadSettings before anything is opened.

    `machine` is this machine's clock; what processes compare goes by the store's. Without `slots` that others share,
    the studio has its own. `warn` is told if the archive is begun here: where one was before, it isn't this one.
    """
    settings.check()
    catalogue = load(settings.models)
    steady = steady_seconds if machine is None else None
    machine = machine or SystemClock(settings.pace)
    await asyncio.to_thread(sweep, machine.now())
    store = open_store(settings.archive_uri)
    clock = StoreClock(machine, store, steady)
    try:
        timeout = send_timeout(settings)
        seed = secrets.randbits(64)
        async with open_client(settings.runware_url, settings.key, clock, seed, send_timeout=timeout) as client:
            slots = slots or LocalSlots(settings.in_flight)
            says = f"{store.uri} had no archive: a new one is begun, where nothing is known to be bought"
            archive = Archive(store, clock, begun=partial(warn, says))
            yield Studio(settings, client, archive, catalogue, clock, slots)
    finally:
        await store.aclose()
