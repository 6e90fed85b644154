"""Admission: how many jobs of a model the provider takes at once, learnt from its refusals, and who is next.

A queue for each model, because that is where the provider's own limits are (its shared queues are the models', and
outside makers have limits of their own); where the limit is the account's, each queue learns its part of it.

Until the provider refuses a job for load everybody goes at once. From then on as many are in flight as it has, and who
is over waits here, in order: nothing of him is sent, so nothing is in doubt. When one of ours ends the next goes.
From time to time one more than that tries; if it is taken another tries at once, and one more beside it, so room that
others have left is found quickly. A refusal brings the number down to what is in flight.
"""

import asyncio
import random
from bisect import insort
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from stillreel.domain.clock import Clock
from stillreel.domain.names import Place
from stillreel.runware import Acknowledged, Answer, Refused

BUSY_WAIT = 5.0  # seconds to wait for a provider that is too busy and doesn't say for how long
GROWTH = 1.2  # of that with each try in vain, until something is taken or one of ours ends
MOST_GROWN = 20  # times, long past the longest wait
LONGEST_WAIT = 30.0  # seconds between tries: each one in vain is two more events of its job
JITTER = 0.2  # either way, so that two processes don't try in step
AHEAD = 8  # at least so many get ready before it is their turn: reserving takes as long as two seconds

Word = Literal["go", "look again", "give up"]


@dataclass(eq=False)
class Turn:
    """Somebody's place in the queue."""

    number: int
    gate: "Gate"
    uuid: UUID
    since: datetime
    fresh: datetime | None = None  # it is ready, and until then
    taken: bool = False
    went: datetime | None = None
    word: "asyncio.Future[Word] | None" = None

    async def near(self) -> Word:
        """Wait until it is time to get ready: `go`, or `give up`."""
        return await self.gate.wait(self, None)

    async def come(self, fresh: datetime) -> Word:
        """Wait until a job that is ready may go; `look again` if what it has looked at isn't fresh any more by then."""
        return await self.gate.wait(self, fresh)

    def answered(self, answer: Answer) -> None:
        """What the provider has said."""
        match answer:
            case Acknowledged():
                self.gate.taken(self)
            case Refused(crowded=True):
                self.gate.refused(self, answer.retry_after)

    @property
    def waits(self) -> bool:
        """Whether it wants to be told something."""
        return self.word is not None and not self.word.done()

    def tell(self, word: Word) -> None:
        """Let it go on."""
        if self.word is not None and not self.word.done():
            self.word.set_result(word)


class Gate:
    """The queue of one model."""

    def __init__(self, clock: Clock, rng: random.Random, pace: float, patience: float) -> None:
        self._clock = clock
        self._rng = rng
        self._pace = pace
        self._patience = timedelta(seconds=patience)
        self.queue: list[Turn] = []
        self._places: dict[Place, tuple[int, datetime]] = {}  # also of those who come back
        self._came = 0
        self._going: set[UUID] = set()  # on their way to the provider
        self._flying: set[UUID] = set()  # taken, and not known to have ended
        self._limit: int | None = None  # as many as it took when it refused one; None: it never did
        self._more = 1  # above the limit, when it is time to try
        self._try: datetime | None = None  # when it is
        self._quiet: datetime | None = None  # it wants to be left alone until then
        self._refused: datetime | None = None
        self._progress: datetime | None = None
        self._vain = 0  # tries since then
        self._trying: asyncio.Task[None] | None = None

    @contextmanager
    def turn(self, uuid: UUID, place: Place) -> Iterator[Turn]:
        """A place in the queue, left at the end of the block; the old one for a take that comes back.

        It comes back if it was refused, and if it was withdrawn while it waited: as its next purchase.
        """
        if place not in self._places or self._limit is None:
            self._came += 1
            self._places[place] = self._came, self._clock.now()
        number, since = self._places[place]
        turn = Turn(number, self, uuid, since)
        stays = False
        insort(self.queue, turn, key=lambda each: each.number)
        try:
            yield turn
            stays = not turn.taken
        finally:
            self.queue.remove(turn)
            if not stays:
                self._places.pop(place, None)
            self._going.discard(uuid)
            if not self.queue and self._trying is not None:
                self._trying.cancel()
                self._trying = None
            self.look()

    async def wait(self, turn: Turn, fresh: datetime | None) -> Word:
        """Wait for a word."""
        turn.fresh, turn.word = fresh, asyncio.get_running_loop().create_future()
        self.look()
        self._try_in_time()
        return await turn.word

    def fly(self, uuid: UUID) -> None:
        """A job is known to be at the provider."""
        self._flying.add(uuid)
        if self._limit is not None:
            self._limit = max(self._limit, len(self._flying))

    def land(self, uuid: UUID) -> None:
        """A job has ended there, or nobody waits for its end any more."""
        self._flying.discard(uuid)
        self._went_on()
        self.look()

    def taken(self, turn: Turn) -> None:
        """The provider has taken a job: if it is one more than before, perhaps there is room for others."""
        self._going.discard(turn.uuid)
        turn.taken = True
        self._flying.add(turn.uuid)
        self._went_on()
        if self._limit is not None and len(self._flying) > self._limit:
            self._limit = len(self._flying)
            if turn.went is not None and (self._refused is None or turn.went > self._refused):
                self._more += 1
                self.hurry()

    def _went_on(self) -> None:
        self._progress, self._vain = self._clock.now(), 0

    def refused(self, turn: Turn, told: float | None) -> None:
        """The provider has too much to do."""
        self._going.discard(turn.uuid)
        tried = self._refused is not None and turn.went is not None and turn.went > self._refused
        self._vain += tried  # of many that went together none did
        self._refused = now = self._clock.now()
        self._limit, self._more = len(self._flying), 1
        wait = min(BUSY_WAIT * GROWTH ** min(self._vain, MOST_GROWN), LONGEST_WAIT) * self._rng.uniform(
            1 - JITTER, 1 + JITTER
        )
        wait = wait if told is None else told
        self._try = now + timedelta(seconds=wait * self._pace)
        self._quiet = None if told is None else self._try
        self._try_in_time()

    def hurry(self) -> None:
        """There may be room now, or once the provider doesn't want to be left alone any more."""
        now = self._clock.now()
        self._try = max(now, self._quiet or now)  # nobody would look again after a try that came too early
        self.look()

    def look(self) -> None:
        """Tell everybody what can be told now."""
        now = self._clock.now()
        ahead = len(self.queue) if self._limit is None else max(AHEAD, self._limit)
        for place, turn in enumerate(self.queue):
            if not turn.waits:
                continue
            if self._refused is not None and now >= max(turn.since, self._progress or turn.since) + self._patience:
                turn.tell("give up")  # where nobody was refused nobody has waited in vain, however short our patience
            elif turn.fresh is None:
                if place < ahead:
                    turn.tell("go")
            elif now >= turn.fresh:
                turn.tell("look again")
            elif self._open(now):
                self._going.add(turn.uuid)
                turn.went = now
                turn.tell("go")

    def _open(self, now: datetime) -> bool:
        if self._limit is None:
            return True
        if self._quiet is not None and now < self._quiet:
            return False
        trying = self._try is not None and now >= self._try
        return len(self._flying | self._going) < self._limit + (self._more if trying else 0)

    def _try_in_time(self) -> None:
        """See to it that somebody looks when it is time to try; afterwards the answer to the one who goes decides."""
        if self._trying is None or self._trying.done():
            self._trying = asyncio.create_task(self._keep_trying())

    async def _keep_trying(self) -> None:
        while self._try is not None and (left := (self._try - self._clock.now()).total_seconds()) > 0:
            await self._clock.sleep(left / self._pace if self._pace else 0.0)
            self.look()


class Admission:
    """The queues of a studio."""

    def __init__(self, clock: Clock, rng: random.Random, pace: float, patience: float) -> None:
        self._given = clock, rng, pace, patience
        self._gates: dict[str, Gate] = {}

    def gate(self, model: str) -> Gate:
        """The queue of a model."""
        if model not in self._gates:
            self._gates[model] = Gate(*self._given)
        return self._gates[model]

    @contextmanager
    def flying(self, model: str, uuid: UUID) -> Iterator[None]:
        """A job is at the provider for as long as the block lasts."""
        gate = self.gate(model)
        gate.fly(uuid)
        try:
            yield
        finally:
            gate.land(uuid)
            if not gate.queue:  # where the limit is the account's, it is the others' turn
                for other in self._gates.values():
                    other.hurry()
