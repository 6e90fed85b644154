"""Names of projects and shots, and the place of a take among them."""

import re
import unicodedata
from collections.abc import Callable, Container
from functools import partial
from itertools import count
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

NAME_PATTERN = r"^[a-z0-9][a-z0-9-]{0,62}$"
LONGEST_NAME = 63
RESERVED = frozenset({"con", "prn", "aux", "nul", "reels", "index"})  # Windows devices; folders of the archive's own

Stage = Literal["still", "clip"]


def propose(text: str, taken: Container[str] = (), *, of: str = "shot") -> str:
    """The nearest legal name for what somebody wrote, and one that isn't taken: 'Dune, Part 2!' becomes 'dune-part-2'.

    What doesn't fit into a name has a number at its end, behind the word for what it is `of`.
    """
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    name = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:LONGEST_NAME].rstrip("-")
    start, number = (of, 1) if not name else (name, 1 if name in RESERVED else 2)
    if name and name not in RESERVED and name not in taken:
        return name
    return next(numbered for numbered in map(_numbered(start), count(number)) if numbered not in taken)


def _numbered(name: str) -> Callable[[int], str]:
    """A name with a number at its end, as long as names may be."""

    def named(number: int) -> str:
        return f"{name[: LONGEST_NAME - len(str(number)) - 1].rstrip('-')}-{number}"

    return named


def legal_name(text: str, *, of: str = "shot") -> str:
    """The text itself if it is a legal name; ValueError with a proposal if not."""
    if re.fullmatch(NAME_PATTERN[1:-1], text) is None or text in RESERVED:
        raise ValueError(
            f"names are a-z, 0-9 and '-', at most {LONGEST_NAME} long and not reserved: try '{propose(text, of=of)}'"
        )
    return text


Name = Annotated[str, AfterValidator(legal_name)]
ProjectName = Annotated[str, AfterValidator(partial(legal_name, of="project"))]
BoardName = Annotated[str, AfterValidator(partial(legal_name, of="storyboard"))]


class Place(BaseModel):
    """Where a take belongs: project, shot, stage and its number."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    project: Name
    shot: Name
    stage: Stage
    take: int = Field(ge=1, le=999)

    def __str__(self) -> str:
        return f"{self.project}/{self.shot}/{self.stage}-{self.take:03d}"
