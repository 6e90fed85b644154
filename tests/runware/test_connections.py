import asyncio
import datetime as dt
import random
import ssl
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pydantic import SecretStr

from stillreel.domain.errors import ProviderError
from stillreel.runware import Acknowledged, NoAnswer, open_client
from stillreel.runware.addresses import results_of
from stillreel.runware.download import fetch
from tests.runware.scripted import JOB, KEY, StillClock, task

ACK = f'{{"data": [{{"taskType": "videoInference", "taskUUID": "{JOB}"}}]}}'.encode()


@asynccontextmanager
async def server(speak, tls=None):
    """A server on loopback that reads one request and then speaks for itself."""

    async def serve(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        try:
            await speak(writer)
        finally:
            writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    try:
        yield listening.sockets[0].getsockname()[1]
    finally:
        listening.close()


async def answer(writer):
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(ACK) + ACK)
    await writer.drain()


async def silence(_):
    await asyncio.Event().wait()


async def drip(writer):
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    while not writer.is_closing():
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.02)  # a slow server is the subject here


async def hang_up(_):
    pass


async def garbage(writer):
    writer.write(b"SSH-2.0-OpenSSH_9.2\r\n")
    await writer.drain()


async def send(port):
    async with open_client(f"http://127.0.0.1:{port}/v1", SecretStr(KEY), StillClock(), 1, send_timeout=0.2) as client:
        return (await client.submit([task()]))[JOB]


async def test_a_purchase_is_acknowledged_over_a_real_connection():
    """A client opened as the studio opens it buys over a real connection."""
    async with server(answer) as port:
        assert await send(port) == Acknowledged()


@pytest.mark.parametrize("speak", [silence, drip, hang_up, garbage])
async def test_a_purchase_waits_no_longer_than_its_lease_allows(speak):
    """A server that is silent, drips, hangs up or talks nonsense is no answer, as soon as the time is over."""
    async with server(speak) as port, asyncio.timeout(5):
        told = await send(port)
    assert isinstance(told, NoAnswer)
    assert told.sent


async def test_nobody_listening_means_nothing_was_sent():
    """A refused connection is no answer, and says that nothing left us."""
    async with server(answer) as port:
        pass
    told = await send(port)
    assert isinstance(told, NoAnswer)
    assert not told.sent


def certificate(folder: Path, name: str) -> Path:
    """A certificate for one name, signed by itself, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    path = folder / f"{name}.pem"
    path.write_bytes(private + signed.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.mark.parametrize("name", ["localhost", "other.example"])
async def test_a_checked_address_must_still_prove_its_name(tmp_path, name):
    """The connection goes to a bare address, and the server there must hold a certificate of the name asked for."""
    path = certificate(tmp_path, name)
    theirs = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    theirs.load_cert_chain(path)
    ours = ssl.create_default_context(cafile=path)

    async def loopback(host, port):
        assert host == "localhost"
        return ["127.0.0.1"]

    async with server(answer, theirs) as port, httpx.AsyncClient(verify=ours, trust_env=False) as http:
        api, chance = f"https://localhost:{port}", random.Random(1)  # noqa: S311
        source = fetch(http, f"{api}/x.mp4", results_of(f"{api}/v1"), StillClock(), chance, resolve=loopback)
        if name == "localhost":
            async with source as download:
                assert b"".join([piece async for piece in download]) == ACK
        else:
            with pytest.raises(ProviderError, match="certificate"):
                async with source:
                    pass
