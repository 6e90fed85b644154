"""Stills from a prompt."""

import sys
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from flows.command import main
from flows.production import produce
from flows.stages import make
from stillreel.domain.shots import TextToImageShot
from stillreel.studio.orders import Plan, Summary


@flow(flow_run_name="{shot.project}/{shot.shot}")
async def text_to_image(shot: TextToImageShot) -> Summary | State[Any]:
    """Make one to four stills from a prompt, checked, bought once and archived with their lineage."""
    return await produce(shot, chain)


async def chain(plan: Plan) -> None:
    """The one stage."""
    for stage in plan.stages:
        await make(stage)


if __name__ == "__main__":
    sys.exit(main(text_to_image, TextToImageShot))
