"""What a game draws from: ways of the provider, caps, and what may go wrong with which call."""

from stillreel.domain.budget import Caps
from tests.protocol.line import TROUBLES
from tests.protocol.plays import PRICE
from tests.protocol.provider import Ways

WAYS = {
    "refuses a known id": Ways(fates=("ok", "flagged")),
    "refuses it while it runs": Ways(duplicate="after_end", fates=("ok", "one fails")),
    "runs it again": Ways(duplicate="always", fates=("one fails", "ok")),
    "is slow, and checks in one step": Ways(slow=True, fates=("flagged", "ok")),
    "is slow and blind, and checks in one step": Ways(slow=True, blind=True),
    "fails": Ways(fates=("all fail", "one fails", "ok")),
}
CAPS = {
    "none": Caps(),
    "none that matters": Caps(day=100 * PRICE),
    "3 a day, 1 for quarry": Caps(day=3 * PRICE, projects={"quarry": PRICE}),
    "2 for harbour, 0 for quarry": Caps(projects={"harbour": 2 * PRICE, "quarry": PRICE * 0}),
}
NEW_CAPS = {
    "none": Caps(),
    "nothing a day": Caps(day=PRICE * 0),
    "1 a day": Caps(day=PRICE),
    "4 a day": Caps(day=4 * PRICE),
    "1 for harbour": Caps(projects={"harbour": PRICE}),
    "nothing for harbour, 2 for quarry": Caps(projects={"harbour": PRICE * 0, "quarry": 2 * PRICE}),
}
KINDS = (
    "event sending",
    "event accepted",
    "event",
    "budget",
    "question",
    "question",
    "unmark",
    "file",
    "marker",
    "read budget",
    "claim",
    "upload",
)
MEETING = "another run"
DEAF = "a question"  # what is asked next goes wrong
SENDS = (
    (MEETING,),
    (MEETING, "silence"),
    *((word,) for word in TROUBLES),
    ("answer", "answer"),
    ("answer", DEAF),
    ("silence", DEAF, DEAF, DEAF, DEAF),
    ("silence", "refusal"),
    ("request", "refusal"),
    ("answer", "refusal", "refusal"),
    ("load", "refusal"),
    ("load", "request", "refusal"),
    ("silence", "load", "silence"),
    ("request", "silence", "answer"),
)
PAUSES = (1.0, 3.0, 15.0, 45.0, 95.0, 700.0, 3700.0, 8000.0)
