"""Published documents come from the vendor's own hosts, or from the one origin on this machine that was named."""

import pytest

from stillreel.domain.errors import BadSettings, Gone, MediaError, Money, ProviderError
from stillreel.runware.addresses import results_of, schemas_of
from stillreel.runware.documents import read_document, schema_address
from tests.runware.scripted import StillClock
from tests.runware.test_addresses import EMULATOR, admitted, names
from tests.runware.test_download import Host, head, whole

PUBLIC = names(
    **{"runware.ai": ["104.18.5.5"], "schemas.runware.ai": ["104.18.5.6"], "evilrunware.ai": ["93.184.215.14"]}
)
SCHEMA = b'{"openapi": "3.1.0"}'


async def read(*script, path="/docs/models/x/schema.json", largest=1000):
    async with Host(*script).up() as host:
        return await read_document(f"{host.origin}{path}", StillClock(), largest=largest, base=host.origin)


@pytest.mark.parametrize(
    "url", ["https://runware.ai/docs/models/x/schema.json", "https://schemas.runware.ai/resolve/x"]
)
async def test_schemas_come_from_the_vendors_hosts(url):
    """The vendor's own host publishes documents, and so do those under it."""
    assert (await admitted(url, schemas_of(None), PUBLIC)).startswith("104.18.5.")


async def test_results_still_come_from_below_it_alone():
    """That documents lie on the vendor's own host changes nothing for results."""
    with pytest.raises(MediaError, match=r"only hosts under \.runware\.ai"):
        await admitted("https://runware.ai/x.mp4", results_of("https://api.runware.ai/v1"), PUBLIC)


@pytest.mark.parametrize(
    "url",
    [
        "http://runware.ai/docs/models/x/schema.json",
        "https://evilrunware.ai/schema.json",
        "https://runware.ai.evil.example/schema.json",
        "https://runware.ai@evilrunware.ai/schema.json",
        "http://127.0.0.1:8321/schema.json",
        "https://127.0.0.1/schema.json",
        "file:///etc/passwd",
        "https://",
        "://",
        "\0://x",
    ],
)
async def test_nothing_else_is_read(url):
    """An address of another host, over http or on this machine is refused, and no money is said to be spent."""
    with pytest.raises(MediaError) as refused:
        await read_document(url, StillClock(), largest=1000)
    assert refused.value.money is Money.NOT_SPENT


async def test_an_origin_on_this_machine_is_read_when_it_is_named():
    """With a base on loopback the documents come from exactly there."""
    assert await read(whole(SCHEMA)) == SCHEMA
    async with Host(whole(SCHEMA)).up() as host:
        with pytest.raises(MediaError):
            await read_document(f"{host.origin}/x", StillClock(), largest=1000, base=EMULATOR)
        with pytest.raises(MediaError):
            await read_document(f"{host.origin}/x", StillClock(), largest=1000)
    assert host.asked == []


@pytest.mark.parametrize("base", ["http://10.0.0.8:80", "https://example.com"])
async def test_a_base_elsewhere_opens_no_door(base):
    """A base that isn't on loopback makes no host readable that wasn't."""
    with pytest.raises(MediaError):
        await read_document(f"{base}/schema.json", StillClock(), largest=1000, base=base)


async def test_a_base_that_is_no_address_is_a_bad_setting():
    """A base address that makes no sense says so."""
    with pytest.raises(BadSettings, match="base address"):
        await read_document("https://runware.ai/x", StillClock(), largest=1000, base="http://[::1")


async def test_a_redirect_leads_nowhere_else():
    """A document that has moved to another host on this machine isn't followed there."""
    async with Host(whole(b"secret")).up() as inside:
        with pytest.raises(MediaError):
            await read(head(302, 0, Location=f"{inside.origin}/secret"))
    assert inside.asked == []


async def test_what_is_gone_is_told_from_what_cannot_be_read_now():
    """404 and 410 mean that there is no such document; a server in trouble, or one that isn't there, says nothing."""
    for status in (404, 410):
        with pytest.raises(Gone, match="the schema can't be had"):
            await read(head(status, 0))
    for line in (head(503, 0), head(401, 0), b""):
        with pytest.raises(ProviderError, match="can't be read"):
            await read(line)


@pytest.mark.parametrize("line", [whole(b"x" * 1001), head(200) + b"x" * 100_000], ids=["declared", "endless"])
async def test_a_large_document_is_not_read_to_its_end(line):
    """More bytes than a schema can have are refused, whether their server declares them or not."""
    with pytest.raises(MediaError, match="larger than 1000 bytes"):
        await read(line)


@pytest.mark.parametrize(
    "source,base,address",
    [
        ("https://runware.ai/docs/models/x", None, "https://runware.ai/docs/models/x/schema.json"),
        ("https://runware.ai/docs/models/x/", None, "https://runware.ai/docs/models/x/schema.json"),
        ("https://runware.ai/docs/models/x.md", None, "https://runware.ai/docs/models/x/schema.json"),
        ("https://runware.ai/docs/models/x/schema.json", None, "https://runware.ai/docs/models/x/schema.json"),
        ("https://runware.ai/docs/models/x", "http://127.0.0.1:9/", "http://127.0.0.1:9/docs/models/x/schema.json"),
    ],
)
def test_a_model_page_has_its_schema_beside_it(source, base, address):
    """The schema of a model lies at its page's address, in whatever form an entry names it."""
    assert schema_address(source, base) == address
