"""What the studio's tests stand on: a clock of their own, an emulator, an archive, and a run from its plan on."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from stillreel.archive.archive import Archive
from stillreel.archive.folder import FolderStore
from stillreel.archive.store import Store
from stillreel.domain.events import Accepted, Event, Planned, Run, Sending
from stillreel.domain.jobs import Job
from stillreel.domain.shots import ImageToVideoShot, Shot, TextToImageShot, TextToVideoShot
from stillreel.emulator import RunningEmulator, running_emulator
from stillreel.runware import open_client
from stillreel.runware.catalogue import Catalogue, Entry, body_of, load
from stillreel.settings import Settings
from stillreel.studio.buying import buy
from stillreel.studio.framing import frame_of
from stillreel.studio.given import bring_all
from stillreel.studio.judging import shortfall, verdicts
from stillreel.studio.orders import Frame, Kept, Plan, Settlement, Sources, StagePlan
from stillreel.studio.planning import plan
from stillreel.studio.reading import shot_of
from stillreel.studio.settling import settle
from stillreel.studio.studio import Studio
from stillreel.studio.watching import watch

KEY = "a-key-that-is-nobodys"
CATALOGUE = load()
MORE_MODELS = load(Path(__file__).parent / "models")  # ours, and made-up ones that know every word
CHAIN = {
    "project": "harbour",
    "shot": "lighthouse",
    "still": {"prompt": "A lighthouse at dawn."},
    "motion": {"prompt": "The light turns, waves roll in."},
}
STILL = {key: CHAIN[key] for key in ("project", "shot", "still")}
CLIP = {key: CHAIN[key] for key in ("project", "shot", "motion")}
STILL_USD, CLIP_USD = Decimal("0.003"), Decimal("0.185")


class Time:
    """Time that passes only while somebody sleeps, which takes none; others get their turn meanwhile."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 11, 22, 12, tzinfo=UTC)
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self.moment

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.moment += timedelta(seconds=seconds)
        await asyncio.sleep(0)

    def pass_by(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


def a_run(name: str = "first") -> Run:
    """A run of its own, as the engine would name it."""
    return Run(root=name, flow_run=name, task_run=f"{name}/task", version="0.1.0")


def shot(data: Mapping[str, Any] = CHAIN, catalogue: Catalogue = CATALOGUE, **changes: Any) -> Shot:
    """The shot that a file with these words means."""
    kind: type[Shot] = ImageToVideoShot
    if not ("still" in data and "motion" in data):
        kind = TextToImageShot if "still" in data else TextToVideoShot
    return shot_of({**data, **changes}, kind, catalogue, datetime(2026, 11, 22, tzinfo=UTC).date())


@dataclass(frozen=True)
class Reel:
    """What a whole run came to."""

    plan: Plan
    still: Settlement | None
    clip: Settlement | None

    @property
    def kept(self) -> list[Kept]:
        return [kept for stage in (self.still, self.clip) if stage for kept in stage.kept]

    @property
    def uris(self) -> list[str | None]:
        return [kept.uri for kept in self.kept]


@dataclass(frozen=True)
class OnSet:
    """An emulator and an archive that share one clock, and studios that work there."""

    emulator: RunningEmulator
    time: Time
    root: Path
    _stack: AsyncExitStack
    catalogue: Catalogue

    async def studio(
        self,
        *,
        key: str = KEY,
        url: str = "",
        catalogue: Catalogue | None = None,
        root: Path | None = None,
        store: Store | None = None,
        time: Time | None = None,
        begun: Callable[[], None] | None = None,
        **settings: Any,
    ) -> Studio:
        """A studio of its own, as another process would open it."""
        root = root or self.root
        known = Settings(
            runware_url=url or self.emulator.url,
            runware_api_key=SecretStr(key),
            archive=f"file://{root}",
            **settings,
        )
        time = time or self.time
        client = await self._stack.enter_async_context(open_client(known.runware_url, known.key, time, seed=7))
        store = store or FolderStore(root)
        self._stack.push_async_callback(store.aclose)
        rng = random.Random(7)  # noqa: S311 - the jitter of polls
        archive = Archive(store, time, begun=begun) if begun else Archive(store, time)
        return Studio(known, client, archive, catalogue or self.catalogue, time, rng=rng)

    @property
    def jobs(self) -> list[dict[str, Any]]:
        """What the emulator knows of every job that was ever submitted, the oldest first."""
        return list(self.emulator.jobs().values())

    @property
    def bought(self) -> list[tuple[Any, ...]]:
        """Of each job: how often it was submitted, run, and what it cost."""
        return [(job["submits"], job["runs"], Decimal(job["billed"])) for job in self.jobs]

    @property
    def balance(self) -> Decimal:
        """What is left on the emulator's account."""
        return Decimal(str(self.emulator.ledger()["balance"]))

    @property
    def files(self) -> list[str]:
        """Every object of the archive but events, claims and the budget, sorted."""
        found = (path.relative_to(self.root).as_posix() for path in self.root.rglob("*") if path.is_file())
        dull = (".stillreel/", "jobs/", "archive.json", "budget.json")
        return sorted(name for name in found if not name.startswith(dull) and not name.endswith(".take.json"))


async def built(
    folder: Path,
    stack: AsyncExitStack,
    *,
    entries: Mapping[str, Entry] | None = None,
    catalogue: Catalogue = CATALOGUE,
    **switches: Any,
) -> OnSet:
    """An emulator with these models and switches and an empty archive, for as long as the stack is open.

    `catalogue` is what studios know, and the emulator, too, unless it has `entries` of its own.
    """
    time = Time()
    told = {"media": "canned", **switches}
    emulator = await stack.enter_async_context(
        running_emulator(folder / "emulator", told, entries=entries or catalogue, source=lambda: time.now().timestamp())
    )
    root = folder / "archive"
    root.mkdir()
    return OnSet(emulator, time, root, stack, catalogue)


async def make(
    studio: Studio, stage: StagePlan, run: Run, frame: Frame | None = None, sources: Sources | None = None
) -> Settlement:
    """One stage by the four verbs, and the error that it falls short with."""
    outcome = await watch(studio, await buy(studio, stage, run, frame))
    settlement = await settle(studio, outcome, verdicts(outcome, stage.request), sources or Sources(), run)
    error = shortfall(stage, settlement)
    if error is not None:
        raise error
    return settlement


async def produce(studio: Studio, wanted: Shot, run: Run | None = None, *, paths: bool = False) -> Reel:
    """A whole shot, from its words to its files."""
    run = run or a_run()
    planned = await plan(studio, wanted, run, *await bring_all(studio, wanted, paths=paths))
    still = await make(studio, planned.still, run) if planned.still else None
    frame, sources = first_frame(planned, still)
    clip = await make(studio, planned.clip, run, frame, sources) if planned.clip else None
    return Reel(planned, still, clip)


def first_frame(planned: Plan, still: Settlement | None) -> tuple[Frame | None, Sources]:
    """What a clip starts from."""
    return frame_of(planned, still.archived[0] if still else None)


async def planned_event(studio: Studio, stage: StagePlan, run: Run, *, purchase: int = 1) -> Planned:
    """The first event of a stage's job, as whoever means to buy it writes it."""
    uuid = await studio.uuid_of(stage.place, stage.digest, purchase)
    return Planned(
        at=studio.clock.now(),
        nonce=studio.nonce(),
        place=stage.place,
        purchase=purchase,
        request=stage.request,
        body=body_of(CATALOGUE.entry(stage.request.model), stage.request, uuid, None),
        quote=stage.quote,
        run=run,
    )


def sending_event(studio: Studio, *, owner: str = "another process", attempt: int = 1) -> Sending:
    """The right to send, taken now."""
    return Sending(at=studio.clock.now(), nonce=studio.nonce(), owner=owner, attempt=attempt, lease=studio.lease)


def accepted_event(studio: Studio, run: Run) -> Accepted:
    """The provider's acknowledgement, written down."""
    return Accepted(at=studio.clock.now(), nonce=studio.nonce(), by="acknowledgement", flow_run=run.flow_run)


async def written(studio: Studio, stage: StagePlan, events: Sequence[Event], *, purchase: int = 1) -> Job:
    """Write these events of a stage's job, as a process that died after the last of them left them."""
    uuid = await studio.uuid_of(stage.place, stage.digest, purchase)
    await studio.archive.mark_open(uuid)
    job = Job(uuid, ())
    for event in events:
        job = await studio.archive.append(job, event)
    return job


async def job_of(studio: Studio, stage: StagePlan, purchase: int = 1) -> Job:
    """A stage's job as its events tell it now."""
    return await studio.archive.events(await studio.uuid_of(stage.place, stage.digest, purchase))


def kinds(job: Job) -> list[str]:
    """The kinds of a job's events, in their order."""
    return [event.kind for event in job.events]


Open = Callable[..., Awaitable[OnSet]]
