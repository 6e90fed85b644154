import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from pydantic import SecretStr

from stillreel.domain.errors import MediaError, Money, ProviderError
from stillreel.runware import open_client
from stillreel.runware.addresses import ANY_PUBLIC_HOST
from stillreel.runware.download import fetch
from tests.runware.scripted import KEY, Provider, StillClock

CLIP = random.Random(3).randbytes(200_000)  # noqa: S311 - a file's worth of bytes
PUBLIC = "93.184.215.14"


def whole(body=CLIP, **headers):
    return head(200, len(body), **headers) + body


def head(status, length=None, **headers):
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    if length is not None:
        lines.append(f"Content-Length: {length}")
    return "\r\n".join([f"HTTP/1.1 {status} So", *lines, "", ""]).encode()


class Host:
    """A server on loopback that answers each connection with the next line of raw bytes, then hangs up."""

    def __init__(self, *script: bytes) -> None:
        self.script = list(script)
        self.asked: list[str] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = (await reader.readuntil(b"\r\n\r\n")).decode()
        self.asked.append(request.split()[1])
        line = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        writer.write(line.replace(b"HERE", self.origin.encode()))
        await writer.drain()
        writer.close()

    @asynccontextmanager
    async def up(self) -> AsyncIterator["Host"]:
        server = await asyncio.start_server(self.serve, "127.0.0.1", 0)
        self.origin = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with server:
            yield self


@asynccontextmanager
async def serving(*script):
    clock = StillClock()
    async with Host(*script).up() as host, open_client(f"{host.origin}/v1", SecretStr(KEY), clock, 5) as client:
        yield host, client, clock


async def result(client, host, path="/video/x.mp4"):
    async with client.download(f"{host.origin}{path}") as download:
        return b"".join([piece async for piece in download])


async def test_a_result_comes_as_a_stream_with_its_declared_size():
    """A result's bytes come piece by piece, with the size and type that its server declares."""
    async with (
        serving(whole(Content_Type="Video/MP4; x=1")) as (host, client, _),
        client.download(f"{host.origin}/video/x.mp4") as download,
    ):
        pieces = [piece async for piece in download]
    assert (download.size, download.media_type) == (len(CLIP), "video/mp4")
    assert b"".join(pieces) == CLIP
    assert len(pieces) > 1


async def test_a_truncated_body_is_taken_up_again_unseen():
    """A body that breaks off is read again from another connection, and the reader gets each byte once."""
    short = whole()[:-50_000]
    async with serving(short, head(503), short[:-50_000], whole()) as (host, client, clock):
        assert await result(client, host) == CLIP
    assert len(host.asked) == 4
    assert len(clock.slept) == 3


@pytest.mark.parametrize(
    "body", [whole()[:-1], head(200, 10), head(200, None, Transfer_Encoding="chunked") + b"5\r\nhello\r\n"]
)
async def test_a_body_that_stays_short_is_an_error(body):
    """A file that is truncated each time is never taken for whole: it ends in ProviderError after four tries."""
    async with serving(body) as (host, client, _):
        with pytest.raises(ProviderError) as caught:
            await result(client, host)
    assert len(host.asked) == 4
    assert caught.value.money is Money.SPENT


async def test_two_files_are_never_spliced():
    """A file that changes between two tries is an error, and not the beginning of one with the end of the other."""
    other = CLIP[:1000] + b"\0" + CLIP[1001:]
    async with serving(whole()[:-50_000], whole(other)) as (host, client, _):
        with pytest.raises(MediaError, match="it changed"):
            await result(client, host)


@pytest.mark.parametrize("status", [404, 410])
async def test_a_result_that_is_gone_is_not_asked_for_again(status):
    """A result whose address has expired is gone: one request, and an error that says so."""
    async with serving(head(status, 0)) as (host, client, clock):
        with pytest.raises(MediaError, match=str(status)):
            await result(client, host)
    assert len(host.asked) == 1
    assert not clock.slept


@pytest.mark.parametrize(
    "status,tries", [(403, 1), (400, 1), (204, 1), (206, 1), (429, 4), (500, 4), (503, 4), (504, 4)]
)
async def test_other_statuses_may_pass(status, tries):
    """A status that doesn't say the file is gone leaves it for later, after a few tries where load is the reason."""
    async with serving(head(status, 0)) as (host, client, _):
        with pytest.raises(ProviderError, match=f"HTTP {status}"):
            await result(client, host)
    assert len(host.asked) == tries


async def test_compressed_bytes_are_refused():
    """A body that comes compressed, although we asked for it plain, isn't the file."""
    async with serving(whole(Content_Encoding="gzip")) as (host, client, _):
        with pytest.raises(MediaError, match="gzip"):
            await result(client, host)


async def test_redirects_within_the_origin_are_followed():
    """A redirect, relative or not, is followed to the file."""
    script = head(302, 0, Location="b.mp4"), head(307, 0, Location="HERE/c/d.mp4"), whole()
    async with serving(*script) as (host, client, _):
        assert await result(client, host) == CLIP
    assert host.asked == ["/video/x.mp4", "/video/b.mp4", "/c/d.mp4"]


@pytest.mark.parametrize(
    "location", ["http://127.0.0.1:1/", "http://169.254.169.254/", "file:///etc/passwd", "http://[", ""]
)
async def test_a_redirect_elsewhere_is_not_followed(location):
    """A result that redirects to another origin, or nowhere, ends in an error without a second connection."""
    async with serving(head(302, 0, Location=location)) as (host, client, _):
        with pytest.raises(MediaError):
            await result(client, host)
    assert len(host.asked) == (1 if location else 6)


async def test_a_circle_of_redirects_ends():
    """Redirects that go round in a circle end after five."""
    async with serving(head(302, 0, Location="/video/x.mp4")) as (host, client, _):
        with pytest.raises(MediaError, match="redirects"):
            await result(client, host)
    assert len(host.asked) == 6


async def test_nobody_listening_is_the_providers_trouble():
    """A host that refuses connections may be back: ProviderError, after a few tries."""
    clock = StillClock()
    async with open_client("http://127.0.0.1:1/v1", SecretStr(KEY), clock, 5) as client:
        with pytest.raises(ProviderError):
            async with client.download("http://127.0.0.1:1/x.mp4"):
                pass
    assert len(clock.slept) == 3


async def given(*script, url="https://images.example/a.png?token=1", largest=1000, resolve=None):
    """What a person's address brings, where every name is public, and the requests that it took."""

    async def public(host, port):
        return [PUBLIC]

    provider = Provider(*script)
    source = fetch(
        provider.http,
        url,
        ANY_PUBLIC_HOST,
        provider.clock,
        random.Random(1),  # noqa: S311
        largest=largest,
        resolve=resolve or public,
    )
    async with source as download:
        return b"".join([piece async for piece in download]), provider.requests


async def test_the_connection_goes_to_the_address_that_was_checked():
    """A name is resolved once and the request goes to that address, under the name's own Host and certificate."""
    looked_up = []

    async def once(host, port):
        looked_up.append((host, port))
        return [PUBLIC] if len(looked_up) == 1 else ["127.0.0.1"]

    body, (request,) = await given(httpx.Response(200, content=b"png"), resolve=once)
    assert body == b"png"
    assert looked_up == [("images.example", 443)]
    assert str(request.url) == f"https://{PUBLIC}/a.png?token=1"
    assert request.headers["Host"] == "images.example"
    assert request.extensions["sni_hostname"] == "images.example"
    assert request.headers["Connection"] == "close", "kept, it would serve other names under this one's certificate"


async def test_a_given_address_may_not_redirect_inside():
    """A public address that redirects to a name inside our network is refused before a connection is made."""

    async def split(host, port):
        return [PUBLIC] if host == "images.example" else ["169.254.169.254"]

    moved = httpx.Response(302, headers={"Location": "http://metadata.example/"})
    with pytest.raises(MediaError, match="isn't a public one") as caught:
        await given(moved, resolve=split)
    assert caught.value.money is Money.NOT_SPENT


async def test_a_file_over_the_cap_is_refused():
    """A file larger than the cap is refused by its declared size, or as soon as it grows past it."""
    undeclared = httpx.Response(200, content=b"x" * 1001)
    del undeclared.headers["Content-Length"]
    declared = httpx.Response(200, headers={"Content-Length": "1001"}, content=b"not read")
    for answer in (undeclared, declared):
        with pytest.raises(MediaError, match="larger than 1000 bytes"):
            await given(answer)
    assert (await given(httpx.Response(200, content=b"x" * 1000)))[0] == b"x" * 1000


async def test_a_length_is_checked_by_ourselves_too():
    """A body that ends before its declared length is short, even where the connection doesn't mind."""
    with pytest.raises(MediaError, match="5 of 10 bytes came"):
        await given(httpx.Response(200, headers={"Content-Length": "10"}, content=b"short"))


async def test_what_a_person_gave_is_their_problem():
    """A given address that can't be read is a MediaError, nothing spent, that shows no query: it may hold a token."""
    for answer in (httpx.Response(404), httpx.Response(500), httpx.ConnectError("refused")):
        with pytest.raises(MediaError) as caught:
            await given(answer)
        assert caught.value.money is Money.NOT_SPENT
        assert "token" not in str(caught.value)
