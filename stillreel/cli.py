"""The command line: check a shot, list models, prove the set-up, read lineage, show the archive, run the emulator."""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from stillreel import __version__, cli_check, cli_compare, cli_jobs, cli_models, cli_money
from stillreel.archive import open_store
from stillreel.archive.addresses import name_in, parted
from stillreel.archive.archive import Archive
from stillreel.archive.lineage import chain, verify
from stillreel.archive.store import Store
from stillreel.domain.errors import BadInput, StillreelError
from stillreel.domain.exits import NOT_DONE, exit_of
from stillreel.domain.reels import Record, told_of
from stillreel.runware.catalogue import load
from stillreel.settings import Settings
from stillreel.studio.clock import SystemClock
from stillreel.studio.not_begun import not_begun
from stillreel.studio.reading import read_file

NO_PURCHASE = {"check", "quote", "models", "lineage"}  # whoever asks these has no money on the way to be told of

app = typer.Typer(
    help="Prompt to still to clip: bought once, checked, archived with lineage.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(cli_check.check)
app.command()(cli_compare.quote)
app.add_typer(cli_money.caps, name="caps")
app.command()(cli_money.spend)
app.add_typer(cli_jobs.jobs, name="jobs")
app.add_typer(cli_models.models, name="models")


def main() -> None:
    """Run a command; what a person can act on is one message, not a traceback."""
    try:
        app()
    except StillreelError as error:
        told = error.message.rstrip() if NO_PURCHASE.intersection(sys.argv[1:2]) else error
        sys.stderr.write(f"{told}\n")
        sys.exit(exit_of(error))


@app.command()
def doctor() -> None:
    """Prove the set-up: key and balance at the provider, each right on the archive; exit 1 if one is missing."""
    from stillreel.studio.doctor import examine  # noqa: PLC0415 - what it tries is loaded only where it is used

    findings = asyncio.run(examine(Settings.of()))
    for finding in findings:
        typer.echo(str(finding))
    if not all(finding.good for finding in findings):
        raise typer.Exit(NOT_DONE)


@app.command()
def lineage(
    uri: Annotated[
        str, typer.Argument(help="A file of the archive, or the lineage beside it: its address or its path.")
    ],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="The records as they are stored.")] = False,
    check: Annotated[bool, typer.Option("--verify", help="Read each file again and compare its sha256.")] = False,
) -> None:
    """Print how a file came to be: the chain from a clip back to its prompt, or to the image that it was given."""
    address = uri if "://" in uri else Path(os.path.abspath(uri)).as_uri()  # noqa: PTH100 - as the archive names it
    records = asyncio.run(_chain(address, check=check))
    if as_json:
        typer.echo(json.dumps([record.model_dump(mode="json") for record in records], indent=2))
        return
    for record in records:
        typer.echo(told_of(record, records))
    if check:
        typer.echo(f"verified: {len(records)} of {len(records)} files are what was written, by their sha256")


@app.command()
def serve(
    port: Annotated[int, typer.Option(help="0 takes a free one.")] = 0,
    *,
    quarantine: Annotated[bool, typer.Option("--quarantine", help="Also what was flagged or never checked.")] = False,
) -> None:
    """Show the archive on loopback, so that pictures appear in a browser and in the Prefect UI."""
    from stillreel.archive.serve import serve as run  # noqa: PLC0415 - the web server is loaded only where it is used

    run(open_store(Settings.of().archive_uri), port, quarantine=quarantine)


@app.command()
def emulator(
    port: Annotated[int, typer.Option(help="0 takes a free one.")],
    data: Annotated[Path, typer.Option(help="Where its jobs, images and ledger are kept.")],
    switches: Annotated[Path | None, typer.Option(help="A YAML file of switches.")] = None,
) -> None:
    """Run a Runware that lives here: it bills, expires, flags and loses answers when told to."""
    from stillreel.emulator import serve as run  # noqa: PLC0415 - its media encoder is loaded only where it is used
    from stillreel.emulator.switches import problems_of  # noqa: PLC0415 - the same

    problems = problems_of(read_file(switches)) if switches is not None else []
    if problems:
        raise BadInput(problems, what=str(switches))
    run(port, data, switches, entries=load(Settings.of().models))


@app.command()
def version() -> None:
    """Print the version."""
    typer.echo(__version__)


async def _chain(uri: str, *, check: bool) -> list[Record]:
    """The records from a file back to its prompt; the archive is found in the address itself if none is set."""
    store = open_store(Settings.of().archive or parted(uri)[0])
    try:
        records = await _found(store, uri)
        for record in records if check else []:
            await verify(store, f"{store.uri}/{name_in(record.what.uri, store.uri)}")
        return records
    finally:
        await store.aclose()


async def _found(store: Store, uri: str) -> list[Record]:
    """The chain; an address without a record is refused, and where there is no archive at all that is said before."""
    try:
        return await chain(store, uri)
    except BadInput:
        for line in await not_begun(Archive(store, SystemClock())):
            typer.echo(line, err=True)
        raise
