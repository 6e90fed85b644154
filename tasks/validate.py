"""The verb validate: everything that can be known before anything is bought."""

from prefect import task
from prefect.cache_policies import NO_CACHE

from stillreel.domain.shots import ImageToVideoShot, TextToImageShot, TextToVideoShot
from stillreel.studio.given import bring_all
from stillreel.studio.orders import Plan
from stillreel.studio.planning import plan
from tasks.context import studio, this_run
from tasks.retrying import DELAYS, provider_away


@task(
    task_run_name="{shot.project}/{shot.shot} validate",
    cache_policy=NO_CACHE,
    retries=len(DELAYS),
    retry_delay_seconds=DELAYS,
    retry_condition_fn=provider_away,
)
async def validate(shot: TextToImageShot | TextToVideoShot | ImageToVideoShot) -> Plan:
    """The whole chain checked and priced, its takes claimed; raises BadInput, Refused, Held or ArchiveError."""
    return await plan(studio(), shot, this_run(), *await bring_all(studio(), shot, paths=False))
