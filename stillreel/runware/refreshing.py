"""Looking at what the vendor publishes today about the models that we have; only when somebody asks for it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from stillreel.domain.clock import Clock
from stillreel.domain.errors import BadInput, Gone, StillreelError
from stillreel.domain.problems import Problem
from stillreel.runware import policy
from stillreel.runware.catalogue import Entry
from stillreel.runware.catalogue.importing import LARGEST, Imported, imported, read_schema
from stillreel.runware.documents import read_document, schema_address

AT_ONCE = 4  # addresses that are read at the same time; nobody is in a hurry


@dataclass(frozen=True)
class Look:
    """What came of looking at one model's schema."""

    entry: Entry
    kind: Literal["same", "differs", "gone", "unread"]
    found: Imported | None = None
    why: str = ""  # for one that is gone or couldn't be read


async def look_at(
    entries: Sequence[Entry], clock: Clock, base: str | None = None, within: float = policy.DOCUMENT_TIME
) -> list[Look]:
    """What the schema of each model says now; one that can't be had hides nobody else.

    `base` is where the schemas lie, if not at the vendor's; `within` so many seconds each of them must come.
    """
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(entry: Entry) -> Look:
        async with gate:
            return await _look(entry, clock, base, within)

    return await asyncio.gather(*(one(entry) for entry in entries))


async def _look(entry: Entry, clock: Clock, base: str | None, within: float) -> Look:
    address = schema_address(entry.page, base)
    try:
        data = await read_document(address, clock, largest=LARGEST, base=base, within=within)
        schema = read_schema(data, address)
        if schema.air != entry.air:
            raise BadInput([Problem(field="info.x-air-id", got=schema.air, allowed=entry.air)], what=address)
        found = imported(schema, clock.now().date(), entry, address)
    except Gone as error:
        return Look(entry, "gone", why=error.message)
    except StillreelError as error:
        return Look(entry, "unread", why=error.message.strip())
    return Look(entry, "differs" if found.differences else "same", found)
