"""What the books say of jobs: what an open one holds, what an ended one came to, and their totals."""

from datetime import date
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import Field

from stillreel.domain.events import Decided
from stillreel.domain.jobs import Job
from stillreel.domain.money import Usd, total
from stillreel.domain.names import Name, Place
from stillreel.domain.plain import Plain

TOLERANCE = Decimal("0.005")  # of the quote; below it a reported cost is rounding, as 0.1848 for 0.185 is

Amount = Annotated[Usd, Field(ge=0)]
NOTHING = Decimal(0)


class Charge(Plain):
    """What a job came to: each part of it stands in one of three amounts."""

    reported: Amount = NOTHING  # as the provider said
    against: Amount = NOTHING  # the quote of what was reported
    unreported: Amount = NOTHING  # spent, and the provider didn't say how much: at its quote
    unknown: Amount = NOTHING  # nobody knows whether it was spent: at its quote

    @classmethod
    def of(cls, job: Job) -> "Charge":
        """The charge of a job whose results all have their ends; nobody knows what each resend of it has bought."""
        planned = job.planned
        quote, results = planned.quote, planned.request.results
        rows = {k: result.row.cost for k, result in job.results.items()}
        told = [max(cost, NOTHING) for cost in rows.values() if cost is not None]
        ends = {k: end.end for k, end in job.settled.items() if rows.get(k) is None}
        # Of a job that a person gave up nobody knows whether it was spent, until something of it turns up.
        silent = sum(k in rows or (end == "lost" and job.given_up is None) for k, end in ends.items())
        return cls(
            reported=total(told),
            against=quote.expected * min(len(told), results) / results,
            unreported=quote.upper * silent / results,
            unknown=quote.upper * (len(ends) - silent) / results + quote.upper * job.sent_again,
        )


def cost_of(job: Job) -> Decimal:
    """What a job costs as far as anybody knows: as reported, and at its quote what wasn't reported."""
    planned = job.planned
    told = [result.row.cost for result in job.results.values() if result.row.cost is not None]
    silent = max(0, planned.request.results - len(told))
    return total(told) + planned.quote.upper * silent / planned.request.results


class Entry(Plain):
    """What an open job holds, from before it may be sent until it is settled or released."""

    uuid: UUID
    place: Place
    model: str
    day: date  # UTC, of the reservation
    quoted: Amount
    upper: Amount
    copies: int = Field(1, ge=1)  # how often it may have to be paid: a resend that a person decided is one more,
    # and in the end only if it was sent
    again: bool = False  # held anew, for a job that was accepted after all
    charge: Charge | None = None  # it stands in the totals with this, and holds nothing any more

    @property
    def key(self) -> tuple[date, str, str]:
        """Whose total it goes to."""
        return self.day, self.place.project, self.model

    @property
    def held(self) -> Decimal:
        """What it keeps others from spending."""
        return self.upper * self.copies if self.charge is None else NOTHING

    @classmethod
    def of(cls, job: Job, day: date) -> "Entry":
        """What a job holds that is reserved on this day: its quote, and the same for each resend."""
        planned = job.planned
        return cls(
            uuid=job.uuid,
            place=planned.place,
            model=planned.request.model,
            day=day,
            quoted=planned.quote.expected,
            upper=planned.quote.upper,
            copies=1 + sum(decided.word == "resend" for decided in job.all(Decided)),
        )


class Total(Plain):
    """What was settled of the jobs of one day, project and model."""

    day: date
    project: Name
    model: str
    quoted: Amount = NOTHING
    reported: Amount = NOTHING
    against: Amount = NOTHING  # of what was quoted, the part that has a reported cost
    unreported: Amount = NOTHING
    unknown: Amount = NOTHING

    def plus(self, entry: Entry, charge: Charge, times: int = 1) -> "Total":
        """The total with one job more, or with one less."""
        amounts = {"quoted": entry.quoted * entry.copies, **dict(charge)}
        return self.model_copy(update={name: getattr(self, name) + times * more for name, more in amounts.items()})

    @property
    def key(self) -> tuple[date, str, str]:
        """What it is the total of."""
        return self.day, self.project, self.model

    @property
    def difference(self) -> Decimal:
        """What was reported above its quote; below zero: less."""
        return self.reported - self.against

    @property
    def alarming(self) -> bool:
        """Whether what was reported isn't what was quoted, by more than rounding."""
        return abs(self.difference) > TOLERANCE * self.against
