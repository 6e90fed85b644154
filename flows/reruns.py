"""A run that crashes is run again by itself, but not for ever."""

from prefect.runtime import flow_run

from stillreel.domain.errors import Unforeseen

MOST = (
    4  # times that one run may begin: what kills a run three times over, a full disk or a poison pill, kills it again
)


def stop_after_crashes() -> None:
    """The first call of a flow whose crashed runs are begun again: Unforeseen once it has begun too often."""
    begun = int(flow_run.run_count or 1)
    if begun > MOST:
        raise Unforeseen(
            f"this run ended {begun - 1} times before it was done, and isn't begun again by itself: find out from its "
            f"log and its worker's what ends it, then start a new run; what is paid for is found and costs nothing more"
        )
