import ipaddress

import httpx
import pytest

from stillreel.domain.errors import MediaError, Money, ProviderError
from stillreel.runware.addresses import ANY_PUBLIC_HOST, is_public, look_up, results_of

EMULATOR = "http://127.0.0.1:8321/v1"


def names(**hosts):
    """A name service that knows these names alone."""

    async def resolve(host, port):
        if host not in hosts:
            raise OSError(f"{host} is unknown")
        return hosts[host]

    return resolve


ELSEWHERE = names(
    **{
        "vm.runware.ai": ["104.18.5.5"],
        "im.runware.ai": ["2606:4700::6812:505"],
        "inside.runware.ai": ["10.0.0.8"],
        "images.example": ["93.184.215.14"],
        "twofaced.example": ["93.184.215.14", "192.168.1.1"],
        "nowhere.example": [],
        "evilrunware.ai": ["93.184.215.14"],
        "vm.runware.ai.evil.example": ["93.184.215.14"],
        "metadata.google.internal": ["169.254.169.254"],
    }
)


async def admitted(url, trust, resolve=ELSEWHERE):
    return await trust.admit(trust.parse(url), resolve)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://127.8.9.1:8000/x.png",
        "http://localhost/",
        "http://0.0.0.0/",
        "http://0/",
        "http://10.1.2.3/",
        "http://172.16.0.1/",
        "http://192.168.1.1/",
        "http://100.64.0.1/",
        "http://169.254.169.254/computeMetadata/v1/",
        "http://224.0.0.1/",
        "http://240.0.0.1/",
        "http://255.255.255.255/",
        "http://2130706433/",
        "http://0x7f000001/",
        "http://0177.0.0.1/",
        "http://127.1/",
        "http://[::]/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[::ffff:10.0.0.1]/",
        "http://[64:ff9b::7f00:1]/",
        "http://[2002:7f00:1::]/",
        "http://[fe80::1]/",
        "http://[fc00::1]/",
        "http://[fec0::1]/",
        "http://[ff02::1]/",
    ],
)
async def test_private_addresses_are_refused_however_they_are_written(url):
    """An address inside this machine or its network is never fetched, in whatever spelling it comes."""
    with pytest.raises(MediaError, match="can't be had"):
        await admitted(url, ANY_PUBLIC_HOST, look_up)
    with pytest.raises(MediaError):
        await admitted(url.replace("http:", "https:"), results_of("https://api.runware.ai/v1"), look_up)


@pytest.mark.parametrize(
    "url", ["https://metadata.google.internal/", "https://twofaced.example/", "http://nowhere.example/"]
)
async def test_a_name_is_judged_by_every_address_behind_it(url):
    """A name with a single private address among its public ones is refused, as is one with none at all."""
    with pytest.raises(MediaError):
        await admitted(url, ANY_PUBLIC_HOST)


@pytest.mark.parametrize(
    "url",
    [
        "http://vm.runware.ai/x.mp4",
        "https://images.example/x.mp4",
        "https://evilrunware.ai/x.mp4",
        "https://vm.runware.ai.evil.example/x.mp4",
        "https://vm.runware.ai@images.example/x.mp4",
        "https://images.example#vm.runware.ai",
        "https://images.example?.runware.ai",
        "https://images.example\\.runware.ai/",
        "https://user:word@vm.runware.ai/x.mp4",
        "https://inside.runware.ai/x.mp4",
        "http://127.0.0.1:8321/x.mp4",
        "file:///etc/passwd",
        "ftp://vm.runware.ai/x.mp4",
        "data:video/mp4;base64,AAAA",
        "vm.runware.ai/x.mp4",
        "https://",
        "",
        "https://[::1/",
        "\0",
    ],
)
async def test_results_come_from_the_providers_hosts_alone(url):
    """A result is fetched over https from the provider's own hosts, whatever tricks an address plays with names."""
    with pytest.raises(MediaError) as caught:
        await admitted(url, results_of("https://api.runware.ai/v1"))
    assert caught.value.money is Money.SPENT


async def test_the_providers_hosts_are_admitted_at_a_checked_address():
    """A result's host is admitted, and what comes back is the address that was checked."""
    trust = results_of("https://api.runware.ai/v1")
    assert await admitted("https://vm.runware.ai/x.mp4", trust) == "104.18.5.5"
    assert await admitted("https://IM.Runware.AI/x.png", trust) == "2606:4700::6812:505"


async def test_a_public_host_may_be_named_by_a_person():
    """A person may name any public host, over http too; a user name in the address is refused."""
    assert await admitted("http://images.example/a.png?token=1", ANY_PUBLIC_HOST) == "93.184.215.14"
    with pytest.raises(MediaError, match="user name") as caught:
        await admitted("https://me:word@images.example/a.png?token=1", ANY_PUBLIC_HOST)
    assert "word" not in str(caught.value)
    assert "token" not in str(caught.value)
    assert caught.value.money is Money.NOT_SPENT


@pytest.mark.parametrize("api", [EMULATOR, "http://localhost:8321/v1", "http://[::1]:8321/v1"])
async def test_an_emulator_on_this_machine_serves_its_own_results(api):
    """With the API on loopback, results come from exactly its origin, and from no other port, scheme or machine."""
    trust = results_of(api)
    resolve = names(**{"localhost": ["127.0.0.1", "::1"], "127.0.0.1": ["127.0.0.1"], "::1": ["::1"]})
    result = api.replace("/v1", "/video/x.mp4")
    assert ipaddress.ip_address(await admitted(result, trust, resolve)).is_loopback
    for other in (result.replace("8321", "8322"), result.replace("http:", "https:"), result.replace(":8321", "")):
        with pytest.raises(MediaError):
            await admitted(other, trust, resolve)


async def test_this_machine_by_name_must_be_this_machine():
    """A name for this machine that resolves to another one gets no exception."""
    with pytest.raises(MediaError):
        await admitted("http://localhost:8321/x", results_of("http://localhost:8321/v1"), names(localhost=["10.0.0.8"]))


async def test_the_providers_own_address_is_a_host_like_its_others():
    """A result that lies at the API's own public address is fetched as one from the provider's other hosts."""
    assert await admitted("https://vm.runware.ai/x.mp4", results_of("https://vm.runware.ai/v1")) == "104.18.5.5"


async def test_an_api_elsewhere_has_no_results_on_loopback():
    """The exception for an emulator holds on loopback only: an API on the network gets none."""
    with pytest.raises(MediaError):
        await admitted("http://10.0.0.8:80/x.mp4", results_of("http://10.0.0.8:80/v1"), look_up)


async def test_a_name_that_does_not_resolve_may_do_so_later():
    """A name that doesn't resolve says nothing about a result; of a given address it says that it's wrong."""
    with pytest.raises(ProviderError):
        await admitted("https://down.runware.ai/x.mp4", results_of("https://api.runware.ai/v1"))
    with pytest.raises(MediaError):
        await admitted("https://down.example/x.png", ANY_PUBLIC_HOST)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "104.18.5.5", "2606:4700::6812:505", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_public_addresses_are_public(address):
    """Addresses of the public internet pass, also inside an IPv6 one."""
    assert is_public(ipaddress.ip_address(address))


def test_what_is_checked_is_what_is_asked():
    """The address that was checked stands in the request's URL, with the port kept, for both kinds of address."""
    assert str(httpx.URL("https://h:99/x").copy_with(host="2606:4700::1")) == "https://[2606:4700::1]:99/x"
