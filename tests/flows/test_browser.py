"""The Prefect UI as people see it, in a real browser: the form, the run, its pictures."""

import re
from collections.abc import AsyncIterator
from uuid import UUID

import pytest
from playwright.async_api import BrowserContext, Locator, Page, expect
from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.actions import DeploymentUpdate
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterFlowRunId, ArtifactFilterType
from prefect.client.schemas.objects import FlowRun

from deployments import servers
from deployments.servers import Running
from stillreel.domain.shots import ImageToVideoShot
from stillreel.emulator import running_emulator
from tests.flows.browser import field, fill
from tests.flows.commands import CANNED, settings, shot
from tests.flows.deploying import ended

pytestmark = [pytest.mark.server, pytest.mark.browser]

CHAIN = "image-to-video/image-to-video"
KEY = "a-key-that-the-server-keeps"  # as one that is written into a deployment is; others look that theirs isn't


@pytest.fixture(scope="module")
async def gallery(worker: Running, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    """The archive's pages, where runs that are ordered by form leave what they make."""
    folder = tmp_path_factory.mktemp("gallery")
    archive = f"file://{folder}/archive"
    shown = servers.start(servers.pages(archive), folder)
    try:
        servers.wait_for(shown)
        async with running_emulator(folder / "emulator", {**CANNED, "keys": [KEY]}) as emulator, get_client() as client:
            env = {**settings(emulator, archive), "RUNWARE_API_KEY": KEY, "STILLREEL_VIEW_URL": shown.url}
            deployment = await client.read_deployment_by_name(CHAIN)
            given = DeploymentUpdate(job_variables={**deployment.job_variables, "env": env})
            await client.update_deployment(deployment.id, given)
            yield shown
            await client.update_deployment(deployment.id, DeploymentUpdate(job_variables=deployment.job_variables))
    finally:
        servers.stop(shown)


async def form(pages: BrowserContext, server: Running) -> Page:
    """The form of the chain's deployment."""
    page = await pages.new_page()
    async with get_client() as client:
        deployment = await client.read_deployment_by_name(CHAIN)
    await page.goto(f"{server.url}/deployments/deployment/{deployment.id}/run")
    await expect(field(page, "Project")).to_be_visible()
    return page


async def order(page: Page) -> str:
    """Fill the form with only what has no default; the new run's id."""
    words = (
        ("Project", 0, "formed"),
        ("Shot", 0, "lighthouse"),
        ("Prompt", 0, "a lighthouse in fog"),
        ("Prompt (Optional)", 0, "the beam turns"),  # a clip may be told in beats instead
    )
    await fill(page, words)
    async with page.expect_response(lambda answer: answer.url.endswith("/create_flow_run")) as answered:
        await page.get_by_role("button", name="Submit").click()
    run: dict[str, str] = await (await answered.value).json()
    assert "id" in run, run
    return run["id"]


async def pictures(client: PrefectClient, run: FlowRun) -> list[str]:
    """The ids of a run's image artifacts."""
    found = await client.read_artifacts(
        artifact_filter=ArtifactFilter(
            flow_run_id=ArtifactFilterFlowRunId(any_=[run.id]), type=ArtifactFilterType(any_=["image"])
        )
    )
    return [str(artifact.id) for artifact in found]


async def seen(picture: Locator) -> None:
    """Wait until a picture is not only asked for but there."""
    await expect(picture).to_be_visible()
    page = picture.page
    await page.wait_for_function("picture => picture.naturalWidth > 300", arg=await picture.element_handle())


async def test_a_shot_is_ordered_by_form_and_its_pictures_are_seen(pages, prefect_server, worker, gallery, tmp_path):
    """A person fills in the form, leaves what is optional blank, watches the run end and sees the still and poster."""
    page = await form(pages, prefect_server)
    run_id = await order(page)
    await page.goto(f"{prefect_server.url}/runs/flow-run/{run_id}")
    run = await ended(UUID(run_id))
    assert run.state is not None
    assert run.state.is_completed(), run.state.message
    assert ImageToVideoShot(**run.parameters["shot"]) == ImageToVideoShot(**shot("formed", "lighthouse"))
    await expect(page.get_by_text("Completed").first).to_be_visible()
    await expect(page.get_by_text("formed/lighthouse", exact=True).first).to_be_visible()
    await page.screenshot(path=tmp_path / "run.png")
    await page.get_by_text("Artifacts", exact=True).last.click()
    await page.get_by_text("summary-formed-lighthouse").last.click()
    for name in ("still-001.png", "clip-001.poster.jpg"):
        await seen(page.locator(f"img[src='{gallery.url}/projects/formed/lighthouse/{name}']"))
    await page.screenshot(path=tmp_path / "summary.png", full_page=True)
    async with get_client() as client:
        shown = await pictures(client, run)
    assert len(shown) == 2, worker.tail()
    for ui in ("", "/v2"):
        for artifact in shown:
            await page.goto(f"{prefect_server.url}{ui}/artifacts/artifact/{artifact}")
            await seen(page.locator(f"img[src^='{gallery.url}/']").first)


async def test_the_form_has_an_input_for_everything(pages, prefect_server, deployed):
    """No part of the form is a raw JSON box or a tab for nothing; a given image and a beat are one click away."""
    page = await form(pages, prefect_server)
    assert await page.locator(".p-code-input").count() == 0
    assert await page.get_by_text('Property is type "None"').count() == 0
    await page.get_by_text("A given image").click()
    await expect(field(page, "Image")).to_be_visible()
    await page.get_by_role("button", name="Add item").click()
    await expect(field(page, "Prompt")).to_be_visible()  # of the beat: the still's is behind its tab by now
    await expect(field(page, "Duration")).to_be_visible()


async def test_the_form_asks_in_a_sensible_order(pages, prefect_server, deployed, tmp_path):
    """Fields come as people think, names first and options last, though the engine's database forgets their order."""
    page = await form(pages, prefect_server)
    still = ["Prompt", "Negative Prompt", "Model", "Resolution", "Seed", "Take"]
    motion = ["Prompt", "Beats", "Negative Prompt", "Model", "Duration", "Resolution", "Guidance", "Audio"]
    motion += ["Last Image", "Take"]
    last = ["Results", "Output", "Format", "Quality", "Safety"]
    titles = ["shot", "Project", "Shot", "Take", "Size", "Still", *still, "Motion", *motion, *last]
    headings = page.locator(".schema-form-property > div:first-child")
    in_order = [re.compile(rf"^{title}\b") for title in titles]
    await expect(headings).to_have_text(in_order, use_inner_text=True)
    await page.screenshot(path=tmp_path / "form.png", full_page=True)
