"""What a state of the model is: who is where, what the events of two purchases say, what the budget and the world hold.

States are tuples, so that the search can tell them apart. What can't matter any more is left out of them: two states
that differ in nothing else are one.
"""

from typing import NamedTuple

RUN, RECONCILE = "run", "reconcile"

# What may go wrong, or be said, a limited number of times.
CRASH, LOSS, REFUSAL, LOAD, WORD, LOWER = FAULTS = ("crash", "loss", "refusal", "load", "word", "lower")

# How long ago it is, as far as it matters: the first send in doubt, the newest send, the word that gave the job up.
YOUNG, OLD, FADED, DAY = range(4)

NOBODY = -1  # has the right to send
DIED = 8  # the owner of a lease has; its rerun is another process
ORPHAN = 9  # a request whose sender doesn't wait for it any more
WHOLE_CAP = 2  # what may be held and booked, in prices of this take

GIVEN_UP = ("decided buy again", "decided write off")
RESEND = "decided resend"
AFTERWARDS = (RESEND, *GIVEN_UP, "accepted", "result", "kept", "closed")
OVER = ("rejected", "withdrawn", "closed")

TO_SEND = ("send", "leave", "sent", "reread")  # in one of these a process uses its right to send
READ_BUDGET = ("reserve 2", "reserve 3")
TO_WRITE = ("plan", "take", "refused", "turned", "withdraw")  # where an event is next
READ_EVENTS = frozenset((*TO_WRITE, *TO_SEND, "reserve", "reserve 2", "reserve 3", "wait", "ask"))
REFUSED_ALONE = ("plan", "take", "refused", "withdraw")  # all that may come of these is an event, which is refused
MEASURED = frozenset(("reserve 2", "reserve 3", "take", "reread", "send", "leave"))

Item = tuple[int, str]  # a request: whose, and how far it is


class Process(NamedTuple):
    """Somebody at work on one job: where it stands, and what it knows."""

    at: str = "look"
    job: int = 0
    fresh: bool = False  # nobody has written an event of the job since it read them: its next one isn't refused
    stale: bool = False  # the budget was changed since it read it
    excused: bool = False  # the cap was lowered since what it may send was measured
    seen: bool = False  # it has read of a result that turned up
    again: bool = False  # it sends a second time under one lease; only without `each`


class Job(NamedTuple):
    """One purchase: what is written of it, what the budget has of it, and how it stands at the provider."""

    events: tuple[str, ...] = ()  # without the sends that were turned away
    lease: int = NOBODY  # the process that may send
    age: int = YOUNG
    alone: bool = True  # its first send in doubt is the newest one
    marked: bool = False
    copies: int = 0  # how often the entry in the budget may have to be paid; 0: there is no entry
    charge: str = ""  # with which the entry stands in the totals, and holds nothing any more
    booked: str = ""  # in the totals: q at its quote, c at its cost, u what resends held
    pipe: tuple[Item, ...] = ()  # requests that are on their way
    known: str = "none"  # to the provider: none | runs | ended
    billed: int = 0

    @property
    def given_up(self) -> str:
        """A person's word that ended the job, whatever was written since; empty if there is none."""
        return next((event for event in self.events if event in GIVEN_UP), "")

    @property
    def standing(self) -> str:
        """What the events say; acceptance outweighs what else was written."""
        events = self.events
        for end in ("closed", "accepted"):
            if end in events:
                return end
        return self.given_up or (events[-1] if events else "nothing")

    @property
    def passed_over(self) -> bool:
        """Whether the take is bought by its next purchase, if `withdrawn` counts as `rejected` does."""
        return self.given_up == "decided buy again" or self.standing in ("rejected", "withdrawn")

    @property
    def sends(self) -> int:
        """How many sends are in doubt."""
        return self.events.count("sending")

    @property
    def abandoned(self) -> bool:
        """Whether a request is on its way for whose answer nobody waits."""
        return any(sender == ORPHAN for sender, _ in self.pipe)

    @property
    def wanted(self) -> int:
        """How often it may have to be paid."""
        return 1 + self.events.count(RESEND)

    @property
    def held(self) -> int:
        """What its entry keeps others from spending."""
        return 0 if self.charge else self.copies

    def after(self, event: str) -> "Job":
        """The job with one event more; once it is accepted or given up, how it came to that doesn't matter."""
        events = (*self.events, event)
        if event in ("accepted", "closed", *GIVEN_UP):
            gone = ("planned", "sending", "accepted" if event == "closed" else "")
            events = tuple(each for each in events if each not in gone)
        if self.given_up:  # whatever is written afterwards stands, in whatever order
            events = tuple(sorted(events, key=AFTERWARDS.index))
        return self._replace(events=events)

    def settled(self, charge: str, *, keep: bool) -> "Job":
        """Booked in place of what was booked of its entry before; without an entry nothing changes."""
        if not self.copies:
            return self
        before = self.booked[: -self.copies] if self.charge else self.booked
        booked = before + charge + "u" * (self.copies - 1)
        return self._replace(booked=booked, charge=charge if keep else "", copies=self.copies if keep else 0)


class State(NamedTuple):
    """Everything at one moment."""

    processes: tuple[Process, ...]
    jobs: tuple[Job, Job]
    cap: int
    left: tuple[int, ...]  # of each of FAULTS

    @property
    def spent(self) -> int:
        """What the cap counts: held and booked, of both purchases."""
        return sum(job.held + len(job.booked) for job in self.jobs)

    def with_job(self, u: int, job: Job) -> "State":
        """The state with one purchase changed."""
        if job.marked and not job.copies and job.standing in OVER and not job.given_up:
            job = job._replace(marked=False)  # all that may come of it is that somebody deletes it
        return self._replace(jobs=(job, self.jobs[1]) if u == 0 else (self.jobs[0], job))

    def without(self, fault: str | None) -> "State":
        """The state with one such fault less to come."""
        if fault is None:
            return self
        n = FAULTS.index(fault)
        return self._replace(left=(*self.left[:n], self.left[n] - 1, *self.left[n + 1 :]))

    def can(self, fault: str | None) -> bool:
        """Whether such a fault may still come."""
        return fault is None or self.left[FAULTS.index(fault)] > 0


class Label(NamedTuple):
    """What happens in a step: who does what to which purchase."""

    who: int | str  # a process by its number, or somebody else by name
    text: str
    job: int


class Step(NamedTuple):
    """One thing that may happen next."""

    label: Label
    after: State
    fault: str | None = None


def tidy(process: Process) -> Process:
    """A process without what it doesn't use any more."""
    at = process.at
    if at == "look" or (not process.fresh and at in REFUSED_ALONE):
        return Process()
    return Process(
        at,
        process.job,
        process.fresh and at in READ_EVENTS,
        process.stale and at in READ_BUDGET,
        process.excused and at in MEASURED,
        process.seen and at == "book",
        process.again and at in TO_SEND,
    )


def orphaned(pipe: tuple[Item, ...], n: int) -> tuple[Item, ...]:
    """Requests on their way, those of a process without anybody who waits."""
    return tuple(sorted((ORPHAN if sender == n else sender, how) for sender, how in pipe))


def exchanged(state: State, a: int, b: int) -> State:
    """The same state with two processes of one kind in each other's place."""
    names = {a: b, b: a}
    processes = list(state.processes)
    processes[a], processes[b] = processes[b], processes[a]

    def named(job: Job) -> Job:
        if job.lease == NOBODY and not job.pipe:
            return job
        lease = names.get(job.lease, job.lease)
        return job._replace(lease=lease, pipe=tuple(sorted((names.get(n, n), how) for n, how in job.pipe)))

    return state._replace(processes=tuple(processes), jobs=(named(state.jobs[0]), named(state.jobs[1])))
