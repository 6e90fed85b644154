"""Files of storyboards: YAML, JSON, or a CSV of shots that one of the others may name; and where each word stands."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stillreel.domain.errors import BadInput
from stillreel.domain.names import legal_name
from stillreel.domain.problems import Problem
from stillreel.domain.shots import ImageToVideoShot
from stillreel.domain.storyboards import Storyboard
from stillreel.studio.findings import in_order
from stillreel.studio.lines import Lines
from stillreel.studio.parsing import parsed_with_lines
from stillreel.studio.reading import LARGEST_FILE, text_of, too_large
from stillreel.studio.sheets import Sheet, sheet_of

LARGEST_BOARD = 4 << 20  # bytes
SHEET = ".csv"
ITS_OWN = frozenset(Storyboard.model_fields) - ImageToVideoShot.model_fields.keys()  # keys that no shot has
A_SHOTS = frozenset({"shot", "still", "motion"})
NO_PROJECT = "a CSV holds shots alone: name the project with --project, or a YAML file whose `shots` names this one"
TWO_PROJECTS = "the file says it itself: leave --project out"


@dataclass(frozen=True)
class Source:
    """What a file says, where, and what is wrong with it as a table."""

    data: Any
    lines: Lines
    problems: tuple[Problem, ...] = ()
    sheet: str = ""  # the file in which the shots stand, if it is another one

    @property
    def title(self) -> str:
        """Its project and name, whatever else is wrong with it; empty where it names no project."""
        said = self.data if isinstance(self.data, Mapping) else {}
        project, name = said.get("project"), said.get("name") or Storyboard.model_fields["name"].default
        named = isinstance(project, str) and not any(problem.field == "project" for problem in self.problems)
        return f"{project}/{name}" if named else ""

    def told(self, problems: Sequence[Problem]) -> list[Problem]:
        """Problems of the storyboard together with those of its table, in the order of their lines."""
        found = in_order([*self.problems, *problems])
        if not self.sheet:
            return found
        inside = [problem for problem in found if problem.field.startswith(("shots.", "columns"))]
        rest = [problem for problem in found if problem not in inside]
        return [*rest, *(problem.model_copy(update={"file": self.sheet}) for problem in inside)]


class _Beside:
    """The lines of a file whose shots stand in another one."""

    def __init__(self, lines: Lines, sheet: Sheet) -> None:
        self._lines, self._sheet = lines, sheet

    def at(self, path: Sequence[str | int]) -> int | None:
        """The line of a key, or of a shot's row."""
        return (self._sheet if path[:1] == ("shots",) and len(path) > 1 else self._lines).at(path)


def is_board(data: Any) -> bool:
    """Whether a file describes a storyboard rather than a shot, though it may have forgotten its shots."""
    return isinstance(data, Mapping) and ("shots" in data or (bool(ITS_OWN & set(data)) and not A_SHOTS & set(data)))


def source_of(text: str, name: str, project: str = "") -> Source:
    """What the text of a file says, by its name YAML, JSON or CSV; BadInput if it can't be read as that.

    A CSV says no project, so somebody else has to; the other two say it themselves.
    """
    if name.lower().endswith(SHEET):
        missing = () if project else (Problem(field="project", got="nothing", allowed=NO_PROJECT),)
        try:
            sheet = sheet_of(text)
        except BadInput as error:
            raise BadInput([*missing, *_illegal(project), *error.problems]) from None
        data = {"project": project or "project", "shots": sheet.rows}
        return Source(data, sheet, (*missing, *sheet.problems))
    data, lines = parsed_with_lines(text, name)
    wrong = Problem(field="project", got=f"--project {project}", allowed=TWO_PROJECTS)
    return Source(data, lines, (wrong,) if project else ())


def _illegal(project: str) -> Iterator[Problem]:
    """What is wrong with the name of a project, which nobody else tells where the shots can't be read."""
    try:
        legal_name(project or "project", of="project")
    except ValueError as error:
        yield Problem(field="project", got=repr(project), allowed=str(error))


def read_source(path: Path, project: str = "") -> Source:
    """What a file says, be it a storyboard or a shot; BadInput for one that can't be read, or is too large for it."""
    source = source_of(text_of(path, LARGEST_BOARD), str(path), project)
    if not is_board(source.data):
        if (size := path.stat().st_size) > LARGEST_FILE:
            raise too_large(path, size, LARGEST_FILE)
        return source
    named = source.data.get("shots")
    if not isinstance(named, str) or not named.lower().endswith(SHEET) or "://" in named:
        return source
    try:
        sheet = sheet_of(text_of(path.parent / named, LARGEST_BOARD))
    except BadInput as error:
        at = source.lines.at(("shots",))
        update = {"line": at}
        problems = [found.model_copy(update={"file": named} if found.line else update) for found in error.problems]
        raise BadInput(problems, what="the storyboard") from None
    lines = _Beside(source.lines, sheet)
    return Source({**source.data, "shots": sheet.rows}, lines, (*source.problems, *sheet.problems), named)
