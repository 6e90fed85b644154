"""The archive in a browser: what is shown, what isn't, and how clips are handed out."""

import asyncio
import os
import re
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from stillreel.archive.folder import FolderStore
from stillreel.archive.gcs import BucketStore
from stillreel.archive.serve import running_server, serve
from stillreel.archive.store import Checksums, Store, Stored
from stillreel.domain.errors import BadInput, Corrupted

CLIP = bytes(range(256)) * 20


async def fill(store: Store) -> None:
    shot = "projects/film/opening"
    await store.create("archive.json", b"{}")
    await store.create(f"{shot}/clip-001.mp4", CLIP, content_type="video/mp4")
    await store.create(f"{shot}/clip-001.poster.jpg", b"poster", content_type="image/jpeg")
    await store.create(f"{shot}/clip-001.lineage.json", b'{"made": "so"}')
    await store.create(f"{shot}/still-001.png", b"picture", content_type="image/png")
    await store.create(f"quarantine/{shot}/clip-002.mp4", b"no", content_type="video/mp4")


@pytest.fixture
async def browser(store: Store) -> AsyncIterator[httpx.AsyncClient]:
    await fill(store)
    async with running_server(store) as address, httpx.AsyncClient(base_url=address) as client:
        yield client


async def test_every_page_is_reached_from_the_first(browser: httpx.AsyncClient) -> None:
    """From the first page, links lead to every file that is shown, and none is broken."""
    found, waiting = set(), ["/"]
    while waiting:
        address = waiting.pop()
        if address in found:
            continue
        found.add(address)
        answer = await browser.get(address)
        assert answer.status_code == 200, address
        if address.endswith("/"):
            waiting += re.findall(r'(?:href|src|poster)="([^"]+)"', answer.text)
    shot = "/projects/film/opening"
    files = {"clip-001.mp4", "clip-001.poster.jpg", "clip-001.lineage.json", "still-001.png"}
    assert found == {"/", "/projects/", "/projects/film/", f"{shot}/", *(f"{shot}/{file}" for file in files)}


async def test_pictures_and_clips_are_shown(browser: httpx.AsyncClient) -> None:
    """A shot's page shows its still and plays its clip, with the poster, and needs no script."""
    text = (await browser.get("/projects/film/opening/")).text
    assert '<img src="/projects/film/opening/still-001.png"' in text
    assert '<video src="/projects/film/opening/clip-001.mp4"' in text
    assert 'poster="/projects/film/opening/clip-001.poster.jpg"' in text
    assert "<script" not in text


async def test_a_gallery_is_a_page_that_its_folder_leads_to(store: Store) -> None:
    """A storyboard's page is shown as a page under the same strict policy, and its folder leads to it."""
    await store.create("projects/film/reels/storm/index.html", b"<p>all of it</p>", content_type="text/html")
    async with running_server(store) as address, httpx.AsyncClient(base_url=address) as client:
        folder = (await client.get("/projects/film/reels/storm/")).text
        page = await client.get("/projects/film/reels/storm/index.html")
    assert '<a href="/projects/film/reels/storm/index.html">The gallery</a>' in folder
    assert (page.text, page.headers["content-type"]) == ("<p>all of it</p>", "text/html; charset=utf-8")
    assert page.headers["content-security-policy"].startswith("default-src 'none'")


async def test_a_player_may_ask_for_parts(browser: httpx.AsyncClient) -> None:
    """A player gets the bytes that it asks for, with the type of the clip."""
    address = "/projects/film/opening/clip-001.mp4"
    whole = await browser.get(address)
    part = await browser.get(address, headers={"Range": "bytes=100-199"})
    rest = await browser.get(address, headers={"Range": "bytes=5000-"})
    assert (whole.status_code, whole.content, whole.headers["content-type"]) == (200, CLIP, "video/mp4")
    assert (part.status_code, part.content) == (206, CLIP[100:200])
    assert part.headers["content-range"] == f"bytes 100-199/{len(CLIP)}"
    assert rest.content == CLIP[5000:]
    assert (await browser.head(address)).headers["content-length"] == str(len(CLIP))


class Counted(FolderStore):
    """A folder that counts what is copied from it, and when all that lies below something is listed."""

    copied = listed = 0

    def list(self, prefix: str) -> AsyncIterator[Stored]:
        self.listed += 1
        return super().list(prefix)

    async def fetch(self, name: str, path: Path) -> Checksums | None:
        self.copied += 1
        return await super().fetch(name, path)


async def test_a_folders_files_are_shown_where_they_lie(tmp_path: Path) -> None:
    """A clip of a folder begins to play without being copied first."""
    store = Counted(tmp_path / "archive")
    await fill(store)
    async with running_server(store) as address, httpx.AsyncClient(base_url=address) as client:
        assert (await client.get("/projects/film/opening/clip-001.mp4")).content == CLIP
    await store.aclose()
    assert store.copied == 0


async def test_a_page_takes_no_look_at_what_lies_further_down(tmp_path: Path) -> None:
    """Ten thousand files in a project make its page no slower than ten: what it shows is asked for, and no more."""
    store = Counted(tmp_path / "archive")
    await fill(store)
    async with running_server(store) as address, httpx.AsyncClient(base_url=address) as client:
        pages = [(await client.get(page)).text for page in ("/", "/projects/", "/projects/film/")]
    await store.aclose()
    assert [re.findall(r'<li><a href="([^"]+)"', page) for page in pages] == [
        ["/projects/"],
        ["/projects/film/"],
        ["/projects/film/opening/"],
    ]
    assert store.listed == 0


class Slow:
    """A bucket whose clips come when they are told to; everything else comes at once."""

    def __init__(self, folder: Path) -> None:
        self._store = FolderStore(folder)
        self.asked, self.free = asyncio.Event(), asyncio.Event()
        self.copied: list[str] = []

    async def fetch(self, name: str, path: Path) -> Checksums | None:
        self.copied.append(name)
        if name.endswith(".mp4"):
            self.asked.set()
            await self.free.wait()
        return await self._store.fetch(name, path)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


async def test_a_clip_on_its_way_holds_up_nothing_else(tmp_path: Path) -> None:
    """While a clip is copied from a bucket, others are shown; who asks for the same one waits for that copy."""
    store, clip = Slow(tmp_path / "archive"), "/projects/film/opening/clip-001.mp4"
    await fill(store)
    async with running_server(store) as address, httpx.AsyncClient(base_url=address, timeout=20) as client:
        both = [asyncio.create_task(client.get(clip)) for _ in range(2)]
        await store.asked.wait()
        try:
            assert (await client.get("/projects/film/opening/still-001.png")).content == b"picture"
        finally:
            store.free.set()
        assert [(await one).content for one in both] == [CLIP, CLIP]
    await store.aclose()
    assert sorted(store.copied) == [clip[1:], "projects/film/opening/still-001.png"]


class Damaged(Slow):
    """A bucket whose files arrive damaged."""

    async def fetch(self, name: str, path: Path) -> Checksums | None:
        self.copied.append(str(path))
        await asyncio.to_thread(path.write_bytes, b"half a clip")
        raise Corrupted(f"{name} arrived damaged")


async def test_what_could_not_be_copied_leaves_nothing(tmp_path: Path) -> None:
    """However often a damaged clip is asked for, no half copies pile up."""
    store = Damaged(tmp_path / "archive")
    await fill(store)
    async with running_server(store) as address, httpx.AsyncClient(base_url=address) as client:
        answers = [await client.get("/projects/film/opening/clip-001.mp4") for _ in range(2)]
        left = [copy for copy in store.copied if os.path.exists(copy)]  # noqa: PTH110, ASYNC240 - a name, looked at once
    await store.aclose()
    assert [answer.status_code for answer in answers] == [502, 502]
    assert (len(store.copied), left) == (2, [])


@pytest.mark.parametrize(
    "path",
    [
        "/archive.json",
        "/jobs/",
        "/quarantine/",
        "/quarantine/projects/film/opening/clip-002.mp4",
        "/projects/nothing/",
        "/projects/film/opening/none.mp4",
        "/projects/../archive.json",
        "/projects/%2e%2e/archive.json",
        "/projects/..%2farchive.json",
        "/projects/%2e%2e%2f%2e%2e%2fetc/passwd",
        "//etc/passwd",
        "/.stillreel/lock",
        "/projects/film/.stillreel/",
        "/projects/film%00",
    ],
)
async def test_nothing_else_can_be_seen(browser: httpx.AsyncClient, path: str) -> None:
    """Only what belongs to projects is there; nothing leads out of it, however it is written."""
    address = httpx.URL(str(browser.base_url)).copy_with(raw_path=path.encode())
    assert (await browser.get(address)).status_code == 404


async def test_nothing_can_be_written(browser: httpx.AsyncClient) -> None:
    """The pages are for looking."""
    for method in ("PUT", "POST", "DELETE", "PATCH"):
        assert (await browser.request(method, "/projects/film/opening/clip-001.mp4")).status_code == 405


async def test_another_sites_name_is_refused(browser: httpx.AsyncClient) -> None:
    """A name that somebody else points at loopback doesn't open the archive."""
    assert (await browser.get("/", headers={"Host": "evil.example"})).status_code == 400


async def test_quarantine_is_shown_when_asked(folder: FolderStore) -> None:
    """Who asks for quarantine sees it."""
    await fill(folder)
    async with running_server(folder, quarantine=True) as address, httpx.AsyncClient(base_url=address) as client:
        assert "quarantine/" in (await client.get("/")).text
        assert (await client.get("/quarantine/projects/film/opening/clip-002.mp4")).content == b"no"


async def test_an_empty_archive_says_so(folder: FolderStore) -> None:
    """Nothing archived is a page, not an error."""
    async with running_server(folder) as address, httpx.AsyncClient(base_url=address) as client:
        assert "Nothing is archived" in (await client.get("/")).text


def test_a_port_that_cannot_be_had_is_told(tmp_path: Path) -> None:
    """A port in use, or one that there isn't, is one message that says what is allowed."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        for port in (other.getsockname()[1], 70_000):
            with pytest.raises(BadInput, match=rf"--port: got {port}; a free port up to 65535"):
                serve(FolderStore(tmp_path), port)


async def test_an_archive_that_fails_is_said() -> None:
    """An archive that doesn't answer is an error page, without its inner words."""
    store = BucketStore("bucket", endpoint="http://127.0.0.1:9", patience=0.1, first_wait=0.01)
    async with running_server(store) as address, httpx.AsyncClient(base_url=address) as client:
        answer = await client.get("/")
    await store.aclose()
    assert answer.status_code == 502
    assert "can't be shown" in answer.text
