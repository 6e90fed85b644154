"""What people see of a storyboard in the Prefect UI: how far it has come, and what became of each shot."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Protocol
from uuid import UUID

from prefect.artifacts import acreate_progress_artifact, acreate_table_artifact, aupdate_progress_artifact
from prefect.client.orchestration import get_client
from prefect.logging import get_run_logger
from prefect.runtime import flow_run

from stillreel.domain.money import spelled
from stillreel.studio.board_summary import BoardSummary
from tasks.context import studio
from tasks.showing import MOST_ROWS, PATIENCE, key_of, kindly, view

PAUSE = 2.0  # seconds between two updates: the server has better things to record
LOUD = 10.0  # per cent of the shots between two lines in the log


class Followed(Protocol):
    """What can be followed while it runs."""

    changed: asyncio.Event

    @property
    def percent(self) -> float:
        """How many of a hundred have ended."""

    @property
    def loud(self) -> bool:
        """Whether the log has every change."""


class _Teller:
    """Tells of a progress in the UI and in the log."""

    def __init__(self, progress: Followed, key: str) -> None:
        self._progress = progress
        self._key = key
        self._bar: UUID | None = None
        self._said = 0.0
        self._line = ""
        self._over = False

    async def go_on(self) -> None:
        """Tell of each change, with pauses, until it is over."""
        while not self._over:
            await self._progress.changed.wait()
            self._progress.changed.clear()
            await self.tell()
            await studio().clock.sleep(PAUSE)

    async def end(self, going: asyncio.Task[None]) -> None:
        """End that, in bounded time: what is on its way to the server may not notice that it is cancelled."""
        self._over = True
        going.cancel()
        await asyncio.wait({going}, timeout=PATIENCE)

    async def tell(self) -> None:
        """Tell how far it is."""
        percent, line = self._progress.percent, str(self._progress)
        if percent >= self._said + LOUD or (self._progress.loud and line != self._line):
            self._said, self._line = percent, line
            get_run_logger().info("%s", line)
        await kindly(self._draw(percent, line))

    async def _draw(self, percent: float, says: str) -> None:
        if self._bar is None:
            self._bar = await acreate_progress_artifact(percent, key=self._key, description=says)
        else:
            await aupdate_progress_artifact(self._bar, percent, description=says)


@asynccontextmanager
async def shown_progress(progress: Followed, key: str) -> AsyncIterator[None]:
    """A progress bar in the UI and lines in the log for as long as the block lasts; whatever becomes of them."""
    teller = _Teller(progress, key)
    going = asyncio.create_task(teller.go_on())
    try:
        yield
    finally:
        await teller.end(going)
    await teller.tell()


async def name_run(name: str) -> None:
    """Name this run in the UI, where it couldn't be known before it began what it is of."""

    async def named() -> None:
        async with get_client() as client:
            await client.update_flow_run(UUID(str(flow_run.id)), name=name)

    await kindly(named(), "this run couldn't be named")


async def show_board(summary: BoardSummary) -> None:
    """The table of what became of each shot, and above it where the money stands and where the gallery is."""
    address = await view(summary.gallery) if summary.gallery else None
    key = key_of("storyboard", summary.project, summary.storyboard)
    await kindly(acreate_table_artifact(table=rows_of(summary), key=key, description=heading_of(summary, address)))


def rows_of(summary: BoardSummary) -> list[dict[str, Any]]:
    """A row for each shot, those first that somebody must act on; what matters most comes first, since it isn't cut."""
    lines = sorted(summary.shots, key=lambda line: line.fine)
    return [
        {
            "shot": line.shot,
            "state": line.state,
            "the money": line.money or "",
            "what to do": line.todo,
            "why": line.message or "; ".join(line.warnings),
            "quoted": f"${spelled(line.cost.quoted)}",
            "reported": f"${spelled(line.cost.reported)}",
            "bought": line.bought,
            "file": (*line.clips, line.still or "")[0],
        }
        for line in lines[:MOST_ROWS]
    ]


def heading_of(summary: BoardSummary, address: str | None) -> str:
    """What the whole came to and cost, where the money stands unless it is done, and the gallery."""
    says = [f"{summary.state}: {summary.message or 'every shot is done'}"]
    says += [f"**the money: {summary.money}**"] if summary.money else []
    says.append(f"{summary.cost}; this run bought {summary.bought}, {summary.spent}")
    if summary.gallery:
        says.append(f"[gallery]({address})" if address else f"gallery: `{summary.gallery}`")
    return "\n\n".join(says)
