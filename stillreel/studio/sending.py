"""Sending one job: at most one process at a time, asking before sending again, and never forgetting what was sent.

What the provider's answer means for the job:
an acknowledgement, a row or a confirmed conflict is `accepted`; a refusal for load and a connection that never came
about are `turned_away`; another refusal that names our job is `rejected`, unless an earlier send went unanswered;
anything else is no answer, and the provider is asked before anything is sent again.
"""

from datetime import timedelta

from stillreel.domain.accounts import cost_of
from stillreel.domain.errors import Money, NotAuthorised, ObjectExists, ProviderError, UnknownPurchase, at_stake
from stillreel.domain.events import Accepted, Event, Rejection, Run, Sending, TurnedAway
from stillreel.domain.jobs import Job
from stillreel.runware import Acknowledged, NoAnswer, Refused
from stillreel.studio.admission import BUSY_WAIT, Turn
from stillreel.studio.budgeting import (
    TO_BE_SENT,
    check_ceiling,
    hold,
    hold_accepted,
    not_bought,
    on_its_way,
    release_ended,
)
from stillreel.studio.studio import LEASE_OVER_SEND, Studio
from stillreel.studio.tracing import By, trace_of

SETTLE_IN = 2.0  # seconds: a submit that we gave up on is registered by then, if at all
CLOCKS = 3.0  # seconds by which the clocks of two processes may be apart: a write takes that long at the worst
LOOK_AGAIN = 1.0  # seconds between looks at a lease that another process holds
GROWTH = 2.0  # of the wait before asking, with each send that had no answer
MOST_SILENCES = 5  # sends without an answer, in one go
MOST_REFUSALS = 20  # for want of a connection or by a failing server, in one go; past that somebody should know


async def send(studio: Studio, job: Job, run: Run) -> None:
    """Bring a planned or sent job one step on; the caller reads its events again afterwards.

    Raises UnknownPurchase where nobody can say whether it was bought, ProviderError where the provider stays too busy.
    """
    if job.standing not in ("planned", "sending", "resend"):
        return  # somebody else was quicker
    await studio.in_step()
    if job.standing == "planned":
        await _send_now(studio, job, run)
    elif job.standing == "resend":
        await _send_again(studio, job, run)
    elif job.leased(studio.clock.now()) and not _own(studio, job):
        await studio.clock.sleep(LOOK_AGAIN)
    else:
        if job.leased(studio.clock.now()):
            await studio.clock.sleep(SETTLE_IN)  # a send of ours was given up, perhaps a moment ago
        await _ask_first(studio, job, run)


def _own(studio: Studio, job: Job) -> bool:
    """Whether the newest send is ours and over; one whose caller went away is waited for like anybody else's."""
    last = job.last(Sending)
    return last is not None and last.owner == studio.owner and job.uuid not in studio.post.on_the_wire


async def _send_again(studio: Studio, job: Job, run: Run) -> None:
    """Carry out a person's word, unless what was sent before shows after all."""
    with at_stake(Money.UNKNOWN):
        try:
            trace = await trace_of(studio, job)
        except (ProviderError, NotAuthorised) as error:
            raise _unknown(studio, job, f"the provider can't be asked ({error.message})") from error
        if trace is not None:
            await accept(studio, job, run, trace)
        else:
            await _send_now(studio, job, run)


async def _send_now(studio: Studio, job: Job, run: Run, *, refusals: int = 0, silences: int = 0) -> None:
    """Hold what it may cost, take the right to send, and send; what went before in this go is counted."""
    with studio.admission.gate(job.planned.request.model).turn(job.uuid, job.planned.place) as turn:
        if not await _let_in(studio, job, turn):
            return
        attempt, now = len(job.all(Sending)) + 1, studio.clock.now()
        sending = Sending(at=now, nonce=studio.nonce(), owner=studio.owner, attempt=attempt, lease=studio.lease)
        try:
            with studio.post.coming(), on_its_way(studio, job):
                job = await studio.archive.append(job, sending)
        except ObjectExists:
            return
        until = now + timedelta(seconds=(LEASE_OVER_SEND - SETTLE_IN - CLOCKS) * studio.settings.pace)
        studio.doubtful.add(job.uuid)
        answer = await studio.post.submit(job.planned.body, until)
        turn.answered(answer)
    match answer:
        case Acknowledged():
            await accept(studio, job, run, "acknowledgement")
        case Refused(conflict=True):
            await _confirm(studio, job, run)
        case Refused(for_load=True) | NoAnswer(sent=False):
            await _turned_away(studio, job, run, answer, refusals + 1, silences)
        case Refused() if len(job.unanswered) == 1:
            await _reject(studio, job, answer)
        case Refused() | NoAnswer():
            said = f"; the last answer was: {answer if isinstance(answer, Refused) else answer.why}"
            await studio.clock.sleep(SETTLE_IN * GROWTH**silences)
            await _ask_first(studio, job, run, refusals=refusals, silences=silences + 1, said=said)


async def _let_in(studio: Studio, job: Job, turn: Turn) -> bool:
    """Hold what a job may cost, and wait for its turn; False if it isn't to be sent any more.

    Who may have been sent before doesn't wait: it was asked about just now, and that is good for this moment only.
    """
    if job.standing != "planned":
        return await hold(studio, job) is not None
    word = await turn.near()
    while word != "give up":
        fresh = await hold(studio, job)
        if fresh is None:
            return False
        word = await turn.come(fresh)
        if word == "go":
            check_ceiling(studio, job.planned.place, job.planned.quote.upper)  # others may have cost more meanwhile
            return True
    error = ProviderError(
        f"the provider took nothing for {studio.settings.patience:.0f} s, and {job.planned.place} waited for its turn; "
        f"nothing was bought"
    )
    error.patience_over = True
    raise error


async def _turned_away(
    studio: Studio, job: Job, run: Run, answer: Refused | NoAnswer, times: int, silences: int
) -> None:
    """Write down that this send bought nothing, so that nobody has to ask, and try again when there may be room."""
    why = answer.why if isinstance(answer, NoAnswer) else str(answer)
    attempt = len(job.all(Sending))
    event = TurnedAway(at=studio.clock.now(), nonce=studio.nonce(), attempt=attempt, why=why)
    try:
        job = await studio.archive.append(job, event)
    except ObjectExists:
        return
    if not job.unanswered:
        not_bought(studio, job)
    if job.standing == "planned" and isinstance(answer, Refused) and answer.crowded:
        return  # it keeps its place, and waits for its turn when it is sent again
    if times >= MOST_REFUSALS:
        if job.unanswered:
            why = f"a send had no answer, and since then the provider took nothing {times} times ({why})"
            raise _unknown(studio, job, why)
        raise ProviderError(
            f"the provider took nothing {times} times for {job.planned.place} ({why}); nothing was bought"
        )
    told = answer.retry_after if isinstance(answer, Refused) else None
    await studio.clock.sleep(BUSY_WAIT if told is None else told)
    if job.standing in TO_BE_SENT:
        await _send_now(studio, job, run, refusals=times, silences=silences)
    else:
        await _ask_first(studio, job, run, refusals=times, silences=silences)


async def _reject(studio: Studio, job: Job, answer: Refused) -> None:
    first = answer.errors[0]
    rejection = Rejection(
        at=studio.clock.now(),
        nonce=studio.nonce(),
        code=first.code,
        reason=first.message,
        parameters=first.parameters,
    )
    not_bought(studio, job)
    try:
        await studio.archive.append(job, rejection)
    except ObjectExists:
        return
    await release_ended(studio, job.uuid)
    await studio.archive.unmark(job.uuid)


async def _ask_first(
    studio: Studio, job: Job, run: Run, *, refusals: int = 0, silences: int = 0, said: str = ""
) -> None:
    """Ask whether a send arrived; send again only if both questions were answered and know nothing, in time."""
    with at_stake(Money.UNKNOWN):
        try:
            trace = await trace_of(studio, job)
        except (ProviderError, NotAuthorised) as error:
            raise _unknown(studio, job, f"the provider can't be asked ({error.message}){said}") from error
        if trace is not None:
            await accept(studio, job, run, trace)
        elif silences >= MOST_SILENCES:
            raise _unknown(studio, job, f"it was sent {silences} times, and nobody knows what became of it{said}")
        elif job.remembered(studio.clock.now()):
            await _send_now(studio, job, run, refusals=refusals, silences=silences)
        else:
            raise _unknown(studio, job, f"it was first sent too long ago for the provider to remember{said}")


async def _confirm(studio: Studio, job: Job, run: Run) -> None:
    """A known UUID was refused: it is ours once a row or the details say so."""
    until = studio.clock.now() + timedelta(seconds=2 * studio.catalogue.entry(job.planned.request.model).usual_seconds)
    while True:
        try:
            trace = await trace_of(studio, job)
        except (ProviderError, NotAuthorised):
            trace = None
        if trace is not None:
            await accept(studio, job, run, "conflict")
            return
        if studio.clock.now() >= until:
            raise _unknown(studio, job, "the provider knows its id, and shows nothing of it")
        await studio.clock.sleep(SETTLE_IN)


async def accept(studio: Studio, job: Job, run: Run, by: By) -> None:
    """Write that the provider has it, at whatever number is free, unless somebody else did."""
    with at_stake(Money.SPENT):
        await _accepted(studio, job, run, by)


def _acceptance(studio: Studio, job: Job, run: Run, by: By) -> Accepted:
    now = studio.clock.now()
    first_look = now + timedelta(seconds=studio.durations.first_look(job.planned.request.model))
    look_after = first_look if by == "acknowledgement" else None
    return Accepted(at=now, nonce=studio.nonce(), by=by, flow_run=run.flow_run, look_after=look_after)


async def _accepted(studio: Studio, job: Job, run: Run, by: By) -> None:
    while job.standing not in ("accepted", "closed"):
        event: Event = _acceptance(studio, job, run, by)
        studio.doubtful.discard(job.uuid)
        studio.paid.add(job.uuid)
        try:
            studio.bought.add(job.uuid)
            job = await studio.archive.append(job, event)
            studio.costs[job.uuid] = cost_of(job)
        except ObjectExists:
            studio.bought.discard(job.uuid)
            job = await studio.archive.events(job.uuid)
    await hold_accepted(studio, job)


def _unknown(studio: Studio, job: Job, why: str) -> UnknownPurchase:
    """What nobody can say now: while the provider remembers, another run may find out; later a person decides."""
    todo = f"run the shot again later, or `python -m flows.resume --job {job.uuid}`"
    if job.standing == "resend":
        todo += ": it is sent once more then, as was decided"
    elif not job.remembered(studio.clock.now()):
        decide = f"`stillreel jobs decide {job.uuid}` and --resend, --buy-again or --write-off"
        todo = f"look at the provider's account, then decide with {decide}"
    return UnknownPurchase(f"{job.planned.place} (job {job.uuid}) may have been bought: {why}; {todo}")
