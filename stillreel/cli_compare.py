"""The command line's part about choosing a model: two of them rule by rule, and what shots would cost with each."""

import asyncio
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Annotated

import typer

from stillreel.domain.errors import BadInput
from stillreel.domain.exits import BAD_INPUT
from stillreel.domain.money import spelled, total
from stillreel.domain.problems import Problem, told_of
from stillreel.domain.shots import Shot
from stillreel.runware.catalogue import Catalogue, Entry, fading, load, why_gone
from stillreel.runware.catalogue.comparison import differences, lacking
from stillreel.runware.catalogue.telling import row_said
from stillreel.settings import Settings
from stillreel.studio.board_files import SHEET, is_board
from stillreel.studio.boards import board_in
from stillreel.studio.findings import with_lines
from stillreel.studio.opening import Opened, opened
from stillreel.studio.preflight import Wanted, against, nobody
from stillreel.studio.quoting import Bid, bids, model_of, stages_of, with_model
from stillreel.studio.reading import kind_of, words_of

GAP = "  "
MOST_NAMED = 3  # shots, or models, that are in the way: of more one learns nothing new


def compare(
    first: Annotated[str, typer.Argument(help="A model, by its AIR identifier.")],
    second: Annotated[str, typer.Argument(help="The model to compare it with.")],
) -> None:
    """Show the rules in which two models differ, and what the second can't do that the first can."""
    catalogue, today = load(Settings.of().models), datetime.now(UTC).date()
    one, other = catalogue.entries([first, second])
    rows = [("", "A", f"{one.air} {one.name}"), ("", "B", f"{other.air} {other.name}")]
    for what, here, there in differences(one, other, today):
        rows += [*_beside(what, "A", here), *_beside("", "B", there)]
    for line in table(rows):
        typer.echo(line)
    lost = lacking(one, other, today)
    typer.echo("B can't" if lost else "B can do all that A can")
    for each in lost:
        typer.echo(f"  - {each}")


def _beside(what: str, which: str, said: str) -> Iterator[tuple[str, str, str]]:
    """What one of two models has, on as many lines as it takes."""
    first, *others = said.splitlines()
    yield what, which, first
    yield from (("", "", other) for other in others)


def quote(
    files: Annotated[
        list[str],
        typer.Argument(help="Shot files, or storyboards, of which only the sum is told: paths, or gs://bucket/name."),
    ],
    *,
    model: Annotated[str, typer.Option(help="Only these models, with commas between them.")] = "",
    project: Annotated[str, typer.Option(help="The project of each CSV, which holds shots alone.")] = "",
) -> None:
    """Say what each shot would cost with each model today, or everything in it that the model can't do."""
    settings = Settings.of()
    catalogue, today = load(settings.models), datetime.now(UTC).date()
    airs = list(dict.fromkeys(air.strip() for air in model.split(",") if air.strip()))
    known, strangers = _known(airs, catalogue)
    sheets = [file for file in files if file.lower().endswith(SHEET)]
    named = [(file, project if file in (sheets or files) else "") for file in files]
    shots = asyncio.run(_all_shots(settings, named, catalogue, today))
    found = [bids(shot, known, catalogue, today) for _, shot in shots]
    for (file, shot), answers in zip(shots, found, strict=True):
        if file is None:
            continue
        typer.echo(f"{shot.title} ({file})")
        for line in _told(answers, today):
            typer.echo(f"  {line}")
    if len(shots) > 1 or any(file is None for file, _ in shots):
        rows = list(_in_all(found))
        all_of_them = f"all {len(shots)} shots" if len(shots) > 1 else "the only shot"
        typer.echo(all_of_them if rows else f"no model that was asked about can make {all_of_them}")
        why = _in_the_way([shot for _, shot in shots], found, known)
        for line in table([("model", "in all", "at most"), *rows]) if rows else why:
            typer.echo(f"  {line}")
    for gone in asyncio.run(_gone([shot for _, shot in shots], known, catalogue, today)):
        typer.echo(f"warning: {gone}")
    for stranger in strangers:
        typer.echo(str(stranger))
    if strangers:
        raise typer.Exit(BAD_INPUT)


async def _gone(shots: Sequence[Shot], airs: Sequence[str], catalogue: Catalogue, today: date) -> list[str]:
    """What can do instead of each model that is known to be gone, in the first shot that names it."""
    told: dict[str, str] = {}
    for shot in shots:
        for air in (model_of(shot, "still"), model_of(shot, "clip"), *airs):
            if air is not None and air not in told and air in catalogue and why_gone(catalogue[air], today):
                told[air] = await _instead(shot, catalogue[air], catalogue, today)
    return list(told.values())


async def _instead(shot: Shot, entry: Entry, catalogue: Catalogue, today: date) -> str:
    changed = with_model(shot, entry.kind, entry.air)
    try:
        stages = [each for each in stages_of(changed, catalogue, today) if each.request.model == entry.air]
    except BadInput:  # what is wrong with the shot is told elsewhere, and what could do it isn't known before
        stages = []
    wanted = [Wanted.of(changed, stage.request, stage.quote) for stage in stages]
    found = await against(changed, wanted, catalogue, today, nobody)
    return next(iter(found.gone.values()), f"{entry.air} ({entry.name}) {why_gone(entry, today)}")


def _known(airs: Sequence[str], catalogue: Catalogue) -> tuple[list[str], tuple[Problem, ...]]:
    """The models that are known, and what is wrong with the others; BadInput where all of them are strangers."""
    try:
        catalogue.entries(airs)
    except BadInput as error:
        known = [air for air in airs if air in catalogue]
        if not known:
            raise
        return known, error.problems
    return list(airs), ()


async def _all_shots(
    settings: Settings, named: Sequence[tuple[str, str]], catalogue: Catalogue, today: date
) -> list[tuple[str | None, Shot]]:
    """The shots of all files, each with its own if it has one; where anything is wrong, all of that is told instead."""
    shots, wrong = list[tuple[str | None, Shot]](), list[str]()
    for name, project in named:
        try:
            shots += _shots(await opened(settings, name, project), catalogue, today)
        except BadInput as error:
            wrong += told_of(name, error.problems)
    if wrong:
        typer.echo("\n".join(wrong))
        raise typer.Exit(BAD_INPUT)
    return shots


def _shots(file: Opened, catalogue: Catalogue, today: date) -> Iterator[tuple[str | None, Shot]]:
    """The shots of a file, each with the file that is its own; those of a storyboard have none."""
    source = file.source
    if is_board(source.data):
        yield from ((None, shot) for shot in board_in(source, catalogue, today, file.folder).shots)
    elif source.problems:
        raise BadInput(source.problems, what="the shot")
    else:
        kind = kind_of(source.data)
        with with_lines(source.data, source.lines):
            shot = words_of(source.data, kind)
        yield file.name, shot


def _told(answers: Sequence[Bid], today: date) -> Iterator[str]:
    """The models that can make a shot as a table, and below it what is in the way of the others."""
    rows = [("model", "this shot", "at most", "price", "since", "")]
    for bid in (bid for bid in answers if not bid.problems):
        row = bid.priced.quote.row if bid.priced else None
        price = (row_said(row), str(row.since)) if row else ("", "")
        rows.append((_name(bid), *_costs([bid]), *price, _notes(bid, fading(bid.entry, today))))
    yield from table(rows) if len(rows) > 1 else ()
    for bid in (bid for bid in answers if bid.problems):
        notes = _notes(bid, why_gone(bid.entry, today))
        able = "can, with another still.model" if bid.still_alone else "can't"
        yield f"{_name(bid)} {able}{f' ({notes})' if notes else ''}"
        yield from (f"  - {problem}" for problem in bid.problems)


def _in_all(found: Sequence[Sequence[Bid]]) -> Iterator[tuple[str, ...]]:
    """What all shots together would cost with each model that can make every one of them."""
    by_model: dict[str, list[Bid]] = {}
    for bid in (bid for answers in found for bid in answers if not bid.problems):
        by_model.setdefault(bid.entry.air, []).append(bid)
    able = [each for each in by_model.values() if len(each) == len(found)]
    for each in sorted(able, key=lambda each: sum(bid.expected for bid in each)):
        yield (_name(each[0]), *_costs(each))


def _in_the_way(shots: Sequence[Shot], found: Sequence[Sequence[Bid]], asked: Sequence[str]) -> Iterator[str]:
    """Which shots each model that was asked about can't make, and why; without any, the models of each kind."""
    kinds = [answers[0].entry.kind for answers in found]
    if not asked and len(set(kinds)) > 1:
        names = {kind: [shot.shot for shot, ends in zip(shots, kinds, strict=True) if ends == kind] for kind in kinds}
        yield from _unable("video models", [(name, "it makes no clip") for name in names["still"]])
        yield from _unable("image models", [(name, "it ends with a clip") for name in names["clip"]])
        return
    lacks: dict[str, list[tuple[str, str]]] = {air: [] for air in asked}
    for shot, answers in zip(shots, found, strict=True):
        for bid in (bid for bid in answers if bid.problems):
            kind = bid.entry.kind
            why = f"it makes no {kind}" if model_of(shot, kind) is None else str(bid.problems[0])
            lacks.setdefault(bid.entry.air, []).append((shot.shot, why))
    able = sorted(lacks, key=lambda air: len(lacks[air]))
    for air in asked or able[:MOST_NAMED]:
        yield from _unable(air, lacks[air])
    if not asked and len(able) > MOST_NAMED:
        yield f"nor can {len(able) - MOST_NAMED} other models"


def _unable(who: str, shots: Sequence[tuple[str, str]]) -> Iterator[str]:
    yield from (f"{who} can't make shot {name}: {why}" for name, why in shots[:MOST_NAMED])
    if len(shots) > MOST_NAMED:
        yield f"{who} can't make {len(shots) - MOST_NAMED} more"


def _name(bid: Bid) -> str:
    return f"{bid.entry.air} {bid.entry.name}"


def _costs(each: Sequence[Bid]) -> tuple[str, str]:
    """The expected cost and the upper bound; an estimate as such."""
    about = "about " if any(stage.quote.row.approximate for bid in each for stage in bid.stages) else ""
    expected, upper = total([bid.expected for bid in each]), total([bid.upper for bid in each])
    return f"{about}${spelled(expected)}", f"${spelled(upper)}"


def _notes(bid: Bid, standing: str | None) -> str:
    parts = ("the shot's own" if bid.own else "", (standing or "").removeprefix("is "), bid.unsaid)
    return "; ".join(part for part in parts if part)


def table(rows: Sequence[Sequence[str]], *, words: int | None = None) -> Iterator[str]:
    """Columns as wide as what stands in them; behind so many of words come amounts, which end below each other."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    amounts = len(widths) if words is None else words
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row[:amounts], widths[:amounts], strict=True)]
        cells += [cell.rjust(width) for cell, width in zip(row[amounts:], widths[amounts:], strict=True)]
        yield GAP.join(cells).rstrip()
