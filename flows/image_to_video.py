"""The chain: a still from a prompt or given, archived, then a clip that starts from it."""

import sys
from collections.abc import Callable
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from flows.command import main
from flows.production import produce
from flows.stages import make
from stillreel.domain.shots import ImageToVideoShot
from stillreel.studio.framing import frame_of
from stillreel.studio.orders import Plan, Summary


@flow(flow_run_name="{shot.project}/{shot.shot}")
async def image_to_video(shot: ImageToVideoShot) -> Summary | State[Any]:
    """Make a still and animate it, both checked, bought once and archived with their lineage.

    The still lies in the archive before the clip is bought; a flagged or unchecked one stops the chain there.
    """
    return await produce(shot, chain)


async def chain(plan: Plan, seen: Callable[[str], None] | None = None) -> None:
    """Both stages, one after the other; `seen` is told where the still lies as soon as it does."""
    still = (await make(plan.still)).archived[0] if plan.still else None
    first = still.uri if still else plan.given.uri if plan.given else None
    if seen is not None and first is not None:
        seen(first)
    frame, sources = frame_of(plan, still)
    if plan.clip is not None:
        await make(plan.clip, frame, sources)


if __name__ == "__main__":
    sys.exit(main(image_to_video, ImageToVideoShot))
