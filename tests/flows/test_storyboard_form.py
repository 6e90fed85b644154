"""The storyboard's form in the Prefect UI, in a real browser: written there, or at an address."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest
from playwright.async_api import BrowserContext, Page, expect
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import DeploymentUpdate

from deployments.servers import Running
from stillreel.archive import open_store
from stillreel.emulator import running_emulator
from tests.flows.browser import field, fill
from tests.flows.commands import CANNED, settings
from tests.flows.deploying import deployment, ended

pytestmark = [pytest.mark.server, pytest.mark.browser]


async def form(pages: BrowserContext, server: Running) -> Page:
    page = await pages.new_page()
    async with get_client() as client:
        found = await deployment(client, "storyboard")
    await page.goto(f"{server.url}/deployments/deployment/{found.id}/run")
    await expect(page.get_by_text("Stills Only").first).to_be_visible()
    return page


@pytest.fixture
async def provider(worker: Running, tmp_path: Path) -> AsyncIterator[str]:
    """A provider that the deployment's runs know; the folder of their archive."""
    del worker  # it finds the runs
    async with running_emulator(tmp_path / "emulator", CANNED) as emulator, get_client() as client:
        found = await deployment(client, "storyboard")
        env = settings(emulator, f"file://{tmp_path}/archive")
        given = DeploymentUpdate(job_variables={**found.job_variables, "env": env})
        await client.update_deployment(found.id, given)
        yield f"file://{tmp_path}/archive"
        await client.update_deployment(found.id, DeploymentUpdate(job_variables=found.job_variables))


async def test_a_storyboard_of_two_shots_is_written_there(pages, prefect_server, provider, tmp_path):
    """A person fills in names, a motion for all and a prompt for each, and leaves the rest blank: both are made."""
    page = await form(pages, prefect_server)
    await expect(field(page, "Uri")).to_be_visible()
    await page.get_by_text("Storyboard", exact=True).last.click()
    await expect(field(page, "Project")).to_be_visible()
    assert await page.locator(".p-code-input").count() == 0
    assert await page.get_by_text('Property is type "None"').count() == 0
    shots = page.get_by_role("button", name="Add item").nth(1)  # after the beats of the defaults
    for number in range(2):
        await shots.click()
        await expect(field(page, "Shot", number)).to_be_visible()
        shots = page.get_by_role("button", name="Add item").nth(2 + number)  # each shot has beats, too
    words = (
        ("Project", 0, "written"),
        ("Prompt (Optional)", 1, "the beam turns"),  # of all motions
        ("Shot", 0, "lighthouse"),
        ("Prompt (Optional)", 2, "a lighthouse in fog"),
        ("Shot", 1, "harbour"),
        ("Prompt (Optional)", 4, "a quiet harbour at dawn"),
    )
    await fill(page, words)
    await page.screenshot(path=tmp_path / "storyboard-form.png", full_page=True)
    async with page.expect_response(lambda answer: answer.url.endswith("/create_flow_run")) as answered:
        await page.get_by_role("button", name="Submit").click()
    asked = await (await answered.value).json()
    assert not asked["parameters"]["order"].get("only")  # which nobody has touched
    run = await ended(UUID(asked["id"]))
    assert run.state is not None
    assert run.state.is_completed(), run.state.message
    store = open_store(provider)
    names = [stored.name async for stored in store.list("projects/written/")]
    await store.aclose()
    clips = {f"projects/written/{shot}/clip-001.mp4" for shot in ("lighthouse", "harbour")}
    assert clips | {"projects/written/reels/storyboard/index.html"} <= set(names)
    await page.goto(f"{prefect_server.url}/runs/flow-run/{run.id}")
    await expect(page.get_by_text("storyboard written/storyboard").first).to_be_visible()
