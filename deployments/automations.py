"""The two automations that let another worker take over a run whose host was lost, as data.

A worker reports the death of its own runs. A lost host reports nothing: its runs only stop showing signs of life. So
does a run whose report the server has lost, as SQLite does where others write.
"""

from collections.abc import Iterable
from datetime import timedelta

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.objects import StateType
from prefect.events.actions import ChangeFlowRunState
from prefect.events.schemas.automations import AutomationCore, EventTrigger, Posture

from flows.reruns import BY_ITSELF

RERUN = ("storyboard", "storyboard-shots")  # the deployments whose runs go on by themselves: long ones, unattended
HEARTBEAT = 60  # seconds; PREFECT_FLOWS_HEARTBEAT_FREQUENCY of those deployments in prefect.yaml
SILENCE = 4 * HEARTBEAT  # seconds until a run counts as lost: one or two signs of life may be late, or get lost
REPORTED = 30  # seconds: a worker reports a dead run twice, and the second time when it has run the flow's hooks
SIGN = "prefect.flow-run.heartbeat"
ENDS = ("Completed", "Failed", "Cancelled", "Crashed", "Suspended", "Paused", "AwaitingRetry")
TAKEN_UP = ("Scheduled", "Late", "Pending", "Submitting", "Running", "Retrying", "Rerunning", "Cancelling")


def automations(
    deployments: Iterable[str] = RERUN, silence: float = SILENCE, reported: float = REPORTED
) -> tuple[AutomationCore, AutomationCore]:
    """A run of these deployments that is silent for so many seconds is run again, and so is one that has crashed.

    That waits until all reports of the crash are in: one that came later would end the run that is on its way again.
    A run that has ended and whose event is lost is silent, too: the flow knows by the message, and ends again.
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
    silent = AutomationCore(
        name="stillreel-silent-runs-again",
        description="A run whose host was lost tells nobody: without a heartbeat it is offered to the workers again.",
        trigger=EventTrigger(
            posture=Posture.Proactive,
            after={SIGN},
            expect={SIGN, *(f"prefect.flow-run.{end}" for end in ENDS)},
            within=timedelta(seconds=silence),
            **runs,
        ),
        actions=[_run_again("no heartbeat")],
    )
    crashed = AutomationCore(
        name="stillreel-crashed-runs-again",
        description="A run that stays crashed is offered to the workers again, once; the flow counts its runs.",
        trigger=EventTrigger(
            posture=Posture.Proactive,  # a reactive one acts again each time that the server takes the event up again
            after={"prefect.flow-run.Crashed"},
            expect={SIGN, *(f"prefect.flow-run.{state}" for state in (*TAKEN_UP, *ENDS) if state != "Crashed")},
            within=timedelta(seconds=reported),
            **runs,
        ),
        actions=[_run_again("it crashed")],
    )
    return silent, crashed


def _run_again(why: str) -> ChangeFlowRunState:
    return ChangeFlowRunState(state=StateType.SCHEDULED, name="AwaitingRetry", message=f"{BY_ITSELF}: {why}")


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
