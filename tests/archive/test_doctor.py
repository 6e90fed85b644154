"""The doctor proves an archive, and names what is missing."""

import pytest

from stillreel.archive.doctor import prove
from stillreel.archive.folder import FolderStore
from stillreel.archive.gcs import BucketStore
from tests.archive.fake_gcs import FAKE, Gcs
from tests.archive.proxy import ALWAYS, Fault, Proxy
from tests.archive.test_bucket import DENIED, through


async def test_a_good_folder_is_proved(folder: FolderStore) -> None:
    """A folder keeps the whole contract, and nothing of the proof stays behind."""
    findings = await prove(folder)
    assert [finding for finding in findings if not finding.good] == []
    assert len(findings) == 8
    assert [stored async for stored in folder.list("")] == []


async def test_a_bucket_is_proved_but_for_what_its_server_lacks(bucket: BucketStore) -> None:
    """A bucket keeps the contract; the doctor finds the one part that the fake server doesn't, and cleans up."""
    bad = [finding.what for finding in await prove(bucket) if not finding.good]
    assert bad == (["archive: large files"] if FAKE else [])
    assert [stored async for stored in bucket.list("")] == []


@pytest.mark.parametrize(
    "method, path, right, bad",
    [
        ("POST", "/upload/", "storage.objects.create", {"create"}),
        ("GET", "/o/", "storage.objects.get", {"read back"}),
        ("GET", "/o?", "storage.objects.list", {"list"}),
        ("DELETE", "/o/", "storage.objects.delete", {"delete"}),
    ],
)
async def test_each_missing_right_is_named(
    proxy: Proxy, gcs: Gcs, method: str, path: str, right: str, bad: set[str]
) -> None:
    """Whatever right is taken away, its finding is bad and names it."""
    proxy.faults.append(Fault("answer", method, path, status=403, times=ALWAYS, message=DENIED.format(right=right)))
    store = through(proxy, gcs)
    findings = {finding.what.removeprefix("archive: "): finding for finding in await prove(store)}
    await store.aclose()
    for what in bad:
        assert not findings[what].good
        assert right in findings[what].says


async def test_a_store_that_lets_everybody_win_is_found(proxy: Proxy, gcs: Gcs) -> None:
    """A server that doesn't keep create-only can't be used, and the doctor says which promise breaks."""
    store = through(proxy, gcs)
    proxy.forget = "ifGenerationMatch"
    findings = {finding.what: finding for finding in await prove(store)}
    await store.aclose()
    assert not findings["archive: create only once"].good
    assert not findings["archive: one winner of many"].good
    assert not findings["archive: matched write"].good
    assert findings["archive: read back"].good is False
