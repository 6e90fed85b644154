"""The command line's part about models: the catalogue, and what the vendor publishes about its models."""

import asyncio
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from stillreel.cli_compare import compare
from stillreel.domain.errors import BadInput, BadSettings, StillreelError
from stillreel.domain.problems import Problem
from stillreel.runware.addresses import is_loopback
from stillreel.runware.catalogue import Catalogue, load
from stillreel.runware.catalogue.importing import LARGEST, Imported, imported, read_schema
from stillreel.runware.catalogue.importing.dating import not_ahead
from stillreel.runware.catalogue.importing.shelving import shelve
from stillreel.runware.catalogue.telling import listed
from stillreel.runware.documents import read_document
from stillreel.runware.refreshing import Look, look_at
from stillreel.settings import Settings
from stillreel.studio.clock import SystemClock
from stillreel.studio.regular import no_file

DIFFERS, UNREAD = 1, 3

Into = Annotated[
    Path | None,
    typer.Option(
        "--into", metavar="DIR", help="The folder of your own models, instead of STILLREEL_MODELS; --write makes it."
    ),
]
Write = Annotated[bool, typer.Option("--write", help="Write the entry into the folder of your own models.")]
Base = Annotated[
    str | None,
    typer.Option("--base", metavar="URL", help="Where schemas are read instead of https://runware.ai, for tests."),
]

models = typer.Typer(
    help="List the models of the catalogue, compare two, or compare them with what the vendor publishes.",
    invoke_without_command=True,
)


@models.callback()
def show(context: typer.Context) -> None:
    """List the models of the catalogue: id, kind, status and what to take instead, price, sizes and sound."""
    if context.invoked_subcommand is not None:
        return
    today = datetime.now(UTC).date()
    for _, entry in sorted(load(Settings.of().models).items()):
        for line in listed(entry, today):
            typer.echo(line)


models.command("compare")(compare)


@models.command("import")
def import_(
    source: Annotated[str, typer.Argument(metavar="FILE|URL", help="A model's schema.json.")],
    *,
    write: Write = False,
    into: Into = None,
    seen: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="The day of the schema; else the file's own, or today."),
    ] = None,
    base: Base = None,
) -> None:
    """Print the entry of a schema, or how it differs from the one we have; exit 1 if it does, unless it is written."""
    into, known = _folder(into, write=write)
    data, day = _read(source, base)
    schema = read_schema(data, source)
    ours = known.get(schema.air)
    day = not_ahead(seen.date() if seen else day, datetime.now(UTC).date(), source)
    found = imported(schema, day, ours, source)
    _tell_doubts(found)
    if ours is not None:
        _tell(schema.air, found)
    elif not write:
        typer.echo(found.text, nl=False)
    if write and (found.differences or found.surer or ours is None):
        typer.echo(f"written: {shelve(found, into)}")
        return
    for lack in found.lacks:
        sys.stderr.write(f"to be mended by hand: {lack}\n")
    if found.differences:
        raise typer.Exit(DIFFERS)


@models.command()
def refresh(
    airs: Annotated[list[str] | None, typer.Argument(metavar="[MODEL]...", help="Only these models.")] = None,
    *,
    write: Write = False,
    into: Into = None,
    base: Base = None,
) -> None:
    """Look online at the schema of each model; exit 1 if one is gone or differs, unless it is written, 3 if unread."""
    into, catalogue = _folder(into, write=write)
    entries = catalogue.entries(airs or sorted(catalogue))
    looks = asyncio.run(look_at(entries, SystemClock(Settings.of().pace), base))
    written = {look.entry.air for look in looks if _shown(look, into, write=write)}
    kinds = {look.kind for look in looks if look.entry.air not in written}
    if kinds & {"differs", "gone"}:
        raise typer.Exit(DIFFERS)
    if "unread" in kinds:
        raise typer.Exit(UNREAD)


def _folder(into: Path | None, *, write: bool) -> tuple[Path | None, Catalogue]:
    """The folder of one's own models, and what is known with it; one that is written to needn't be there yet."""
    folder = into or Settings.of().models
    to_be_made = write and folder is not None and not folder.exists()
    return folder, load(None if to_be_made else folder)


def _shown(look: Look, into: Path | None, *, write: bool) -> bool:
    """Print what came of a look, and write it if that is wanted; whether it was written."""
    air = look.entry.air
    if look.kind == "gone":
        typer.echo(f"{air}: not there any more, so the model may be retired: {look.why}")
    elif look.kind == "unread" or look.found is None:
        typer.echo(f"{air}: can't be looked at: {look.why}")
    else:
        _tell(air, look.found)
        if write and (look.found.differences or look.found.surer):
            try:
                typer.echo(f"  written: {shelve(look.found, into)}")
            except (BadInput, BadSettings) as error:
                typer.echo(f"  {error.message.strip()}")
            else:
                return True
    return False


def _tell_doubts(found: Imported) -> None:
    """What a person should know who trusts the entry, on the error output."""
    doubts = {"not understood": found.notes, "rounded": found.rounded, "contradicts itself": found.contradicted}
    for what, told in doubts.items():
        sys.stderr.writelines(f"{what}: {each}\n" for each in told)


def _tell(air: str, found: Imported) -> None:
    same = f"same as the entry we have{', but surer' if found.surer else ''}"
    typer.echo(f"{air}: {'differs from the entry we have' if found.differences else same}")
    for line in (*found.differences, *found.surer):
        typer.echo(f"  {line}")


def _read(source: str, base: str | None) -> tuple[bytes, date]:
    """The bytes of a file or an address, and the day that they are from."""
    if "://" in source:
        clock = SystemClock(Settings.of().pace)
        try:
            return asyncio.run(read_document(source, clock, largest=LARGEST, base=base)), clock.now().date()
        except StillreelError as error:
            raise _unread(source, f"{error.message}{_nearby(source, base)}") from error
    file = Path(source)
    try:
        if (what := no_file(file)) is not None:
            raise _unread(source, f"it is {what}, not a regular file")
        with file.open("rb") as stream:
            return stream.read(LARGEST + 1), datetime.fromtimestamp(file.stat().st_mtime, UTC).date()
    except FileNotFoundError as error:
        raise _unread(source, "there is no such file") from error
    except OSError as error:
        raise _unread(source, str(error)) from error


def _nearby(source: str, base: str | None) -> str:
    """How a schema on this machine is read, for an address of one that isn't."""
    try:
        parts = urlsplit(source)
        here = is_loopback(parts.hostname or "")
    except ValueError:  # an address that makes no sense
        return ""
    origin = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
    return f"; a server on this machine is read with --base {origin}" if here and base is None else ""


def _unread(source: str, why: str) -> BadInput:
    got = source.partition("?")[0]
    return BadInput([Problem(field="schema", got=got, allowed=f"a schema.json that can be read: {why}")], what="it")
