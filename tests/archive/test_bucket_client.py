"""How a bucket's client comes to its address, its credentials, its proxy and its certificates."""

import json
from pathlib import Path
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from stillreel.archive.bucket_client import open_client
from stillreel.archive.gcs import BucketStore
from stillreel.domain.errors import BadSettings
from tests.archive.fake_gcs import Gcs, fake_gcs, make_bucket
from tests.archive.proxy import Proxy


async def test_an_emulator_needs_no_credentials(bucket: BucketStore, gcs: Gcs) -> None:
    """Against an endpoint nobody looks for credentials, and there is no signed address to give."""
    if gcs.endpoint is None:
        pytest.skip("Google itself does need them")
    await bucket.create("x.png", b"")
    assert await bucket.signed_url("x.png", seconds=60) is None


async def test_a_service_accounts_key_signs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a key that can sign, a browser gets an address for so many seconds; nobody is asked for it."""
    secret = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = secret.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    account = {
        "type": "service_account",
        "client_email": "ci@example.com",
        "private_key": pem,
        "token_uri": "https://x/",
    }
    (tmp_path / "key.json").write_text(json.dumps(account))
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "key.json"))
    monkeypatch.delenv("STORAGE_EMULATOR_HOST", raising=False)
    store = BucketStore("bucket", "reels")
    address = await store.signed_url("projects/p/s/clip-001.mp4", seconds=60)
    await store.aclose()
    assert address is not None
    assert address.startswith("https://storage.googleapis.com/bucket/reels/projects/p/s/clip-001.mp4?X-Goog-Algorithm=")
    assert "X-Goog-Expires=60" in address


async def test_no_credentials_are_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A key file that isn't there is a setting to correct, before anything is sent."""
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "missing.json"))
    monkeypatch.delenv("STORAGE_EMULATOR_HOST", raising=False)
    store = BucketStore("bucket")
    with pytest.raises(BadSettings, match="gcloud auth application-default login"):
        await store.create("x.json", b"")
    await store.aclose()


async def test_the_emulators_address_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """STORAGE_EMULATOR_HOST is read as google-cloud-storage reads it."""
    with fake_gcs() as endpoint:
        make_bucket(endpoint, "elsewhere")
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", endpoint)
        store = BucketStore("elsewhere")
        await store.create("x.json", b"1")
        assert store.uri == "gs://elsewhere"
        assert [stored.name async for stored in store.list("")] == ["x.json"]
        await store.aclose()


async def test_a_proxy_of_the_environment_is_used(proxy: Proxy, gcs: Gcs, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever reaches the world through a proxy reaches the bucket through it, but for hosts that are excepted."""
    monkeypatch.setenv("http_proxy", proxy.endpoint)
    monkeypatch.setenv("no_proxy", "")
    through = BucketStore(gcs.bucket, uuid4().hex, endpoint=gcs.endpoint)
    await through.create("x.json", b"words")
    asked = len(proxy.seen)
    assert asked
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    directly = BucketStore(gcs.bucket, through.uri.rpartition("/")[2], endpoint=gcs.endpoint)
    assert await directly.stat("x.json") is not None
    assert len(proxy.seen) == asked


@pytest.mark.parametrize("name", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_certificates_of_the_environment_are_used(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Whoever has certificates of their own names them as for every other program that is made like this."""
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    monkeypatch.setenv(name, "/etc/own.pem")
    assert open_client("https://storage.example", connections=1)._http.verify == "/etc/own.pem"
