"""What a process does next with a purchase, by its events and by what the provider shows."""

from collections.abc import Iterator

from tests.model.ending import let_go
from tests.model.state import DAY, FADED, GIVEN_UP, NOBODY, OLD, RESEND, State, Step
from tests.model.turn import Setting, Turn


def look(setting: Setting, state: State, n: int) -> Iterator[Step]:
    """A run looks at the take's newest purchase, reconcile at whatever is marked or held."""
    if setting.cast[n] == "run":
        yield from _run(setting, state, n)
        return
    for u in (0, 1):
        if state.jobs[u].marked or ("walk" in setting.rules and state.jobs[u].copies):
            yield from _reconcile(Turn(setting, state, n, u))


def _run(setting: Setting, state: State, n: int) -> Iterator[Step]:
    first = Turn(setting, state, n, 0)
    if first.job.standing in GIVEN_UP and "decided" in first.rules:
        yield from _conclude(first)
    elif not first.job.passed_over or (first.job.standing == "withdrawn" and "grow" not in first.rules):
        yield from _go_on(first)
    elif _holds(first):
        yield from let_go(first, "releases what it held")
    else:
        second = Turn(setting, state, n, 1)
        if second.job.standing in GIVEN_UP and "decided" in second.rules:
            yield from _conclude(second)
        elif second.job.passed_over and _holds(second):
            yield from let_go(second, "releases what it held")
        else:
            yield from _go_on(second)


def _holds(turn: Turn) -> bool:
    """Whether a purchase that came to nothing holds something still, which anybody may release."""
    return bool(turn.job.copies) and not turn.job.given_up and "ends" in turn.rules


def _go_on(turn: Turn) -> Iterator[Step]:
    """A run goes on from where the events say that it is."""
    job = turn.job
    if job.standing == "nothing":
        yield from turn.go("finds nothing, writes the open marker", "plan", job=job._replace(marked=True), fresh=True)
    elif job.standing == "planned":
        yield from turn.go("finds it planned", "reserve", fresh=True)
    elif job.standing == RESEND:
        at = "ask" if "resend" in turn.rules else "reserve"
        yield from turn.go("finds a decision to resend", at, fresh=True)
    elif job.standing == "sending":
        yield from _sent(turn)
    elif job.standing == "accepted":
        yield from _bring_home(turn)
    elif job.standing == "decided write off":  # without `decided`
        yield from turn.go("finds it written off", "close")
    elif job.standing == "closed":
        if job.copies and not job.given_up and "book" not in turn.rules:  # whoever closed it may have died since
            yield from turn.budget("books the job", "look", job.settled("c", keep=False))
        elif job.marked:
            yield from turn.go("deletes the marker", "look", job=job._replace(marked=False))


def _sent(turn: Turn) -> Iterator[Step]:
    if turn.job.lease == NOBODY:
        at = "ask" if "ask" in turn.rules or turn.job.age >= OLD else "reserve"
        yield from turn.go("finds a dead lease", at, fresh=True)
    elif turn.owns and "process" in turn.rules:
        yield from turn.go("finds its own lease, and its send is over", "wait", fresh=True)
    elif turn.owns:  # as far as it can tell: it may have died since
        yield from turn.go("finds a lease of its own run", "send", fresh=True)


def _reconcile(turn: Turn) -> Iterator[Step]:
    job = turn.job
    if job.standing == "planned":
        yield from turn.go("finds it planned", "withdraw", fresh=True)
    elif job.standing in ("sending", RESEND) and job.lease == NOBODY:
        yield from turn.go("finds a dead lease", "ask", fresh=True)
    elif job.standing == "accepted":
        yield from _bring_home(turn)
    elif job.standing in GIVEN_UP:
        yield from _conclude(turn)
    elif job.standing == "closed" and job.given_up and "decided" in turn.rules:
        yield from _late(turn)
    elif job.standing in ("rejected", "withdrawn", "closed"):
        yield from _clear(turn)


def _bring_home(turn: Turn) -> Iterator[Step]:
    """An accepted job is archived and closed; what was forgotten is lost."""
    job, at = turn.job, "book" if "book" in turn.rules else "close"
    if job.known == "ended":
        yield from turn.go("finds the results", "number" if job.given_up else at)
    elif turn.untraced and "lost" in turn.rules and job.age >= (FADED if "newest" in turn.rules else OLD):
        yield from turn.go("finds nothing left: lost", at, seen="result" in job.events)


def _conclude(turn: Turn) -> Iterator[Step]:
    """A job that was given up ends at once, so that a run can go on."""
    if "decided" in turn.rules:
        yield from turn.go("finds it given up", "book", seen="result" in turn.job.events)
    elif turn.job.given_up == "decided write off":
        yield from turn.go("finds it written off", "close")
    elif turn.job.marked:
        yield from turn.go("deletes the marker", "look", job=turn.job._replace(marked=False))


def _late(turn: Turn) -> Iterator[Step]:
    """What was given up is looked for while its day lasts; then its entry goes, and its marker."""
    job = turn.job
    if "result" in job.events and "kept" not in job.events:
        yield from turn.go("finds a result that isn't kept", "keep")
    elif job.known == "ended" and "result" not in job.events:
        yield from turn.go("finds that a result has turned up", "number")
    elif job.age == DAY or "kept" in job.events:
        yield from _clear(turn)


def _clear(turn: Turn) -> Iterator[Step]:
    """What an ended job has left behind is taken away."""
    own = "ends" in turn.rules or turn.job.standing not in ("rejected", "withdrawn")
    if turn.job.copies and own:
        yield from let_go(turn, "lets go of its entry" if turn.job.given_up else "releases what it held")
    elif turn.job.marked:
        yield from turn.go("deletes the marker", "look", job=turn.job._replace(marked=False))
