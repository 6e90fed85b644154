"""Looking at what is published: a server that is slow with one schema takes no time from the others."""

import asyncio

import pytest

from stillreel.domain.errors import Money, ProviderError
from stillreel.runware.catalogue import load
from stillreel.runware.documents import read_document
from stillreel.runware.refreshing import look_at
from tests.runware.catalogue.schema_files import changed
from tests.runware.scripted import StillClock
from tests.runware.test_download import Host, head, whole

SLOW, QUICK = load()["runware:z-image@turbo"], load()["klingai:3@1"]
WITHIN = 1.0  # seconds, in which a loaded machine reads the quick one


class Dripping(Host):
    """A server that answers what has the slow one's name with a byte at a time, hangs up early, and is asked again."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        path = (await reader.readuntil(b"\r\n\r\n")).decode().split()[1]
        self.asked.append(path)
        slow = SLOW.slug in path
        writer.write(head(200, 1000) if slow else self.script[0])
        for _ in range(10 if slow else 0):
            writer.write(b" ")
            await asyncio.sleep(WITHIN / 25)  # what the server is slow by, and not a wait for anything
        writer.close()


async def test_a_schema_that_drips_is_given_up_in_all():
    """The time for a schema holds for all tries together, and the error says how long it was."""
    async with Dripping(b"").up() as host:
        with pytest.raises(ProviderError, match=r"can't be read from .* now: it didn't come within 1 s") as caught:
            await read_document(
                f"{host.origin}/{SLOW.slug}", StillClock(), largest=1000, base=host.origin, within=WITHIN
            )
    assert caught.value.money is Money.NOT_SPENT
    assert len(host.asked) < 4


async def test_a_schema_that_drips_holds_up_no_other():
    """It is told as one that can't be looked at, with why; the others are looked at."""
    async with Dripping(whole(changed(QUICK.slug))).up() as host:
        looks = await look_at([SLOW, QUICK], StillClock(), host.origin, WITHIN)
    assert [look.kind for look in looks] == ["unread", "same"]
    assert "it didn't come within 1 s" in looks[0].why
