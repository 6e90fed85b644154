"""How a purchase ends: it is booked, closed and let go; and what turns up of one that a person had given up."""

from collections.abc import Iterator

from tests.model.state import OVER, Job, Step
from tests.model.turn import Turn


def charge(job: Job, *, seen: bool) -> str:
    """What a purchase comes to: at its cost, or at its quote where nothing of it was seen."""
    return "q" if job.given_up and not seen else "c"


def book(turn: Turn) -> Iterator[Step]:
    """One matched write, by what this process has read of the job."""
    at = "look" if "closed" in turn.job.events else "close"
    after = turn.job.settled(charge(turn.job, seen=turn.me.seen), keep=bool(turn.job.given_up))
    if after == turn.job:
        yield from turn.go("finds it booked", at)
    else:
        yield from turn.budget("books the job", at, after)


def close(turn: Turn) -> Iterator[Step]:
    """A take is done when `closed` is written, by whoever is first."""
    if "closed" in turn.job.events:
        yield from turn.go("finds it closed", "look")
    else:
        yield from turn.write("closed", "look")


def number(turn: Turn) -> Iterator[Step]:
    """A result of a job that was given up is written down, once."""
    at = "keep" if "closed" in turn.job.events else "book"
    if "result" in turn.job.events:
        yield from turn.go("finds the result numbered", at, seen=True)
    else:
        yield from turn.write("result", at, seen=True)


def keep(turn: Turn) -> Iterator[Step]:
    """It goes to quarantine, and gets its end."""
    if "kept" in turn.job.events:
        yield from turn.go("finds it kept", "book", seen=True)
    else:
        yield from turn.write("kept", "book", seen=True)


def release(turn: Turn) -> Iterator[Step]:
    """What a job holds that has ended is let go; a job that goes on keeps it."""
    yield from let_go(turn, "releases what it held")


def let_go(turn: Turn, text: str) -> Iterator[Step]:
    """One matched write, by the events as they are."""
    job = turn.job
    if not job.copies or job.standing not in OVER:
        yield from turn.go("has nothing to release", "look")
        return
    if "closed" in job.events and "rebook" in turn.rules:
        job = job.settled(charge(job, seen="result" in job.events), keep=True)
    yield from turn.budget(text, "look", job._replace(copies=0, charge=""))
