"""The gallery in a real browser: from a folder, without a network, through `stillreel serve`, and from a bucket."""

import asyncio
import io
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import pytest
from PIL import Image
from playwright.async_api import Browser, BrowserContext, Locator, Page

from stillreel.archive import layout
from stillreel.archive.archive import Archive
from stillreel.archive.folder import FolderStore
from stillreel.archive.gcs import BucketStore
from stillreel.archive.serve import running_server
from stillreel.studio.presenting import BoardFacts, present
from tests.archive.fake_gcs import some_gcs
from tests.flows.browser import open_browser
from tests.media.clips import GREEN, GREY, RED, Colour, like
from tests.studio.boards import NAME, PROJECT, flagged, put_board, put_shot
from tests.studio.on_set import Time, a_run

pytestmark = pytest.mark.browser

INDEX = layout.gallery(PROJECT, NAME)
HOSTILE = "<img src=x onerror=document.title='broken'> \"' onload=alert(1) javascript:alert(1) \u202egnp"
PLAYED = """async player => {
    player.muted = true;
    await player.play();
    await new Promise(done => { player.ontimeupdate = () => { if (player.currentTime > 0.2) done(); } });
    return [player.currentTime, player.videoWidth, player.duration];
}"""


@dataclass
class Watched:
    """A page, and everything that went wrong on it."""

    page: Page
    wrong: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with open_browser() as opened:
        yield opened


@pytest.fixture
async def context(browser: Browser) -> AsyncIterator[BrowserContext]:
    made = await browser.new_context(viewport={"width": 1200, "height": 900})
    yield made
    await made.close()


async def watched(context: BrowserContext, address: str) -> Watched:
    """Open a page and wait until nothing more is loaded."""
    seen = Watched(await context.new_page())
    seen.page.on("console", lambda line: seen.wrong.append(f"{line.type}: {line.text}"))
    seen.page.on("pageerror", lambda error: seen.wrong.append(str(error)))
    seen.page.on("requestfailed", lambda asked: seen.wrong.append(f"{asked.url}: {asked.failure}"))
    seen.page.on("request", lambda asked: seen.asked.append(asked.url))
    seen.page.on("response", lambda got: got.ok or seen.wrong.append(f"{got.url}: {got.status}"))
    await seen.page.goto(address)
    await seen.page.wait_for_load_state("networkidle")  # by itself it may come before a long page is whole
    return seen


async def middle_of(place: Locator) -> Colour:
    """The colour that somebody sees in the middle of a place of the page, once its picture has come."""
    await place.scroll_into_view_if_needed()
    picture = await place.locator("img").element_handle()
    await place.page.wait_for_function("picture => picture.naturalWidth > 300", arg=picture)
    with Image.open(io.BytesIO(await place.screenshot())) as shown:
        red, green, blue = shown.convert("RGB").getpixel((shown.width // 2, shown.height // 2))  # type: ignore[misc]
    return red, green, blue


async def filled(archive: Archive, folder: Path) -> None:
    board = await put_board(archive, folder, sound=48_000, prompt=HOSTILE)
    shots = (*board.shots, flagged("storm"))
    made = await present(Stage(archive), board.model_copy(update={"shots": shots}), a_run())  # type: ignore[arg-type]
    assert made.troubles == ()


@dataclass(frozen=True)
class Stage:
    """As much of a studio as presenting needs: no provider is asked."""

    archive: Archive
    clock: Time = field(default_factory=Time)


@asynccontextmanager
async def from_a_folder(folder: Path) -> AsyncIterator[str]:
    store = FolderStore(folder / "archive")
    await filled(Archive(store, Time()), folder)
    yield f"{store.uri}/{INDEX}"
    await store.aclose()


@asynccontextmanager
async def through_serve(folder: Path) -> AsyncIterator[str]:
    store = FolderStore(folder / "archive")
    await filled(Archive(store, Time()), folder)
    async with running_server(store) as address:
        yield f"{address}/{INDEX}"
    await store.aclose()


@asynccontextmanager
async def from_a_bucket(folder: Path) -> AsyncIterator[str]:
    """By the path of its objects, as a bucket that may be read answers."""
    with some_gcs() as gcs:
        if not gcs.fake:
            pytest.skip("a real bucket isn't open to everybody")
        prefix = f"tests/{uuid4().hex}"
        store = BucketStore(gcs.bucket, prefix, endpoint=gcs.endpoint, patience=20, first_wait=0.01)
        await filled(Archive(store, Time()), folder)
        yield f"{gcs.endpoint}/{gcs.bucket}/{prefix}/{INDEX}"
        await store.aclose()


PLACES = {"folder": from_a_folder, "serve": through_serve, "bucket": from_a_bucket}


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
async def test_it_loads_and_plays(context, tmp_path, place: Callable[..., object]) -> None:
    """Nothing fails, no word of a prompt is run, the reel and a clip play, the pictures are there, links lead back."""
    async with place(tmp_path) as address:  # type: ignore[attr-defined]
        seen = await watched(context, address)
        page = seen.page
        assert await page.title() == f"{PROJECT} / {NAME}"
        assert await page.get_by_text(HOSTILE).first.is_visible()
        for n, colour in enumerate((RED, GREEN)):
            assert like(await middle_of(page.locator(".poster").nth(n)), colour)
        for n, (wide, lasts) in enumerate([(320, 3), (320, 1)]):  # the reel, the first clip
            at, width, duration = await page.locator("video").nth(n).evaluate(PLAYED)
            assert at > 0.2
            assert width == wide
            assert duration == pytest.approx(lasts, abs=0.05)
        sheet = page.locator(".sheets img")
        await sheet.scroll_into_view_if_needed()
        await page.wait_for_function("picture => picture.naturalWidth > 300", arg=await sheet.element_handle())
        await page.get_by_text("Lineage", exact=True).first.click()
        assert await page.get_by_text("from its prompt alone").first.is_visible()
        assert seen.wrong == []
        await page.get_by_text("The record as JSON").first.click()
        await page.wait_for_url("**/clip-001.lineage.json")
        assert '"stillreel/lineage/1"' in await page.content()


async def test_it_works_without_a_network(context, tmp_path):
    """A folder that somebody was sent shows and plays with the machine offline."""
    async with from_a_folder(tmp_path) as address:
        await context.set_offline(True)
        seen = await watched(context, address)
        for n in range(2):
            assert (await seen.page.locator("video").nth(n).evaluate(PLAYED))[0] > 0.2
        assert seen.wrong == []
        assert {asked.partition("://")[0] for asked in seen.asked} == {"file"}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1200])
async def test_it_fits_and_can_be_read(browser, tmp_path, scheme, width):
    """Nothing is wider than a phone, and text stands out from its paper by day and by night."""
    context = await browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
    async with from_a_folder(tmp_path) as address:
        page = (await watched(context, address)).page
        assert await page.evaluate("document.documentElement.scrollWidth") <= width
        papers = await page.evaluate(
            "[getComputedStyle(document.body), getComputedStyle(document.querySelector('dt'))]"
            ".map(style => style.color).concat(getComputedStyle(document.body).backgroundColor)"
        )
        ink, faint, paper = (light(each) for each in papers)
        player, picture = [await page.locator(f".poster {each}").first.bounding_box() for each in ("video", "img")]
        assert player == picture
        assert (paper > 0.5) == (scheme == "light")
        assert contrast(ink, paper) > 7
        assert contrast(faint, paper) > 4.5
        await page.screenshot(path=tmp_path / f"{scheme}-{width}.png")
    await context.close()


async def test_a_long_storyboard_loads_a_screenful(context, tmp_path):
    """Of 400 shots no more is fetched than what is in sight and a little below it."""
    store = FolderStore(tmp_path / "archive")
    archive = Archive(store, Time())
    first = await put_shot(archive, tmp_path, "s-0", GREY)
    source = tmp_path / "archive/projects/film/s-0"
    shots = [first]
    for n in range(1, 400):
        await asyncio.to_thread(copied, source, tmp_path / f"archive/projects/film/s-{n}")
        moved = {k: tuple(each.replace("/s-0/", f"/s-{n}/") for each in getattr(first, k)) for k in ("stills", "clips")}
        shots.append(first.model_copy(update={"shot": f"s-{n}", **moved}))
    board = BoardFacts(project=PROJECT, name=NAME, shots=tuple(shots))
    made = await present(Stage(archive), board, a_run())  # type: ignore[arg-type]
    assert made.troubles == ()
    seen = await watched(context, made.gallery)
    assert await seen.page.locator("video").count() == 400
    assert len(seen.asked) < 30
    await seen.page.locator("#s-399").scroll_into_view_if_needed()
    assert seen.wrong == []
    await store.aclose()


def copied(source: Path, target: Path) -> None:
    """A shot's files once more, as those of another shot."""
    target.mkdir()
    for path in source.iterdir():
        data = path.read_bytes()
        (target / path.name).write_bytes(
            data.replace(b"/s-0/", f"/{target.name}/".encode()) if path.suffix == ".json" else data
        )


def light(colour: str) -> float:
    """How light a colour is, as the contrast rules of the Web measure it."""
    parts = [int(part) / 255 for part in colour.removeprefix("rgb(").removesuffix(")").split(",")]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: float, other: float) -> float:
    return (max(one, other) + 0.05) / (min(one, other) + 0.05)
