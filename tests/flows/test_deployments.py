"""prefect.yaml on a fresh server: each deployment is run to its end by a worker, and refuses what can't be right."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from prefect.blocks.system import Secret
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import WorkPoolUpdate
from prefect.client.schemas.filters import DeploymentFilter, DeploymentFilterId
from prefect.client.schemas.objects import FlowRun
from prefect.exceptions import PrefectHTTPStatusError

from deployments import servers
from deployments.deployed import deploying
from deployments.servers import ROOT
from deployments.setup import POOL
from flows.production import KEY_BLOCK
from stillreel.emulator import RunningEmulator, running_emulator
from tests.flows.commands import CANNED, KEY, files_below, settings, shot
from tests.flows.deploying import PATIENCE, ask_for, deployment, ended

pytestmark = pytest.mark.server

SHOTS = {
    "image-to-video": shot("worked", "chain", motion={"prompt": "the beam turns", "guidance": 0.57}),
    "text-to-video": shot("worked", "clip", still=None),
    "text-to-image": shot("worked", "still", motion=None),
}
FILES = {
    "image-to-video": ["clip-001.mp4", "still-001.png"],
    "text-to-video": ["clip-001.mp4"],
    "text-to-image": ["still-001.png"],
}
BLOCKED = "a-key-that-only-the-block-knows"
FROM_BLOCK = "text-to-image"  # the run that has its key from the Secret block; the others have it from the environment


@dataclass(frozen=True)
class Worked:
    """What the worker did: each deployment's run, the archive that they share and the provider that they asked."""

    runs: dict[str, FlowRun]
    archive: Path
    emulator: RunningEmulator


@pytest.fixture(scope="module")
async def worked(worker: Any, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Worked]:
    """One run of each deployment, all at once."""
    folder = tmp_path_factory.mktemp("deployments")
    async with running_emulator(folder / "emulator", {**CANNED, "keys": [KEY, BLOCKED]}) as emulator, key_in_a_block():
        env = settings(emulator, f"file://{folder}/archive")
        keys = {flow: None if flow == FROM_BLOCK else KEY for flow in SHOTS}
        asked = [await ask_for(flow, said, {**env, "RUNWARE_API_KEY": keys[flow]}) for flow, said in SHOTS.items()]
        runs = await asyncio.gather(*(ended(run) for run in asked))
        yield Worked(dict(zip(SHOTS, runs, strict=True)), folder / "archive", emulator)


@pytest.mark.parametrize("flow", SHOTS)
async def test_a_worker_runs_each_deployment_to_its_end(worked, flow):
    """A run ends as completed with its files archived, named after its shot whatever its form had proposed."""
    run = worked.runs[flow]
    assert run.state is not None
    assert run.state.is_completed(), run.state.message
    said = SHOTS[flow]
    assert run.name == f"{said['project']}/{said['shot']}"
    assert run.parameters == {"shot": said}
    assert files_of(worked.archive / "projects" / said["project"] / said["shot"]) == FILES[flow]


def files_of(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.suffix in {".png", ".mp4"})


async def test_every_job_was_bought_once(worked):
    """Four stages are four jobs, each sent, run and billed once."""
    jobs = worked.emulator.jobs()
    assert len(jobs) == 4
    assert {(job["submits"], job["runs"]) for job in jobs.values()} == {(1, 1)}


async def test_a_key_from_the_block_stays_in_the_block(worked, prefect_home):
    """The run that took its key from the Secret block was told none; nothing on disk has it in clear."""
    run = worked.runs[FROM_BLOCK]
    assert "RUNWARE_API_KEY" not in run.job_variables["env"]
    everything = files_below(prefect_home) + files_below(worked.archive)
    assert KEY_BLOCK.encode() in everything
    assert BLOCKED.encode() not in everything


@pytest.mark.parametrize(
    "wrong, says",
    [
        ({"motion": {"prompt": "the beam turns", "duration": -5}}, "-5 is less than or equal to the minimum of 0"),
        ({"motion": {"prompt": "the beam turns", "duration": 0}}, "0 is less than or equal to the minimum of 0"),
        ({"motion": {"prompt": ""}}, "'' should be non-empty"),
        ({"output": {"quality": 101}}, "101 is greater than the maximum of 100"),
        ({"size": "4:3"}, "'4:3' is not one of ['16:9', '1:1', '9:16']"),
        ({"colour": "red"}, "'colour' was unexpected"),
        ({"project": "Not A Name"}, "'Not A Name' does not match"),
        ({"results": 5}, "5 is greater than the maximum of 4"),
        ({"motion": {}}, "'prompt' is a required property"),
    ],
)
async def test_a_bad_parameter_is_refused_before_a_run_exists(deployed, wrong, says):
    """The API says in words what is wrong, and creates no run."""
    async with get_client() as client:
        found = (await deployment(client, "image-to-video")).id
        said = {"shot": {**shot("refused"), **wrong}}
        with pytest.raises(PrefectHTTPStatusError) as refused:
            await client.create_flow_run_from_deployment(found, parameters=said)
    assert refused.value.response.status_code == 409
    assert says in refused.value.response.json()["detail"]


async def test_a_step_that_only_floats_would_refuse_passes(prefect_api, deployed):
    """A guidance of 0.57 is a legal step of 0.01, for the engine, too."""
    async with get_client() as client:
        found = await deployment(client, "image-to-video")
    guidance = found.parameter_openapi_schema["definitions"]["Motion"]["properties"]["guidance"]
    assert "multipleOf" not in guidance
    assert found.enforce_parameter_schema


async def test_one_command_deploys_on_a_fresh_server(deployed):
    """Deploying makes the pool that the server doesn't have yet, and every deployment on it."""
    assert f"Made: work pool {POOL}." in deployed
    for flow in [*SHOTS, "reconcile", "resume"]:
        assert f"{flow}/{flow}" in deployed
    async with get_client() as client:
        assert (await client.read_work_pool(POOL)).type == "process"


async def test_a_schedule_makes_runs(deployed):
    """What prefect.yaml has on a schedule has runs to come soon after deploying, as far apart as it says there."""
    async with get_client() as client, asyncio.timeout(PATIENCE):
        which = DeploymentFilter(id=DeploymentFilterId(any_=[(await deployment(client, "reconcile")).id]))
        runs = list[FlowRun]()
        while len(runs) < 2:
            runs = [run for run in await client.read_flow_runs(deployment_filter=which) if run.auto_scheduled]
            await asyncio.sleep(0.3)
    first, second, *_ = sorted(run.expected_start_time for run in runs if run.expected_start_time)
    assert second - first == timedelta(minutes=15)


async def test_deploying_again_leaves_the_pool_alone(deployed, command):
    """A pool that is there keeps the settings that somebody gave it, whichever command comes by."""
    async with get_client() as client:
        await client.update_work_pool(POOL, WorkPoolUpdate(concurrency_limit=17))
        again = await asyncio.to_thread(command, "prefect", "--no-prompt", "deploy", "--name", "resume")
        assert "Made:" not in again
        assert "everything is there" in await asyncio.to_thread(command, "deployments.setup")
        assert (await client.read_work_pool(POOL)).concurrency_limit == 17


@pytest.mark.parametrize(
    "command, deploys",
    [
        ("/venv/bin/prefect --no-prompt deploy --all", True),
        ("C:/venv/Scripts/prefect.exe deploy -n resume", True),
        ("/venv/site-packages/prefect/__main__.py deploy", True),
        ("/venv/site-packages/prefect/flow_engine.py", False),  # a worker's run
        ("/venv/bin/prefect worker start", False),
        ("/venv/bin/pytest -k deploy", False),
    ],
)
async def test_only_deploying_makes_anything(command, deploys):
    """Whoever else loads the deployed flows, a run above all, changes nothing on the server."""
    assert deploying(command.split()) is deploys


async def test_flows_load_where_no_pool_can_be_made(prefect_home):
    """A server that can't be asked leaves it to Prefect to say so, and doesn't look like flows that aren't there."""
    code = "import sys; sys.argv = ['prefect', 'deploy']; from deployments.deployed import resume; print(resume.name)"
    nobody = {"PREFECT_API_URL": "http://127.0.0.1:1/api", "PREFECT_CLIENT_MAX_RETRIES": "0"}
    env = servers.environment({**nobody, "PREFECT_HOME": str(prefect_home / "client")})
    words = (sys.executable, "-c", code)
    done = await asyncio.to_thread(subprocess.run, words, cwd=ROOT, env=env, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "resume\n"), done.stderr
    assert "What the deployments lean on couldn't be set up" in done.stderr


class key_in_a_block:  # noqa: N801 - reads as the block that it is
    """The key in the Secret block for as long as the block lasts, so that other tests find none."""

    async def __aenter__(self) -> None:
        await Secret(value=BLOCKED).save(KEY_BLOCK, overwrite=True)

    async def __aexit__(self, *_: object) -> None:
        async with get_client() as client:
            found = await client.read_block_document_by_name(KEY_BLOCK, "secret")
            await client.delete_block_document(found.id)
