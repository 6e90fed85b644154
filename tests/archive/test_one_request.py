"""Files on their way into a bucket in one request: whole, in little memory, and once more where it must be."""

import asyncio
import io
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from google.auth.credentials import Credentials
from google.auth.transport.requests import AuthorizedSession

from stillreel.archive.gcs import BucketStore
from stillreel.archive.hashing import sums_of, sums_of_file
from stillreel.archive.one_request import post
from stillreel.domain.errors import Corrupted
from tests.archive.fake_gcs import Gcs
from tests.archive.proxy import Fault, Proxy

CLIP = 8_000_000  # bytes
FIELDS = {"name": "x.bin", "contentType": "application/octet-stream", "metadata": {"a": "b"}}
HOW = {"params": {"uploadType": "multipart"}, "timeout": 20}


class Renewable(Credentials):  # type: ignore[misc]  # google-auth ships no types
    """A token that is renewed as often as it is refused."""

    renewed = 0

    def refresh(self, request: Any) -> None:
        self.renewed += 1
        self.token = f"token {self.renewed}"


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    path = tmp_path / "clip.mp4"
    path.write_bytes(bytes(range(256)) * (CLIP // 256))
    return path


async def test_a_clip_passes_in_little_memory(bucket: BucketStore, clip: Path, tmp_path: Path) -> None:
    """A clip of 8 MB is uploaded in one request without ever being in memory whole."""
    sums = await asyncio.to_thread(sums_of_file, clip)
    await bucket.create("warm", b"")
    tracemalloc.start()
    try:
        await bucket.create_file("clip.mp4", clip, sums, content_type="video/mp4", metadata={"take": "1"})
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < CLIP / 2
    assert await bucket.fetch("clip.mp4", tmp_path / "copy") == sums
    stored = await bucket.stat("clip.mp4")
    assert stored is not None
    assert (stored.content_type, stored.metadata) == ("video/mp4", {"take": "1"})


async def test_refused_credentials_are_renewed_and_the_file_is_sent_whole(proxy: Proxy, gcs: Gcs, clip: Path) -> None:
    """A token that ran out on the way is renewed, and the second request has all of the file again."""
    proxy.faults.append(Fault("answer", method="POST", status=401))
    address, who = f"{proxy.endpoint}/upload/storage/v1/b/{gcs.bucket}/o", Renewable()
    with clip.open("rb") as data, AuthorizedSession(who) as session:  # type: ignore[no-untyped-call]
        sums = await asyncio.to_thread(sums_of_file, clip)
        made = await asyncio.to_thread(lambda: post(session, address, FIELDS, data, sums, **HOW))
    assert who.renewed == 2  # to have one at all, and because it was refused
    assert (int(made["size"]), made["crc32c"]) == (sums.size, sums.crc32c)


@pytest.mark.parametrize("there", [b"less", b"more than was summed"])
async def test_a_file_that_changes_on_its_way_is_no_upload(gcs: Gcs, there: bytes) -> None:
    """A file that isn't as long any more as it was when it was summed ends the request, and no object is there."""
    if gcs.endpoint is None:
        pytest.skip("Google itself doesn't know these credentials")
    address, who = f"{gcs.endpoint}/upload/storage/v1/b/{gcs.bucket}/o", Renewable()
    with AuthorizedSession(who) as session:  # type: ignore[no-untyped-call]
        fields = {**FIELDS, "name": f"changed-{len(there)}.bin"}
        with pytest.raises(Corrupted, match=f"has {len(there)} bytes, and had 10"):
            await asyncio.to_thread(
                lambda: post(session, address, fields, io.BytesIO(there), sums_of(b"ten bytes!"), **HOW)
            )
        asked = f"{gcs.endpoint}/storage/v1/b/{gcs.bucket}/o/{fields['name']}"
        assert (await asyncio.to_thread(session.get, asked)).status_code == 404
