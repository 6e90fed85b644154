"""The two automations that let another worker take over a run whose host was lost, as data.

A worker reports the death of its own runs. A lost host reports nothing: its runs only stop showing signs of life.
"""

from collections.abc import Iterable
from datetime import timedelta

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.objects import StateType
from prefect.events.actions import ChangeFlowRunState
from prefect.events.schemas.automations import AutomationCore, EventTrigger, Posture

RERUN = (
    "storyboard",
    "storyboard-shots",
)  # the deployments whose runs go on by themselves: long ones, without a person
HEARTBEAT = 60  # seconds; PREFECT_FLOWS_HEARTBEAT_FREQUENCY of those deployments in prefect.yaml
SILENCE = 4 * HEARTBEAT  # seconds until a run counts as lost: one or two signs of life may be late, or get lost
REPORTED = 30  # seconds: a worker reports a dead run twice, and the second time when it has run the flow's hooks
SIGN = "prefect.flow-run.heartbeat"
ENDS = ("Completed", "Failed", "Cancelled", "Crashed", "Suspended", "Paused", "AwaitingRetry")
TAKEN_UP = ("Scheduled", "Late", "Pending", "Submitting", "Running", "Retrying", "Rerunning", "Cancelling")


def automations(
    deployments: Iterable[str] = RERUN, silence: float = SILENCE, reported: float = REPORTED
) -> tuple[AutomationCore, AutomationCore]:
    """A run of these deployments that is silent for so many seconds has crashed; one that has crashed is run again.

    That waits until all reports of the crash are in: one that came later would end the run that is on its way again.
    Runs that a person started as a command belong to no deployment, and no worker would take them up.
    """
    # a flow's deployment has the flow's name, and a heartbeat names nothing but the flow
    runs = {
        "match": {"prefect.resource.id": "prefect.flow-run.*"},
        "match_related": [
            {"prefect.resource.role": "deployment"},
            {"prefect.resource.role": "flow", "prefect.resource.name": list(deployments)},
        ],
        "for_each": {"prefect.resource.id"},
        "threshold": 1,
    }
    lost = AutomationCore(
        name="stillreel-silent-is-crashed",
        description="A run whose host was lost tells nobody: without a heartbeat it counts as crashed.",
        trigger=EventTrigger(
            posture=Posture.Proactive,
            after={SIGN},
            expect={SIGN, *(f"prefect.flow-run.{end}" for end in ENDS)},
            within=timedelta(seconds=silence),
            **runs,
        ),
        actions=[ChangeFlowRunState(state=StateType.CRASHED, name="Crashed", message="no heartbeat", force=True)],
    )
    again = AutomationCore(
        name="stillreel-crashed-runs-again",
        description="A run that stays crashed is offered to the workers again, once; the flow counts its runs.",
        trigger=EventTrigger(
            posture=Posture.Proactive,  # a reactive one acts again each time that the server takes the event up again
            after={"prefect.flow-run.Crashed"},
            expect={SIGN, *(f"prefect.flow-run.{state}" for state in (*TAKEN_UP, *ENDS) if state != "Crashed")},
            within=timedelta(seconds=reported),
            **runs,
        ),
        actions=[ChangeFlowRunState(state=StateType.SCHEDULED, name="AwaitingRetry", force=True)],
    )
    return lost, again


def register(client: SyncPrefectClient, wanted: Iterable[AutomationCore]) -> list[str]:
    """Make the automations, and replace those that say something else; one that a person has paused stays paused."""
    done = []
    for automation in wanted:
        known = client.read_automations_by_name(automation.name)
        if not known:
            client.create_automation(automation)
            done.append(f"Made: automation {automation.name}")
        elif (known[0].trigger, known[0].actions) != (automation.trigger, automation.actions):
            # all that it says in full, since what is left to defaults isn't sent; an update names no owner
            full = automation.model_dump(exclude={"owner_resource"}) | {"enabled": known[0].enabled}
            client.update_automation(known[0].id, AutomationCore(**full))
            done.append(f"Replaced: automation {automation.name}, which said something else")
    return done
