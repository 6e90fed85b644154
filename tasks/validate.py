"""The verb validate: everything that can be known before anything is bought."""

from collections.abc import Sequence

from prefect import task
from prefect.cache_policies import NO_CACHE

from stillreel.domain.shots import Shot
from stillreel.studio.boarding import plan_board
from stillreel.studio.orders import Plan
from stillreel.studio.planning import plan
from stillreel.studio.ready import Ready
from stillreel.studio.refusing import brought
from tasks.context import studio, this_run
from tasks.retrying import DELAYS, provider_away


@task(
    task_run_name="{shot.project}/{shot.shot} validate",
    cache_policy=NO_CACHE,
    retries=len(DELAYS),
    retry_delay_seconds=DELAYS,
    retry_condition_fn=provider_away,
)
async def validate(shot: Shot, *, stills_only: bool = False) -> Plan:
    """The whole chain checked and priced, its takes claimed; raises BadInput, Refused, Held or ArchiveError."""
    run = this_run()
    return await plan(studio(), shot, run, *await brought(studio(), shot, run), stills_only=stills_only)


@task(
    task_run_name="{title} validate",
    cache_policy=NO_CACHE,
    retries=len(DELAYS),
    retry_delay_seconds=DELAYS,
    retry_condition_fn=provider_away,
)
async def validate_all(title: str, shots: Sequence[Shot], only: Sequence[str], *, stills_only: bool) -> list[Ready]:
    """The same for the named shots of a storyboard, paid for by one sum; one that can't be made stops no other."""
    del title  # names the run
    return await plan_board(studio(), shots, this_run(), only=only, stills_only=stills_only)
