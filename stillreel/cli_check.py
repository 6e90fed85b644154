"""The command line's part about checking: every problem of a shot file or of raw requests, or what they cost."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from stillreel import __version__
from stillreel.cli_board import check_board
from stillreel.domain.errors import BadInput, ModelGone
from stillreel.domain.events import Run
from stillreel.domain.exits import NOT_DONE, exit_of
from stillreel.domain.money import Quote, spelled, sum_said
from stillreel.domain.problems import Problem, told_of
from stillreel.domain.shots import Shot
from stillreel.runware.catalogue import (
    Catalogue,
    Entry,
    check_body,
    default_of,
    doubts_of,
    fading,
    load,
    quote,
    sizes,
    why_gone,
)
from stillreel.runware.catalogue.checking import present
from stillreel.runware.catalogue.sizing import mode_in
from stillreel.runware.catalogue.telling import row_said
from stillreel.settings import Settings
from stillreel.studio.board_files import is_board
from stillreel.studio.findings import with_lines
from stillreel.studio.given import Images, beside
from stillreel.studio.not_begun import not_begun
from stillreel.studio.opening import Opened, opened
from stillreel.studio.planning import preview
from stillreel.studio.preflight import Wanted, judged, nobody
from stillreel.studio.quoting import stages_of
from stillreel.studio.reading import kind_of, looked_at
from stillreel.studio.refusing import refused
from stillreel.studio.resolving import Resolved
from stillreel.studio.studio import open_studio

VIDEOS = "inputs.referenceVideos"


def check(
    file: Annotated[
        str,
        typer.Argument(
            help="A storyboard (YAML, JSON, CSV), a shot file, or a raw request as on a model page: a path, or an "
            "address, gs://bucket/name."
        ),
    ],
    *,
    project: Annotated[str, typer.Option(help="The project of a CSV, which holds shots alone.")] = "",
) -> None:
    """Say every problem of a storyboard, a shot or a raw request at once, or its price.

    Exit 2 on problems, and 1 where a model is gone or a ceiling is passed, as with a run.
    """
    try:
        found = asyncio.run(opened(Settings.of(), file, project))
        lines, refusals = check_board(found) if is_board(found.source.data) else (_check_one(found), [])
    except BadInput as error:
        for line in told_of(file, error.problems):
            typer.echo(line)
        raise typer.Exit(exit_of(error)) from None
    except ModelGone as error:
        typer.echo(f"{file}: {error.message}")
        raise typer.Exit(exit_of(error)) from None
    for line in lines:
        typer.echo(line)
    for refusal in refusals:
        typer.echo(f"refused: {refusal}")
    if refusals:
        raise typer.Exit(NOT_DONE)


def _check_one(file: Opened) -> list[str]:
    source = file.source
    if source.problems:
        raise BadInput(source.problems)
    tasks = source.data if isinstance(source.data, list) else [source.data]
    return _check_tasks(tasks) if any(_is_task(task) for task in tasks) else _check_shot(file)


def _is_task(data: Any) -> bool:
    """Whether this is a raw request rather than a shot."""
    return isinstance(data, Mapping) and ("taskType" in data or {"model", "positivePrompt"} <= set(data))


def _check_tasks(tasks: Sequence[Any]) -> list[str]:
    problems: list[Problem] = []
    quotes, lines = [], []
    for number, task in enumerate(tasks):
        place = f"[{number}]" if len(tasks) > 1 else ""
        try:
            entry, price, doubts = _check_task(task)
        except BadInput as error:
            join = "." if place else ""
            problems += [found.model_copy(update={"field": f"{place}{join}{found.field}"}) for found in error.problems]
        else:
            quotes.append(price)
            ok = f"{place} ok" if place else "ok"
            most = f", at most ${spelled(price.upper)}" if price.upper != price.expected else ""
            lines.append(f"{ok}: {entry.name}, {price}{most} ({row_said(price.row)}, since {price.row.since})")
            lines += [f"{place} unknown: {said}".lstrip() for said in _unknown(price)]
            lines += [f"{place} doubt: {doubt}".lstrip() for doubt in doubts]
            if (weak := fading(entry, _today())) is not None:
                lines.append(f"{place} warning: {entry.air} {weak}".lstrip())
    if problems:
        raise BadInput(problems)
    return [*lines, f"in all: {sum_said(quotes)}"] if len(tasks) > 1 else lines


def _check_task(body: Any) -> tuple[Entry, Quote, tuple[str, ...]]:
    """The model that a task is for, what it should cost and what is in doubt; BadInput with all of its problems."""
    if not isinstance(body, Mapping):
        raise BadInput([Problem(field="task", got=type(body).__name__, allowed="a group of keys, one task")])
    entry = load(Settings.of().models).entry(str(body.get("model", "")))
    problems = check_body(entry, body, _today())
    if (gone := why_gone(entry, _today())) is not None:
        problems.append(Problem(field="model", got=entry.air, allowed=f"another model: it {gone}"))
    if problems:
        raise BadInput(problems)
    there = dict(present(entry, body))
    mode = mode_in(entry, there)
    resolution = there.get(entry.field_of("resolution") or "")
    width, height = sizes(entry, mode, resolution).get("16:9", (1280, 720))
    price = quote(
        entry,
        width=body.get("width", width),
        height=body.get("height", height),
        duration=body.get("duration", default_of(entry, "duration")),
        results=body.get("numberResults", 1),
        audio=there.get(entry.field_of("audio") or ""),
        given="video" if VIDEOS in there else {"text": "none", "reference": "reference"}.get(mode, "frames"),
        resolution=resolution,
        today=_today(),
    )
    return entry, price, doubts_of(entry, body, row=price.row)


def _unknown(price: Quote) -> list[str]:
    """That nobody prints a price, and what it is reckoned by; what bills by compute time says so beside its amount."""
    row = price.row
    doubted = row.unit == "compute" or row.sure == "unknown"  # a price that nobody knows is a doubt, and told as one
    return [f"what it costs exactly ({row.source})"] if row.approximate and not doubted else []


def _check_shot(file: Opened) -> list[str]:
    """What a shot comes to; with an archive and a key also which takes it is, and whether its models are there."""
    settings, source = Settings.of(), file.source
    catalogue, kind = load(settings.models), kind_of(source.data)
    with with_lines(source.data, source.lines):
        shot, problems = looked_at(source.data, kind, catalogue, _today())
        if shot is None or problems:
            raise asyncio.run(refused(settings, shot, file.folder, problems))
    stages = stages_of(shot, catalogue, _today())
    lines = [f"ok: {shot.title}", *_prices(stages)]
    if settings.archive is not None and settings.runware_api_key is not None:
        with with_lines(source.data, source.lines):
            return [*lines, *asyncio.run(_preview(settings, shot, file.folder))]
    whole = f"in all: {sum_said([stage.quote for stage in stages])}"
    return [*lines, whole, *asyncio.run(_known(shot, stages, catalogue))]


def _prices(stages: Sequence[Resolved]) -> list[str]:
    lines = []
    for stage in stages:
        basis = f"{row_said(stage.quote.row)}, since {stage.quote.row.since}"
        several = f" for {stage.request.results}" if stage.request.results > 1 else ""
        lines.append(f"{stage.stage}: {stage.request.model}, {stage.quote}{several} ({basis})")
        lines += [f"doubt: {doubt}" for doubt in stage.doubts]
    return lines


async def _known(shot: Shot, stages: Sequence[Resolved], catalogue: Catalogue) -> list[str]:
    """What the catalogue alone has against the models."""
    wanted = [Wanted.of(shot, stage.request, stage.quote) for stage in stages]
    return [f"warning: {said}" for said in await judged(shot, wanted, catalogue, _today(), nobody)]


async def _preview(settings: Settings, shot: Shot, folder: Path | None) -> list[str]:
    async with open_studio(settings) as studio:
        named = shot if folder is None else beside(shot, folder)
        given = await Images(studio, paths=folder is not None).of(named)
        run = Run(root="check", flow_run="check", version=__version__)
        return [*await not_begun(studio.archive), *await preview(studio, shot, run, *given)]


def _today() -> date:
    return datetime.now(UTC).date()
