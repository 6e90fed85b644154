import io
import json
import logging
import random
import traceback

import httpx
import pytest
from pydantic import SecretStr

from stillreel.domain.errors import BadSettings, StillreelError
from stillreel.runware import Client, open_client
from tests.runware.scripted import API, JOB, KEY, Provider, StillClock, data, error, errors, says, task

ECHOES = [
    says(f"<h1>Bad key {KEY}</h1>".encode()),
    says({"you": {"sent": f"Bearer {KEY}"}}),
    says(KEY.encode(), 401),
    says(KEY.encode(), 500),
    says(KEY.encode(), 404),
    errors(error("invalidApiKey", None, message=f"{KEY} isn't known."), status=401),
    errors(error("invalidModel", message=f"{KEY} may not use this."), status=400),
    errors(error(f"x{KEY}", None)),
    data(task(videoUUID=KEY, status="success")),
    data(task(status="error", error=KEY)),
    httpx.ReadError(f"reading {API}"),
]


@pytest.mark.parametrize("echo", ECHOES)
async def test_the_key_is_in_no_error_answer_or_log(echo, caplog):
    """A provider that echoes our key finds it taken out of every error, traceback, answer and log line."""
    caplog.set_level(logging.DEBUG)
    shown = io.StringIO()
    client = Provider(echo).client
    print(repr(client), vars(client), file=shown)
    for question in (
        lambda: client.submit([task()]),
        lambda: client.ask([JOB]),
        lambda: client.details(JOB),
        client.balance,
        client.ping,
        lambda: client.upload(b"x", "image/png"),
    ):
        try:
            print(repr(await question()), file=shown)
        except StillreelError as caught:
            print(repr(caught), str(caught), traceback.format_exception(caught), vars(caught), file=shown)
    assert KEY not in shown.getvalue() + caplog.text
    assert len(shown.getvalue()) > 200


@pytest.mark.parametrize("key", ["", "two words", "line\n", "tab\t", "schlüssel", "nul\0"])
def test_a_malformed_key_is_refused_without_showing_it(key):
    """A key that can't stand in a header is refused at once, and the message doesn't repeat it."""
    with pytest.raises(BadSettings) as caught:
        Client(httpx.AsyncClient(), url=API, key=SecretStr(key), clock=StillClock(), rng=random.Random(1))  # noqa: S311
    assert not key or key not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["", "api.runware.ai/v1", "ftp://api.runware.ai/v1", "https://", "https://[::1/v1", "\0"]
)
async def test_a_malformed_address_is_refused(url):
    """An address of the provider that isn't an http(s) URL is a wrong setting, told before anything is sent."""
    with pytest.raises(BadSettings):
        async with open_client(url, SecretStr(KEY), StillClock(), 1):
            pass


async def test_a_download_never_carries_the_key():
    """The key goes to the API alone, not to where results or given images lie."""
    provider = Provider(httpx.Response(200, content=b"bytes"))
    async with provider.client.download_given("https://8.8.8.8/image.png") as download:
        assert b"".join([piece async for piece in download]) == b"bytes"
    (request,) = provider.requests
    assert KEY not in json.dumps([(name, value) for name, value in request.headers.items()])
    assert "authorization" not in request.headers


@pytest.mark.parametrize("key", ["k", "data", "task", "image"])
async def test_a_key_that_is_a_word_of_the_wire_garbles_no_answer(key):
    """An emulator takes any key; one that stands in every answer is taken out of none."""
    provider = Provider(data(task(status="success", imageUUID="id", imageURL="https://im.runware.ai/a.png")))
    client = Client(provider.http, url=API, key=SecretStr(key), clock=provider.clock, rng=random.Random(7))  # noqa: S311 - ids
    asked = (await client.ask([JOB]))[JOB]
    assert [row.id for row in asked.rows] == ["id"]
