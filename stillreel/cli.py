"""The command line: check a shot, list models, prove the set-up, read lineage, show the archive, run the emulator."""

import asyncio
import json
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from stillreel import __version__, cli_jobs, cli_money
from stillreel.archive import layout, open_store
from stillreel.archive.lineage import chain, verify
from stillreel.domain.errors import BadInput, BadSettings, StillreelError
from stillreel.domain.jobs import Run
from stillreel.domain.lineage import Lineage, told
from stillreel.domain.shots import GivenStill, ImageToVideoShot, Shot
from stillreel.runware.catalogue import Catalogue, check_body, default_of, load, quote, sizes
from stillreel.settings import Settings
from stillreel.studio.given import bring
from stillreel.studio.planning import preview
from stillreel.studio.reading import kind_of, read_file, shot_of
from stillreel.studio.resolving import clip_of, still_of
from stillreel.studio.studio import open_studio

NOT_DONE, BAD_INPUT = 1, 2

app = typer.Typer(
    help="Prompt to still to clip: bought once, checked, archived with lineage.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(cli_money.caps, name="caps")
app.command()(cli_money.spend)
app.add_typer(cli_jobs.jobs, name="jobs")


def main() -> None:
    """Run a command; what a person can act on is one message, not a traceback."""
    try:
        app()
    except (BadInput, BadSettings) as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(BAD_INPUT)
    except StillreelError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(NOT_DONE)


@app.command()
def check(file: Annotated[Path, typer.Argument(help="A shot file, or a raw request as on a model page.")]) -> None:
    """Say every problem of a shot file or a raw request at once, or its price; exit 1 on problems."""
    try:
        data = read_file(file)
        raw = data[0] if isinstance(data, list) and len(data) == 1 else data
        lines = _check_raw(raw) if isinstance(raw, Mapping) and "taskType" in raw else _check_shot(data, file)
    except BadInput as error:
        for problem in error.problems:
            typer.echo(f"{file}: {problem}")
        raise typer.Exit(NOT_DONE) from None
    for line in lines:
        typer.echo(line)


@app.command()
def models() -> None:
    """List the models of the catalogue: id, kind, status, sizes and price."""
    for air, entry in sorted(load().items()):
        row = entry.prices[-1] if entry.prices else None
        price = f"{'about ' if row.approximate else ''}${row.amount} a {row.unit}" if row else "price unknown"
        typer.echo(f"{air:28} {entry.kind:6} {entry.status:11} seen {entry.status_seen}  {price:28} {entry.name}")


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
    uri: Annotated[str, typer.Argument(help="A file of the archive, or the lineage beside it.")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="The records as they are stored.")] = False,
    check: Annotated[bool, typer.Option("--verify", help="Read each file again and compare its sha256.")] = False,
) -> None:
    """Print how a file came to be: the chain from a clip back to its prompt."""
    records = asyncio.run(_chain(uri, check=check))
    if as_json:
        typer.echo(json.dumps([record.model_dump(mode="json") for record in records], indent=2))
        return
    for record in records:
        typer.echo(told(record))


@app.command()
def serve(port: Annotated[int, typer.Option(help="0 takes a free one.")] = 0) -> None:
    """Show the archive on loopback, so that pictures appear in a browser and in the Prefect UI."""
    from stillreel.archive.serve import serve as run  # noqa: PLC0415 - the web server is loaded only where it is used

    run(open_store(Settings.of().archive_uri), port)


@app.command()
def emulator(
    port: Annotated[int, typer.Option(help="0 takes a free one.")],
    data: Annotated[Path, typer.Option(help="Where its jobs, images and ledger are kept.")],
    switches: Annotated[Path | None, typer.Option(help="A YAML file of switches.")] = None,
) -> None:
    """Run a Runware that lives here: it bills, expires, flags and loses answers when told to."""
    from stillreel.emulator import serve as run  # noqa: PLC0415 - its media encoder is loaded only where it is used

    run(port, data, switches)


@app.command()
def version() -> None:
    """Print the version."""
    typer.echo(__version__)


def _today() -> Any:
    return datetime.now(UTC).date()


async def _chain(uri: str, *, check: bool) -> list[Lineage]:
    """The records from a file back to its prompt; the archive is found in the address itself if none is set."""
    root = Settings.of().archive or uri.partition(f"/{layout.PROJECTS}")[0].partition(f"/{layout.QUARANTINE}")[0]
    store = open_store(root)
    try:
        records = await chain(store, uri)
        for record in records if check else []:
            await verify(store, f"{root}/{layout.name_in(record.what.uri)}")
        return records
    finally:
        await store.aclose()


def _check_raw(body: Mapping[str, Any]) -> list[str]:
    entry = load().entry(str(body.get("model", "")))
    problems = check_body(entry, body, _today(), complete=False)
    if problems:
        raise BadInput(problems)
    width, height = sizes(entry, "first_frame" if "inputs" in body else "text")["16:9"]
    price = quote(
        entry,
        width=body.get("width", width),
        height=body.get("height", height),
        duration=body.get("duration", default_of(entry, "duration")),
        results=body.get("numberResults", 1),
        given="frames" if "inputs" in body else "none",
        today=_today(),
    )
    return [f"ok: {entry.name}, {price} ({price.row.amount} a {price.row.unit} since {price.row.since})"]


def _check_shot(data: Any, file: Path) -> list[str]:
    catalogue = load()
    shot = shot_of(data, kind_of(data), catalogue, _today())
    lines = [f"ok: {shot.title}", *_prices(shot, catalogue)]
    if Settings.of().archive is not None and Settings.of().runware_api_key is not None:
        lines += asyncio.run(_preview(shot, file))
    return lines


def _prices(shot: Shot, catalogue: Catalogue) -> list[str]:
    clip = clip_of(shot, catalogue, _today(), None)
    stages = [stage for stage in (still_of(shot, catalogue, _today(), clip), clip) if stage is not None]
    lines = [f"{stage.stage}: {stage.request.model}, {stage.quote} of {stage.request.results}" for stage in stages]
    return [*lines, f"in all: ${sum(stage.quote.expected for stage in stages)}"]


async def _preview(shot: Shot, file: Path) -> list[str]:
    async with open_studio(Settings.of()) as studio:
        given = None
        if isinstance(shot, ImageToVideoShot) and isinstance(shot.still, GivenStill):
            image = shot.still.image if "://" in shot.still.image else str(file.parent / shot.still.image)
            given = await bring(studio, shot.model_copy(update={"still": GivenStill(image=image)}), paths=True)
        return await preview(studio, shot, Run(root="check", flow_run="check", version=__version__), given)
