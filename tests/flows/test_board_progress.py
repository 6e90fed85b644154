"""How far a storyboard has come: what is said of it in mid work, and when it is stopped there."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from flows.board_progress import BoardProgress
from flows.progress import Among, Progress
from stillreel.domain.errors import ArchiveMissing, Money
from stillreel.studio.board_summary import BoardSummary, ShotLine
from stillreel.studio.orders import Plan, Settlement, Ticket
from tests.protocol.plays import PLAYS

STAGE = PLAYS["lighthouse"].ready
JOBS = [UUID(int=number) for number in range(1, 31)]


def going(**facts):
    """Three shots: one done, one in the making, one that waits."""
    progress = BoardProgress(title="harbour/teaser", **facts)
    progress.begin(["a", "b", "c"])
    progress.started("a")
    progress.started("b")
    progress.finished(ShotLine(shot="a", state="done"))
    return progress


@given(st.lists(st.sampled_from("abcdef"), unique=True, min_size=1), st.data())
def test_it_grows_to_a_hundred(names, data):
    """However shots start and end, it never falls, counts each once, and is whole once all have ended."""
    progress = BoardProgress()
    progress.begin(names)
    seen = [progress.percent]
    for name in data.draw(st.permutations(names)):
        if data.draw(st.booleans()):
            progress.started(name)
        progress.finished(ShotLine(shot=name, state="done"))
        assert progress.total == len(names)
        seen.append(progress.percent)
    assert seen == sorted(seen)
    assert (seen[0], seen[-1]) == (0.0, 100.0)


def test_it_says_how_many_are_where():
    """One line has the counts of every state."""
    assert str(BoardProgress()) == "no shot yet"
    assert str(going()) == "1 of 3 shots: 1 done, 1 in the making, 1 waiting"


def test_it_counts_what_has_ended_in_parts_that_are_under_way():
    """Shots that were handed out count as soon as their parts say so, and once when their word has come."""
    progress = BoardProgress()
    progress.begin(["a", "b", "c", "d"], handed_out=True)
    progress.changed.clear()
    progress.heard(1, 0)
    assert not progress.changed.is_set()
    progress.heard(1, 2)
    assert progress.changed.is_set()
    assert (progress.percent, str(progress)) == (50.0, "2 of 4 shots: 2 handed out, 2 ended in their parts")
    progress.heard(1, 0)
    for name in "abc":
        progress.finished(ShotLine(shot=name, state="done"))
    assert (progress.percent, str(progress)) == (75.0, "3 of 4 shots: 3 done, 1 handed out")


def test_it_counts_the_parts_of_which_there_is_more_to_say():
    """How many have crashed, were begun again or are given up; a part that goes on as it should isn't counted."""
    progress = BoardProgress()
    progress.begin(["a", "b", "c"], handed_out=True)
    assert progress.loud
    progress.changed.clear()
    progress.seen(1, "")
    assert not progress.changed.is_set()
    for part, how in enumerate(["crashed", "begun again", "crashed", ""], 1):
        progress.seen(part, how)
    assert progress.changed.is_set()
    assert str(progress) == "0 of 3 shots: 3 handed out; parts: 2 crashed, 1 begun again"
    progress.begin(["a"])
    assert not progress.loud


def test_a_stop_says_of_each_shot_where_it_stands():
    """Done stays done, what was in the making is in doubt, and what waited cost nothing."""
    progress = going(bought={JOBS[0]})
    found = progress.summary("running", progress.interrupted(), progress.money)
    assert [(line.shot, line.state, line.money) for line in found.shots] == [
        ("a", "done", None),
        ("b", "running", Money.UNKNOWN),
        ("c", "failed", Money.NOT_SPENT),
    ]
    assert (found.project, found.storyboard, found.bought, found.money) == ("harbour", "teaser", 1, Money.SPENT)
    assert "1 of 3 shots" in found.message


def test_a_stop_says_what_a_shot_on_its_way_has_bought():
    """Its jobs, its money and its quote are in its own line, and the sums of all lines are those of the whole."""
    progress = going(bought={JOBS[0], JOBS[1]})
    progress.finished(ShotLine(shot="d", state="done", bought=1))
    progress.follow("b", Progress(plan=Plan(still=STAGE), bought={JOBS[1]}, paid={JOBS[1]}))
    found = progress.summary("running", progress.interrupted(), progress.money)
    line = next(line for line in found.shots if line.shot == "b")
    assert (line.state, line.bought, line.money, line.cost.quoted) == ("running", 1, Money.SPENT, STAGE.quote.expected)
    assert line.message == f"the run ended before it; paid for: job {JOBS[1]}"
    assert (found.bought, found.money, found.cost) == (2, Money.SPENT, line.cost)
    assert f"paid for: job {JOBS[1]};" in found.message


def test_a_stop_before_a_clip_is_bought_promises_no_waiting():
    """A shot whose still has ended and whose clip was never sent has nothing at the provider: it goes on by a rerun."""
    progress = going(bought={JOBS[0], JOBS[1]})
    ticket = Ticket(uuid=JOBS[1], place=STAGE.place, purchase=1, expected=1)
    still = Settlement(ticket=ticket, kept=())
    paid = Among(progress.bought, [{JOBS[1]}])
    progress.follow("b", Progress(plan=Plan(still=STAGE), paid=paid, settled={"still": still}))
    line = progress.summary("running", progress.interrupted(), progress.money).shots[1]
    assert (line.shot, line.state, line.money) == ("b", "failed", Money.SPENT)
    assert line.todo.startswith("run the storyboard again: what is paid for costs nothing more")


def test_a_run_that_lost_its_archive_advises_to_put_it_back():
    """Each shot that it hadn't ended says so, and no other: running again with a new archive would buy anew."""
    progress = going()
    progress.finished(ShotLine(shot="d", state="done", bought=1))
    error = ArchiveMissing("the archive was there and is gone")
    found = progress.summary(error.state, error.message, error.money, put_back=error.put_back)
    advised = {line.shot: line.todo.startswith("put the archive back") for line in found.shots}
    assert advised == {"a": False, "b": True, "c": True, "d": False}


def test_a_stop_names_no_job_of_what_has_ended():
    """What an earlier run has paid for, and this one found flagged, isn't among the jobs that are paid for."""
    progress = going()
    progress.follow("a", Progress(plan=Plan(still=STAGE), paid={JOBS[0]}))
    progress.follow("b", Progress())
    assert str(JOBS[0]) not in progress.interrupted()
    found = progress.summary("running", progress.interrupted(), progress.money)
    assert [line.money for line in found.shots] == [None, Money.NOT_SPENT, Money.NOT_SPENT]


def test_a_stop_of_what_was_handed_out_promises_nothing():
    """The parts go on by themselves, so nobody is told that nothing was bought."""
    progress = BoardProgress(title="harbour/teaser")
    progress.begin(["a", "b"], handed_out=True)
    progress.finished(ShotLine(shot="a", state="done"))
    assert progress.money is Money.UNKNOWN
    assert "the runs that were given its parts go on by themselves" in progress.interrupted()
    assert progress.summary("running", "", progress.money).shots[1].state == "running"


def test_a_stop_while_something_is_sent_is_in_doubt():
    """What has left and has no answer is named, and the money is unknown."""
    progress = going(doubtful={JOBS[1]})
    assert progress.money is Money.UNKNOWN
    assert "this run had no job accepted" in progress.interrupted()
    assert f"perhaps bought: job {JOBS[1]}" in progress.interrupted()


def test_an_error_is_never_told_better_than_the_shots_before_it():
    """It says 'not spent' of what it met; shots that have bought, or are in doubt, make that spent or unknown."""
    progress = BoardProgress(title="harbour/teaser")
    assert progress.summary("failed", "the archive is away", Money.NOT_SPENT).money is Money.NOT_SPENT
    progress.finished(ShotLine(shot="a", state="done", bought=1))
    assert progress.summary("failed", "the archive is away", Money.NOT_SPENT).money is Money.SPENT
    progress.finished(ShotLine(shot="b", state="unknown", money=Money.UNKNOWN))
    assert progress.summary("failed", "the archive is away", Money.NOT_SPENT).money is Money.UNKNOWN
    assert progress.money is Money.UNKNOWN


def test_a_run_that_is_begun_again_promises_nothing():
    """What it did before it was lost, or handed out then, may be bought."""
    progress = BoardProgress(title="harbour/teaser", begun_before=True)
    assert progress.summary("refused", "over the ceiling", Money.NOT_SPENT).money is Money.UNKNOWN


def test_a_long_list_of_jobs_is_counted():
    """A sentence names twenty jobs at most, and how many more there are."""
    progress = going()
    progress.follow("b", Progress(paid=set(JOBS)))
    said = progress.interrupted()
    assert said.count("job 00000000") == 20
    assert "and 10 more" in said


def test_what_has_ended_stays_told():
    """Whatever stops the engine afterwards takes nothing back."""
    progress = going()
    progress.ended = BoardSummary.of("harbour", "teaser", [ShotLine(shot="a", state="done")], "run")
    assert progress.summary("failed", "the engine is away", Money.UNKNOWN) == progress.ended
    assert progress.interrupted() == ""
