"""The verb safety_check: a verdict on each result, before anything is kept under its final name."""

from prefect import task
from prefect.cache_policies import NO_CACHE

from stillreel.studio.judging import verdicts
from stillreel.studio.orders import Outcome, StagePlan, Verdicts


@task(task_run_name="{stage.place} safety check", cache_policy=NO_CACHE)
async def safety_check(stage: StagePlan, outcome: Outcome) -> Verdicts:
    """What may move on and what goes to quarantine."""
    return verdicts(outcome, stage.request)
