"""Debian's chromium, headless, driven by Playwright; it reaches this machine only."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, BrowserContext, Route, async_playwright

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
    await context.route("**/*", _here_only)
    try:
        yield context
    finally:
        await context.close()


async def _here_only(route: Route) -> None:
    url = urlsplit(route.request.url)
    if url.scheme in {"data", "blob"} or stays_here(url.hostname):
        await route.continue_()
    else:
        await route.abort()
