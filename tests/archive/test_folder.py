"""What only a folder has: other processes, other users' files, a disk that moves."""

import asyncio
import os
import shutil
import sys
from pathlib import Path

import pytest

from stillreel.archive import open_store
from stillreel.archive.folder import FolderStore
from stillreel.archive.gcs import BucketStore
from stillreel.domain.errors import ArchiveForbidden, ArchiveMissing, BadSettings, Corrupted

COUNT = """
import asyncio, sys
from pathlib import Path
from stillreel.archive.folder import FolderStore
from stillreel.domain.errors import GenerationMismatch
async def main():
    store = FolderStore(Path(sys.argv[1]))
    for _ in range(25):
        while True:
            data, generation = await store.read("count.json")
            try:
                await store.replace("count.json", str(int(data) + 1).encode(), generation=generation)
                break
            except GenerationMismatch:
                pass
asyncio.run(main())
"""
NOBODY = """
import asyncio, os, sys
from pathlib import Path
from stillreel.archive.folder import FolderStore
if os.geteuid() == 0:
    os.seteuid(65534)  # root may write everywhere
try:
    asyncio.run(FolderStore(Path(sys.argv[1])).create("a.json", b""))
except Exception as error:
    print(type(error).__name__, error)
"""
HOLD = """
import sys, time
from pathlib import Path
from stillreel.archive.disk import Desk
with Desk(Path(sys.argv[1])).locked():
    print("held", flush=True)
    time.sleep(600)
"""


async def test_processes_lose_no_count(folder: FolderStore, tmp_path: Path) -> None:
    """Four processes that add to one number by matched writes lose nothing."""
    await folder.replace("count.json", b"0", generation=None)
    argv = [sys.executable, "-c", COUNT, str(tmp_path / "archive")]
    workers = [await asyncio.create_subprocess_exec(*argv) for _ in range(4)]
    assert [await worker.wait() for worker in workers] == [0] * 4
    found = await folder.read("count.json")
    assert found is not None
    assert found[0] == b"100"


async def test_a_dead_process_holds_no_lock(folder: FolderStore, tmp_path: Path) -> None:
    """A process that is killed in the middle of a matched write stops nobody."""
    first = await folder.replace("budget.json", b"1", generation=None)
    argv = [sys.executable, "-c", HOLD, str(tmp_path / "archive")]
    holder = await asyncio.create_subprocess_exec(*argv, stdout=asyncio.subprocess.PIPE)
    assert holder.stdout is not None
    assert await holder.stdout.readline() == b"held\n"
    waiting = asyncio.create_task(folder.replace("budget.json", b"2", generation=first.generation))
    done, _ = await asyncio.wait([waiting], timeout=0.2)
    assert not done
    holder.kill()
    await holder.wait()
    assert (await waiting).size == 1


async def test_a_changed_byte_is_found_on_reading(folder: FolderStore, tmp_path: Path) -> None:
    """Bytes that changed on the disk are an error, whether the file's time changed with them or not."""
    await folder.create("a.json", b"hello")
    path = tmp_path / "archive/a.json"
    times = path.stat()
    for keep_time in (False, True):
        path.write_bytes(b"hellO")
        if keep_time:
            os.utime(path, ns=(times.st_mtime_ns, times.st_mtime_ns))
        with pytest.raises(Corrupted, match=r"a\.json"):
            await folder.read("a.json")
        with pytest.raises(Corrupted):
            await folder.fetch("a.json", tmp_path / "copy")


async def test_a_folder_may_be_copied(folder: FolderStore, tmp_path: Path) -> None:
    """A copy with new times and numbers is the same archive, still checked against what was written."""
    await folder.create("p/a.json", b"hello", metadata={"k": "v"})
    shutil.copytree(tmp_path / "archive", tmp_path / "copy", copy_function=shutil.copyfile)
    copy = FolderStore(tmp_path / "copy")
    found, stored = await copy.read("p/a.json"), await copy.stat("p/a.json")
    assert found is not None
    assert stored is not None
    assert (found[0], stored.metadata) == (b"hello", {"k": "v"})
    (tmp_path / "copy/p/a.json").write_bytes(b"hellO")
    with pytest.raises(Corrupted):
        await copy.read("p/a.json")


async def test_an_archive_that_vanishes_is_not_made_anew(folder: FolderStore, tmp_path: Path) -> None:
    """Whoever has written to it is told that it is gone: what went to a new one would be missing from the old one."""
    await folder.create("p/a.json", b"hello")
    (tmp_path / "archive").rename(tmp_path / "elsewhere")
    with pytest.raises(ArchiveMissing, match="is gone"):
        await folder.create("p/b.json", b"more")
    assert not (tmp_path / "archive").exists()
    (tmp_path / "elsewhere").rename(tmp_path / "archive")
    assert (await folder.create("p/b.json", b"more")).size == 4


@pytest.mark.parametrize("wrote", [True, False], ids=["who wrote to it", "who read in it"])
async def test_an_archive_that_vanishes_is_not_an_empty_one(tmp_path: Path, wrote: bool) -> None:
    """Whoever knows it is told that it is gone, whatever is looked for: nothing there would mean nothing bought."""
    await FolderStore(tmp_path / "archive").create("p/a.json", b"hello")
    folder = FolderStore(tmp_path / "archive")
    await (folder.create("p/b.json", b"more") if wrote else folder.stat("p/a.json"))
    assert await folder.read("p/never.json") is None
    (tmp_path / "archive").rename(tmp_path / "elsewhere")
    looks = [
        lambda: folder.read("p/a.json"),
        lambda: folder.stat("p/a.json"),
        lambda: folder.fetch("p/a.json", tmp_path / "copy"),
        lambda: folder.level("p/"),
        lambda: anext(folder.list("p/")),
        lambda: folder.create("p/c.json", b""),
    ]
    for look in looks:
        with pytest.raises(ArchiveMissing, match=r"was there and is gone; .*put it back"):
            await look()
    (tmp_path / "elsewhere").rename(tmp_path / "archive")
    assert await folder.read("p/never.json") is None
    assert await FolderStore(tmp_path / "never").read("p/a.json") is None


@pytest.mark.parametrize("how", ["create", "replace", "delete"])
async def test_an_archive_may_come_back_without_what_is_hidden(tmp_path: Path, how: str) -> None:
    """Copied without its hidden or its empty folders, it is read and written as ever."""
    (tmp_path / "archive/p").mkdir(parents=True)
    (tmp_path / "archive/p/a.json").write_bytes(b"hello")
    folder = FolderStore(tmp_path / "archive")
    found = await folder.read("p/a.json")
    assert found is not None
    match how:
        case "create":
            await folder.create("p/b.json", b"more")
        case "replace":
            await folder.replace("p/a.json", b"more", generation=found[1])
        case _:
            await folder.delete("p/a.json")
    left = [stored.name async for stored in folder.list("")]
    assert left == {"create": ["p/a.json", "p/b.json"], "replace": ["p/a.json"], "delete": []}[how]


async def test_all_who_are_first_may_make_the_folder(tmp_path: Path) -> None:
    """Those that find no folder while another of their process makes it aren't told that it is gone."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)  # threads take turns between the look for the folder and what follows from it
    try:
        for turn in range(100):
            folder = FolderStore(tmp_path / f"archive-{turn}")
            await asyncio.gather(*(folder.create(f"p/{writer}.json", b"hello") for writer in range(16)))
    finally:
        sys.setswitchinterval(interval)


async def test_a_file_put_there_by_hand_is_an_object(folder: FolderStore, tmp_path: Path) -> None:
    """Somebody's own file is read and listed, with a type from its name; other names are left alone."""
    await folder.create("p/a.json", b"1")
    (tmp_path / "archive/p/b.png").write_bytes(b"hello")
    (tmp_path / "archive/p/Not Ours.txt").write_bytes(b"")
    listed = {stored.name: stored async for stored in folder.list("")}
    assert set(listed) == {"p/a.json", "p/b.png"}
    assert (listed["p/b.png"].crc32c, listed["p/b.png"].content_type) == ("mnG7TA==", "image/png")


async def test_nothing_is_left_on_the_desk(folder: FolderStore, tmp_path: Path) -> None:
    """Temporary files are gone after a win, a loss and an error."""
    await folder.create("a.json", b"1")
    await asyncio.gather(*(folder.create("a.json", b"2") for _ in range(8)), return_exceptions=True)
    assert list((tmp_path / "archive/.stillreel/new").iterdir()) == []
    assert len(list((tmp_path / "archive/.stillreel/records").iterdir())) == 1


async def test_a_link_to_elsewhere_is_not_followed(folder: FolderStore, tmp_path: Path) -> None:
    """A folder that is a link out of the archive is no way out, and isn't listed."""
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/secret.json").write_bytes(b"secret")
    await folder.create("a.json", b"1")
    (tmp_path / "archive/projects").symlink_to(tmp_path / "outside")
    for call in (folder.read("projects/secret.json"), folder.create("projects/new.json", b"")):
        with pytest.raises(ArchiveForbidden, match="link"):
            await call
    assert [stored.name async for stored in folder.list("")] == ["a.json"]
    assert not (tmp_path / "outside/new.json").exists()


async def test_a_disk_that_is_not_mounted_is_said(tmp_path: Path) -> None:
    """The archive's own folder is made, the way to it isn't; nothing is written beside."""
    store = FolderStore(tmp_path / "not-mounted/archive")
    with pytest.raises(ArchiveMissing, match="not-mounted"):
        await store.create("a.json", b"")
    assert not (tmp_path / "not-mounted").exists()
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ArchiveMissing):
        await FolderStore(tmp_path / "file").create("a.json", b"")


async def test_a_missing_right_is_named(tmp_path: Path) -> None:
    """A folder that can't be written is said, with what was tried and where."""
    (tmp_path / "archive").mkdir(mode=0o500)
    argv = [sys.executable, "-c", NOBODY, str(tmp_path / "archive")]
    child = await asyncio.create_subprocess_exec(*argv, stdout=asyncio.subprocess.PIPE)
    said, _ = await child.communicate()
    assert said.decode().startswith("ArchiveForbidden no right to create at /")


def test_an_address_opens_its_store(tmp_path: Path) -> None:
    """Both kinds of address open their store, and it says its address."""
    folder = open_store(f"file://{tmp_path}/my%20reels")
    assert isinstance(folder, FolderStore)
    assert folder.uri == f"file://{tmp_path}/my%20reels"
    for uri, shown in (("gs://bucket", "gs://bucket"), ("gs://bucket/a/b/", "gs://bucket/a/b")):
        bucket = open_store(uri)
        assert isinstance(bucket, BucketStore)
        assert bucket.uri == shown


@pytest.mark.parametrize(
    "uri",
    ["", "gs://", "gs:///x", "file://", "file:///", "s3://bucket", "/folder", "gs://b/x?y=1", "file://host/folder"],
)
def test_what_is_no_address_is_said(uri: str) -> None:
    """Anything else is a setting to correct, with an example."""
    with pytest.raises(BadSettings, match="gs://bucket/prefix or file:///folder"):
        open_store(uri)
