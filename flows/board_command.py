"""A storyboard as a command: a file in, a progress bar and logs on stderr, one JSON object last on stdout."""

import argparse
import asyncio
import sys
import traceback
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from flows.board_progress import BoardProgress, board_followed
from flows.board_table import print_table
from flows.command import why, write
from flows.leaving import run_politely
from flows.options import Options
from flows.production import settings_of_run
from flows.storyboard import storyboard
from stillreel.archive import open_store
from stillreel.domain.board_orders import BoardAt, BoardOrder, order_of
from stillreel.domain.errors import BadInput, Money, State, StillreelError
from stillreel.domain.exits import DONE, code_of, exit_of
from stillreel.domain.problems import Problem
from stillreel.runware.catalogue import load
from stillreel.studio.board_files import read_source
from stillreel.studio.board_summary import BoardSummary
from stillreel.studio.boards import board_in, placed
from stillreel.studio.findings import said_of
from stillreel.studio.kept_boards import bring_images, keep_board
from stillreel.studio.studio import open_studio

BLINK = 0.2  # seconds between two looks of the progress bar


def main() -> int:
    """Run the storyboard named on the command line; the exit code says how it ended."""
    with board_followed() as progress:
        try:
            arguments, strange = _parser().asked()
        except BadInput as error:
            return _ended_by(error, progress)
        progress.title = f"{arguments.project}/" if arguments.project else ""  # until more is known
        return run_politely(_run(arguments, strange, progress), lambda: _stopped(progress))


def _stopped(progress: BoardProgress) -> int:
    state: State = "running" if progress.total else "failed"  # as any command that is stopped before there is a plan
    summary = progress.summary(state, progress.interrupted(), progress.money)
    return _end(summary, code_of(summary.state))


def _parser() -> Options:
    parser = Options(description="Make every shot of a storyboard that isn't done.")
    parser.add_argument("board", help="the storyboard: a file of YAML, JSON or CSV, or its address, gs://bucket/name")
    parser.add_argument("--project", default="", help="the project of a CSV file")
    for name, metavar in (("only", "NAMES"), ("take", "TAKE"), ("spread", "{here,workers}")):
        said = str(BoardOrder.model_fields[name].description)
        more = " Several with commas between them." if name == "only" else ""
        parser.add_argument(f"--{name}", metavar=metavar, help=f"{said}{more}")
    stills = str(BoardOrder.model_fields["stills_only"].description)
    parser.add_argument("--stills-only", action="store_true", help=stills)
    return parser


async def _run(arguments: argparse.Namespace, strange: Sequence[Problem], progress: BoardProgress) -> int:
    try:
        order = await _order(arguments, strange, progress)
        progress.title = order.title or progress.title
        async with _bar(progress):
            summary = cast("BoardSummary", await storyboard(order))
    except StillreelError as error:
        return _ended_by(error, progress)
    except Exception as error:  # noqa: BLE001 - whatever ends the run, the last line says so
        traceback.print_exc()
        ended = progress.ended  # then the work was over, and only the engine couldn't be told
        if ended is None:
            money = Money.UNKNOWN if progress.flow_run else Money.NOT_SPENT  # without a run nothing was begun
            ended = progress.summary("failed", why(error), money)
        return _end(ended, code_of(ended.state))
    return _end(summary, DONE)


def _ended_by(error: StillreelError, progress: BoardProgress) -> int:
    sys.stderr.write(f"{error}\n")
    known = progress.summary(error.state, error.message, error.money, put_back=error.put_back)
    return _end(known, exit_of(error))


def _end(summary: BoardSummary, code: int) -> int:
    """The table for people, then the last line for programs; the exit code."""
    print_table(summary)
    return write(summary.line(), code)


async def _order(arguments: argparse.Namespace, strange: Sequence[Problem], progress: BoardProgress) -> BoardOrder:
    """The order that the arguments make; a file's storyboard is put into the archive with the images that it names."""
    here = "://" not in arguments.board
    order = _ordered(arguments, strange, "" if here else arguments.project)
    return order.model_copy(update={"storyboard": await _kept(arguments, progress)}) if here else order


def _ordered(arguments: argparse.Namespace, strange: Sequence[Problem], project: str) -> BoardOrder:
    """The same as it is written; BadInput with all options that won't do."""
    only = arguments.only and [name.strip() for name in arguments.only.split(",") if name.strip()]
    said = {
        "only": only or arguments.only,  # if it names nobody, as it was written
        "take": arguments.take,
        "stills_only": arguments.stills_only,
        "spread": arguments.spread,
    }
    said = {key: value for key, value in said.items() if value is not None}
    try:
        order = order_of({"storyboard": {"uri": arguments.board, "project": project}, **said})
    except BadInput as error:
        raise BadInput([*strange, *error.problems], what="the order") from None
    if strange:
        raise BadInput(strange, what="the order")
    return order


async def _kept(arguments: argparse.Namespace, progress: BoardProgress) -> BoardAt:
    """A file's storyboard in the archive."""
    settings = await settings_of_run()
    settings.check()
    open_store(settings.archive_uri)  # its address is looked at before the file
    path = Path(arguments.board)
    with said_of("the storyboard"):
        source = read_source(path, arguments.project)
    progress.title = source.title or progress.title
    board = board_in(source, load(settings.models), datetime.now(UTC).date(), path.parent)
    async with open_studio(settings) as studio:
        try:
            shots = await bring_images(studio, board.shots, path.parent.absolute())
        except BadInput as error:
            raise placed(error.problems, board, source) from None
        return BoardAt(uri=await keep_board(studio.archive.store, board.storyboard, shots))


@asynccontextmanager
async def _bar(progress: BoardProgress) -> AsyncIterator[None]:
    """A progress bar for as long as the block lasts, where somebody sits at a terminal."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        drawing = asyncio.create_task(_draw(bar, progress))
        try:
            yield
        finally:
            drawing.cancel()
            with suppress(asyncio.CancelledError):
                await drawing
            _show(bar, progress)


async def _draw(bar: Progress, progress: BoardProgress) -> None:
    bar.add_task("")
    while True:
        _show(bar, progress)
        await asyncio.sleep(BLINK)


def _show(bar: Progress, progress: BoardProgress) -> None:
    for task in bar.task_ids:
        bar.update(task, description=f"{progress.title} {progress}", completed=progress.percent, total=100.0)
