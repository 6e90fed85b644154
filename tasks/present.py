"""The gallery, the contact sheets and the reel of a storyboard, once its shots are there."""

from prefect import task
from prefect.cache_policies import NO_CACHE

from stillreel.studio import presenting
from stillreel.studio.presenting import BoardFacts, Presented
from tasks.context import studio, this_run


@task(task_run_name="{board.project}/{board.name} present", cache_policy=NO_CACHE)
async def present(board: BoardFacts) -> Presented:
    """What was made to be looked at, and what couldn't be made; it raises for none of it."""
    return await presenting.present(studio(), board, this_run())
