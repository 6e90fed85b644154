"""Debian's chromium, headless, driven by Playwright; it reaches this machine only."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from http import HTTPStatus
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, BrowserContext, Locator, Page, Route, async_playwright, expect

from tests.loopback.sitecustomize import stays_here

FLAGS = (
    "--no-sandbox",  # chromium's own doesn't run as root, as CI does
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
SIZE = {"width": 1400, "height": 1200}
PATIENCE = 180_000  # milliseconds for a page or a run, on a busy machine
AGAIN = 0.5  # seconds until a busy server is asked again
RESETS = 5  # connections in a row that a server has closed just now
BREATH = 200  # milliseconds between two fields: the form loses a word typed in the same instant as another


@asynccontextmanager
async def open_browser() -> AsyncIterator[Browser]:
    """A browser; without a chromium on the PATH a skip that says so, or an error where one was promised."""
    path = shutil.which("chromium")
    if path is None:
        if os.environ.get("STILLREEL_NEED_BROWSER"):
            pytest.fail("STILLREEL_NEED_BROWSER is set, and there is no chromium on the PATH")
        pytest.skip("no chromium on the PATH: on Debian or Ubuntu, apt-get install chromium")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def open_pages(browser: Browser) -> AsyncIterator[BrowserContext]:
    """A fresh profile; requests to other machines are refused (Prefect's second UI asks for its statistics)."""
    context = await browser.new_context(viewport=SIZE)
    context.set_default_timeout(PATIENCE)
    expect.set_options(timeout=PATIENCE)
    await context.route("**/*", _here_only)
    try:
        yield context
    finally:
        await context.unroute_all(behavior="ignoreErrors")  # pages ask on until they are closed
        await context.close()


def field(page: Page, title: str, nth: int = 0) -> Locator:
    """The input of the nth field with a title, in the first UI's form."""
    label = page.locator(f"xpath=./div[1]//span[normalize-space(.)='{title}']")
    return page.locator(".schema-form-property").filter(has=label).nth(nth).locator("textarea, input").first


async def fill(page: Page, words: Sequence[tuple[str, int, str]]) -> None:
    """Write into fields, each named by its title and the how manieth it is, until all of them hold what was written."""
    while lost := [each for each in words if await field(page, *each[:2]).input_value() != each[2]]:
        for title, nth, text in lost:
            await field(page, title, nth).fill(text)
            await page.wait_for_timeout(BREATH)


async def _here_only(route: Route) -> None:
    url = urlsplit(route.request.url)
    if url.scheme not in {"data", "blob"} and not stays_here(url.hostname):
        await route.abort()
    elif url.path.startswith("/api/"):
        await _ask_patiently(route)
    else:
        await route.continue_()


async def _ask_patiently(route: Route) -> None:
    """Prefect's own client asks a server again that is too busy to answer; its pages don't.

    Nor is it an error that a server has closed a connection that was kept: a browser opens another one.
    """
    answer = await route.fetch(timeout=PATIENCE, max_retries=RESETS)
    while answer.status == HTTPStatus.SERVICE_UNAVAILABLE:
        await asyncio.sleep(AGAIN)
        answer = await route.fetch(timeout=PATIENCE, max_retries=RESETS)
    await route.fulfill(response=answer)
