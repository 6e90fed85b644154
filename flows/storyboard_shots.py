"""A part of a storyboard that is spread over workers; started by the flow `storyboard`, not by people."""

from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Failed

from flows.board_production import produce_part
from flows.reruns import ended_before
from stillreel.domain.board_orders import Part
from stillreel.domain.errors import StillreelError
from stillreel.studio.board_summary import BoardSummary


@flow(flow_run_name="{part}")
async def storyboard_shots(part: Part) -> BoardSummary | State[Any]:
    """Make some shots of a storyboard and leave in the archive what became of them."""
    try:
        return await ended_before() or await produce_part(part)
    except StillreelError as error:
        return Failed(message=str(error), data=error)
