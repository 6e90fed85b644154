"""Servers that never stop sending: a byte now and then keeps a connection alive, and would keep a run for ever."""

import asyncio
import random
from dataclasses import replace

import httpx
import pytest

from stillreel.domain.errors import MediaError, Money, ProviderError
from stillreel.runware import policy
from stillreel.runware.addresses import ANY_PUBLIC_HOST, results_of, schemas_of
from stillreel.runware.download import fetch
from tests.runware.scripted import API, StillClock

SOON = 0.05  # seconds
PUBLIC = "93.184.215.14"


class Drips(httpx.AsyncByteStream):
    """A body without an end, in pieces of a byte."""

    async def __aiter__(self):
        while True:
            await asyncio.sleep(0)
            yield b"."


def dripping(request):
    return httpx.Response(200, stream=Drips())


async def public(host, port):
    return [PUBLIC]


async def endless(trust, url, answers=dripping, clock=None):
    async with httpx.AsyncClient(transport=httpx.MockTransport(answers)) as http:
        source = fetch(http, url, trust, clock or StillClock(), random.Random(1), resolve=public)  # noqa: S311
        async with source as download:
            return [piece async for piece in download]


async def test_an_endless_given_file_is_given_up():
    """A given file that drips for ever is a MediaError once its time is over, with nothing spent."""
    with pytest.raises(MediaError, match=r"a\.png now: it hasn't all come within 0\.05 seconds") as caught:
        await endless(replace(ANY_PUBLIC_HOST, within=SOON), "https://images.example/a.png?token=1")
    assert caught.value.money is Money.NOT_SPENT


async def test_an_endless_result_is_left_for_another_time():
    """A result that drips for ever is the provider's trouble, which is tried again: it is paid for, and not lost."""
    with pytest.raises(ProviderError, match=r"it hasn't all come within") as caught:
        await endless(replace(results_of(API), within=SOON), "https://vm.runware.ai/x.mp4")
    assert caught.value.money is Money.SPENT


async def test_tries_and_pauses_count():
    """The time is that of all tries together, with the pauses between them."""

    class Waits(StillClock):
        async def sleep(self, seconds):
            await asyncio.Event().wait()

    with pytest.raises(MediaError, match="it hasn't all come within"):
        await endless(
            replace(ANY_PUBLIC_HOST, within=SOON), "http://images.example/a.png", lambda _: httpx.Response(503), Waits()
        )


async def test_a_readers_own_timeout_is_its_own():
    """What the reader gives up by itself isn't told as the server's fault."""
    async with httpx.AsyncClient(transport=httpx.MockTransport(dripping)) as http:
        source = fetch(http, "http://a.example/x", ANY_PUBLIC_HOST, StillClock(), random.Random(1), resolve=public)  # noqa: S311
        with pytest.raises(TimeoutError, match="mine"):
            async with source:
                raise TimeoutError("mine")


def test_each_kind_of_file_has_its_time():
    """A person who waits for a check is answered within minutes; what is paid for gets as long as a slow line takes."""
    assert ANY_PUBLIC_HOST.within == schemas_of(None).within == policy.GIVEN_WITHIN
    assert policy.GIVEN_WITHIN <= 120 < policy.RESULT_WITHIN == results_of(API).within
