"""What the engine keeps of a run: names that say what it is, pictures, a summary, and never the key."""

import asyncio
from typing import Any
from uuid import UUID

import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import (
    ArtifactFilter,
    ArtifactFilterFlowRunId,
    FlowRunFilter,
    FlowRunFilterId,
    LogFilter,
    LogFilterFlowRunId,
)
from prefect.client.schemas.objects import Artifact, Log, TaskRun
from prefect.logging.handlers import APILogHandler
from prefect.types.names import ArtifactKey
from pydantic import TypeAdapter

from tasks.showing import key_of
from tests.flows.commands import files_below, shot
from tests.flows.making import STILL, Set

pytestmark = pytest.mark.server

VIEW = "http://127.0.0.1:1/films"
VERBS = ("submit", "poll", "safety check", "archive")
SECRET = "a-key-that-only-this-test-knows"
PATIENCE = 180.0  # seconds: the server writes down task runs from their events, later than it hears of them


async def artifacts_of(run: str) -> dict[str, Artifact]:
    async with get_client() as client:
        of_run = ArtifactFilter(flow_run_id=ArtifactFilterFlowRunId(any_=[UUID(run)]))
        found = await client.read_artifacts(artifact_filter=of_run)
    return {artifact.key: artifact for artifact in found if artifact.key}  # the engine's own have none


async def logs_of(run: str) -> list[Log]:
    await APILogHandler.aflush()
    async with get_client() as client:
        return await client.read_logs(LogFilter(flow_run_id=LogFilterFlowRunId(any_=[UUID(run)])))


async def task_runs_of(run: str, count: int) -> list[TaskRun]:
    of_run = FlowRunFilter(id=FlowRunFilterId(any_=[UUID(run)]))
    async with asyncio.timeout(PATIENCE), get_client() as client:
        while True:
            found = await client.read_task_runs(flow_run_filter=of_run)
            if len(found) >= count:
                return found
            await asyncio.sleep(0.2)


@pytest.fixture
def viewed(studio: Set, monkeypatch: pytest.MonkeyPatch) -> Set:
    monkeypatch.setenv("STILLREEL_VIEW_URL", VIEW)
    return studio


async def test_runs_are_named_after_what_they_make(studio):
    """The flow run is named after its shot, each task run after its take and its verb."""
    line = await studio.make(shot("names", "opening"))
    stages = [f"names/opening/{stage}" for stage in ("still-001", "clip-001")]
    expected = {"names/opening validate", *(f"{stage} {verb}" for stage in stages for verb in VERBS)}
    async with get_client() as client:
        run = await client.read_flow_run(UUID(line["flow_run_id"]))
    assert run.name == "names/opening"
    assert {run.name for run in await task_runs_of(line["flow_run_id"], len(expected))} == expected


async def test_two_shots_never_share_an_artifact():
    """Names with dashes at their seams have keys of their own, all of characters that the engine takes."""
    names = ["a", "b", "c", "a-b", "b-c", "a-", "a--b", "a-b-c", "b--c"]
    keys = [key_of("summary", project, shot) for project in names for shot in names]
    keys += [key_of(project, shot, "still", "001", "1") for project in names for shot in names]
    assert len(set(keys)) == len(keys)
    assert all(TypeAdapter(ArtifactKey).validate_python(key) == key for key in keys)
    assert key_of("summary", "harbour", "opening") == "summary-harbour-opening"


async def test_a_run_shows_its_pictures_and_its_summary(viewed):
    """The still and the clip's poster are pictures at addresses that a browser can open; one page says all."""
    line = await viewed.make(shot("shown"))
    artifacts = await artifacts_of(line["flow_run_id"])
    pictures = {artifact.data for artifact in artifacts.values() if artifact.type == "image"}
    assert pictures == {f"{VIEW}/projects/shown/a/{name}" for name in ("still-001.png", "clip-001.poster.jpg")}
    (page,) = [str(artifact.data) for artifact in artifacts.values() if artifact.type == "markdown"]
    for words in ("done", line["cost"]["quoted"], line["cost"]["reported"], line["still"], *line["clips"]):
        assert words in page
    assert f"({VIEW}/projects/shown/a/clip-001.mp4)" in page
    for picture in pictures:
        assert f"]({picture})" in page
    assert f"stillreel lineage {line['clips'][0]}" in page


async def test_a_run_that_was_stopped_says_why_and_shows_nothing_unsafe(viewed):
    """A flagged still is no picture in the UI; the summary says what happened and where the money is."""
    viewed.emulator.switch(moderation={"how": "flag", "models": [STILL]})
    line = await viewed.make(shot("hidden"))
    artifacts = await artifacts_of(line["flow_run_id"])
    assert {artifact.type for artifact in artifacts.values()} == {"markdown"}
    (page,) = [str(artifact.data) for artifact in artifacts.values()]
    assert "flagged" in page
    assert "quarantine" in page
    async with get_client() as client:
        run = await client.read_flow_run(UUID(line["flow_run_id"]))
    assert run.state is not None
    assert run.state.is_failed()
    assert str(run.state.message).startswith("hidden/a/still-001 was flagged")


async def test_the_key_is_written_nowhere(viewed, prefect_home, tmp_path, monkeypatch, capfd):
    """Parameters, logs, artifacts, the server's database and the archive hold no key, not even a refused one."""
    viewed.emulator.switch(keys=[SECRET])
    monkeypatch.setenv("RUNWARE_API_KEY", SECRET)
    made = await viewed.make(shot("secret"))
    monkeypatch.setenv("RUNWARE_API_KEY", f"{SECRET}-but-wrong")
    refused = await viewed.make(shot("refused"))
    assert (made["state"], refused["state"]) == ("done", "refused")
    for line in (made, refused):
        said: list[Any] = [line, *(await artifacts_of(line["flow_run_id"])).values()]
        logs = await logs_of(line["flow_run_id"])
        async with get_client() as client:
            said.append(await client.read_flow_run(UUID(line["flow_run_id"])))
        assert logs
        assert SECRET not in repr([*said, *logs])
    assert SECRET not in "".join(capfd.readouterr())
    kept = files_below(prefect_home / "server")
    archived = files_below(tmp_path / "archive")
    assert b"secret/a" in kept  # the places are the right ones
    assert b"a lighthouse in fog" in archived
    assert SECRET.encode() not in kept
    assert SECRET.encode() not in archived
