"""The watcher of a studio: one loop asks for every job that somebody waits for, many in a request.

A job wants to be asked about from half of its usual duration on, or earlier while nobody has seen how long its model's
jobs take, at gaps that grow with what it has paid. A request that many jobs share costs each of them its part, so
together they ask often, and a job that is left alone asks as rarely as it would have by itself. What the provider
says of load stretches the one pace of all.

An answer that leaves jobs out, or a provider that takes fewer questions in a request, is remembered: see `_asked`.
"""

import asyncio
import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from uuid import UUID

from stillreel.domain.clock import Clock
from stillreel.domain.errors import NotAuthorised, ProviderError
from stillreel.runware import Asked, Client
from stillreel.runware.policy import MOST_TOGETHER
from stillreel.studio.durations import Durations
from stillreel.studio.watched import LONGEST_GAP, Watched

SHORTEST_GAP = 0.3  # seconds between requests that many share: a result is seen after half of it
FINEST = 0.01  # of the usual duration: who waits for two minutes isn't served by looks that are closer than a second
JITTER = 0.2  # either way
FEW = 50  # questions; requests with fewer may follow each other sooner, because they are less work
APART = 0.05  # seconds between requests for one job each: 20 a second
AT_ONCE = 8  # requests on the way together
MOST_STRETCHED = 32.0  # times a gap, while the provider is in trouble


class Watcher:
    """Asks for all that are watched; each who waits is told what is new of his job, and when his patience is over."""

    def __init__(self, client: Client, clock: Clock, rng: random.Random, durations: Durations, pace: float) -> None:
        self._client = client
        self._clock = clock
        self._rng = rng
        self._durations = durations
        self._pace = pace
        self._waiting: dict[Watched, None] = {}
        self._last: datetime | None = None  # when the last round began
        self._quiet: datetime | None = None  # the provider wants to be left alone until then
        self._trouble = False  # in the round that is on its way
        self._stretch = 1.0
        self._spread = 1.0  # of this round's gap
        self._cost = 1  # requests of the last round
        self._answered = MOST_TOGETHER  # jobs, of the last answer that left some out
        self._woken = asyncio.Event()
        self._going: asyncio.Task[None] | None = None

    @contextmanager
    def watching(self, uuid: UUID, model: str, since: datetime, until: datetime) -> Iterator[Watched]:
        """Watch a job for as long as the block lasts."""
        watched = Watched(uuid, model, since, until, begun=self._clock.now())
        try:
            yield watched
        finally:
            self._forget(watched)

    async def news(self, watched: Watched) -> Asked:
        """The next answer with anything new in it, or any once its patience is over; then ProviderError, too.

        Raises NotAuthorised as soon as it is known.
        """
        watched.answer = asyncio.get_running_loop().create_future()
        self._waiting[watched] = None
        self._woken.set()
        if self._going is None or self._going.done():
            self._going = asyncio.create_task(self._go())
            self._going.add_done_callback(self._ended)
        try:
            return await watched.answer
        finally:
            self._forget(watched)

    def learn(self, watched: Watched) -> None:
        """A job was seen to have ended: between its last two looks, as far as anybody can say."""
        now = self._clock.now()
        if watched.running is None and watched.begun > self._first(watched):
            return  # it was over before anybody looked
        seen = now if watched.running is None else watched.running + (now - watched.running) / 2
        self._durations.learn(watched.model, max(0.0, (seen - watched.since).total_seconds()))

    def _forget(self, watched: Watched) -> None:
        if watched in self._waiting:
            del self._waiting[watched]
            self._woken.set()  # nobody may be left, and then the loop ends

    def _ended(self, going: asyncio.Task[None]) -> None:
        """Whatever has ended the loop, nobody is left waiting for it."""
        if self._going is going:  # else another one goes on
            error = None if going.cancelled() else going.exception()
            for each in self._waiting:
                each.tell(error if isinstance(error, Exception) else ProviderError("nobody asks any more"))

    async def _go(self) -> None:
        while self._waiting:
            self._woken.clear()
            now, then = self._clock.now(), self._next()
            if then > now and not await self._slept((then - now).total_seconds()):
                continue  # somebody has come or gone
            requests = self._requests()
            if requests:
                self._last, self._cost = self._clock.now(), len(requests)
                self._spread = self._rng.uniform(1 - JITTER, 1 + JITTER)
                self._trouble = False
                await asyncio.gather(*map(self._asked, requests))
                self._stretch = min(2 * self._stretch, MOST_STRETCHED) if self._trouble else max(1, self._stretch / 2)
                await asyncio.sleep(0)  # whoever was told nothing new waits again before the next one is reckoned

    async def _slept(self, seconds: float) -> bool:
        """Wait, unless somebody comes or goes meanwhile."""
        sleeping = asyncio.ensure_future(self._clock.sleep(seconds / self._pace if self._pace else 0.0))
        waking = asyncio.ensure_future(self._woken.wait())
        try:
            await asyncio.wait((sleeping, waking), return_when=asyncio.FIRST_COMPLETED)
            return sleeping.done()
        finally:
            sleeping.cancel()
            waking.cancel()

    # --- when --------------------------------------------------------------------------------------------------

    def _next(self) -> datetime:
        """When the next round is due."""
        together = [each for each in self._waiting if not self._apart(each)]
        moments = [each.due or self._first(each) for each in self._waiting if self._apart(each)]
        moments += [self._first(each) for each in together if each.asked is None or not self._ripe(each)]
        if wanted := sum(map(self._rate, together)):
            start = min(each.begun for each in together)
            moments.append(max(start, self._last or start) + self._seconds(1 / wanted))
        then = min(moments)
        if self._last is not None:
            then = max(then, self._last + self._seconds(self._shortest() * self._cost))
        return max(then, self._quiet) if self._quiet else then

    def _seconds(self, gap: float) -> timedelta:
        longest = max(gap, LONGEST_GAP * self._pace)
        return timedelta(seconds=min(gap * self._stretch, longest) * self._spread)

    def _shortest(self) -> float:
        if self._client.most < FEW:
            return max(APART, SHORTEST_GAP * self._client.most / FEW) * self._pace
        usual = min((self._durations.usual(each.model) for each in self._waiting if self._ripe(each)), default=0.0)
        return max(SHORTEST_GAP * self._pace, FINEST * usual)

    def _rate(self, watched: Watched) -> float:
        """How many looks a second a job wants now."""
        return 1 / (self._gap(watched) or 1) if self._ripe(watched) else 0.0

    def _gap(self, watched: Watched) -> float:
        return watched.gap(self._clock.now(), self._durations.usual(watched.model), self._pace)

    def _first(self, watched: Watched) -> datetime:
        return watched.since + timedelta(seconds=self._durations.first_look(watched.model))

    def _ripe(self, watched: Watched) -> bool:
        return self._clock.now() >= self._first(watched)

    def _apart(self, watched: Watched) -> bool:
        return watched.alone or self._client.most == 1

    # --- what --------------------------------------------------------------------------------------------------

    def _requests(self) -> list[list[Watched]]:
        """Who is asked about now, in as many requests: those first who have waited longest."""
        now = self._clock.now()
        waiting = sorted(self._waiting, key=lambda each: each.asked or each.since)
        apart = [each for each in waiting if self._apart(each) and (each.due or self._first(each)) <= now]
        together = [each for each in waiting if not self._apart(each) and self._rate(each)]
        most = self._client.most
        room = most * max(1, min(AT_ONCE, FEW // most))
        parts = [together[at : min(at + most, room)] for at in range(0, min(len(together), room), most)]
        for part in parts:
            for each in part:
                each.paid += 1 / len(part)
        for each in apart[:AT_ONCE]:
            each.due = now + self._seconds(self._gap(each))
            each.paid += 1
        return [*parts, *([each] for each in apart[:AT_ONCE])]

    async def _asked(self, part: Sequence[Watched]) -> None:
        """One request, and who has to be told.

        Whom an answer leaves out is asked about alone. If he had been seen before, and is known after all, the answer
        told of as many jobs as the provider answers in one request; one that is refused altogether may ask too many.
        """
        uuids = list(dict.fromkeys(each.uuid for each in part))
        try:
            said = await self._client.ask_once(uuids)
        except NotAuthorised as error:
            for each in part:
                each.tell(error)
            return
        except ProviderError as error:
            self._failed(part, error)
            return
        except Exception as error:  # noqa: BLE001 - it belongs to one of them, and each is asked about alone to see whose
            for each in part:
                each.alone = True
                if len(part) == 1:
                    each.tell(error)
            return
        left_out = [uuid for uuid in uuids if said[uuid] is None]
        if left_out and len(uuids) > 1:
            self._answered = max(1, len(uuids) - len(left_out))
        for each in part:
            asked = said[each.uuid]
            if asked is None and len(uuids) > 1:
                each.alone = True
            else:
                self._take(each, asked or Asked())

    def _take(self, watched: Watched, asked: Asked) -> None:
        now = watched.asked = self._clock.now()
        if watched.alone and asked.trace:
            if watched.running is not None:  # else it may have been new when it was left out
                self._client.most = min(self._client.most, self._answered)
            for each in self._waiting:
                each.alone = False
        if asked.running:
            watched.running = now
        if asked.rows or asked.errors or not asked.running or now >= watched.until:
            watched.tell(asked)

    def _failed(self, part: Sequence[Watched], error: ProviderError) -> None:
        """A question that failed says nothing about a job, and something about our asking."""
        now = self._clock.now()
        if error.passing:
            self._trouble = True
            if error.retry_after is not None:
                self._quiet = now + timedelta(seconds=error.retry_after * self._pace)
        elif len(part) > 1:
            self._client.refused_together(len(part))
        for each in part:
            each.asked = now
            if now >= each.until:
                each.tell(error)
