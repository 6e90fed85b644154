"""Boards: from the file or form of a storyboard to its shots, with every problem of all of them at once."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from stillreel.domain.errors import BadInput
from stillreel.domain.inheriting import said, words_of
from stillreel.domain.problems import Problem
from stillreel.domain.shots import Shot
from stillreel.domain.storyboards import MOST_SHOTS, Storyboard
from stillreel.runware.catalogue import Catalogue
from stillreel.studio.board_files import Source, read_source
from stillreel.studio.board_shots import check_references, placed_in, shot_in
from stillreel.studio.findings import Findings
from stillreel.studio.given import named_in
from stillreel.studio.lines import Lines, NoLines
from stillreel.studio.naming import named
from stillreel.studio.reading import EITHER, STAND_INS, part_of

ENOUGH = 5_000  # problems; whoever has more has made the same mistake often, and looking on would take long
EDITORS = "$schema"  # by this key editors find the schema of a JSON file

ImagesOf = Callable[[Mapping[int, Shot], Mapping[int, Sequence[Problem]]], Mapping[int, list[Problem]]]
"""Says of shots, by their index, what is wrong with the images that they name, and isn't told yet."""


class Board(BaseModel):
    """A storyboard that can be made as far as anybody knows: its shots in order, given paths from its own folder."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    storyboard: Storyboard
    shots: tuple[Shot, ...]


def read_board(path: Path, catalogue: Catalogue, today: date, project: str = "") -> Board:
    """The storyboard in a YAML, JSON or CSV file; BadInput with every problem of it, each with its line.

    A CSV holds shots alone: the project is named beside it.
    """
    return board_in(read_source(path, project), catalogue, today, path.parent)


def board_in(
    source: Source, catalogue: Catalogue, today: date, folder: Path | None, images: ImagesOf | None = None
) -> Board:
    """The same of what has been read; `folder` is where its paths begin.

    If anything is wrong, `images` is asked what is wrong with those that the shots name, so that it is told as well.
    """
    try:
        board = board_of(source.data, catalogue, today, folder=folder, lines=source.lines, images=images)
    except BadInput as error:
        raise BadInput(source.told(error.problems), what="the storyboard") from None
    if source.problems:
        raise BadInput(source.told([]), what="the storyboard")
    return board


def board_of(
    data: Any,
    catalogue: Catalogue,
    today: date,
    *,
    folder: Path | None = None,
    lines: Lines | None = None,
    images: ImagesOf | None = None,
) -> Board:
    """The storyboard that this data means; BadInput with every problem of it, of its defaults and of all its shots.

    `folder` is where its paths begin; without one, as in a form, there are none.
    """
    rows = _rows(data, lines or NoLines())
    findings = Findings(lines or NoLines(), data)
    head = {key: value for key, value in said(data).items() if key not in {"shots", EDITORS}}
    project, findings.defaults = _common(head, findings)
    findings.shots = [said(row) if isinstance(row, Mapping) else {} for row in rows]
    labels, names = named(rows, findings)
    shots: dict[int, Shot] = {}
    for index, row in enumerate(rows):
        if len(findings.own) > ENOUGH:
            raise BadInput([*findings.problems, _rest(len(rows) - index)], what="the storyboard")
        shot = shot_in(index, row, (project, names[index], labels[index]), findings, catalogue, today)
        shots |= {} if shot is None else {index: shot}
    check_references(shots, labels, findings)
    placed = {index: placed_in(index, shot, labels[index], findings, folder) for index, shot in shots.items()}
    if findings.problems and images is not None:
        _tell_of_images(placed, images, labels, findings)
    whole: list[Problem] = []
    storyboard = None
    if not findings.problems:
        storyboard = part_of(Storyboard, {**head, "shots": findings.shots}, whole)
    if findings.problems or whole or storyboard is None:
        raise BadInput(findings.problems or whole, what="the storyboard")
    return Board(storyboard=storyboard, shots=tuple(placed.values()))


def _tell_of_images(shots: Mapping[int, Shot], images: ImagesOf, labels: Sequence[str], findings: Findings) -> None:
    seen = {index: shot for index, shot in shots.items() if STAND_INS["image"] not in named_in(shot)}
    for index, problems in images(seen, findings.told).items():
        for problem in problems:
            findings.of_shot(index, labels[index], problem)


def placed(problems: Sequence[Problem], board: Board, source: Source) -> BadInput:
    """Problems of shots that show only outside of the file, as `shots.NAME.…`, each where its word stands."""
    rows = [said(row) for row in source.data["shots"]]
    findings = Findings(source.lines, source.data, words_of(board.storyboard.defaults), rows)
    index = {shot.shot: at for at, shot in enumerate(board.shots)}
    for problem in sorted(problems, key=lambda each: index[each.field.split(".")[1]]):
        _, name, field = problem.field.split(".", 2)
        findings.of_shot(index[name], name, problem.model_copy(update={"field": field}))
    return BadInput(source.told(findings.problems), what="the storyboard")


def _rest(number: int) -> Problem:
    return Problem(
        field="shots", got=f"{number:,} more of them", allowed="mend the others first: these weren't looked at"
    )


def _rows(data: Any, lines: Lines) -> Sequence[Any]:
    """The shots as they are written; BadInput for what holds none, or so many that nobody would read on."""
    if not isinstance(data, Mapping):
        got = "nothing" if data is None else type(data).__name__
        raise BadInput([Problem(field="storyboard", got=got, allowed="keys such as project, defaults and shots")])
    rows = data.get("shots")
    if isinstance(rows, list | tuple) and 0 < len(rows) <= MOST_SHOTS:
        return rows
    got = f"{len(rows):,} of them" if isinstance(rows, list | tuple) else "nothing" if rows is None else repr(rows)[:80]
    allowed = f"a list of 1 to {MOST_SHOTS:,} shots"
    raise BadInput([Problem(field="shots", got=got, allowed=allowed, line=lines.at(("shots",)))], what="the storyboard")


def _common(head: Mapping[str, Any], findings: Findings) -> tuple[str, dict[str, Any]]:
    """The project and what the defaults say, without what is wrong in it."""
    problems: list[Problem] = []
    board = part_of(Storyboard, {**head, "shots": ()}, problems)
    defaults = {} if board is None else words_of(board.defaults)
    if {"prompt", "image"} <= set(defaults.get("still", ())):
        problems.append(Problem(field="defaults.still.image", got="both of them", allowed=EITHER))
    for problem in problems:
        findings.of_board(problem)
    return "project" if board is None else board.project, defaults
