"""The way to the provider for everybody in a studio: what is ready together goes out in one request."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from stillreel.domain.clock import Clock
from stillreel.domain.errors import ProviderError
from stillreel.runware import Answer, Asked, Client, NoAnswer
from stillreel.studio.together import Together


@dataclass(frozen=True)
class _Parcel:
    body: dict[str, Any]
    until: datetime  # later than this the lease may end during the send

    @property
    def uuid(self) -> UUID:
        return UUID(self.body["taskUUID"])


class Post:
    """One request for many purchases, one for many questions; each caller gets its own answer."""

    def __init__(self, client: Client, clock: Clock) -> None:
        self._client = client
        self._clock = clock
        self.on_the_wire: set[UUID] = set()
        self._purchases: Together[_Parcel, Answer] = Together(clock, self._submit)
        self._questions: Together[UUID, Asked] = Together(clock, self._ask)

    def coming(self) -> AbstractContextManager[None]:
        """While the block lasts, purchases that are ready wait for the one that follows it."""
        return self._purchases.coming()

    async def submit(self, body: dict[str, Any], until: datetime) -> Answer:
        """Send one task, once, if it leaves before `until`; silence is an answer, too."""
        return await self._purchases(_Parcel(body, until))

    async def ask(self, uuid: UUID) -> Asked:
        """How far a job is; raises ProviderError or NotAuthorised if nobody can be asked about it."""
        asked = await self._questions(uuid)
        if not asked.answered:
            raise ProviderError(asked.trouble)
        return asked

    async def _submit(self, parcels: Sequence[_Parcel]) -> list[Answer]:
        now = self._clock.now()  # the last look at the clock before they leave
        leaving = [parcel for parcel in parcels if now < parcel.until]
        uuids = {parcel.uuid for parcel in leaving}
        self.on_the_wire |= uuids
        try:
            answers = await self._client.submit([parcel.body for parcel in leaving]) if leaving else {}
        finally:
            self.on_the_wire -= uuids
        late = NoAnswer(why="this process stood still for as long as a send may take", sent=False)
        return [answers.get(parcel.uuid, late) for parcel in parcels]

    async def _ask(self, uuids: Sequence[UUID]) -> list[Asked]:
        answers = await self._client.ask(list(dict.fromkeys(uuids)))
        return [answers[uuid] for uuid in uuids]
