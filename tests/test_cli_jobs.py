"""The commands about jobs: what is open, what to do about each, and a person's word where nobody can say."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from typer.testing import CliRunner

from stillreel.archive import layout, open_store
from stillreel.archive.archive import Archive
from stillreel.cli import app
from stillreel.domain.errors import BadInput, Refused
from stillreel.domain.jobs import MEMORY, Job
from stillreel.emulator import running_emulator
from stillreel.studio.clock import SystemClock
from tests.domain.examples import accepted, closed, decided, planned, rejected, result, sending, settled

HOUR = MEMORY.total_seconds()


class Desk:
    """An archive, and the commands on it."""

    def __init__(self, folder, url):
        self.folder = folder
        self.env = {"STILLREEL_ARCHIVE": f"file://{folder}", "STILLREEL_RUNWARE_URL": url, "RUNWARE_API_KEY": "mine"}

    async def run(self, *args):
        """A command's output; what it raises is raised here."""
        ended = await asyncio.to_thread(CliRunner().invoke, app, args, env=self.env, catch_exceptions=False)
        assert ended.exit_code == 0, ended.output
        return ended.stdout

    async def write(self, n, *events, ago=0.0, marked=True):
        """A job with these events, the first of them so many seconds ago."""
        store = open_store(f"file://{self.folder}")
        archive = Archive(store, SystemClock())
        job = Job(UUID(int=n, version=4), ())
        if marked:
            await archive.mark_open(job.uuid)
        late = datetime.now(UTC) - timedelta(seconds=ago) - planned().at
        for event in events:
            job = await archive.append(job, event.model_copy(update={"at": event.at + late}))
        await store.aclose()
        return job.uuid

    async def job(self, uuid):
        store = open_store(f"file://{self.folder}")
        found = await Archive(store, SystemClock()).events(uuid)
        await store.aclose()
        return found


@pytest.fixture
async def desk(tmp_path):
    (tmp_path / "archive").mkdir()
    await Archive(open_store(f"file://{tmp_path}/archive"), SystemClock()).identity()
    async with running_emulator(tmp_path / "emulator", {"media": "canned"}) as emulator:
        yield Desk(tmp_path / "archive", emulator.url)


STORIES = {
    "nothing": ([], 0, "waits", "not spent", "nothing was planned yet"),
    "fresh": ([planned()], 0, "waits", "not spent", "its run may be about to send it; not sent by"),
    "stale": ([planned()], 600, "waits", "not spent", "`reconcile` withdraws it"),
    "being sent": ([planned(), sending()], 0, "waits", "unknown", "it is being sent, until"),
    "sent": ([planned(), sending()], 600, "needs a run", "unknown", "python -m flows.resume --job"),
    "unknown": ([planned(), sending()], HOUR, "needs a person", "unknown", "stillreel jobs decide"),
    "resend": ([planned(), sending(), decided("resend")], 5000, "needs a run", "unknown", "as was decided"),
    "accepted": ([planned(), sending(), accepted()], 600, "waits", "spent", "brings it home"),
    "given up": ([planned(), sending(), decided()], 5000, "ended", "unknown", "goes to quarantine"),
    "rejected": ([planned(), sending(), rejected()], 600, "ended", "not spent", "nothing to do"),
}


@pytest.mark.parametrize("story", STORIES)
async def test_each_job_says_what_to_do(desk, story):
    """Place, standing, age, money and advice: everything that somebody who was woken up needs."""
    events, ago, became, money, says = STORIES[story]
    uuid = await desk.write(1, *events, ago=ago)
    first, second = (await desk.run("jobs")).splitlines()
    assert first.startswith(f"{uuid}  {'harbour/lighthouse/clip-012' if events else 'nowhere'}  ")
    assert f"{int(ago) // 3600}:{int(ago) // 60 % 60:02} h" in first
    assert money in first
    assert ("$0.185" in first) is bool(events)
    assert second.startswith(f"  {became}: ")
    assert says in second


async def test_no_open_job_is_said(desk):
    """An archive without open jobs says so, and needs no key for that."""
    del desk.env["RUNWARE_API_KEY"]
    assert await desk.run("jobs") == "no job is open\n"
    assert json.loads(await desk.run("jobs", "--json")) == []


async def test_the_oldest_comes_first_and_a_broken_one_hides_no_other(desk):
    """All open jobs are listed by age; one that nobody can read is trouble of its own."""
    await desk.write(1, planned(), sending(), ago=100)
    await desk.write(2, planned(), sending(), ago=5000)
    broken = await desk.write(3, planned())
    (desk.folder / layout.job_event(broken, 0)).write_text("{")
    found = json.loads(await desk.run("jobs", "--json"))
    assert [UUID(stand["job"]).int & 3 for stand in found] == [2, 1, 3]
    assert [stand["became"] for stand in found] == ["needs a person", "needs a run", "trouble"]


async def test_what_ended_without_its_results_can_be_listed(desk):
    """Lost, failed and quarantined results stay findable after their job has ended; good ones aren't listed."""
    told = [planned(), sending(), accepted(), result(1)]
    await desk.write(1, *told, settled(1), closed(), marked=False)
    bad = await desk.write(2, *told, settled(1, "quarantined"), closed(), marked=False)
    assert "no job is open" in await desk.run("jobs")
    (stand,) = json.loads(await desk.run("jobs", "--all", "--json"))
    assert (stand["job"], stand["says"]) == (
        str(bad),
        "result 1: quarantined, quarantined-1; `take: new` makes another",
    )


@pytest.mark.parametrize(
    "option,word", [("--resend", "resend"), ("--buy-again", "buy_again"), ("--write-off", "write_off")]
)
async def test_a_decision_is_written_with_its_reason(desk, option, word):
    """Who decided what, when and why stands in the job's events, and the command says what follows."""
    uuid = await desk.write(1, planned(), sending(), ago=HOUR)
    said = await desk.run("jobs", "decide", str(uuid), option, "--because", "the account shows nothing")
    assert said.startswith("harbour/lighthouse/clip-012: ")
    (event,) = [event for event in (await desk.job(uuid)).events if event.kind == "decided"]
    assert (event.word, event.why, bool(event.who)) == (word, "the account shows nothing", True)


async def test_a_decision_is_refused_where_there_is_nothing_to_decide(desk):
    """A job that isn't unknown says how it stands; no word, two words or an unknown id are bad input."""
    uuid = await desk.write(1, planned(), sending(), accepted(), ago=HOUR)
    with pytest.raises(Refused, match="'accepted'"):
        await desk.run("jobs", "decide", str(uuid), "--resend")
    for options in ([], ["--resend", "--write-off"]):
        with pytest.raises(BadInput, match="exactly one of"):
            await desk.run("jobs", "decide", str(uuid), *options)
    with pytest.raises(BadInput, match="stillreel jobs"):
        await desk.run("jobs", "decide", str(UUID(int=9, version=4)), "--resend")


async def test_a_reason_is_one_line_of_text(desk):
    """What would move a terminal's cursor, or break the list's two lines a job, is refused before anything is asked."""
    for because in ("two\nlines", "\x1b[31mred"):
        with pytest.raises(BadInput, match="one line of printable text"):
            await desk.run("jobs", "decide", str(UUID(int=9, version=4)), "--write-off", "--because", because)
