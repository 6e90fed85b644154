"""What happens by itself: the provider works and forgets, time passes, processes die, a person speaks."""

from collections.abc import Iterator

from tests.model.state import (
    CRASH,
    DAY,
    DIED,
    FADED,
    GIVEN_UP,
    LOAD,
    LOSS,
    LOWER,
    NOBODY,
    OLD,
    ORPHAN,
    REFUSAL,
    RESEND,
    TO_SEND,
    WORD,
    YOUNG,
    Item,
    Job,
    Label,
    Process,
    State,
    Step,
    orphaned,
    tidy,
)
from tests.model.turn import Setting, budget_changed, overtaken

BOOKING = ("number", "keep", "book", "close")


def provider(setting: Setting, state: State, u: int) -> Iterator[Step]:
    """What it makes of each request, and of each job that it has."""
    job, world = state.jobs[u], setting.world
    for item in sorted(set(job.pipe)):
        yield from _request(setting, state, u, item)
    if job.known == "runs":
        yield _provider(state, u, "ends the job", job._replace(known="ended"))
    remembered = job.age == YOUNG or job.lease != NOBODY
    # From the answer that shows a result of a job that was given up to its number it isn't so long.
    shown = any(each.at == "number" and each.job == u for each in state.processes)
    if job.known == "ended" and ("FORGETS" in world or not remembered) and not shown:
        yield _provider(state, u, "forgets the job", job._replace(known="none"))


def _provider(state: State, u: int, text: str, job: Job) -> Step:
    return Step(Label("provider", text, u), state.with_job(u, job))


def _request(setting: Setting, state: State, u: int, item: Item) -> Iterator[Step]:
    """A request is looked at, then registered; or it is lost, refused, or turned away."""
    job, world = state.jobs[u], setting.world
    again = "ALWAYS" in world or (job.known == "ended" and "AFTER_END" in world)
    if item[1] == "registering":
        yield from _answered(setting, state, u, item, "has registered, runs and bills", "accept", bills=True)
        return
    yield from _gone(state, u, item, "THE REQUEST IS LOST", LOSS)
    yield from _gone(state, u, item, "REFUSES it", REFUSAL, "refused")
    yield from _gone(state, u, item, "TURNS IT AWAY", LOAD, "turned")
    if job.known == "none" and "ATOMIC" not in world:
        pipe = tuple(sorted((*_without(job, item), (item[0], "registering"))))
        yield _provider(state, u, "knows no such UUID, begins to register", job._replace(pipe=pipe))
    elif job.known == "none":
        yield from _answered(setting, state, u, item, "registers at once, runs and bills", "accept", bills=True)
    elif again:
        yield from _answered(setting, state, u, item, "RUNS A KNOWN UUID AGAIN", "accept", bills=True)
    else:
        yield from _answered(setting, state, u, item, "refuses a known UUID", "conflict", bills=False)


def _without(job: Job, item: Item) -> tuple[Item, ...]:
    pipe = list(job.pipe)
    pipe.remove(item)
    return tuple(pipe)


def _gone(state: State, u: int, item: Item, text: str, fault: str, at: str = "") -> Iterator[Step]:
    """A request that comes to nothing."""
    if state.can(fault):
        after = state.with_job(u, state.jobs[u]._replace(pipe=_without(state.jobs[u], item)))
        yield Step(Label("provider", text, u), _replied(after, item[0], at).without(fault), fault)


def _answered(setting: Setting, state: State, u: int, item: Item, text: str, at: str, *, bills: bool) -> Iterator[Step]:
    """A request that was looked at; whether or not somebody waits for the reply, and whether or not it arrives."""
    job = state.jobs[u]._replace(pipe=_without(state.jobs[u], item))
    if bills:
        job = job._replace(known=_begins(setting), billed=job.billed + 1)
    after = state.with_job(u, job)
    yield Step(Label("provider", text, u), _replied(after, item[0], at))
    if item[0] != ORPHAN and state.can(LOSS):
        yield Step(Label("provider", f"{text}, but the REPLY IS LOST", u), after.without(LOSS), LOSS)


def _begins(setting: Setting) -> str:
    """Where it matters to nobody how long a job runs, it ends at once: whatever comes then may also come later."""
    return "runs" if setting.world & {"BLIND", "AFTER_END"} else "ended"


def _replied(state: State, n: int, at: str) -> State:
    if n == ORPHAN or not at:
        return state
    processes = list(state.processes)
    processes[n] = tidy(processes[n]._replace(at=at))
    return state._replace(processes=tuple(processes))


def clock(setting: Setting, state: State, u: int) -> Iterator[Step]:
    """Time passes, as far as it matters to a purchase and as far as those at work let it."""
    job, world = state.jobs[u], setting.world
    hidden = "BLIND" in world and job.known == "runs"  # but not for an hour
    at_it = [each for each in state.processes if each.job == u and each.at != "look"]
    if job.lease != NOBODY:
        if not _sends_in_time(setting, state, u) and (not job.abandoned or "SLOW" in world):
            yield _clock(state, u, "the lease ends", job._replace(lease=NOBODY))
    elif job.pipe:
        return
    elif job.age == YOUNG:
        # From the answer "no trace" to the next `sending` it isn't an hour.
        asked = any(each.at in ("reserve", "reserve 2", "reserve 3", "take") for each in at_it)
        sent = job.sends or job.standing in ("accepted", "closed")
        if sent and (not asked or "NAP" in world) and not (hidden and job.alone):
            after = job._replace(age=FADED if job.alone else OLD)
            yield _clock(state, u, "60 minutes have passed since the first send", after)
    elif job.age == OLD:
        if not hidden and ("closed" not in job.events or job.given_up):
            yield _clock(state, u, "60 minutes have passed since the newest send", job._replace(age=FADED))
    elif job.age == FADED and job.given_up and not any(each.at in BOOKING for each in at_it):
        # Nobody takes so long to book what it has seen, or not seen.
        yield _clock(state, u, "the day has passed for which it is looked for", job._replace(age=DAY))


def _clock(state: State, u: int, text: str, job: Job) -> Step:
    return Step(Label("clock", text, u), state.with_job(u, job))


def _sends_in_time(setting: Setting, state: State, u: int) -> bool:
    """Whether the owner of the lease is sending, and so done before the lease ends."""
    lease = state.jobs[u].lease
    if lease >= len(state.processes):
        return False
    owner = state.processes[lease]
    if owner.job != u or owner.at not in TO_SEND or owner.again:
        return False
    stands_still = ("STALL" in setting.world and owner.at in ("send", "reread")) or "FROZEN" in setting.world
    return not stands_still


def crashes(setting: Setting, state: State, n: int) -> Iterator[Step]:
    """A process loses all that it knew; whoever starts again in its place is another one."""
    if state.processes[n].at == "look" or not state.can(CRASH):
        return
    mortal = "process" in setting.rules  # else its rerun takes the lease for its own
    jobs = [
        job._replace(pipe=orphaned(job.pipe, n), lease=DIED if mortal and job.lease == n else job.lease)
        for job in state.jobs
    ]
    processes = list(state.processes)
    processes[n] = Process()
    after = state._replace(processes=tuple(processes), jobs=(jobs[0], jobs[1])).without(CRASH)
    yield Step(Label(n, f"CRASHES at '{state.processes[n].at}'", state.processes[n].job), after, CRASH)


def person(setting: Setting, state: State, u: int) -> Iterator[Step]:
    """A person decides about a job that is unknown: sent, no lease, past the provider's memory, no trace."""
    job = state.jobs[u]
    if job.standing not in ("sending", RESEND) or job.lease != NOBODY or job.age < OLD:
        return
    untraced = job.known == "none" or ("BLIND" in setting.world and job.known == "runs")
    unasked = "AWAY" in setting.world and job.age >= FADED
    if not untraced and not unasked:
        return
    for word in (RESEND, *GIVEN_UP):
        if (word == job.standing) or (word == "decided buy again" and u == 1):
            continue  # it is decided already; and the model ends at the second purchase
        sure = job.known == "none" and word == "decided write off"
        if sure or state.can(WORD):
            after = overtaken(setting.rules, state.with_job(u, job.after(word)), None, u)
            says = word.replace("decided", "decides") if untraced else word.replace("decided", "can't ask, decides")
            yield Step(Label("person", says, u), after.without(None if sure else WORD))


def cap(state: State) -> Iterator[Step]:
    """Somebody lowers the cap to nothing, whatever is held."""
    if state.cap and state.can(LOWER):
        after = budget_changed(state, None).without(LOWER)._replace(cap=0)
        processes = tuple(tidy(each._replace(excused=True)) for each in after.processes)
        yield Step(Label("person", "lowers the cap to 0", 0), after._replace(processes=processes), LOWER)
