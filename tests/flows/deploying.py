"""Runs of deployments: asked for through the API, as the UI and other programs do, and done by the worker."""

import asyncio
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.objects import FlowRun
from prefect.client.schemas.responses import DeploymentResponse

PROPOSED = "gregarious-otter"  # what a form offers as the run's name, if nobody changes it
PATIENCE = 300.0  # seconds: a worker looks every few, a run's process takes some to load, and others keep it waiting


async def deployment(client: PrefectClient, flow: str) -> DeploymentResponse:
    """The one deployment of a flow, which has the flow's name."""
    return await client.read_deployment_by_name(f"{flow}/{flow}")


async def ask_for(
    flow: str, said: Mapping[str, Any], env: Mapping[str, str | None], *, parameter: str = "shot"
) -> UUID:
    """Create a run that the worker will find; its settings are given as a deployment's are."""
    given = {name: value for name, value in env.items() if value is not None}
    async with get_client() as client:
        run = await client.create_flow_run_from_deployment(
            (await deployment(client, flow)).id,
            parameters={parameter: said},
            job_variables={"env": given},
            name=PROPOSED,
        )
    return run.id


async def ended(run: UUID) -> FlowRun:
    """The run once it has ended, however it did."""
    async with asyncio.timeout(PATIENCE), get_client() as client:
        while True:
            found = await client.read_flow_run(run)
            if found.state is not None and found.state.is_final():
                return found
            await asyncio.sleep(0.3)
