"""The table's rows about sends: refused, lost, answered in riddles, or never answered."""

from stillreel.domain.errors import Money
from tests.faults.claims import accepted_by, file, job, money
from tests.faults.rows import Elsewhere, Row
from tests.faults.scene import Plot
from tests.studio.on_set import CHAIN, STILL

S, C = "projects/harbour/lighthouse/still-001.png", "projects/harbour/lighthouse/clip-001.mp4"
BOUND = "0.00626688"  # of a still's quote
STILLS = "runware:z-image@turbo"
SUBMIT = {"task_types": ["imageInference"]}
QUESTIONS = {"task_types": ["getResponse", "getTaskDetails"]}
AN_HOUR, A_LEASE = 3600, 120  # seconds

UNNOTICED = job("`done`: nothing is noticed")
FOUND = accepted_by(job("`done`: asked about, shown, and not sent again"), "row")
SENT_AGAIN = job("`done`: asked about, unknown there, sent again under the same id", sends=2)
CONFIRMED = accepted_by(job("`done`: sent again under the same id, refused as known, then shown", sends=2), "conflict")
WAITED = job("`done`: waits as long as it is told to, and sends again under the same id", sends=3)
BUSY = job(
    "`failed` after half an hour without room (`STILLREEL_PATIENCE`); the next run sends it under the same id",
    sends=range(40, 100),
    first="failed",
)
FOUND_LATER = accepted_by(job("`unknown`; the next run finds it", first="unknown"), "row")
SENT_LATER = job("`unknown`; the next run asks again, and sends it under the same id", sends=2, first="unknown")
A_PERSONS = job(
    "`unknown`; after an hour nothing sends it again: a person decides",
    first="unknown",
    second="unknown",
    asked="stillreel jobs decide",
)
REJECTED = job(
    "`rejected` with its reason; another run sends it once more, as a new purchase", sends=2, first="rejected"
)
NEVER_AGAIN = job("`rejected` with its reason; no run sends it again", first="rejected", second="rejected")

ONCE = money("paid once")
HELD = money("held at its quote's upper bound; paid once", held=BOUND, said=Money.UNKNOWN)
HELD_ON = money(
    "held at its quote's upper bound until then",
    held=BOUND,
    left=BOUND,
    said=Money.UNKNOWN,
    then=Money.UNKNOWN,
    paid=False,
)
NOT_SPENT = money("not spent, nothing held; paid once", held="0", said=Money.NOT_SPENT, spent_meanwhile=False)
NEVER_SPENT = money("not spent, nothing held", held="0", said=Money.NOT_SPENT, then=Money.NOT_SPENT, paid=False)

ARCHIVED = file("archived", between=(S,), after=(S,))
ARCHIVED_LATER = file("archived by the next run", after=(S,))
NO_FILE = file("none")


def told(**switches: object) -> Plot:
    """A fault of the emulator, and nothing else."""
    return Plot(switches=switches)


def with_still(model: str) -> dict[str, object]:
    """The shot of a still, by another model."""
    return {**STILL, "still": {"prompt": "A lighthouse at dawn.", "model": model}}


SENDING = (
    Row(
        "the connection breaks before a submit is taken",
        (told(lost_reply={**SUBMIT, "when": "before", "times": 1}),),
        SENT_AGAIN,
        ONCE,
        ARCHIVED,
        "abc",
    ),
    Row(
        "the answer to a submit is lost; a known id is refused",
        (told(lost_reply={**SUBMIT, "times": 1}, duplicate="conflict"),),
        FOUND,
        ONCE,
        ARCHIVED,
        "abc",
    ),
    Row(
        "the answer to a submit is lost; a known id runs again once its job has ended",
        (told(lost_reply={**SUBMIT, "times": 1}, duplicate="rerun_after_terminal", latency=0),),
        FOUND,
        ONCE,
        ARCHIVED,
        "abc",
    ),
    Row(
        "the answer to a submit is lost; a known id always runs again, and is registered after 1.9 s",
        (told(lost_reply={**SUBMIT, "times": 1}, duplicate="always_rerun", register_delay_ms=1900),),
        FOUND,
        ONCE,
        ARCHIVED,
        "abc",
    ),
    Row(
        "the answer to a submit is lost; its job is shown only after 5 s, and its id is refused meanwhile",
        (told(lost_reply={**SUBMIT, "times": 1}, show_delay_ms=5000),),
        CONFIRMED,
        ONCE,
        ARCHIVED,
        "a",
    ),
    Row(
        "its id is refused as known, and nothing is ever shown of it",
        (told(refuse={"code": "conflictTaskUUID"}),),
        SENT_LATER,
        HELD,
        ARCHIVED_LATER,
        "abc",
    ),
    Row(
        "the answer to a submit is lost, and nobody can be asked",
        (told(lost_reply={**SUBMIT, "times": 1}, throttle=QUESTIONS),),
        FOUND_LATER,
        HELD,
        ARCHIVED_LATER,
        "abc",
    ),
    Row(
        "the connection breaks before a submit is taken, and nobody can be asked",
        (told(lost_reply={**SUBMIT, "when": "before", "times": 1}, throttle=QUESTIONS),),
        SENT_LATER,
        HELD,
        ARCHIVED_LATER,
        "abc",
    ),
    Row(
        "the same, and the shot is run again after more than an hour",
        (Plot({"lost_reply": {**SUBMIT, "when": "before", "times": 1}, "throttle": QUESTIONS}, pause=AN_HOUR),),
        A_PERSONS,
        HELD_ON,
        NO_FILE,
        "",
        1,
    ),
    Row(
        "asked about a job that never arrived, the provider says `taskNotFound`",
        (told(lost_reply={**SUBMIT, "when": "before", "times": 1}, unknown_uuid="taskNotFound"),),
        SENT_AGAIN,
        ONCE,
        ARCHIVED,
        "abc",
    ),
    Row(
        "429 with or without `Retry-After`",
        (
            told(throttle={**SUBMIT, "status": 429, "retry_after": 17, "times": 2}),
            told(throttle={**SUBMIT, "status": 429, "times": 2}),
        ),
        WAITED,
        ONCE,
        ARCHIVED,
    ),
    Row(
        "429 for as long as we wait, or a queue that stays full",
        (told(throttle={**SUBMIT, "status": 429}), told(admit=0)),
        BUSY,
        money("not spent, held at its quote's upper bound; paid once", held=BOUND, said=Money.NOT_SPENT),
        ARCHIVED_LATER,
    ),
    Row(
        "5xx, with or without `Retry-After`; it was not taken",
        tuple(
            told(throttle={**SUBMIT, "status": status, "retry_after": after, "times": 1})
            for status, after in ((500, None), (503, 17))
        ),
        SENT_AGAIN,
        ONCE,
        ARCHIVED,
        "abc",
    ),
    Row(
        "5xx; it was taken",
        tuple(told(throttle={**SUBMIT, "status": status, "when": "after", "times": 1}) for status in (502, 504)),
        FOUND,
        ONCE,
        ARCHIVED,
        "abc",
    ),
    Row(
        "401, 402 or 403 without a word about our job, which was taken",
        tuple(told(throttle={**SUBMIT, "status": status, "when": "after", "times": 1}) for status in (401, 402, 403)),
        FOUND,
        ONCE,
        ARCHIVED,
        "abc",
    ),
    Row(
        "an answer that is no JSON, half of it, a page of a gateway, or empty",
        tuple(told(answer={**SUBMIT, "how": how, "times": 1}) for how in ("malformed", "truncated", "html", "empty")),
        FOUND,
        ONCE,
        ARCHIVED,
        "abc",
    ),
    Row(
        "an answer without its envelope, or with an empty list of errors",
        (told(answer={**SUBMIT, "how": "bare_list", "times": 1}), told(empty_errors=True)),
        UNNOTICED,
        ONCE,
        ARCHIVED,
    ),
    Row(
        "an answer that is slow",
        (told(answer={**SUBMIT, "how": "slow", "seconds": 0.05}),),
        UNNOTICED,
        ONCE,
        ARCHIVED,
    ),
    Row(
        "an answer that is slower than we wait",
        (Plot({"answer": {**SUBMIT, "how": "slow", "seconds": 1, "times": 1}}, send_timeout=0.75),),
        FOUND,
        ONCE,
        ARCHIVED,
        "abc",
    ),
    Row(
        "a code that nobody has seen, with status 400",
        (told(refuse={"code": "somethingNobodyHasSeen", "times": 1}),),
        REJECTED,
        NOT_SPENT,
        ARCHIVED_LATER,
    ),
    Row(
        "a code that nobody has seen, with status 500, which proves nothing",
        (told(refuse={"code": "somethingNobodyHasSeen", "status": 500, "times": 1}),),
        SENT_AGAIN,
        ONCE,
        ARCHIVED,
        "abc",
    ),
    Row(
        "the model was retired, and the provider's list says so",
        (told(retired=[STILLS]),),
        job("`refused` before anything is sent, naming what can do instead; another run buys it", first="refused"),
        NOT_SPENT,
        ARCHIVED_LATER,
    ),
    Row(
        "the model was retired after that look, or nobody could look",
        (
            told(refuse={"code": "invalidModel"}),
            Plot({"retired": [STILLS]}, settings={"preflight": "offline"}),
            Plot({"retired": [STILLS]}, settings={"schemas_url": "http://127.0.0.1:9/resolve"}),
        ),
        REJECTED,
        NOT_SPENT,
        ARCHIVED_LATER,
    ),
    Row(
        "the provider refuses a field of which nobody could say for certain what it may be",
        (Plot({"unknown": "refuse"}, shot=with_still("runware:400@4")),),
        REJECTED,
        NOT_SPENT,
        ARCHIVED_LATER,
    ),
    Row(
        "an error with status 401 that names our job",
        (told(refuse={"code": "invalidApiKey", "status": 401}),),
        REJECTED,
        NOT_SPENT,
        ARCHIVED_LATER,
    ),
    Row(
        "moderation refuses the words",
        (told(moderation={"how": "reject"}),),
        NEVER_AGAIN,
        NEVER_SPENT,
        NO_FILE,
    ),
    Elsewhere(
        "one answer to several submits refuses one of them",
        "`rejected` that one with its reason; the others are `done`",
        "that one not spent; the others paid once",
        "the others are archived",
        "tests/studio/test_together.py::test_one_refused_purchase_says_nothing_about_its_neighbours",
    ),
    Row(
        "the balance is gone in mid run, because the still cost more than quoted",
        (Plot({"balance": "0.192", "price_variance": {STILLS: 3}}, shot=CHAIN, then={"balance": "100"}),),
        job("`rejected`; another run sends the clip, as a new purchase; the still stays", sends=3, first="rejected"),
        money("the still is paid, the clip not spent; each paid once", held="0", said=Money.NOT_SPENT, alarming=True),
        file("the still is archived, the clip by the next run", between=(S,), after=(S, C)),
    ),
    Row(
        "the provider doesn't take its own id of the still as a frame",
        (Plot({"refuse_frame_uuid": True}, shot=CHAIN),),
        job("`done`: our copy of the still is uploaded, and the clip sent with that, as a new purchase", sends=3),
        ONCE,
        file("archived", between=(S, C), after=(S, C)),
    ),
)  # fmt: skip - a row is its words, then what they claim
