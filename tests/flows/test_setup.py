"""What `prefect deploy` and `python -m deployments.setup` make on a server, and what they leave alone."""

import asyncio
import subprocess
import sys
from datetime import timedelta

import pytest
import yaml
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import GlobalConcurrencyLimitUpdate

from deployments import servers
from deployments.automations import HEARTBEAT, RERUN, automations
from deployments.in_flight import InFlight, read
from deployments.servers import ROOT
from deployments.setup import models
from stillreel.domain.errors import BadInput
from stillreel.settings import IN_FLIGHT
from tasks.leases import PAGE, model_of

pytestmark = pytest.mark.server

MODEL, OTHER = "klingai:3@1", "klingai:6@1"


async def numbers() -> dict[str, int]:
    """Each model's limit."""
    async with get_client() as client:
        return {model_of(each.name): each.limit for each in await client.read_global_concurrency_limits(limit=PAGE)}


@pytest.fixture
async def changed(deployed):
    """Two limits that a person has changed, for as long as the test lasts."""

    async def give(**most: int) -> None:
        async with get_client() as client:
            for model, number in most.items():
                update = GlobalConcurrencyLimitUpdate(limit=number)
                await client.update_global_concurrency_limit(f"stillreel-{model}", update)

    await give(**{MODEL: 33})
    yield give
    await give(**dict.fromkeys(models(), IN_FLIGHT))


async def test_deploying_makes_a_limit_for_each_model(deployed):
    """Every model that can be bought has one, with the number that a run without limits would use."""
    there = await numbers()
    assert {model: there[model] for model in models()} == dict.fromkeys(models(), IN_FLIGHT)
    assert f"Made: limits of jobs in flight for {len(models())} models." in deployed


async def test_a_limit_that_a_person_changed_is_left_alone(changed, command):
    """Neither deploying nor a new number for all changes it; the number for all reaches every other."""
    assert "everything is there" in await asyncio.to_thread(command, "deployments.setup")
    assert (await numbers())[MODEL] == 33
    told = await asyncio.to_thread(command, "deployments.setup", "--in-flight", "100")
    assert f"Left: stillreel-{MODEL} at 33, which somebody gave it; `--in-flight {MODEL}=100` changes it" in told
    there = await numbers()
    assert (there[MODEL], there[OTHER]) == (33, 100)


async def test_a_limit_that_is_named_is_changed(changed, command):
    """By its model's name or by a pattern, whatever it was before; it is told from what to what."""
    told = await asyncio.to_thread(
        command, "deployments.setup", "--in-flight", "klingai:6@*=7", "--in-flight", f"{MODEL}=1"
    )
    assert f"Changed: stillreel-{MODEL} from 33 to 1" in told
    there = await numbers()
    assert (there[MODEL], there[OTHER], there["runware:z-image@turbo"]) == (1, 7, IN_FLIGHT)


def test_all_that_is_wrong_is_told_at_once():
    """What is no number and what is no model are both named, with what is allowed."""
    with pytest.raises(BadInput, match=r"2 problems:(.|\n)*'many'(.|\n)*'klingai:9@9=3'.*`stillreel models`"):
        read(["many", "klingai:9@9=3", "12"], [MODEL])
    assert read(["12", "*=3", f"{MODEL}=4"], [MODEL, OTHER]) == InFlight(12, {"*": 3, MODEL: 4})
    assert InFlight(12, {"*": 3, MODEL: 4}).of(MODEL) == 4


def test_a_command_that_is_wrong_changes_nothing(deployed, prefect_api):
    """The set-up ends with 2 before it asks the server for anything."""
    words = (sys.executable, "-m", "deployments.setup", "--in-flight", "many")
    env = servers.environment({"PREFECT_API_URL": "http://127.0.0.1:1/api"})
    done = subprocess.run(words, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert "got 'many'" in done.stderr


async def test_an_automation_that_differs_is_replaced(deployed, command):
    """One that says something else is mended, and said so; one that a person has paused stays paused."""
    wanted = automations()
    async with get_client() as client:
        found = {each.name: (await client.read_automations_by_name(each.name))[0] for each in wanted}
        assert [(found[each.name].trigger, found[each.name].actions) for each in wanted] == [
            (each.trigger, each.actions) for each in wanted
        ]
        late = automations(silence=10_000)[0]
        await client.update_automation(found[late.name].id, late)
        await client.pause_automation(found[late.name].id)
        told = await asyncio.to_thread(command, "deployments.setup")
        assert f"Replaced: automation {late.name}, which said something else" in told
        assert "everything is there" in await asyncio.to_thread(command, "deployments.setup")
        mended = (await client.read_automations_by_name(late.name))[0]
        assert (mended.trigger, mended.enabled) == (wanted[0].trigger, False)
        await client.resume_automation(mended.id)


def test_silence_is_longer_than_three_heartbeats():
    """A run whose signs of life are a little late isn't taken for lost."""
    assert automations()[0].trigger.within >= timedelta(seconds=3 * HEARTBEAT)


def test_what_is_run_again_shows_signs_of_life():
    """Each deployment that the automations watch has the heartbeat that they count on, and no other has."""
    said = yaml.safe_load((ROOT / "prefect.yaml").read_text())
    beats = {
        each["name"]: int(env["PREFECT_FLOWS_HEARTBEAT_FREQUENCY"])
        for each in said["deployments"]
        if (env := each["work_pool"]["job_variables"].get("env"))
    }
    assert beats.keys() == {each["name"] for each in said["deployments"]} & set(RERUN)
    assert set(beats.values()) <= {HEARTBEAT}
