"""The provider's API as we use it: one address, arrays of tasks, the key in a header and nowhere else.

What may be repeated is decided here, by kind of request: a question is free and is asked again when it fails;
a purchase is sent once for each call, because only the studio's events can say whether it may be sent again.
"""

import asyncio
import base64
import random
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx
from pydantic import SecretStr

from stillreel.domain.clock import Clock
from stillreel.domain.errors import BadSettings, NotAuthorised, ProviderError, UnknownShape
from stillreel.runware import policy
from stillreel.runware.addresses import ANY_PUBLIC_HOST, Trust, results_of
from stillreel.runware.answers import (
    Answer,
    Asked,
    Details,
    NoAnswer,
    Spoken,
    about_the_question,
    read_asked,
    read_submit,
)
from stillreel.runware.download import Download, fetch
from stillreel.runware.patience import pause, reason, retry_after
from stillreel.runware.schemas import Seen, look
from stillreel.runware.troubles import again, field_of, refuse
from stillreel.runware.wire import Envelope, amount, excerpt, objects, parse

Task = Mapping[str, Any]

SECRET = 16  # characters; a shorter key is an emulator's, may be a word of the wire such as `image`, and hides nothing

_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


class Client:
    """Asks the provider and buys from it; its ProviderError, UnknownShape and NotAuthorised never hold the key."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        *,
        url: str,
        key: SecretStr,
        clock: Clock,
        rng: random.Random,
        send_timeout: float = policy.SEND_TIMEOUT,
        given: Trust = ANY_PUBLIC_HOST,
    ) -> None:
        secret = key.get_secret_value()
        if not secret or not secret.isascii() or not secret.isprintable() or " " in secret:
            raise BadSettings("the provider's key is empty, or holds spaces, line breaks or characters that no key has")
        self._http = http
        self._url = url
        self._key = key
        self._clock = clock
        self._rng = rng
        self._send_timeout = send_timeout
        self._given = given
        self.most = policy.MOST_TOGETHER  # jobs that one question is about; fewer once the provider has refused that

    async def submit(self, bodies: Sequence[Task]) -> dict[UUID, Answer]:
        """Buy: send these tasks in one request, once, and say for each what came back, silence included."""
        uuids = [UUID(body["taskUUID"]) for body in bodies]
        try:
            spoken = await self._post(bodies, self._send_timeout)
        except (httpx.HTTPError, TimeoutError) as error:
            silence = NoAnswer(why=reason(error), sent=not isinstance(error, _NEVER_SENT))
            return dict.fromkeys(uuids, silence)
        return read_submit(spoken, uuids)

    async def ask(self, uuids: Sequence[UUID]) -> dict[UUID, Asked]:
        """How far these jobs are, in one request; who is left out of its answer is asked about alone.

        Raises ProviderError or NotAuthorised if nobody can be asked. Of several jobs, one that can't be asked or
        understood by itself hides nobody else: it counts as running and says why in `trouble`.
        """
        if len(uuids) == 1:
            return {uuids[0]: await self._ask_alone(uuids[0])}
        together = await self._ask_together(uuids)
        left_out = [uuid for uuid, asked in together.items() if asked is None]
        gate = asyncio.Semaphore(policy.ALONE_AT_ONCE)

        async def alone(uuid: UUID) -> Asked:
            async with gate:
                return await self._ask_kindly(uuid)

        apart = dict(zip(left_out, await asyncio.gather(*map(alone, left_out)), strict=True))
        return {uuid: asked or apart[uuid] for uuid, asked in together.items()}

    async def ask_once(self, uuids: Sequence[UUID]) -> dict[UUID, Asked | None]:
        """How far these jobs are, by one request that is made once; None for those that its answer leaves out.

        For whoever asks again anyway. Raises ProviderError, which says whether the trouble may pass, or NotAuthorised.
        """
        envelope = await self._once([_about(uuid) for uuid in uuids], policy.ASK_TIMEOUT)
        return {uuid: read_asked(envelope, uuid, alone=len(uuids) == 1) for uuid in uuids}

    async def details(self, uuid: UUID) -> Details | None:
        """What the provider keeps of a job, or None if it knows nothing; raises ProviderError or NotAuthorised."""
        envelope = await self._question(lambda: [{"taskType": "getTaskDetails", "taskUUID": str(uuid)}])
        for item in envelope.items:
            request, response = (objects(item.raw.get(name)) for name in ("request", "response"))
            if item.task_uuid in (uuid, None) and (request or response):
                return Details(request=request, response=response)
        return None

    async def ping(self) -> None:
        """Find out whether the provider is there and takes the key; raises ProviderError or NotAuthorised."""
        field_of(await self._question(lambda: [{"taskType": "ping", "ping": True}]), "pong")

    async def balance(self) -> Decimal:
        """What is left on the account, in US dollars; raises ProviderError or NotAuthorised."""
        envelope = await self._question(lambda: [self._task("accountManagement", operation="getDetails")])
        balance = amount(field_of(envelope, "balance"))
        if balance is None:
            raise UnknownShape("the provider's balance has a shape that we don't know")
        return balance

    async def upload(self, data: bytes, media_type: str) -> str:
        """Give the provider an image to start from; its mediaUUID, good for 30 days after its last use."""
        encoded = await asyncio.to_thread(lambda: base64.b64encode(data).decode())
        uri = f"data:{media_type};base64,{encoded}"
        stored = await self._question(
            lambda: [self._task("mediaStorage", operation="upload", media=uri)], seconds=policy.UPLOAD_TIMEOUT
        )
        return str(field_of(stored, "mediaUUID", "imageUUID"))

    async def look(self, schemas: str, airs: Sequence[str]) -> dict[str, Seen]:
        """Whether the provider has these models, by its list of schemas at that address; raises nothing."""
        return await look(self._http, schemas, airs, self._clock)

    def download(self, url: str) -> AbstractAsyncContextManager[Download]:
        """The bytes of a result, from the provider's own hosts only; a broken body is taken up again unseen."""
        return fetch(self._http, url, results_of(self._url), self._clock, self._rng)

    def download_given(self, url: str, *, largest: int = policy.LARGEST_FILE) -> AbstractAsyncContextManager[Download]:
        """The bytes at an address that a person gave, from any public host; at most `largest` of them."""
        return fetch(self._http, url, self._given, self._clock, self._rng, largest=largest)

    def refused_together(self, many: int) -> None:
        """A question about so many jobs was refused altogether, which may be because they were too many."""
        self.most = min(self.most, max(1, many // 2))  # of several on the way together none knew of the others

    async def _ask_together(self, uuids: Sequence[UUID]) -> dict[UUID, Asked | None]:
        """What questions about many tell of each; None for those that have to be asked about alone."""
        told: dict[UUID, Asked | None] = dict.fromkeys(uuids)
        rest = list(told)
        while len(rest) > 1 and self.most > 1:
            part = rest[: self.most]
            try:
                told |= await self._ask_part(part)
            except ProviderError as error:
                if error.passing:
                    raise
                self.refused_together(len(part))
            else:
                rest = rest[len(part) :]
        return told

    async def _ask_part(self, part: Sequence[UUID]) -> dict[UUID, Asked | None]:
        envelope = await self._question(lambda: [_about(uuid) for uuid in part])
        return {uuid: read_asked(envelope, uuid, alone=False) for uuid in part}

    async def _ask_alone(self, uuid: UUID) -> Asked:
        asked = read_asked(await self._question(lambda: [_about(uuid)]), uuid, alone=True) or Asked()
        if asked.trouble and not asked.rows:
            raise UnknownShape(f"a result of job {uuid} has a shape that we don't know: {asked.trouble}")
        return asked

    async def _ask_kindly(self, uuid: UUID) -> Asked:
        try:
            return await self._ask_alone(uuid)
        except ProviderError as error:
            return Asked(running=True, trouble=error.message, answered=False)

    async def _question(self, tasks: Callable[[], Sequence[Task]], seconds: float = policy.ASK_TIMEOUT) -> Envelope:
        """An answer to what costs nothing, asked again with growing pauses while the trouble may pass."""
        for attempt in range(1, policy.ASK_TRIES):
            try:
                return await self._once(tasks(), seconds)
            except ProviderError as trouble:
                if not trouble.passing:
                    raise
                await self._clock.sleep(max(pause(attempt, self._rng), trouble.retry_after or 0.0))
        return await self._once(tasks(), seconds)

    async def _once(self, tasks: Sequence[Task], seconds: float) -> Envelope:
        try:
            spoken = await self._post(tasks, seconds)
        except (httpx.HTTPError, TimeoutError) as error:
            raise again(ProviderError(f"the provider doesn't answer: {reason(error)}")) from error
        if spoken.status in {401, 403}:
            raise NotAuthorised(f"the provider doesn't take the key: HTTP {spoken.status}: {excerpt(spoken.body)}")
        if spoken.status in {408, 429} or spoken.status >= 500:
            busy = f"the provider can't answer now: HTTP {spoken.status}: {excerpt(spoken.body)}"
            raise again(ProviderError(busy), spoken.retry_after)
        try:
            envelope = parse(spoken.body)
        except UnknownShape as error:
            if spoken.status < 300:
                raise again(error) from error  # a body that broke on its way
            raise
        ours = [error for error in envelope.errors if about_the_question(error, spoken.status)]
        told = tuple(error for error in envelope.errors if error not in ours)
        if ours and not (told or envelope.items):
            refuse(ours, spoken)
        return envelope.model_copy(update={"errors": told})

    async def _post(self, tasks: Sequence[Task], seconds: float) -> Spoken:
        """One request, and its whole answer with the key taken out before anybody reads it."""
        secret = self._key.get_secret_value()
        headers = {"Authorization": f"Bearer {secret}", "User-Agent": policy.USER_AGENT}
        timeout = httpx.Timeout(seconds, connect=policy.CONNECT_TIMEOUT)
        # In all, because httpx times each piece by itself, and a lease can't wait for a server that drips.
        async with asyncio.timeout(seconds):
            answer = await self._http.post(self._url, json=list(tasks), headers=headers, timeout=timeout)
        return Spoken(
            status=answer.status_code,
            body=answer.content.replace(secret.encode(), b"[key]") if len(secret) >= SECRET else answer.content,
            retry_after=self._told_to_wait(answer.headers.get("Retry-After")),
        )

    def _told_to_wait(self, header: str | None) -> float | None:
        return None if header is None else retry_after(header, self._clock.now())

    def _task(self, task_type: str, **fields: str) -> Task:
        """A utility's task under a UUID of its own, a new one for each try: a repeated one may be refused."""
        uuid = UUID(int=self._rng.getrandbits(128), version=4)
        return {"taskType": task_type, "taskUUID": str(uuid), **fields}


def _about(uuid: UUID) -> Task:
    return {"taskType": "getResponse", "taskUUID": str(uuid)}
