"""`reconcile` and `resume` on a real Prefect server: what runs left behind is brought home, and somebody is told."""

import asyncio
import json
import signal
import sys
from contextlib import asynccontextmanager

import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowFilter, FlowFilterName
from prefect.deployments import arun_deployment

from flows.reconcile import reconcile
from flows.resume import resume
from flows.rounds import main
from stillreel.archive.lineage import chain
from stillreel.domain.events import Run
from stillreel.domain.selection import Chosen
from stillreel.domain.shots import TextToVideoShot
from stillreel.settings import Settings
from stillreel.studio.planning import plan
from stillreel.studio.studio import open_studio
from tests.flows.commands import UNTIL, files_below, settings, shot, start, until
from tests.flows.deploying import PATIENCE
from tests.flows.making import CLIP, STILL
from tests.studio.on_set import planned_event, written

pytestmark = pytest.mark.server

DIED = Run(root="died", flow_run="died", version="0.1.0")


async def impatient(studio, name, monkeypatch):
    """A chain whose run stopped waiting for its clip; its summary."""
    with monkeypatch.context() as patch:
        patch.setenv("STILLREEL_PATIENCE", "0")
        studio.emulator.switch(latency={STILL: 0, CLIP: 10**6})
        line = await studio.make(shot(name))
    assert (line["state"], line["money"]) == ("running", "spent")
    studio.emulator.switch(latency=None, clock={"speed": 200, "advance": 10**6})
    return line


async def planned(studio, name):
    """The job of a clip that was planned by a run which died then."""
    async with open_studio(Settings.of()) as opened:
        stage = (await plan(opened, TextToVideoShot(**shot(name, still=None)), DIED)).clip
        return await written(opened, stage, [await planned_event(opened, stage, DIED)])


async def test_a_paid_clip_is_brought_home(studio, monkeypatch):
    """What a run didn't wait for is archived by `reconcile` with its lineage, and the shot is done when run again."""
    await impatient(studio, "home", monkeypatch)
    done = await reconcile()
    (stand,) = done.jobs
    assert (stand.became, stand.standing, stand.place) == ("ended", "closed", "home/a/clip-001")
    assert done.fine
    line = await studio.make(shot("home"))
    assert (line["state"], line["bought"]) == ("done", 0)
    async with studio.opened() as archive:
        clip, still = await chain(archive.store, line["clips"][0])
        assert await archive.open_jobs() == {}
    assert (clip.parents[0].uri, still.what.uri) == (line["still"], line["still"])
    assert clip.run.flow_run != clip.bought_by.flow_run
    assert len(studio.submits(CLIP)) == 1
    assert await reconcile() == type(done)(jobs=())
    page = await artifact("reconcile")
    assert "no job is open" in page


async def artifact(key):
    async with get_client() as client:
        response = await client._client.get(f"/artifacts/{key}/latest")
    return response.json()["data"]


async def test_what_was_only_planned_is_sent_by_resume_alone(studio):
    """`reconcile` leaves a fresh plan alone; `resume` buys it once and waits for it."""
    job = await planned(studio, "plan")
    (stand,) = (await reconcile()).jobs
    assert (stand.became, studio.submits(CLIP)) == ("waits", [])
    (stand,) = (await resume(Chosen(project="plan"))).jobs
    assert (stand.became, stand.job, stand.money) == ("ended", job.uuid, "spent")
    assert "clip-001.mp4" in await artifact("resume")
    async with get_client() as client:
        runs = await client.read_flow_runs(flow_filter=FlowFilter(name=FlowFilterName(any_=["resume"])))
    assert "resume plan" in {run.name for run in runs}
    assert [job["runs"] for job in studio.submits(CLIP)] == [1]
    line = await studio.make(shot("plan", still=None), "text_to_video")
    assert (line["state"], line["bought"]) == ("done", 0)


async def begun(studio, flow, *options):
    """`python -m flows.<flow>`."""
    return await start(f"flows.{flow}", *options, env=settings(studio.emulator, studio.archive))


async def told(process):
    """Its exit code, its last line and what it said to people."""
    out, err = (part.decode() for part in await asyncio.wait_for(process.communicate(), UNTIL))
    return process.returncode, json.loads(out.splitlines()[-1]) if out else None, err


async def say(flow, form, options, monkeypatch, capsys):
    """The same command within this process: its exit code, and what it said."""
    monkeypatch.setattr(sys, "argv", [f"flows.{flow.fn.__name__}", *options])
    capsys.readouterr()
    code = await asyncio.to_thread(main, flow, form)
    return code, capsys.readouterr()


async def test_both_are_commands(studio, monkeypatch, capsys):
    """On the command line they say how each job stands, in JSON, and their exit code says whether to act."""
    await impatient(studio, "command", monkeypatch)
    code, line, said = await told(await begun(studio, "reconcile"))
    assert (code, line["counts"]["ended"]) == (0, 1), said
    assert line["jobs"][0]["place"] == "command/a/clip-001"
    job = await planned(studio, "more")
    code, said = await say(resume, Chosen, ["--project", "more", "--shot", "a"], monkeypatch, capsys)
    assert (code, json.loads(said.out.splitlines()[-1])["jobs"][0]["job"]) == (0, str(job.uuid))
    code, said = await say(resume, Chosen, [], monkeypatch, capsys)
    assert (code, said.out) == (2, "")
    assert "name a project" in said.err
    code, said = await say(resume, Chosen, ["--job", "7"], monkeypatch, capsys)
    assert code == 2


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
async def test_a_round_that_is_stopped_says_what_is_paid(sign, studio, tmp_path):
    """Ctrl-C and a container's polite end: the last line names the clip that is bought, and the next round has it."""
    job = await planned(studio, "stopped")
    studio.emulator.switch(latency={CLIP: 10**6})
    process = await begun(studio, "resume", "--project", "stopped")
    await until(lambda: b'"accepted"' in files_below(tmp_path / "archive" / "jobs"))
    process.send_signal(sign)
    code, line, said = await told(process)
    assert (code, line["state"], line["bought"], line["money"]) == (1, "running", 1, "spent"), said
    assert str(job.uuid) in line["message"]
    studio.emulator.switch(latency=None, clock={"speed": 200, "advance": 10**6})
    assert [stand.became for stand in (await reconcile()).jobs] == ["ended"]


@asynccontextmanager
async def unanswered(studio):
    studio.emulator.switch(throttle={"task_types": ["getResponse", "getTaskDetails"], "status": 503})
    yield
    studio.emulator.switch(throttle=None)


async def test_trouble_is_told_and_ends_nothing(studio, monkeypatch):
    """A provider that is away is somebody's matter: the round says so, and the next one brings the clip home."""
    await impatient(studio, "away", monkeypatch)
    async with unanswered(studio):
        done = await reconcile()
    assert (done.jobs[0].became, done.fine) == ("trouble", False)
    assert "trouble" in await artifact("reconcile")
    assert (await reconcile()).jobs[0].became == "ended"


async def test_the_schedule_is_there(studio, deployed, worker, monkeypatch):
    """`reconcile` is scheduled every 15 minutes, and a worker runs it without a parameter."""
    await impatient(studio, "scheduled", monkeypatch)
    async with get_client() as client:
        deployment = await client.read_deployment_by_name("reconcile/reconcile")
    assert [schedule.schedule.interval.total_seconds() for schedule in deployment.schedules] == [900]
    env = settings(studio.emulator, studio.archive)
    run = await arun_deployment("reconcile/reconcile", job_variables={"env": env}, poll_interval=0.5, timeout=PATIENCE)
    assert run.state.is_completed(), run.state
    assert run.name == "reconcile every job"
    async with studio.opened() as archive:
        assert await archive.open_jobs() == {}
    assert (await studio.make(shot("scheduled")))["bought"] == 0
