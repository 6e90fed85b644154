"""The end of a job that a person gave up: at once, with every result lost, so that a run can go on.

Its marker stays for a day: the provider may have been away, and what it still delivers is paid for.
"""

from datetime import datetime, timedelta

from stillreel.domain.errors import ObjectExists
from stillreel.domain.events import Settled
from stillreel.domain.jobs import Job
from stillreel.studio.settling import close
from stillreel.studio.studio import Studio

LOOKED_FOR = timedelta(days=1)  # after the decision: no provider is away for longer without somebody knowing


async def conclude(studio: Studio, job: Job) -> Job:
    """Write the ends of a job that was given up; one that turns out to be accepted is left to its watchers."""
    given_up = job.given_up
    while given_up is not None and job.standing == given_up.word:
        missing = [k for k in range(1, job.planned.request.results + 1) if k not in job.settled]
        if not missing:
            await close(studio, job)
            return await studio.archive.events(job.uuid)
        why = f": {given_up.why}" if given_up.why else ""
        reason = f"given up by {given_up.who}{why}"
        end = Settled(at=studio.clock.now(), nonce=studio.nonce(), k=missing[0], end="lost", reason=reason)
        try:
            job = await studio.archive.append(job, end)
        except ObjectExists:
            job = await studio.archive.events(job.uuid)
    return job


def looked_for(job: Job, now: datetime) -> bool:
    """Whether results of a job that was given up are still looked for."""
    return job.given_up is not None and now < job.given_up.at + LOOKED_FOR
