"""Problems: what is wrong with what somebody gave, one by one, each where it stands."""

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict


class Problem(BaseModel):
    """One thing wrong with what was given: the field, what it got and what is allowed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    field: str
    got: str
    allowed: str
    line: int | None = None  # of the file that it stands in, from 1
    file: str = ""  # which that is, where it isn't the one that was named

    def __str__(self) -> str:
        of = f" of {self.file}" if self.file else ""
        where = "" if self.line is None else f"line {self.line}{of}: "
        return f"{where}{self.field}: got {self.got}; {self.allowed}"


def untold(found: Sequence[Problem], told: Sequence[Problem]) -> list[Problem]:
    """Those of fields, and of what stands in them, of which nothing is told yet."""
    fields = {problem.field for problem in told}
    return [each for each in found if not any(f"{each.field}.".startswith(f"{field}.") for field in fields)]


MOST_TOLD = 50  # problems in a message; who has more reads the first ones, and has made the same mistake often


def told(problems: Sequence[Problem]) -> list[str]:
    """The problems as lines of a message: those that one reads, and how many more there are."""
    more = len(problems) - MOST_TOLD
    return [*map(str, problems[:MOST_TOLD]), *([f"and {more:,} more"] if more > 0 else [])]


def told_of(file: str, problems: Sequence[Problem]) -> list[str]:
    """The same of a file that was named, with its name before each line, so that an editor can jump there."""
    return [line if line.startswith(f"{file}: ") else f"{file}: {line}" for line in told(problems)]
