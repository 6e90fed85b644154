"""A job: what its events say together, derived by reading them, never written down."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal, TypeVar
from uuid import UUID

from stillreel.domain.events import (
    Accepted,
    Closed,
    Decided,
    Event,
    Happened,
    Planned,
    Result,
    Sending,
    Settled,
    TurnedAway,
    Word,
)

E = TypeVar("E", bound=Happened)

MEMORY = timedelta(minutes=60)  # how long after the first `sending` the provider is trusted to remember a UUID

Standing = Literal["nothing", "planned", "sending", "rejected", "withdrawn", "accepted", "closed", Word]


class Job:
    """What a job's events say together; rebuilt from them alone."""

    def __init__(self, uuid: UUID, events: Sequence[Event]) -> None:
        self.uuid = uuid
        self.events = tuple(events)

    def all(self, kind: type[E]) -> tuple[E, ...]:
        """The events of one kind, oldest first."""
        return tuple(event for event in self.events if isinstance(event, kind))

    def last(self, kind: type[E]) -> E | None:
        """The newest event of one kind."""
        return next(iter(self.all(kind)[::-1]), None)

    @property
    def standing(self) -> Standing:
        """Where the job stands; acceptance outweighs what was written about other sends."""
        for kind in (Closed, Accepted):
            if self.last(kind) is not None:
                return "closed" if kind is Closed else "accepted"
        if self.given_up is not None:
            return self.given_up.word
        if not self.events:
            return "nothing"
        last = self._counting[-1]
        return last.word if isinstance(last, Decided) else last.kind  # type: ignore[return-value]  # results need acceptance

    @property
    def _counting(self) -> tuple[Event, ...]:
        """The events without the sends that were turned away: those changed nothing."""
        away = {event.attempt for event in self.all(TurnedAway)}
        return tuple(event for event in self.events if getattr(event, "attempt", None) not in away)

    @property
    def unanswered(self) -> tuple[Sending, ...]:
        """The sends of which nobody can say by the events alone whether they bought."""
        return tuple(event for event in self._counting if isinstance(event, Sending))

    @property
    def sent_again(self) -> int:
        """How many resends that a person decided were sent and not turned away: each may have bought once more."""
        times, decided = 0, False
        for event in self._counting:
            if isinstance(event, Decided):
                decided = event.word == "resend"
            elif isinstance(event, Sending):
                times, decided = times + decided, False
        return times

    @property
    def given_up(self) -> Decided | None:
        """A person's word that ended the job, whatever was written since; its results go to quarantine."""
        return next((event for event in self.all(Decided) if event.word != "resend"), None)

    @property
    def passed_over(self) -> bool:
        """Whether the take is bought by its next purchase: nothing was spent on this one, or a person said so."""
        again = self.given_up is not None and self.given_up.word == "buy_again"
        return again or self.standing in ("rejected", "withdrawn")

    @property
    def planned(self) -> Planned:
        """The event that started it; ValueError for a job without one."""
        for event in self.events:
            if isinstance(event, Planned):
                return event
        raise ValueError(f"job {self.uuid} has no planned event")

    @property
    def results(self) -> dict[int, Result]:
        """Results by number."""
        return {event.k: event for event in self.all(Result)}

    @property
    def settled(self) -> dict[int, Settled]:
        """Ends by result number: the first one stands, unless somebody else got the file into the archive after all."""
        ends = self.all(Settled)[::-1]
        return {end.k: end for end in ends} | {end.k: end for end in ends if end.end == "archived"}

    def leased(self, now: datetime) -> bool:
        """Whether somebody holds the right to send at this moment."""
        last = self.last(Sending)
        return last is not None and self.events[-1] is last and now < last.at + timedelta(seconds=last.lease)

    def remembered(self, now: datetime) -> bool:
        """Whether the provider is still trusted to know a UUID since the first send that may have bought."""
        first = next(iter(self.unanswered), None)
        return first is not None and now < first.at + MEMORY

    def early(self, now: datetime) -> bool:
        """Whether it was accepted so recently that nothing can have come of it yet."""
        last = self.events[-1] if self.events else None
        return isinstance(last, Accepted) and last.look_after is not None and now < last.look_after

    def unknown(self, now: datetime) -> bool:
        """Whether nobody can say any more if it was bought: sent, no lease alive, past the provider's memory."""
        return self.standing == "sending" and not self.leased(now) and not self.remembered(now)

    def traceable(self, now: datetime) -> bool:
        """Whether the newest send is so recent that a job without a trace may still be shown."""
        last = self.last(Sending)
        return last is not None and now < last.at + MEMORY
