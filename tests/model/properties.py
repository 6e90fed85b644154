"""What must hold of every state, and of every step from one to the next."""

from tests.model.state import GIVEN_UP, RESEND, WHOLE_CAP, Job, State, Step
from tests.model.turn import Setting

BUY_AGAIN = GIVEN_UP[0]
ASKED_FOR = (RESEND, BUY_AGAIN)


def check(setting: Setting, before: State, step: Step) -> str:
    """The property that a step breaks, or that is broken in the state after it; empty if none is."""
    u, after = step.label.job, step.after
    return (
        _of_the_step(setting, before, step)
        or _of_the_take(after)
        or _of_the_books(before.jobs[u], after.jobs[u], after)
        or _of_what_was_given_up(after.jobs[u])
    )


def _of_the_step(setting: Setting, before: State, step: Step) -> str:
    label, job, broken = step.label, before.jobs[step.label.job], ""
    if label.text == "sends" and "withdrawn" in job.events:
        broken = "S4 a withdrawn job is sent"
    elif label.text == "sends" and _above_a_lowered_cap(before, int(label.who)):
        broken = "S3 a job is sent above the cap that was lowered before"
    elif label.text.startswith("writes sending") and job.standing == RESEND and _is_shown(setting, job):
        broken = "S8 a resend is sent although the provider shows that it has the job"
    elif label.text == "finds nothing left: lost" and job.known != "none":
        broken = "S9 a job is given up as lost while it runs"
    elif label.text == "writes planned" and label.job == 1 and _is_done(before.jobs[0]):
        broken = "S6 a closed take is bought again"
    elif "rejected" in job.events and "proof" in setting.rules and step.after.jobs[label.job].billed > job.billed:
        broken = "S4 a rejected job runs"
    return broken


def _above_a_lowered_cap(state: State, n: int) -> bool:
    return state.cap < WHOLE_CAP and state.spent > state.cap and not state.processes[n].excused


def _is_shown(setting: Setting, job: Job) -> bool:
    """Whether a question finds a trace, and would have found it a while ago."""
    return job.known != "none" and not setting.world & {"SLOW", "BLIND"}


def _is_done(job: Job) -> bool:
    return job.standing == "closed" and job.given_up != BUY_AGAIN


def _of_the_take(state: State) -> str:
    first, second = state.jobs
    billed = first.billed + second.billed
    if billed > 1 and billed > 1 + sum(event in ASKED_FOR for event in first.events + second.events):
        return "S1 the take is billed more often than anybody asked for"
    return ""


def _of_the_books(before: Job, job: Job, state: State) -> str:
    if job.billed > before.billed:
        within = state.spent <= WHOLE_CAP  # a cap that is lowered stops no job that is on its way
        if job.held < min(job.billed, job.wanted) or not within:
            return "S3 a job starts that isn't held within the cap"
    if job.billed > job.held + len(job.booked) and job.billed <= job.wanted:
        return "S3 what is billed isn't in the books"
    if len(job.booked) > job.wanted:
        return "S3 a job is booked twice"
    return ""


def _of_what_was_given_up(job: Job) -> str:
    if job.given_up and "closed" in job.events and not job.copies and "result" in job.events:
        if "kept" not in job.events:
            return "S7 what turned up of a job that was given up isn't kept"
        if "c" not in job.booked:
            return "S7 what turned up of a job that was given up stays booked at its quote"
    return ""


def ended(state: State) -> bool:
    """Whether the take has its end, nothing is held, no marker is left, and nothing is on its way."""
    for job in state.jobs:
        if job.copies or job.pipe or (job.marked and job.events):
            return False
    first, second = (job.standing for job in state.jobs)
    bought = first == "closed" and state.jobs[0].given_up != BUY_AGAIN
    return bought or second in ("closed", "rejected", "withdrawn")


STUCK = "S2 nobody can bring the take to its end"
