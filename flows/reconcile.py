"""Every open job is taken towards its end, by asking and keeping; nothing is ever sent or bought."""

import sys

from prefect import flow

from flows.rounds import Round, go_round, main
from stillreel.domain.selection import Selection
from stillreel.studio import reconciling

EVERY_JOB = Selection()


@flow(flow_run_name="reconcile {jobs}")
async def reconcile(jobs: Selection = EVERY_JOB) -> Round:
    """Bring home what is paid for, close what has failed, withdraw what was never sent, name what a person must decide.

    It may run beside any number of runs and of itself.
    """
    return await go_round("reconcile", jobs, reconciling.reconcile)


if __name__ == "__main__":
    sys.exit(main(reconcile, Selection))
