"""The look at the provider's list of schemas: quick, without the key, and never an error."""

import asyncio
import json
import random
import time

import httpx
import pytest
from pydantic import SecretStr

from stillreel.runware import Client, open_client, policy
from tests.runware.scripted import API, KEY, Provider, StillClock, says

LIST = "https://schemas.example/resolve"
SCHEMA = says({"requestSchema": {"type": "object"}})
MODEL = "klingai:kling-video@2.6-pro"


async def looked(provider: Provider, *airs: str):
    return await provider.client.look(LIST, airs or [MODEL])


async def test_a_model_with_a_schema_is_known():
    """One question, at the model's own address, with neither key nor body."""
    provider = Provider(SCHEMA)
    assert (await looked(provider))[MODEL].how == "known"
    (request,) = provider.requests
    assert (request.method, str(request.url), request.content) == ("GET", f"{LIST}/{MODEL}", b"")
    assert "authorization" not in request.headers
    assert KEY not in repr(request.headers)
    assert request.headers["user-agent"].startswith("stillreel/")


async def test_a_model_without_one_is_not_known():
    """404 is an answer, and isn't asked for again."""
    provider = Provider(says(b"not found", 404))
    assert (await looked(provider))[MODEL].how == "not known"
    assert len(provider.requests) == 1


@pytest.mark.parametrize(
    "line,why,tries",
    [
        (says(b"<html>sign in</html>"), "isn't a schema", 1),
        (says([]), "isn't a schema", 1),
        (says(b"[" * 100_000), "isn't a schema", 1),
        (says({}, 302, {"Location": "https://elsewhere.example/"}), "HTTP 302", 1),
        (says({}, 403), "HTTP 403", 1),
        (says({}, 503), "HTTP 503", 2),
        (httpx.ConnectError("no route"), "no route", 2),
        (httpx.ReadTimeout(""), "ReadTimeout", 2),
    ],
    ids=["html", "list", "deep", "redirect", "forbidden", "busy", "away", "silent"],
)
async def test_what_is_no_answer_is_unclear(line, why, tries):
    """Anything else says nothing of the model, and only what may pass is tried once more."""
    provider = Provider(line)
    seen = (await looked(provider))[MODEL]
    assert seen.how == "unclear"
    assert why in seen.why
    assert len(provider.requests) == tries


async def test_trouble_that_passes_is_no_trouble():
    """A connection that is lost once doesn't make a model unclear."""
    assert (await looked(Provider(httpx.ConnectError("lost"), SCHEMA)))[MODEL].how == "known"


async def test_all_models_are_looked_at_at_once():
    """The second question is there before the first is answered."""
    both = asyncio.Event()
    asked = []

    async def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        if len(asked) == 2:
            both.set()
        await both.wait()
        return httpx.Response(200, content=json.dumps({}))

    http = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    rng = random.Random(7)  # noqa: S311 - pauses
    client = Client(http, url=API, key=SecretStr(KEY), clock=StillClock(), rng=rng)
    seen = await client.look(LIST, ["a:1@1", "b:1@1"])
    assert {air: found.how for air, found in seen.items()} == {"a:1@1": "known", "b:1@1": "known"}


async def test_a_list_that_never_answers_costs_seconds():
    """A host that takes the connection and says nothing is given up within the time that a run can spare."""

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async with await asyncio.start_server(silent, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with open_client(API, SecretStr(KEY), StillClock(), seed=7) as client:
            begun = time.monotonic()
            seen = await client.look(f"http://127.0.0.1:{port}/resolve", ["a:1@1", "b:1@1", "c:1@1"])
    assert {found.how for found in seen.values()} == {"unclear"}
    assert time.monotonic() - begun < policy.LOOK_TRIES * policy.LOOK_TIMEOUT + 1
