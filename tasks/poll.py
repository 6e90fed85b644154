"""The verb poll: wait for a job in one task run that sleeps."""

from prefect import task
from prefect.cache_policies import NO_CACHE

from stillreel.studio.orders import Outcome, StagePlan, Ticket
from stillreel.studio.watching import watch
from tasks.context import studio
from tasks.retrying import DELAYS, trouble_on_the_way


@task(
    task_run_name="{stage.place} poll",
    cache_policy=NO_CACHE,
    retries=len(DELAYS),
    retry_delay_seconds=DELAYS,
    retry_condition_fn=trouble_on_the_way,
)
async def poll(stage: StagePlan, ticket: Ticket) -> Outcome:
    """What became of the job; raises StillRunning once our patience is over, which costs nothing."""
    del stage  # names the run
    return await watch(studio(), ticket)
