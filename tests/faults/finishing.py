"""The table's rows about jobs that were accepted: asked about, ended, fetched."""

from stillreel.domain.errors import Money
from tests.faults.claims import file, job, money
from tests.faults.rows import Elsewhere, Row
from tests.faults.scene import Plot
from tests.faults.sending import (
    ARCHIVED,
    ARCHIVED_LATER,
    BOUND,
    NO_FILE,
    ONCE,
    QUESTIONS,
    UNNOTICED,
    S,
    told,
    with_still,
)
from tests.studio.on_set import CHAIN, STILL

POLLS = {"task_types": ["getResponse"]}
THREE = {**STILL, "results": 3}
A_DAY = 86_400
S1, S2 = (S.replace("001", f"001-{k}") for k in (1, 2))
Q = f"quarantine/{S}"
BAD = Q.replace(".png", ".bad.png")
NEW = "`take: new`"
STILL_RUNNING = job("`running`: the waiting ends, the job doesn't; the next run finds its end", first="running")
FAILED = job(
    "`failed` with the provider's reason; `take: new` buys another",
    first="failed",
    second="failed",
    asked=NEW,
)
PARTLY = job(
    "`failed`, saying which results are there; `take: new` buys another",
    first="failed",
    second="failed",
    asked=NEW,
)
LEFT_OPEN = job("`failed` for now, and stays open; the next run goes on with it", first="failed")
LOST = job("`running`, later `failed`: lost; never bought again by itself", first="running", second="failed")

HELD_ON = money("held at its quote's upper bound until then; paid once", held=BOUND, said=Money.SPENT)
NOBODY_KNOWS = money(
    "unknown: at its quote's upper bound in the books", held="0", unknown=BOUND, said=Money.UNKNOWN, then=Money.UNKNOWN,
    paid=False,
)  # fmt: skip
AS_REPORTED = money("spent, as reported", held="0", said=Money.SPENT, then=Money.SPENT)

WATCHING = (
    Row(
        "questions are refused with 429 or 5xx, with or without `Retry-After`",
        (
            told(throttle={**POLLS, "status": 429, "times": 6}),
            told(throttle={**POLLS, "status": 503, "retry_after": 5, "times": 6}),
        ),
        UNNOTICED, ONCE, ARCHIVED,
    ),
    Row(
        "nobody can be asked for longer than our patience",
        (Plot({"throttle": QUESTIONS}, settings={"patience": 60}),),
        STILL_RUNNING, HELD_ON, ARCHIVED_LATER, "c",
    ),
    Row(
        "answers that are no JSON, half of it, a page of a gateway, without their envelope, or slow",
        tuple(
            told(answer={**POLLS, "how": how, "seconds": 0.02, "times": 2})
            for how in ("malformed", "truncated", "html", "bare_list", "slow")
        ),
        UNNOTICED, ONCE, ARCHIVED,
    ),
    Elsewhere(
        "one answer to several questions leaves all but one out",
        "`done`: the others are asked about by themselves", ONCE.words, ARCHIVED.words,
        "tests/runware/test_against_emulator.py::test_many_jobs_are_asked_about_together",
    ),
    Row(
        "an accepted job isn't known for a while, as an empty answer or as `taskNotFound`",
        (
            told(register_delay_ms=10_000),
            told(register_delay_ms=10_000, unknown_uuid="taskNotFound"),
        ),
        UNNOTICED, ONCE, ARCHIVED,
    ),
    Row(
        "a running job shows an id without an address, or its progress",
        (told(poll_row="early_id", latency=20), told(poll_row="progress", latency=20)),
        UNNOTICED, ONCE, ARCHIVED,
    ),
    Row(
        "the job takes longer than our patience",
        (Plot({"latency": 900}, settings={"patience": 300}, pause=900),),
        STILL_RUNNING, HELD_ON, ARCHIVED_LATER, "c",
    ),
    Row(
        "the provider has forgotten an accepted job when it is asked, past 60 minutes and a lease",
        (Plot({"latency": 900}, settings={"patience": 300}, pause=2 * 3600, then={"forget_after_s": 3600}),),
        LOST,
        money("spent: at its quote's upper bound in the books", held=BOUND, unreported=BOUND, said=Money.SPENT,
              then=Money.SPENT, paid=False),
        NO_FILE, "c",
    ),
    Row(
        "the job fails, with a code that is known or not, shown as an error or in a row",
        (
            told(failure=True),
            told(failure={"code": "somethingNobodyHasSeen"}),
            told(failure=True, error_place="row"),
        ),
        FAILED, NOBODY_KNOWS, NO_FILE,
    ),
    Row(
        "the job fails, and is charged all the same",
        (told(failure=True, bill_failed=True),),
        FAILED, NOBODY_KNOWS, NO_FILE,
    ),
    Row(
        "some results of a job fail",
        (Plot({"failure": {"count": 1}}, shot=THREE),),
        PARTLY,
        money("spent as reported, and unknown for the one that failed", held="0", unknown=BOUND,
              said=Money.UNKNOWN, then=Money.UNKNOWN),
        file("those that came are archived", between=(S1, S2), after=(S1, S2)),
    ),
    Row(
        "moderation refuses what was made",
        (told(moderation={"how": "fail"}),),
        FAILED, NOBODY_KNOWS, NO_FILE,
    ),
    Row(
        "the safety check flags a still",
        (Plot({"moderation": {"how": "flag"}}, shot=CHAIN),),
        job("`flagged`, and its chain stops; `take: new` buys another", first="flagged", second="flagged", asked=NEW),
        AS_REPORTED,
        file("in quarantine", between=(Q,), after=(Q,)),
    ),
    Row(
        "the safety check of a still was asked for, and says nothing",
        (Plot({"unchecked": True}, shot=CHAIN),),
        job("`held`, and its chain stops; `take: new` buys another", first="held", second="held", asked=NEW),
        AS_REPORTED,
        file("in quarantine", between=(Q,), after=(Q,)),
    ),
    Row(
        "it costs more than its quote",
        (told(price_variance={"runware:z-image@turbo": 5}),),
        job("`done`"),
        money("paid once, in the books as reported; `stillreel spend` marks the difference", alarming=True),
        ARCHIVED,
    ),
    Row(
        "a price that was estimated comes to its upper bound",
        (Plot({"estimates": "upper"}, shot=with_still("bytedance:5@0")),),
        job("`done`"),
        money("paid once, as much as caps had held; `stillreel spend` marks the difference", alarming=True),
        ARCHIVED,
    ),
)  # fmt: skip

FETCHING = (
    Row(
        "the file breaks off, comes without its length, slowly, or with an error on the way, and then whole",
        (
            told(download={"how": "truncated", "times": 2}),
            told(download={"how": "no_length"}),
            told(download={"how": "slow", "seconds": 0.05}),
            told(download={"how": "status", "status": 503, "times": 2}),
        ),
        UNNOTICED, ONCE, ARCHIVED,
    ),
    Row(
        "the file can't be fetched now: it breaks off each time, or 5xx each time",
        (told(download={"how": "truncated"}), told(download={"how": "status", "status": 503})),
        LEFT_OPEN, HELD_ON, ARCHIVED_LATER,
    ),
    Row(
        "its address leads to a host that we don't trust",
        (told(download={"how": "redirect", "location": "http://10.0.0.1/"}),),
        LEFT_OPEN, HELD_ON, ARCHIVED_LATER,
    ),
    Row(
        "a complete answer that is a page, or lacks the end of the file, four times in a row",
        (told(download={"how": "html"}), told(download={"how": "wrong_length"})),
        job("`failed` with the reason; `take: new` buys another", first="failed", second="failed", asked=NEW),
        AS_REPORTED,
        file("what came is in quarantine", between=(BAD,), after=(BAD,)),
    ),
    Row(
        "its address has expired before it was fetched",
        (Plot({"download": {"how": "status", "status": 503}}, pause=A_DAY + 60),),
        job("`failed` for now, later for good: lost; never bought again by itself", first="failed", second="failed"),
        money("spent, as reported", held=BOUND, said=Money.SPENT, then=Money.SPENT),
        NO_FILE,
    ),
)  # fmt: skip
