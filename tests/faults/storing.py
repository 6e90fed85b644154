"""The table's rows about the archive: away, slow, silent, forbidden, or written by another first."""

from stillreel.domain.errors import Money
from tests.faults.claims import accepted_by, file, job, money
from tests.faults.finishing import HELD_ON, LEFT_OPEN
from tests.faults.rows import Row
from tests.faults.scene import Plot
from tests.faults.sending import A_LEASE, ARCHIVED, ARCHIVED_LATER, BOUND, ONCE, SUBMIT, UNNOTICED, S
from tests.faults.stores import FirstTries, Since, away, forbidden, overtaken, silent, stalled
from tests.studio.on_set import OnSet

DENIED = "ci@example.com does not have storage.objects.create access to the Google Cloud Storage object."
BEFORE_SENDING = ("marker", "take", "planned", "budget", "sending")
AFTER_ACCEPTANCE = ("result", "file", "lineage", "settled", "closed")
NEXT_RUN = job("`failed`; the next run sends it", first="failed")
NOT_YET_SPENT = money("not spent; paid once", said=Money.NOT_SPENT, spent_meanwhile=False)
ACCEPTED_ONCE = money(
    "held at its quote's upper bound until then; paid once", held=BOUND, said=(Money.SPENT, Money.UNKNOWN)
)
SPENT_ONCE = money("spent, or held until then; paid once", said=Money.SPENT)
SOON_ARCHIVED = file("archived by the next run, if it isn't there already", between=None, after=(S,))


def fetched(on_set: OnSet) -> bool:
    """Whether a result was downloaded."""
    return bool(on_set.emulator.requests()["media"])


STORING = (
    Row(
        "503 for the first try of every request",
        (Plot(bucket=lambda _: [FirstTries("answer", status=503)]),),
        UNNOTICED, ONCE, ARCHIVED,
    ),
    Row(
        "the answer to every write is lost",
        (Plot(bucket=lambda _: [FirstTries("cut", method="POST")]),),
        UNNOTICED, ONCE, ARCHIVED,
    ),
    Row(
        "429 for the budget, which everybody writes",
        (Plot(bucket=lambda _: [FirstTries("answer", path="ifGenerationMatch=1", status=429)]),),
        UNNOTICED, ONCE, ARCHIVED,
    ),
    Row(
        "503 for good, or no right to write any more, once the file was fetched",
        (
            Plot(bucket=lambda on_set: [Since("answer", status=503, begun=lambda: fetched(on_set))], patience=0.3),
            Plot(bucket=lambda on_set: [
                Since("answer", method="POST", status=403, message=DENIED, begun=lambda: fetched(on_set))
            ]),
        ),
        LEFT_OPEN, HELD_ON, ARCHIVED_LATER,
    ),
    Row(
        "it is away, or a right is lost, for any one write before the send",
        (*(Plot(wrap=away(write)) for write in BEFORE_SENDING), Plot(wrap=forbidden("sending"))),
        NEXT_RUN, NOT_YET_SPENT, ARCHIVED_LATER,
    ),
    Row(
        "it is away when a 429 is to be written down",
        (Plot({"throttle": {**SUBMIT, "status": 429}}, wrap=away("turned_away"), pause=A_LEASE),),
        job("`failed`; the next run waits for the lease, asks, and sends it", sends=2, first="failed"),
        NOT_YET_SPENT, ARCHIVED_LATER, "abc",
    ),
    Row(
        "it is away, or a right is lost, when the acceptance is to be written",
        (
            Plot(wrap=away("accepted"), pause=A_LEASE),
            Plot(wrap=forbidden("accepted"), pause=A_LEASE),
            Plot({"lost_reply": {**SUBMIT, "times": 1}}, wrap=away("accepted"), pause=A_LEASE),
        ),
        accepted_by(job("`failed`; the next run asks, and finds it", first="failed"), "row"),
        ACCEPTED_ONCE, ARCHIVED_LATER, "bc",
    ),
    Row(
        "it is away, or a right is lost, for any one write after the acceptance",
        (*(Plot(wrap=away(write)) for write in AFTER_ACCEPTANCE), Plot(wrap=forbidden("closed"))),
        LEFT_OPEN, SPENT_ONCE, SOON_ARCHIVED,
    ),
    Row(
        "a write before the send is done, and then it is silent for as long as we try",
        tuple(Plot(wrap=silent(write)) for write in ("take", "planned", "budget")),
        NEXT_RUN, NOT_YET_SPENT, ARCHIVED_LATER,
    ),
    Row(
        "the same with the right to send, of which nobody can know whether it was used",
        (Plot(wrap=silent("sending"), pause=A_LEASE),),
        job("`failed`; the next run waits for the lease, asks, and sends it", sends=2, first="failed"),
        NOT_YET_SPENT, ARCHIVED_LATER, "abc",
    ),
    Row(
        "the same with the acceptance",
        (Plot(wrap=silent("accepted")),),
        LEFT_OPEN, ACCEPTED_ONCE, ARCHIVED_LATER,
    ),
    Row(
        "the same with a write after the acceptance",
        tuple(Plot(wrap=silent(write)) for write in AFTER_ACCEPTANCE),
        LEFT_OPEN, SPENT_ONCE, SOON_ARCHIVED,
    ),
    Row(
        "another process writes first: a precondition fails",
        tuple(Plot(wrap=overtaken(write)) for write in ("marker", *BEFORE_SENDING)),
        UNNOTICED, ONCE, ARCHIVED,
    ),
    Row(
        "each write takes 20 s",
        (Plot(wrap=stalled(20)),),
        UNNOTICED, ONCE, ARCHIVED,
    ),
    Row(
        "writing the right to send takes longer than a lease outlives a send",
        (Plot(wrap=stalled(40, "sending")),),
        job("`done`: that right isn't used; it is sent under the same id with a new one", sends=2),
        ONCE, ARCHIVED, "d",
    ),
)  # fmt: skip
