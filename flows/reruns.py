"""A run that crashes is run again by itself, but not for ever; one that has ended, when a person asks for it again."""

from datetime import datetime
from typing import Any
from uuid import UUID

from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.objects import State, StateType
from prefect.runtime import flow_run

from stillreel.domain.errors import Unforeseen

MOST = 4  # times that one run may begin: what kills a run three times over, such as a full disk, kills it again
BY_ITSELF = "begun again by itself"  # as the state says in which an automation offers a run to the workers
TOLD = (StateType.COMPLETED, StateType.FAILED, StateType.CANCELLED)  # ends after which a person alone begins again


def stop_after_crashes() -> None:
    """The first call of a flow whose crashed runs are begun again: Unforeseen once it has begun too often."""
    begun = int(flow_run.run_count or 1)
    if begun > MOST:
        raise Unforeseen(
            f"this run ended {begun - 1} times before it was done, and isn't begun again by itself: find out from its "
            f"log and its worker's what ends it, then start a new run; what is paid for is found and costs nothing more"
        )


async def ended_before() -> State[Any] | None:
    """How this run had ended, where it is begun again by an automation that has missed that; else None."""
    if int(flow_run.run_count or 1) == 1:
        return None
    async with get_client() as client:
        states = await _states(client)
    ends = [number for number, state in enumerate(states) if state.type in (*TOLD, StateType.CRASHED)]
    if not ends or ends[-1] + 1 == len(states):
        return None
    end, then = states[ends[-1]], states[ends[-1] + 1]
    missed = end.type in TOLD and str(then.message).startswith(BY_ITSELF)
    return State(type=end.type, name=end.name, message=end.message) if missed else None


async def asked_again(client: PrefectClient) -> datetime | None:
    """When a person has last asked for this run again after it had ended; None where it only crashed, or is new."""
    states = await _states(client)
    ends = [number for number, state in enumerate(states) if state.type in TOLD]
    return states[ends[-1] + 1].timestamp if ends and ends[-1] + 1 < len(states) else None


async def _states(client: PrefectClient) -> list[State[Any]]:
    """All states of this run, in their order."""
    found = await client.read_flow_run_states(UUID(str(flow_run.id)))
    return sorted(found, key=lambda state: state.timestamp)
