"""What stands open, told for a person from the archive alone: how each job stands, and what to do about it."""

from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from stillreel.archive.archive import Archive
from stillreel.domain.errors import Money, StillreelError
from stillreel.domain.events import Accepted, Sending
from stillreel.domain.jobs import Job
from stillreel.domain.money import Usd
from stillreel.studio.giving_up import LOOKED_FOR

LEFT_ALONE = timedelta(days=1)  # a marker without an event: somebody is about to write one, or died in between
UNREADABLE = "unreadable"  # the standing of a job whose events nobody can read
TIME = "%Y-%m-%d %H:%M"

Became = Literal["ended", "waits", "needs a run", "needs a person", "trouble"]


class Stand(BaseModel):
    """One job, as it stands at this moment."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    job: UUID
    place: str  # empty where nothing was planned yet
    standing: str
    since: datetime
    quoted: Usd | None
    money: Money
    became: Became
    says: str  # what it waits for, or what to do


def told(job: Job, marked: datetime, now: datetime, lease: float) -> Stand:
    """A job's stand by its events alone; `marked` is since when it is open, `lease` in seconds."""
    became, says = _advice(job, marked, now, lease)
    return stand_of(job, marked, became, says, standing="unknown" if job.unknown(now) else job.standing)


def stand_of(job: Job, marked: datetime, became: Became, says: str, *, standing: str = "") -> Stand:
    """A job's stand with these words on it."""
    known = job.events != ()
    return Stand(
        job=job.uuid,
        place=str(job.planned.place) if known else "",
        standing=standing or job.standing,
        since=job.planned.at if known else marked,
        quoted=job.planned.quote.expected if known else None,
        money=money_of(job) if known or became != "trouble" else Money.UNKNOWN,
        became=became,
        says=says,
    )


async def stands(archive: Archive, now: datetime, lease: float) -> list[Stand]:
    """Every open job, the oldest first; nobody but the archive is asked. `lease` in seconds."""
    found = [await _read(archive, uuid, since, now, lease) for uuid, since in (await archive.open_jobs()).items()]
    return sorted(found, key=lambda stand: (stand.since, str(stand.job)))


async def ended_badly(archive: Archive, now: datetime, lease: float) -> list[Stand]:
    """Every job that was closed without all of its results, the oldest first; it reads every job of the archive."""
    ended = await archive.jobs() - set(await archive.open_jobs())
    found = [await _read(archive, uuid, now, now, lease) for uuid in ended]
    bad = [stand for stand in found if (stand.standing == "closed" and stand.says) or stand.became == "trouble"]
    return sorted(bad, key=lambda stand: (stand.since, str(stand.job)))


async def _read(archive: Archive, uuid: UUID, since: datetime, now: datetime, lease: float) -> Stand:
    try:
        return told(await archive.events(uuid), since, now, lease)
    except (StillreelError, ValueError) as error:  # one that nobody can read hides no other
        return stand_of(Job(uuid, ()), since, "trouble", str(error), standing=UNREADABLE)


def needs_a_person(uuid: UUID, why: str) -> str:
    """What to do about a job that is unknown."""
    return (
        f"{why}: look at the provider's account, then say "
        f"`stillreel jobs decide {uuid}` with --resend, --buy-again or --write-off"
    )


def needs_a_run(uuid: UUID, why: str) -> str:
    """What to do about a job that may be sent."""
    return f"{why}: run its shot again, or `python -m flows.resume --job {uuid}`"


def _advice(job: Job, marked: datetime, now: datetime, lease: float) -> tuple[Became, str]:
    match job.standing:
        case "nothing":
            until = marked + LEFT_ALONE
            said: tuple[Became, str] = "waits", f"nothing was planned yet; its marker goes after {until:{TIME}} UTC"
        case "planned":
            until = job.events[-1].at + timedelta(seconds=lease)
            fresh = f"its run may be about to send it; not sent by {until:%H:%M:%S} UTC, `reconcile` withdraws it"
            said = "waits", fresh if now < until else "it was never sent: `reconcile` withdraws it"
        case "sending":
            said = _sent(job, now)
        case "resend":
            said = "needs a run", needs_a_run(job.uuid, "it may be sent once more, as was decided")
        case "accepted":
            said = "waits", "it is paid for: its run or `reconcile` brings it home"
        case _:
            said = "ended", _ended(job)
    return said


def _sent(job: Job, now: datetime) -> tuple[Became, str]:
    last = job.last(Sending)
    if job.leased(now) and last is not None:
        return "waits", f"it is being sent, until {last.at + timedelta(seconds=last.lease):%H:%M:%S} UTC at the latest"
    if job.unknown(now):
        return "needs a person", needs_a_person(job.uuid, "sent, and too long ago for the provider to remember")
    return "needs a run", needs_a_run(job.uuid, "sent, and nothing shows yet whether it arrived")


def _ended(job: Job) -> str:
    """What came to no use, and what is still looked for; empty if every result lies in the archive."""
    ends = [(k, end) for k, end in sorted(job.settled.items()) if end.end != "archived"]
    said = [f"result {k}: {end.end}, {end.uri or end.reason}" for k, end in ends]
    if job.given_up is not None:
        until = job.given_up.at + LOOKED_FOR
        said.append(f"what still turns up until {until:{TIME}} UTC goes to quarantine")
    elif said:
        said.append("`take: new` makes another")
    return "; ".join(said)


def money_of(job: Job) -> Money:
    """Where a job's money stands; what a person gave up is booked at its quote, and nobody knows if it was spent."""
    if job.standing in ("nothing", "planned", "rejected", "withdrawn"):
        return Money.NOT_SPENT
    return Money.SPENT if job.last(Accepted) is not None or job.results else Money.UNKNOWN
