"""Takes: which numbered try a request belongs to, decided from the claims that stand.

A take is one request for ever, and its number is claimed by a create-only object before anything is bought. So the
same request is the same take, whoever asks and however often; other words make another take.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from stillreel.domain.errors import TakeExists
from stillreel.domain.names import Place
from stillreel.domain.requests import Request

Want = Literal["auto", "new"] | int
"""The take that is asked for: the one that fits, a fresh one for each run, or a number."""

MOST_TAKES = 999  # of a stage of a shot: names have three digits


class Claim(BaseModel):
    """A take's number, given away: to which request, by which run."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    place: Place
    digest: str  # of the resolved request
    asked: str  # of the request as it was given, before defaults: it stays when our defaults change
    request: Request
    run: str  # the root flow run's id
    new: bool  # claimed as a fresh take for this run
    at: datetime
    nonce: str  # of this write: a refused create is recognised as our own by it

    def holds(self, digest: str, asked: str) -> bool:
        """Whether this take is that request, or was it before our own defaults changed."""
        return self.digest == digest or self.asked == asked


@dataclass(frozen=True)
class Reuse:
    """The take exists: go on with what it holds."""

    claim: Claim


@dataclass(frozen=True)
class Create:
    """The take is to be claimed under this number."""

    take: int


Chosen = Reuse | Create


def choose(claims: Sequence[Claim], digest: str, asked: str, *, want: Want, root_run: str) -> Chosen:
    """Which take of a stage a request is, given every claim of that stage; TakeExists for a number that is taken."""
    ours = [claim for claim in claims if claim.holds(digest, asked)]
    if isinstance(want, int):
        return _numbered(claims, ours, want)
    if want == "new":
        ours = [claim for claim in ours if claim.new and claim.run == root_run]
    if ours:
        return Reuse(max(ours, key=lambda claim: claim.place.take))
    if (take := next_take(claims)) > MOST_TAKES:
        raise TakeExists(f"all {MOST_TAKES} take numbers of {claims[0].place} are behind us; use another shot name")
    return Create(take)


def next_take(claims: Sequence[Claim]) -> int:
    """The number after the highest one; gaps stay gaps, so that numbers tell the order of tries."""
    return max((claim.place.take for claim in claims), default=0) + 1


def _numbered(claims: Sequence[Claim], ours: Sequence[Claim], take: int) -> Chosen:
    for claim in claims:
        if claim.place.take == take:
            if claim in ours:
                return Reuse(claim)
            free = next_take(claims)
            raise TakeExists(
                f"{claim.place} holds another request; the next free take is {free}, or ask for take: auto"
            )
    return Create(take)
