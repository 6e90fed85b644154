"""What travels between the steps of a run: plain, frozen, and small enough to be a parameter."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any
from uuid import UUID

from stillreel.domain.errors import Money, State
from stillreel.domain.events import Row
from stillreel.domain.jobs import Job
from stillreel.domain.money import Quote, Usd, spelled, total
from stillreel.domain.names import Place, Stage
from stillreel.domain.plain import Plain
from stillreel.domain.requests import Request
from stillreel.domain.safety import Verdict


class GivenImage(Plain):
    """An image that somebody gave, as it lies in the archive."""

    name: str
    uri: str
    sha256: str
    media_type: str
    lineage: str | None = None  # uri; None: no record says where it came from


class StageFound(Plain):
    """A stage as it stands before anything is claimed: its take, what is archived of it, what it may still cost."""

    stage: Stage
    take: int
    stands: str = ""  # the newest purchase's standing; empty for a new take
    job: UUID | None = None  # that purchase
    archived: tuple[str, ...] = ()  # uris, where all results have their end
    to_pay: Usd

    @classmethod
    def of(cls, stage: Stage, take: int, job: Job | None, to_pay: Decimal) -> "StageFound":
        """A stage by the newest purchase of its take, if it has one."""
        ends = sorted(job.settled.items()) if job is not None and job.standing == "closed" else []
        uris = tuple(end.uri for _, end in ends if end.end == "archived" and end.uri)
        newest = {"stands": job.standing, "job": job.uuid} if job is not None else {}
        return cls(stage=stage, take=take, archived=uris, to_pay=to_pay, **newest)


class Copy(Plain):
    """Our own copy of an image, to be brought to the provider."""

    uri: str
    media_type: str


class Frame(Copy):
    """The image that a clip starts from: the provider's id of it, and our own copy in case the id is refused."""

    image_uuid: str | None
    last: Copy | None = None  # the image that the clip ends with; the provider has never seen it


class Ticket(Plain):
    """A job that the provider has accepted."""

    uuid: UUID
    place: Place
    purchase: int
    expected: int  # results


class Failure(Plain):
    """One result that didn't come."""

    code: str
    reason: str


class Outcome(Plain):
    """What became of a job at the provider: rows by result number, and what is missing."""

    ticket: Ticket
    rows: dict[int, Row]
    failures: tuple[Failure, ...] = ()
    forgotten: bool = False  # the provider knows nothing of an accepted job any more


class Verdicts(Plain):
    """The verdict on each result, and which may move on."""

    of: dict[int, Verdict]
    moving: frozenset[int]


class Kept(Plain):
    """The end of one result."""

    k: int
    end: str  # archived, quarantined, failed, lost
    id: str | None = None
    uri: str | None = None
    sha256: str | None = None
    lineage: str | None = None
    whole: str | None = None  # the lineage of the picture that this one was cut from
    poster: str | None = None
    cost: Usd | None = None
    verdict: Verdict | None = None
    reason: str = ""
    given_up: bool = False  # by a person, while nobody knew whether it was bought

    @property
    def records(self) -> tuple[str, ...]:
        """The lineage of each file that lies there of it, as made first."""
        return tuple(uri for uri in (self.whole, self.lineage) if uri)


class Sources(Plain):
    """What a stage was made from, for its lineage: a still of the chain, or an image that was given."""

    still: Kept | None = None
    given: GivenImage | None = None
    last: GivenImage | None = None


class Settlement(Plain):
    """How a stage ended, result by result."""

    ticket: Ticket
    kept: tuple[Kept, ...]

    @property
    def archived(self) -> tuple[Kept, ...]:
        """The results that may be used."""
        return tuple(kept for kept in self.kept if kept.end == "archived")


class StagePlan(Plain):
    """One stage of a shot, resolved, with its take claimed and its price known."""

    place: Place
    digest: str
    request: Request
    quote: Quote
    doubts: tuple[str, ...] = ()  # what nobody knows for certain of what it uses
    done: Settlement | None = None  # how it ended, where every result lies in the archive already


class Plan(Plain):
    """All that a run is going to do, before anything is bought."""

    still: StagePlan | None = None
    given: GivenImage | None = None
    last: GivenImage | None = None  # the image that the clip ends with
    clip: StagePlan | None = None
    warnings: tuple[str, ...] = ()  # what speaks against its models without stopping it

    @property
    def stages(self) -> tuple[StagePlan, ...]:
        """The stages in the order in which they are bought."""
        return tuple(stage for stage in (self.still, self.clip) if stage is not None)

    @property
    def doubts(self) -> tuple[str, ...]:
        """What nobody knows for certain of what is still to be made."""
        return tuple(doubt for stage in self.stages if stage.done is None for doubt in stage.doubts)


class Cost(Plain):
    """What something should cost and what the provider said it cost, never one number."""

    quoted: Usd
    reported: Usd

    def __str__(self) -> str:
        return f"quoted ${spelled(self.quoted)}, reported ${spelled(self.reported)}"

    @classmethod
    def over(cls, costs: Iterable["Cost"]) -> "Cost":
        """The sums of them."""
        every = list(costs)
        return cls(quoted=total([cost.quoted for cost in every]), reported=total([cost.reported for cost in every]))


NOTHING = Cost.over([])


class Summary(Plain):
    """What a run ends with, on success and on failure."""

    state: State
    still: str | None  # the first one, if several were asked for
    stills: tuple[str, ...] = ()
    clips: tuple[str, ...]
    lineage: tuple[str, ...]
    cost: Cost  # of the take, whoever has paid for it
    bought: int
    spent: Cost = NOTHING  # on what this very run has bought
    flow_run_id: str | None
    message: str = ""
    money: Money | None = None
    final: bool = False  # the take has had its end, which no other run changes
    put_back: bool = False  # something of the archive is gone

    def line(self) -> dict[str, Any]:
        """The object that the command line prints last."""
        return self.model_dump(mode="json", exclude={"final", "put_back"})
