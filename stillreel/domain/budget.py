"""The budget: what is held for open jobs, what was settled, and the caps that both together must not pass.

A cap compares held + settled + unknown + the upper bound of what is asked. The day of a job is the UTC day on which
it was reserved, whenever it is settled. Every change is a function from one budget to the next, so that a store with
matched writes is all that many runs need to share one.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal
from uuid import UUID

from pydantic import Field

from stillreel.domain.accounts import NOTHING, Amount, Charge, Entry, Total
from stillreel.domain.errors import CapReached
from stillreel.domain.money import spelled, total
from stillreel.domain.names import Name
from stillreel.domain.plain import Plain

SCHEMA: Literal["stillreel/budget/1"] = "stillreel/budget/1"
FAMILY = "stillreel/budget/"
NOT_BOUGHT = "it was not bought"


class Caps(Plain):
    """What may be spent at most: on any one UTC day, and on a project in all. None or absent: no such cap."""

    day: Amount | None = None
    projects: dict[Name, Amount] = Field(default_factory=dict)


@dataclass(frozen=True)
class Use:
    """One cap, and what is used of it."""

    name: str  # as a person knows it: "day 2026-11-22", "project harbour"
    cap: Decimal
    held: Decimal
    settled: Decimal
    unknown: Decimal

    @property
    def left(self) -> Decimal:
        """What may still be started under it."""
        return max(NOTHING, self.cap - self.held - self.settled - self.unknown)

    def holds(self, asked: Decimal) -> bool:
        """Whether `asked` more stays within the cap; under a cap of zero, nothing does."""
        return self.cap != 0 and self.held + self.settled + self.unknown + asked <= self.cap

    def check(self, asked: Decimal, what: str, so: str) -> None:
        """Raise CapReached if the cap doesn't hold `asked` more; `so` is what follows."""
        if not self.holds(asked):
            raise CapReached(
                f"{what} could cost ${spelled(asked)}, and the cap of ${spelled(self.cap)} for {self.name} has "
                f"${spelled(self.left)} left: ${spelled(self.settled)} settled, ${spelled(self.held)} held, "
                f"${spelled(self.unknown)} unknown; {so}"
            )


def another_schema(data: bytes) -> str | None:
    """The schema of a budget that another version has written; None if it's ours, or no budget at all."""
    try:
        schema = json.loads(data)["schema"]
    except (ValueError, KeyError, TypeError):
        return None
    return str(schema) if schema != SCHEMA and str(schema).startswith(FAMILY) else None


class Budget(Plain):
    """Caps, what open jobs hold, and what was settled."""

    scheme: Literal["stillreel/budget/1"] = Field(SCHEMA, alias="schema")
    caps: Caps = Caps()
    entries: dict[UUID, Entry] = Field(default_factory=dict)
    totals: tuple[Total, ...] = ()

    @classmethod
    def of_json(cls, data: bytes) -> "Budget":
        """The budget that was stored; ValueError for anything else."""
        return cls.model_validate_json(data)

    def json_bytes(self) -> bytes:
        """The one text of this budget, whatever order it came to be in."""
        plain = self.model_dump(mode="json", by_alias=True)
        return json.dumps(plain, sort_keys=True, indent=1, ensure_ascii=False).encode()

    def uses(self, day: date, project: str | None = None) -> list[Use]:
        """The caps that count on a day for a project, with what is used of them; None: those of all projects."""
        return list(_uses(self, day, project))

    def without(self, uuid: UUID) -> "Budget":
        """The budget without a job's entry; the same one if there is none."""
        if uuid not in self.entries:
            return self
        return self._with({key: entry for key, entry in self.entries.items() if key != uuid})

    def holding(self, entry: Entry) -> "Budget":
        """The budget with an entry, whatever the caps say."""
        return self._with({**self.entries, entry.uuid: entry})

    def _with(self, entries: dict[UUID, Entry]) -> "Budget":
        return self.model_copy(update={"entries": entries})


def check(budget: Budget, *, day: date, project: str, asked: Decimal, what: str, so: str = NOT_BOUGHT) -> None:
    """Raise CapReached if a cap can't hold this, naming it and saying what follows; nothing is held."""
    for use in budget.uses(day, project):
        use.check(asked, what, so)


def reserve(budget: Budget, entry: Entry, so: str = NOT_BOUGHT) -> Budget:
    """Hold what a job may cost, before it may be sent; CapReached names the cap that can't hold it.

    An entry that is there is shared by the runs that share the job, and is measured again before each send: caps may
    have been lowered since. It counts on the day of its newest send: an earlier day's cap may be full for ever.
    """
    stands = budget.entries.get(entry.uuid)
    if stands is not None and stands.charge is not None:
        return budget
    more = {"copies": max(stands.copies, entry.copies), "day": max(stands.day, entry.day)} if stands else {}
    new = stands.model_copy(update=more) if stands else entry
    place = new.place
    check(budget.without(new.uuid), day=new.day, project=place.project, asked=new.held, what=str(place), so=so)
    return budget if new == stands else budget.holding(new)


def hold_again(budget: Budget, entry: Entry) -> Budget:
    """Hold what an accepted job may cost although it was released once: it is spent, whatever the caps say.

    It changes the budget even if the entry is there, so that a release which is on its way is refused by the store.
    """
    stands = budget.entries.get(entry.uuid, entry)
    return budget if stands.again else budget.holding(stands.model_copy(update={"again": True}))


def settle(budget: Budget, uuid: UUID, charge: Charge, *, copies: int = 1, keep: bool = False) -> Budget:
    """Move a job from what is held to the totals, once; `copies` is how often it may have been bought.

    The entry goes, unless it is kept: then it holds nothing and remembers its charge, so that a later, better
    knowledge of the costs replaces the first. An entry that was held again is kept, too, until it is released.
    """
    entry = budget.entries.get(uuid)
    if entry is None:
        return budget
    if entry.charge == charge:
        return budget
    ended = entry.model_copy(update={"copies": copies, "charge": charge})
    totals = {each.key: each for each in budget.totals}
    now = totals.get(entry.key) or Total(day=entry.day, project=entry.place.project, model=entry.model)
    now = now if entry.charge is None else now.plus(entry, entry.charge, -1)
    totals[entry.key] = now.plus(ended, charge)
    rest = budget.holding(ended) if keep or entry.again else budget.without(uuid)
    return rest.model_copy(update={"totals": tuple(totals[key] for key in sorted(totals))})


def release(budget: Budget, uuid: UUID) -> Budget:
    """Let go of what a job holds that has ended; nothing happens if it holds nothing."""
    return budget.without(uuid)


def _uses(budget: Budget, day: date, project: str | None) -> Iterator[Use]:
    if budget.caps.day is not None:
        entries = [entry for entry in budget.entries.values() if entry.day == day]
        totals = [each for each in budget.totals if each.day == day]
        yield _use(f"day {day}", budget.caps.day, entries, totals)
    for name, cap in sorted(budget.caps.projects.items()):
        if project in (None, name):
            entries = [entry for entry in budget.entries.values() if entry.place.project == name]
            totals = [each for each in budget.totals if each.project == name]
            yield _use(f"project {name}", cap, entries, totals)


def _use(name: str, cap: Decimal, entries: list[Entry], totals: list[Total]) -> Use:
    return Use(
        name=name,
        cap=cap,
        held=total([entry.held for entry in entries]),
        settled=total([each.reported + each.unreported for each in totals]),
        unknown=total([each.unknown for each in totals]),
    )
