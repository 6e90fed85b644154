"""The verb archive: download, open, measure and keep each result with its lineage."""

from prefect import task
from prefect.cache_policies import NO_CACHE

from stillreel.studio.orders import Outcome, Settlement, Sources, StagePlan, Verdicts
from stillreel.studio.settling import settle
from tasks.context import studio, this_run
from tasks.retrying import DELAYS, trouble_on_the_way
from tasks.showing import show_stage


@task(
    task_run_name="{stage.place} archive",
    cache_policy=NO_CACHE,
    retries=len(DELAYS),
    retry_delay_seconds=DELAYS,
    retry_condition_fn=trouble_on_the_way,
)
async def archive(stage: StagePlan, outcome: Outcome, verdicts: Verdicts, sources: Sources) -> Settlement:
    """The end of each result; raises ProviderError or ArchiveError where one can't be kept now."""
    settlement = await settle(studio(), outcome, verdicts, sources, this_run())
    await show_stage(stage, settlement)
    return settlement
