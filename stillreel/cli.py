"""The command line: check a shot, list models, prove the set-up, read lineage, show the archive, run the emulator."""

import asyncio
import json
import os
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from stillreel import __version__, cli_jobs, cli_money
from stillreel.archive import layout, open_store
from stillreel.archive.lineage import chain, verify
from stillreel.domain.errors import BadInput, BadSettings, Problem, StillreelError
from stillreel.domain.events import Run
from stillreel.domain.lineage import Lineage, told
from stillreel.domain.money import PriceRow, Quote, total
from stillreel.domain.shots import GivenStill, ImageToVideoShot, Shot
from stillreel.runware.catalogue import Catalogue, Entry, check_body, default_of, load, quote, sizes
from stillreel.runware.catalogue.entry import SizeRule
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
        tasks = data if isinstance(data, list) else [data]
        lines = _check_tasks(tasks) if any(_is_task(task) for task in tasks) else _check_shot(data, file)
    except BadInput as error:
        for problem in error.problems:
            typer.echo(str(problem) if problem.field == str(file) else f"{file}: {problem}")
        raise typer.Exit(NOT_DONE) from None
    for line in lines:
        typer.echo(line)


@app.command()
def models() -> None:
    """List the models of the catalogue: id, kind, status, price and sizes."""
    for air, entry in sorted(load().items()):
        price = _a_unit(entry.prices[-1]) if entry.prices else "price unknown"
        typer.echo(f"{air:28} {entry.kind:6} {entry.status:11} seen {entry.status_seen}  {price:28} {entry.name}")
        for mode, rule in entry.sizes.items():
            typer.echo(f"    {mode.replace('_', ' ')}: {_sizes(rule)}")


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
    """Print how a file came to be: the chain from a clip back to its prompt."""
    address = uri if "://" in uri else Path(os.path.abspath(uri)).as_uri()  # noqa: PTH100 - as the archive names it
    records = asyncio.run(_chain(address, check=check))
    if as_json:
        typer.echo(json.dumps([record.model_dump(mode="json") for record in records], indent=2))
        return
    for record in records:
        typer.echo(told(record))
    if check:
        typer.echo(f"verified: {len(records)} of {len(records)} files are what was written, by their sha256")


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
    from stillreel.emulator.switches import problems_of  # noqa: PLC0415 - the same

    problems = problems_of(read_file(switches)) if switches is not None else []
    if problems:
        raise BadInput(problems, what=str(switches))
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


def _a_unit(row: PriceRow) -> str:
    unit, basis = ("megapixel", " (billed by compute time)") if row.unit == "compute" else (row.unit, "")
    return f"{'about ' if row.approximate else ''}${row.amount} a {unit}{basis}"


def _sizes(rule: SizeRule) -> str:
    if rule.from_image:
        return "as the image"
    if rule.pairs is not None:
        return ", ".join(f"{width}x{height}" for width, height in rule.pairs)
    steps = f" in steps of {rule.step}" if rule.step else ""
    return f"each side {rule.min} to {rule.max} pixels{steps}" if rule.min and rule.max else "unknown"


def _is_task(data: Any) -> bool:
    """Whether this is a raw request rather than a shot."""
    return isinstance(data, Mapping) and ("taskType" in data or {"model", "positivePrompt"} <= set(data))


def _check_tasks(tasks: Sequence[Any]) -> list[str]:
    problems: list[Problem] = []
    quotes, lines = [], []
    for number, task in enumerate(tasks):
        place = f"[{number}]" if len(tasks) > 1 else ""
        try:
            entry, price = _check_task(task)
        except BadInput as error:
            join = "." if place else ""
            problems += [found.model_copy(update={"field": f"{place}{join}{found.field}"}) for found in error.problems]
        else:
            quotes.append(price)
            ok = f"{place} ok" if place else "ok"
            lines.append(f"{ok}: {entry.name}, {price} ({_a_unit(price.row)} since {price.row.since})")
    if problems:
        raise BadInput(problems)
    return [*lines, f"in all: ${total([price.expected for price in quotes])}"] if len(tasks) > 1 else lines


def _check_task(body: Any) -> tuple[Entry, Quote]:
    """The model that a task is for and what it should cost; BadInput with all of its problems."""
    if not isinstance(body, Mapping):
        raise BadInput([Problem(field="task", got=type(body).__name__, allowed="a group of keys, one task")])
    entry = load().entry(str(body.get("model", "")))
    problems = check_body(entry, body, _today())
    if problems:
        raise BadInput(problems)
    framed = "inputs" in body
    width, height = sizes(entry, "first_frame" if framed else "text").get("16:9", (1280, 720))
    price = quote(
        entry,
        width=body.get("width", width),
        height=body.get("height", height),
        duration=body.get("duration", default_of(entry, "duration")),
        results=body.get("numberResults", 1),
        given="frames" if framed else "none",
        today=_today(),
    )
    return entry, price


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
            given = await bring(
                studio, shot.model_copy(update={"still": GivenStill(image=image)}), paths=True, keep=False
            )
        return await preview(studio, shot, Run(root="check", flow_run="check", version=__version__), given)
