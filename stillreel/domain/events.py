"""What happens in a job's life, as events that nobody can rewrite.

Each event is a create-only object `jobs/<taskUUID>/<n>.json`; creating it at the number after the last one read is
the compare-and-swap. Nothing is changed or deleted.
"""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from stillreel.domain.money import Quote, Usd
from stillreel.domain.names import Place
from stillreel.domain.requests import Request
from stillreel.domain.safety import Verdict


class Happened(BaseModel):
    """One event: when, by the store's clock, and by which write."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    at: datetime
    nonce: str  # of this write: a refused create is recognised as our own by it


class Run(BaseModel):
    """Who did it: the engine's ids and our version."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    root: str  # the root flow run's id: retries and child runs share it
    flow_run: str
    task_run: str | None = None
    version: str


class Planned(Happened):
    """Somebody means to buy this: request, body as it will be sent, quote, take, run."""

    kind: Literal["planned"] = "planned"
    place: Place
    purchase: int
    request: Request
    body: dict[str, Any]  # the task object; addresses of webhooks and uploads stand in it as setting names
    quote: Quote
    doubts: tuple[str, ...] = ()  # what nobody knew for certain of what it uses
    run: Run


class Sending(Happened):
    """The right to send, once, until the lease ends."""

    kind: Literal["sending"] = "sending"
    owner: str  # a process, by a nonce made at its start; never a run
    attempt: int
    lease: float  # seconds from `at`


class TurnedAway(Happened):
    """The send before it bought nothing, for certain: it was refused for load, or never left us; it may go again."""

    kind: Literal["turned_away"] = "turned_away"
    attempt: int  # that of the `sending`
    why: str


class Accepted(Happened):
    """The provider has it: an acknowledgement, a row, or a conflict that was confirmed."""

    kind: Literal["accepted"] = "accepted"
    by: Literal["acknowledgement", "row", "details", "conflict"]
    flow_run: str  # whose send it was that is known to have arrived
    look_after: datetime | None = None  # nothing can have come of it before, so nobody else need ask


class Rejection(Happened):
    """A definite refusal that names our job: nothing spent."""

    kind: Literal["rejected"] = "rejected"
    code: str
    reason: str
    parameters: tuple[str, ...] = ()


class Withdrawn(Happened):
    """Given up before sending."""

    kind: Literal["withdrawn"] = "withdrawn"
    reason: str


class Row(BaseModel):
    """One finished result as the provider tells of it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str  # imageUUID or videoUUID
    url: str
    seed: int | None = None
    cost: Usd | None = None
    flag: bool | None = None  # NSFWContent; None: the provider didn't say


class Result(Happened):
    """The number of one result, fixed before any download; files are named from it."""

    kind: Literal["result"] = "result"
    k: int = Field(ge=1)
    row: Row


class Settled(Happened):
    """The end of one result."""

    kind: Literal["settled"] = "settled"
    k: int = Field(ge=1)
    end: Literal["archived", "quarantined", "failed", "lost"]
    uri: str | None = None
    sha256: str | None = None
    lineage: str | None = None  # uri
    poster: str | None = None  # uri
    cost: Usd | None = None
    verdict: Verdict | None = None
    reason: str = ""


class Closed(Happened):
    """Every result has its end; a take is done when this exists."""

    kind: Literal["closed"] = "closed"
    cost: Usd | None = None  # as reported, in all; None: the provider didn't say
    seconds: float | None = None  # from accepted to seen


Word = Literal["resend", "buy_again", "write_off"]


class Decided(Happened):
    """A person's word on a job of which nobody can say whether it was bought."""

    kind: Literal["decided"] = "decided"
    word: Word
    who: str
    why: str = ""


Event = Annotated[
    Planned | Sending | TurnedAway | Accepted | Rejection | Withdrawn | Result | Settled | Closed | Decided,
    Field(discriminator="kind"),
]
EVENT: TypeAdapter[Event] = TypeAdapter(Event)
