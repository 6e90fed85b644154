"""The storyboard: many shots in one run, each on its own, with one table, one gallery and one reel."""

import sys
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Failed

from flows.board_production import produce_board
from flows.reruns import ended_before
from stillreel.domain.board_orders import BoardOrder
from stillreel.domain.errors import StillreelError
from stillreel.studio.board_summary import BoardSummary


@flow(flow_run_name="storyboard {order}")
async def storyboard(order: BoardOrder) -> BoardSummary | State[Any]:
    """Make every shot of a storyboard that isn't done: bought once, checked, archived, and shown together.

    A shot that fails, is flagged or is refused loses nobody else. Running it again does only what isn't done.
    """
    try:
        return await ended_before() or await produce_board(order)
    except StillreelError as error:
        return Failed(message=str(error), data=error)


if __name__ == "__main__":
    from flows.board_command import main

    sys.exit(main())
