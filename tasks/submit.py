"""The verb submit: buy a stage's job once."""

from prefect import task
from prefect.cache_policies import NO_CACHE

from stillreel.studio.buying import buy
from stillreel.studio.orders import Frame, StagePlan, Ticket
from tasks.context import studio, this_run
from tasks.retrying import DELAYS, trouble_on_the_way


@task(
    task_run_name="{stage.place} submit",
    cache_policy=NO_CACHE,
    retries=len(DELAYS),
    retry_delay_seconds=DELAYS,
    retry_condition_fn=trouble_on_the_way,
)
async def submit(stage: StagePlan, frame: Frame | None = None) -> Ticket:
    """A ticket for the job, found if it was bought before; raises Rejected or UnknownPurchase."""
    return await buy(studio(), stage, this_run(), frame)
