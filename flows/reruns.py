"""A run that crashes is run again by itself, but not for ever; one that has ended, when a person asks for it again."""

from datetime import datetime
from uuid import UUID

from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.objects import StateType
from prefect.runtime import flow_run

from stillreel.domain.errors import Unforeseen

MOST = (
    4  # times that one run may begin: what kills a run three times over, a full disk or a poison pill, kills it again
)
TOLD = (StateType.COMPLETED, StateType.FAILED, StateType.CANCELLED)  # ends after which a person alone begins again


def stop_after_crashes() -> None:
    """The first call of a flow whose crashed runs are begun again: Unforeseen once it has begun too often."""
    begun = int(flow_run.run_count or 1)
    if begun > MOST:
        raise Unforeseen(
            f"this run ended {begun - 1} times before it was done, and isn't begun again by itself: find out from its "
            f"log and its worker's what ends it, then start a new run; what is paid for is found and costs nothing more"
        )


async def asked_again(client: PrefectClient) -> datetime | None:
    """When a person has last asked for this run again after it had ended; None where it only crashed, or is new."""
    states = sorted(await client.read_flow_run_states(UUID(str(flow_run.id))), key=lambda state: state.timestamp)
    ends = [number for number, state in enumerate(states) if state.type in TOLD]
    return states[ends[-1] + 1].timestamp if ends and ends[-1] + 1 < len(states) else None
