"""What the flow of a storyboard does: read, plan as one, make each shot on its own, show, and tell what it came to."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID

from prefect.logging import get_run_logger
from prefect.runtime import flow_run

from flows.board_progress import BoardProgress, following_board
from flows.production import settings_of_run, studio_of_run
from flows.reruns import stop_after_crashes
from flows.shooting import Shooting, every_line
from flows.spreading import SHARE, Order, spread_out
from stillreel.archive import open_store
from stillreel.domain.board_orders import BoardAt, BoardOrder, Part
from stillreel.domain.errors import BadInput, StillreelError, Unfinished
from stillreel.domain.inheriting import words_of as said_in
from stillreel.domain.problems import Problem
from stillreel.domain.shots import Shot, moves
from stillreel.domain.storyboards import Storyboard
from stillreel.runware.catalogue import load
from stillreel.settings import Settings
from stillreel.studio.board_parts import Bound, bind, bound, leave_part
from stillreel.studio.board_quotes import OWN
from stillreel.studio.board_summary import BoardSummary, ShotLine, joinable, warned
from stillreel.studio.boards import board_of
from stillreel.studio.findings import said_of
from stillreel.studio.kept_boards import board_from, fetch_board, keep_board
from stillreel.studio.ready import Ready
from stillreel.studio.referring import with_awaited
from stillreel.studio.shown import BoardFacts, ShotFacts
from stillreel.studio.studio import Studio
from tasks import present
from tasks.context import in_studio, this_run
from tasks.showing import key_of
from tasks.showing_boards import name_run, show_board, shown_progress
from tasks.validate import validate_all


class Ordered(NamedTuple):
    """A storyboard as it was ordered: with all of its shots, and the names of those to make."""

    board: Storyboard
    shots: tuple[Shot, ...]
    only: tuple[str, ...]

    @property
    def title(self) -> str:
        """Its project and name."""
        return f"{self.board.project}/{self.board.name}"

    def key(self, part: Part | None) -> str:
        """Under which its progress is shown."""
        return key_of("progress", self.board.project, self.board.name, *([str(part.number)] if part else []))


async def produce_board(order: BoardOrder) -> BoardSummary:
    """What became of each shot; raises Unfinished where some aren't done, with the summary on it."""
    with following_board() as progress:
        return await _interruptible(progress, order)


async def produce_part(part: Part) -> BoardSummary:
    """The same for a part that was handed out; what became of it is left in the archive, too."""
    order = BoardOrder(storyboard=BoardAt(uri=part.board), only=part.only, stills_only=part.stills_only)
    with following_board() as progress:
        return await _interruptible(progress, order, part)


async def _interruptible(progress: BoardProgress, order: BoardOrder, part: Part | None = None) -> BoardSummary:
    progress.flow_run, progress.begun_before = str(flow_run.id), int(flow_run.run_count or 1) > 1
    try:
        summary = await _followed(order, progress, part)
    except StillreelError as error:  # what it says of the money holds for what it met, not for the shots before it
        error.money = progress.worst(error.money)
        raise
    except Exception:
        raise
    except BaseException:  # a person or the machine ends it: whoever reads the log learns what is paid
        get_run_logger().warning(progress.interrupted())
        raise
    return _told(summary)


async def _followed(order: BoardOrder, progress: BoardProgress, part: Part | None) -> BoardSummary:
    stop_after_crashes()
    progress.title, named = progress.title or order.title, str(order)
    settings = await settings_of_run()
    settings.check()
    if progress.begun_before and part is None:
        order = await _as_begun(settings, order)
    ordered = await ordered_from(settings, order)
    progress.title = ordered.title
    if named != ordered.title and part is None:
        await name_run(f"storyboard {ordered.title}")
    limits, ceiling = (part.limits, SHARE) if part else (ordered.board.limits, OWN)
    async with studio_of_run(settings.capped(limits.max_usd, ceiling)) as studio:
        with in_studio(studio, str(part.root) if part else None):
            progress.bought, progress.doubtful = studio.bought, studio.doubtful
            shots = with_awaited(ordered.shots, ordered.only) if part else ordered.shots
            ready = await validate_all(ordered.title, shots, ordered.only, stills_only=order.stills_only)
            _warn(ready)
            async with shown_progress(progress, ordered.key(part)):
                lines = await _made(studio, order, ordered, ready, progress, limits.at_once)
            summary = BoardSummary.of(ordered.board.project, ordered.board.name, lines, progress.flow_run)
            if part is not None:
                await leave_part(studio.archive.store, part.root, part.number, flow_run.run_count, summary)
            else:
                progress.ended = summary  # whatever becomes of what is only looked at
                summary = await _shown(ordered, ready, summary)
                await show_board(summary)
            progress.ended = summary
    return summary


async def _made(
    studio: Studio,
    order: BoardOrder,
    ordered: Ordered,
    ready: Sequence[Ready],
    progress: BoardProgress,
    at_once: int,
) -> list[ShotLine]:
    if order.spread == "workers":
        board = await keep_board(studio.archive.store, ordered.board, ordered.shots)
        told = Order(at_once, order.stills_only)
        return await spread_out(ordered.shots, board, ready, progress, order=told)
    if order.theirs:
        board = await keep_board(studio.archive.store, ordered.board, ordered.shots)
        await bind(studio.archive.store, UUID(this_run().root), Bound(board=board))
    return await Shooting(ready, progress, at_once=at_once, stills_only=order.stills_only).run()


async def _shown(ordered: Ordered, ready: Sequence[Ready], summary: BoardSummary) -> BoardSummary:
    """The summary with the addresses of what people look at: all of the storyboard, also what this run didn't make."""
    made = {line.shot: line for line in summary.shots}
    lines = await every_line(ready, made)
    moving = [line for line in lines if line.shot in {shot.shot for shot in ordered.shots if moves(shot)}]
    facts = BoardFacts(
        project=summary.project,
        name=summary.storyboard,
        shots=tuple(
            ShotFacts(
                shot=line.shot,
                state=line.state,
                message=line.message,
                todo=line.todo,
                stills=line.stills or ((line.still,) if line.still else ()),
                clips=line.clips,
                cost=line.cost,
                warnings=line.warnings,
            )
            for line in lines
        ),
        reel=joinable(moving) if ordered.board.reel else (),
    )
    shown = await present(facts)
    for trouble in shown.troubles:
        get_run_logger().warning("couldn't be made to look at: %s", trouble)
    update = {"gallery": shown.gallery, "contact_sheets": shown.sheets, "reel": shown.reel}
    return summary.model_copy(update=update)


def _told(summary: BoardSummary) -> BoardSummary:
    """The summary, told in the log; raises Unfinished where some shots aren't done."""
    get_run_logger().info("%s: %s; this run bought %d, %s", summary.state, summary.cost, summary.bought, summary.spent)
    if summary.state != "done":
        error = Unfinished(summary.message, state=summary.state, money=summary.money)
        error.summary = summary.line()
        raise error
    return summary


async def _as_begun(settings: Settings, order: BoardOrder) -> BoardOrder:
    """The order with the storyboard as an earlier attempt of this run has read it."""
    store = open_store(settings.archive_uri)
    try:
        first = await bound(store, UUID(this_run().root))
    finally:
        await store.aclose()
    return order.model_copy(update={"storyboard": BoardAt(uri=first.board)}) if first else order


async def ordered_from(settings: Settings, order: BoardOrder) -> Ordered:
    """The storyboard that an order names, wherever it lies; BadInput with every problem of it."""
    catalogue, today = load(settings.models), datetime.now(UTC).date()
    if isinstance(order.storyboard, BoardAt):
        store = open_store(settings.archive_uri)
        try:
            with said_of("the storyboard"):
                data = await fetch_board(store, order.storyboard.uri)
                board = board_from(data, order.storyboard.uri, catalogue, today, order.storyboard.project)
        finally:
            await store.aclose()
    else:
        board = board_of(said_in(order.storyboard), catalogue, today)
    names = [shot.shot for shot in board.shots]
    strange = [name for name in order.only if name not in names]
    if strange:
        known = f"shots of {board.storyboard.project}/{board.storyboard.name}: {', '.join(names[:20])}"
        raise BadInput([Problem(field="only", got=repr(name), allowed=known) for name in strange], what="the order")
    only = tuple(name for name in names if name in order.only) if order.only else tuple(names)
    shots = tuple(_retaken(shot, order.take) if shot.shot in only else shot for shot in board.shots)
    return Ordered(board.storyboard, shots, only)


def _retaken(shot: Shot, take: str) -> Shot:
    return shot.model_copy(update={"take": take}) if take else shot


def _warn(ready: Sequence[Ready]) -> None:
    """What speaks against some of it without stopping it, or is in doubt, each once, before it is bought."""
    for warning in warned((one.shot.shot, one.warnings) for one in ready if not one.left_out):
        get_run_logger().warning("%s", warning)
