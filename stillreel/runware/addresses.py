"""Which addresses bytes may be fetched from: the provider's own hosts for results, public ones for what people give.

A name is resolved here and every address behind it is checked; the connection then goes to a checked address, so a
name that resolves differently a moment later changes nothing. Redirects are followed by hand through the same gate.
"""

import asyncio
import ipaddress
import re
import socket
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

import httpx

from stillreel.domain.errors import Gone, MediaError, Money, ProviderError, StillreelError
from stillreel.runware import policy

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
Address = ipaddress.IPv4Address | ipaddress.IPv6Address

RESULT_HOSTS = ".runware.ai"  # vm. and im. have been seen

_HOST = re.compile(rb"[a-z0-9_.-]+|[0-9a-f:.]+")  # what is left after IDNA; a backslash would end it for some parsers
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


@dataclass(frozen=True)
class Trust:
    """What kind of address is fetched: which URLs it may have, and what a failure says of the money."""

    what: str
    schemes: frozenset[str]
    money: Money
    unreachable: type[StillreelError]
    within: float  # seconds for a whole file, however many tries it takes; a server that drips would take for ever
    host_suffix: str = ""
    itself: bool = False  # whether the host that the suffix is of is one, too
    loopback_origin: httpx.URL | None = None  # of an emulator on this machine, which serves its results itself

    def refuse(self, url: httpx.URL, why: str) -> MediaError:
        """The error that says why this address isn't fetched."""
        return MediaError(f"{self.what} can't be had from {shown(url)}: {why}", money=self.money)

    def gone(self, url: httpx.URL, why: str) -> Gone:
        """The error that says that there is no file at this address any more."""
        return Gone(f"{self.what} can't be had from {shown(url)}: {why}", money=self.money)

    def fail(self, url: httpx.URL, why: str) -> StillreelError:
        """The error that says that the address may be good and can't be read now."""
        return self.unreachable(f"{self.what} can't be read from {shown(url)} now: {why}", money=self.money)

    def parse(self, text: str, base: httpx.URL | None = None) -> httpx.URL:
        """The address that a text names, perhaps relative to another one; raises the error of a refusal."""
        try:
            return httpx.URL(text) if base is None else base.join(text)
        except (httpx.InvalidURL, ValueError) as error:
            raise MediaError(
                f"{self.what} can't be had: its address makes no sense ({error})", money=self.money
            ) from error

    async def admit(self, url: httpx.URL, resolve: Resolve) -> str:
        """The checked IP address to connect to; raises the error of a refusal or of a name that doesn't resolve."""
        emulated = self.loopback_origin is not None and _origin(url) == _origin(self.loopback_origin)
        if url.scheme not in (self.schemes | {"http"} if emulated else self.schemes):
            raise self.refuse(url, f"only {' and '.join(sorted(self.schemes))} is allowed")
        if url.userinfo:
            raise self.refuse(url, "an address with a user name in it isn't allowed")
        if not _HOST.fullmatch(url.raw_host):
            raise self.refuse(url, "that isn't a host's name")
        if not emulated and not f"{'.' * self.itself}{url.host}".endswith(self.host_suffix):
            raise self.refuse(url, f"only hosts under {self.host_suffix} are allowed")
        try:
            found = [ipaddress.ip_address(address.partition("%")[0]) for address in await resolve(url.host, _port(url))]
        except (OSError, UnicodeError) as error:
            raise self.fail(url, f"the host's name doesn't resolve ({error})") from error
        if not found or not all(address.is_loopback if emulated else is_public(address) for address in found):
            raise self.refuse(url, "the host isn't a public one")
        return str(found[0])


ANY_PUBLIC_HOST = Trust(
    what="the given file",
    schemes=frozenset({"http", "https"}),
    money=Money.NOT_SPENT,
    unreachable=MediaError,
    within=policy.GIVEN_WITHIN,
)


def results_of(api: str) -> Trust:
    """The trust in result URLs of this API: https and the vendor's hosts, or the API's own origin on loopback."""
    url = httpx.URL(api)
    return Trust(
        what="a result",
        schemes=frozenset({"https"}),
        money=Money.SPENT,
        unreachable=ProviderError,
        within=policy.RESULT_WITHIN,
        host_suffix=RESULT_HOSTS,
        loopback_origin=url if is_loopback(url.host) else None,
    )


def schemas_of(base: str | None) -> Trust:
    """The trust in addresses of schemas: https and the vendor's hosts, or exactly this origin on loopback."""
    url = httpx.URL(base or "")
    return Trust(
        what="the schema",
        schemes=frozenset({"https"}),
        money=Money.NOT_SPENT,
        unreachable=ProviderError,
        within=policy.GIVEN_WITHIN,
        host_suffix=RESULT_HOSTS,
        itself=True,
        loopback_origin=url if is_loopback(url.host) else None,
    )


def is_loopback(host: str) -> bool:
    """Whether a host is this machine, by its name or literal address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def is_public(address: Address) -> bool:
    """Whether an address belongs to the public internet, also by what it may carry inside."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public(address.ipv4_mapped)
        if address in _NAT64:
            return is_public(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
        if address.sixtofour is not None or address.is_site_local:
            return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


async def look_up(host: str, port: int) -> Sequence[str]:
    """Every address behind a name, as the system resolves it; a literal one stands for itself."""
    if ":" in host:
        return [host]
    with suppress(OSError):
        return [socket.inet_ntoa(socket.inet_aton(host))]  # also 127.1, 2130706433 and 0x7f000001
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(sockaddr[0]) for *_, sockaddr in found]


def shown(url: httpx.URL) -> str:
    """An address without what may be secret in it: its query, its user."""
    return str(url.copy_with(query=None, fragment=None, userinfo=b""))


def _origin(url: httpx.URL) -> tuple[str, str, int]:
    return url.scheme, url.host, _port(url)


def _port(url: httpx.URL) -> int:
    return url.port or {"http": 80}.get(url.scheme, 443)
