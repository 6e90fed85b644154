"""Names of projects and shots, and the place of a take among them."""

import re
import unicodedata
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

NAME_PATTERN = r"^[a-z0-9][a-z0-9-]{0,62}$"
LONGEST_NAME = 63
RESERVED = frozenset({"con", "prn", "aux", "nul", "reels", "index"})  # Windows devices; folders of the archive's own

Stage = Literal["still", "clip"]


def propose(text: str) -> str:
    """The nearest legal name for what somebody wrote: 'Dune, Part 2!' becomes 'dune-part-2'."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    name = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:LONGEST_NAME].rstrip("-")
    if not name:
        return "shot-1"
    return f"{name[: LONGEST_NAME - 2]}-1" if name in RESERVED else name


def legal_name(text: str) -> str:
    """The text itself if it is a legal name; ValueError with a proposal if not."""
    if re.fullmatch(NAME_PATTERN[1:-1], text) is None or text in RESERVED:
        raise ValueError(
            f"names are a-z, 0-9 and '-', at most {LONGEST_NAME} long and not reserved: try '{propose(text)}'"
        )
    return text


Name = Annotated[str, AfterValidator(legal_name)]


class Place(BaseModel):
    """Where a take belongs: project, shot, stage and its number."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    project: Name
    shot: Name
    stage: Stage
    take: int = Field(ge=1, le=999)

    def __str__(self) -> str:
        return f"{self.project}/{self.shot}/{self.stage}-{self.take:03d}"
