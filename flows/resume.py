"""The jobs of a project, of a shot, or a single one, are taken to their end, sent if need be, and waited for."""

import sys

from prefect import flow

from flows.rounds import Round, go_round, main
from stillreel.domain.selection import Chosen
from stillreel.studio import resuming


@flow(flow_run_name="resume {jobs}")
async def resume(jobs: Chosen) -> Round:
    """Go on with jobs from where their run stopped, as a rerun of their shot would; nothing is bought twice.

    What was never planned isn't begun: running the shot again does that.
    """
    return await go_round("resume", jobs, resuming.resume)


if __name__ == "__main__":
    sys.exit(main(resume, Chosen))
