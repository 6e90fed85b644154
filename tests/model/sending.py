"""How a process buys: it plans, reserves, takes the right to send, sends, and makes of the answer what it means."""

from collections.abc import Iterator

from tests.model.state import FADED, LOSS, NOBODY, OLD, OVER, RESEND, YOUNG, Step, orphaned
from tests.model.turn import Turn

MOST_SENDINGS = 3  # of one purchase; past that a run gives up for now


def plan(turn: Turn) -> Iterator[Step]:
    """The first event."""
    yield from turn.create("planned", "reserve")


def reserve(turn: Turn) -> Iterator[Step]:
    """The budget is read first, so that nothing that happens afterwards is overwritten."""
    if "fresh" in turn.rules:
        yield from turn.go("reads the budget", "reserve 2", stale=False, excused=False)
    else:
        yield from _hold(turn)


def reserve_2(turn: Turn) -> Iterator[Step]:
    """Then the events: a job that has ended meanwhile holds nothing."""
    if turn.job.standing in ("planned", "sending", RESEND):
        yield from turn.go("reads the events", "reserve 3")
    else:
        yield from turn.go("reads the events: it isn't to be sent", "look")


def reserve_3(turn: Turn) -> Iterator[Step]:
    """Then the write is matched with the budget that was read."""
    if turn.me.stale and turn.job.copies < turn.job.wanted:
        yield from turn.go("finds the budget changed", "reserve")
    else:
        yield from _hold(turn)


def _hold(turn: Turn) -> Iterator[Step]:
    job, state = turn.job, turn.state
    after = state.spent - job.held + job.wanted
    if job.copies >= job.wanted:  # without a write it goes by the budget as it was read, whatever has changed since
        stale, measured = turn.me.stale, "measure" in turn.rules
        if after <= state.cap or (stale and turn.me.excused) or not measured:
            yield from turn.go("finds it reserved", "take")
        if measured and (after > state.cap or stale):
            yield from turn.go("meets the cap with what it holds", "look")
    elif after <= state.cap:
        yield from turn.budget("reserves", "take", job._replace(copies=job.wanted))
    else:
        other = state.jobs[1 - turn.u]
        if other.held and other.standing in OVER:
            for step in turn.budget("drops what an ended job holds", "reserve", job):
                dropped = other._replace(copies=0, charge="")
                yield step._replace(after=step.after.with_job(1 - turn.u, dropped))
        else:
            yield from turn.go("meets the cap", "look")


def take(turn: Turn) -> Iterator[Step]:
    """The event `sending` is the right to send, once."""
    job = turn.job
    if not turn.me.fresh:
        yield from turn.create("sending", "send")
    elif job.sends >= MOST_SENDINGS and job.standing != RESEND:
        yield from turn.go("gives up for now", "look")
    else:
        age = YOUNG if job.age == YOUNG or not job.sends else OLD
        after = job.after("sending")._replace(lease=turn.n, age=age, alone=not job.sends)
        yield from turn.create("sending", "send", after)
        yield from turn.written("writes sending, but the ANSWER IS LOST", "reread", after, LOSS)


def reread(turn: Turn) -> Iterator[Step]:
    """Whoever doesn't know whether its event was written reads it back."""
    yield from turn.go("reads back its own nonce", "send")


def send(turn: Turn) -> Iterator[Step]:
    """One more look at the clock, and it leaves in time or not at all."""
    if "clock" in turn.rules and not turn.owns:
        yield from turn.go("has stood still for too long, and doesn't send", "turned")
    elif "FROZEN" in turn.world:
        yield from turn.go("looks at the clock", "leave")
    else:
        yield from leave(turn)


def leave(turn: Turn) -> Iterator[Step]:
    """The request is on its way."""
    pipe = tuple(sorted((*turn.job.pipe, (turn.n, "on the way"))))
    yield from turn.go("sends", "sent", job=turn.job._replace(pipe=pipe))


def sent(turn: Turn) -> Iterator[Step]:
    """It waits for its answer, for as long as a send may take."""
    if any(sender == turn.n for sender, _ in turn.job.pipe):
        left = turn.job._replace(pipe=orphaned(turn.job.pipe, turn.n))
        yield from turn.go("TIMES OUT with the request on its way", "wait", LOSS, left)
    else:
        yield from turn.go("has no answer", "wait")


def wait(turn: Turn) -> Iterator[Step]:
    """What nobody waits for any more is registered within 2 s, or never; unless the provider is slow."""
    if "SLOW" in turn.world or not turn.job.abandoned:
        yield from turn.go("has waited 2 s", "ask")


def ask(turn: Turn) -> Iterator[Step]:
    """A trace is as good as an acknowledgement; without one it is sent again, by who may."""
    job = turn.job
    if turn.traced:
        yield from turn.go("asks and finds a trace", "accept")
    if not turn.untraced:
        return
    forgotten = job.age >= (OLD if "first" in turn.rules else FADED)
    if not turn.runs or (forgotten and job.standing != RESEND):
        yield from turn.go("asks, no trace, leaves it", "look")
    elif "each" in turn.rules or not turn.owns:
        yield from turn.go("asks, no trace, may send", "reserve")
    else:
        yield from turn.go("asks, no trace, sends again at once", "send", again=True)


def accept(turn: Turn) -> Iterator[Step]:
    """The provider has it: written at whatever number is free, unless somebody else did."""
    if turn.job.standing in ("accepted", "closed"):
        yield from turn.go("finds it accepted", "look")
    else:
        yield from turn.write("accepted", "look")


def conflict(turn: Turn) -> Iterator[Step]:
    """A known UUID is ours once a trace says so."""
    if turn.traced:
        yield from turn.go("confirms the conflict", "accept")
    if turn.untraced:
        yield from turn.go("can't confirm the conflict", "look")


def refused(turn: Turn) -> Iterator[Step]:
    """A definite refusal, which says nothing about the sends before it."""
    if turn.me.fresh and "proof" in turn.rules and turn.job.sends > 1:
        yield from turn.go("is refused, which proves nothing about the send before", "wait")
    else:
        yield from turn.create("rejected", "look" if "ends" in turn.rules else "release")


def turned(turn: Turn) -> Iterator[Step]:
    """The send bought nothing, for certain: the job stands where it stood before."""
    if "away" not in turn.rules:
        yield from turn.go("goes on as if it had no answer", "wait")
    elif not turn.me.fresh:
        yield from turn.go("is refused turned_away", "look")
    else:
        events = turn.job.events[:-1]
        age = turn.job.age if "sending" in events else YOUNG
        before = turn.job._replace(events=events, lease=NOBODY, age=age)
        at = "reserve" if before.standing in ("planned", RESEND) else "ask"
        yield from turn.written("writes turned_away", at, before)


def withdraw(turn: Turn) -> Iterator[Step]:
    """What was planned a lease ago, and isn't sent, is given up before sending."""
    yield from turn.create("withdrawn", "look" if "ends" in turn.rules else "release")
