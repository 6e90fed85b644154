"""Slots of Prefect's global concurrency limits, several at a time, each lot for as long as its lease is renewed.

A limit is named after its model. Whoever dies stops renewing, and the server takes the slots back when the lease ends.
"""

import asyncio
import re
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.objects import ConcurrencyLeaseHolder
from prefect.exceptions import PrefectHTTPStatusError

PREFIX = "stillreel-"
BANNED = re.compile(r"[/%&<>~]")  # what Prefect takes in no name, and the sign that stands for it
ESCAPED = re.compile(r"~([0-9a-f]{2})")
PAGE = 200  # limits; the most that the server lists at once
LASTS = 120.0  # seconds after the last renewal; less than it takes to find out that a whole host is lost
ANSWER = 15.0  # seconds for an answer, Prefect's own retries included; a purchase isn't kept waiting for longer
FULL, TOO_MANY, OVER = 423, 422, 410  # HTTP: no room now; more than the limit has at all; the lease has ended


class NoRoom(Exception):
    """The limit has fewer slots left than were asked for."""


class NobodyToAsk(Exception):
    """The server doesn't answer, or doesn't know the limit any more."""


@dataclass(frozen=True)
class Lease:
    """Some slots of a model's limit; without an id they are our own guess, and nobody else counts them."""

    id: UUID | None
    slots: int
    since: datetime


def limit_of(model: str) -> str:
    """The name of a model's limit: `klingai:3@1` has `stillreel-klingai:3@1`, and no other model has the same."""
    return PREFIX + BANNED.sub(lambda odd: f"~{ord(odd.group()):02x}", model)


def model_of(limit: str) -> str:
    """The model of a limit of ours, by its name."""
    return ESCAPED.sub(lambda code: chr(int(code.group(1), 16)), limit.removeprefix(PREFIX))


class Desk:
    """Where slots are taken and given back; every question has an end, whether or not the server is there."""

    def __init__(self, client: PrefectClient, run: UUID | None, lasts: float = LASTS) -> None:
        self._client = client
        self._holder = ConcurrencyLeaseHolder(type="flow_run", id=run) if run else None
        self._lasts = lasts

    async def limits(self) -> dict[str, int]:
        """Every limit of ours that is switched on, with its number; raises NobodyToAsk."""
        found: dict[str, int] = {}
        try:
            async with asyncio.timeout(ANSWER):
                while True:
                    page = await self._client.read_global_concurrency_limits(limit=PAGE, offset=len(found))
                    found |= {limit.name: limit.limit if limit.active else -1 for limit in page}
                    if len(page) < PAGE:
                        break
        except Exception as error:
            raise NobodyToAsk(str(error) or type(error).__name__) from error
        return {name: most for name, most in found.items() if name.startswith(PREFIX) and most >= 0}

    async def take(self, name: str, slots: int) -> UUID:
        """A lease for so many slots, all of them at once; raises NoRoom or NobodyToAsk."""
        try:
            async with asyncio.timeout(ANSWER):
                answer = await self._client.increment_concurrency_slots_with_lease(
                    names=[name], slots=slots, mode="concurrency", lease_duration=self._lasts, holder=self._holder
                )
            said = answer.json()
            lease, known = UUID(said["lease_id"]), bool(said["limits"])
        except PrefectHTTPStatusError as error:
            if error.response.status_code in (FULL, TOO_MANY):
                raise NoRoom(name) from error
            raise NobodyToAsk(str(error)) from error
        except Exception as error:
            raise NobodyToAsk(str(error) or type(error).__name__) from error
        if not known:  # the server grants what it doesn't know, and guards nothing
            raise NobodyToAsk(f"the limit {name} isn't there any more")
        return lease

    async def renew(self, lease: Lease) -> bool:
        """Whether the lease still counts: False once it has ended. Silence ends nothing by itself."""
        if lease.id is None:
            return True
        try:
            async with asyncio.timeout(ANSWER):
                await self._client.renew_concurrency_lease(lease.id, self._lasts)
        except PrefectHTTPStatusError as error:
            return error.response.status_code != OVER
        except Exception:  # noqa: BLE001 - asked again before long; a paid job never depends on it
            return True
        return True

    async def give_back(self, lease: Lease) -> bool:
        """Make its slots free; False where nobody could be told, so that it can be asked again.

        Where a server is silent it isn't asked twice, since it would count twice: then the end of the lease does it.
        """
        if lease.id is None:
            return True
        try:
            async with asyncio.timeout(ANSWER):
                await self._client.release_concurrency_slots_with_lease(lease.id)
        except TimeoutError:
            return True
        except Exception:  # noqa: BLE001 - whatever it is, nothing was given back
            return False
        return True
