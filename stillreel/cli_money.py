"""The command line's part about money: the caps of an archive, and what was spent in it."""

import asyncio
import csv
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Annotated, TypeVar

import typer

from stillreel.archive import open_store
from stillreel.archive.archive import Archive
from stillreel.archive.budget import Books
from stillreel.cli_compare import table
from stillreel.domain.accounts import TOLERANCE
from stillreel.domain.budget import Budget, Caps
from stillreel.domain.errors import BadInput
from stillreel.domain.money import spelled
from stillreel.domain.names import legal_name
from stillreel.domain.problems import Problem
from stillreel.domain.spending import Line, lines, sum_of
from stillreel.settings import Settings
from stillreel.studio.clock import SystemClock
from stillreel.studio.not_begun import not_begun
from stillreel.studio.rebuilding import rebuild

NONE = "none"
MOST = 1_000_000_000  # dollars; whoever types more has slipped
COLUMNS = ("quoted", "held", "reported", "unreported", "unknown", "difference")

T = TypeVar("T")

caps = typer.Typer(help="Show the caps that all runs of this archive share, or set them.", invoke_without_command=True)


@caps.callback()
def show(context: typer.Context) -> None:
    """Show each cap that counts today, with what is used of it and what is left."""
    if context.invoked_subcommand is None:
        _show(_with_books(lambda books: books.read()))


@caps.command("set")
def set_(
    day: Annotated[str | None, typer.Option(metavar="USD", help="Of any UTC day; 'none' takes it away.")] = None,
    project: Annotated[
        list[str] | None, typer.Option(metavar="NAME=USD", help="Of a project in all; 'none' takes it away.")
    ] = None,
) -> None:
    """Set caps, or take them away; those that aren't named stay. A cap of zero buys nothing."""
    if day is None and not project:
        raise BadInput([Problem(field="options", got="none", allowed="--day USD, --project NAME=USD")], what="it")
    new_day = None if day is None else _amount("--day", day)
    named = dict(_named(text) for text in project or [])

    async def change(budget: Budget) -> Budget:
        projects = {name: cap for name, cap in {**budget.caps.projects, **named}.items() if cap is not None}
        caps = Caps(day=budget.caps.day if day is None else new_day, projects=projects)
        return budget.model_copy(update={"caps": caps})

    async def apply(books: Books) -> Budget:
        await books.change(change)
        return await books.read()

    _show(_with_books(apply))


@caps.command("rebuild")
def rebuild_() -> None:
    """Count the budget anew from the events of all jobs; caps that can't be read are to be set again before any run."""
    budget = _with_archive(rebuild)
    _show(budget)
    if budget.caps.day == 0:
        typer.echo("nothing is bought under a cap of zero: `stillreel caps set --day USD`, or `--day none` for no cap")


def spend(*, as_csv: Annotated[bool, typer.Option("--csv", help="As CSV, for a spreadsheet.")] = False) -> None:
    """Show what was quoted, held, reported and unknown, by day, project and model."""
    found = lines(_with_books(lambda books: books.read(), aside=as_csv))
    if as_csv:
        sheet = csv.writer(sys.stdout, lineterminator="\n")
        sheet.writerow(("day", "project", "model", *COLUMNS))
        sheet.writerows([(line.day, line.project, line.model, *_cells(line)) for line in found])
        return
    rows = [(str(line.day), line.project, line.model, *_cells(line), "!" * line.alarming) for line in found]
    whole = ("in all", "", "", *(spelled(sum_of(found, name)) for name in COLUMNS), "")
    for told in table([("day", "project", "model", *COLUMNS, ""), *rows, whole], words=3):
        typer.echo(told)
    for line in found:
        if line.alarming:
            sys.stderr.write(
                f"! {line.model} on {line.day} in {line.project}: what was reported differs from its quote by "
                f"${spelled(line.difference)}, which is more than {TOLERANCE:.1%}: look at the model's price\n"
            )


def _show(budget: Budget) -> None:
    typer.echo(f"each run: ${spelled(Settings.of().max_usd)} (STILLREEL_MAX_USD)")
    uses = budget.uses(datetime.now(UTC).date())
    if not uses:
        typer.echo("no caps: `stillreel caps set --day USD --project NAME=USD` sets some")
        return
    columns = ("cap", "settled", "held", "unknown", "left")
    rows = [(use.name, *(spelled(getattr(use, name)) for name in columns)) for use in uses]
    for told in table([("", *columns), *rows], words=1):
        typer.echo(told)


def _cells(line: Line) -> tuple[str, ...]:
    return tuple(spelled(getattr(line, name)) for name in COLUMNS)


def _named(text: str) -> tuple[str, Decimal | None]:
    name, equals, amount = text.partition("=")
    try:
        legal_name(name)
    except ValueError as error:
        raise BadInput([Problem(field="--project", got=text, allowed=str(error))], what="the cap") from None
    if not equals:
        raise BadInput([Problem(field="--project", got=text, allowed="NAME=USD")], what="the cap")
    return name, _amount("--project", amount)


def _amount(option: str, text: str) -> Decimal | None:
    if text == NONE:
        return None
    try:
        amount = Decimal(text)
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or not 0 <= amount <= MOST:
        allowed = f"dollars from 0 to {MOST}, or '{NONE}'"
        raise BadInput([Problem(field=option, got=text, allowed=allowed)], what="the cap")
    return amount


def _with_books(work: Callable[[Books], Awaitable[T]], *, aside: bool = False) -> T:
    """Do something with the books of the archive that is set."""
    return _with_archive(lambda archive: work(archive.books), aside=aside)


def _with_archive(work: Callable[[Archive], Awaitable[T]], *, aside: bool = False) -> T:
    """Do something with the archive that is set, and say if there is none; `aside` from what a program reads."""

    async def run() -> T:
        settings = Settings.of()
        store = open_store(settings.archive_uri)
        try:
            archive = Archive(store, SystemClock(settings.pace))
            done = await work(archive)
            for line in await not_begun(archive):
                typer.echo(line, err=aside)
            return done
        finally:
            await store.aclose()

    return asyncio.run(run())
