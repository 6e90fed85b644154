"""What the table says of a job, its money and its file: each sentence with the check that it stands for.

A sentence is one for all rows that use it, so what the page says is what was asserted.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from stillreel.domain.errors import Money, StillreelError
from stillreel.domain.spending import lines
from tests.faults.scene import Moment, Scene

BAD = re.compile(r"\.bad-[0-9a-f]{12}\b")  # the sum in the name of what isn't what was promised


@dataclass(frozen=True)
class Claim:
    """A sentence of the table; `holds` raises AssertionError where it isn't true."""

    words: str
    holds: Callable[[Scene], None]


def job(words: str, *, sends: int | range = 1, first: str = "done", second: str = "done", asked: str = "") -> Claim:
    """How both runs end, how many `sending` events there are, and that no run after a good one sends.

    `asked`: the message of the last error says it.
    """

    def holds(scene: Scene) -> None:
        assert (state(scene.first), state(scene.second)) == (first, second)
        assert len(scene.after.kinds("sending")) in (range(sends, sends + 1) if isinstance(sends, int) else sends)
        if asked:
            error = scene.second or scene.first
            assert error is not None
            assert asked in error.message
        if first in ("done", "failed", "flagged", "held", "lost") and second == first:
            assert scene.after.at_provider == scene.between.at_provider

    return Claim(words, holds)


def state(error: StillreelError | None) -> str:
    """How a run that ended so is reported."""
    return "done" if error is None else error.state


def accepted_by(claim: Claim, by: str) -> Claim:
    """The same, and this is how it was known to have arrived."""

    def holds(scene: Scene) -> None:
        claim.holds(scene)
        assert [event.by for event in scene.after.kinds("accepted")] == [by]

    return Claim(claim.words, holds)


def money(
    words: str,
    *,
    held: str | None = None,
    unknown: str = "0",
    unreported: str = "0",
    said: Money | tuple[Money, ...] | None = None,
    then: Money | None = None,
    paid: bool = True,
    spent_meanwhile: bool | None = None,
    left: str = "0",
    alarming: bool = False,
) -> Claim:
    """What the books hold between the runs and at the end, beside what the emulator has charged.

    `said` and `then`: where the money stands, as the errors of the two runs say; several: any of them.
    `left`: still held at the end. `alarming`: reported isn't quoted, by more than rounding, and `spend` says so.
    """

    def holds(scene: Scene) -> None:
        between, after = scene.between, scene.after
        if held is not None:
            assert between.booked("held") == Decimal(held)
        if spent_meanwhile is not None:
            assert (between.billed > 0) == spent_meanwhile
        assert (scene.first and scene.first.money) in (said if isinstance(said, tuple) else (said,))
        assert (scene.second and scene.second.money) == then
        amounts = {name: after.booked(name) for name in ("held", "unknown", "unreported")}
        assert amounts == {"held": Decimal(left), "unknown": Decimal(unknown), "unreported": Decimal(unreported)}
        assert (after.booked("reported") > 0) == paid
        assert any(line.alarming for line in lines(after.budget)) == alarming
        booked = after.booked("reported") + sum(amounts.values())
        assert after.booked("reported") <= after.billed <= booked

    return Claim(words, holds)


def file(words: str, *, between: tuple[str, ...] | None = (), after: tuple[str, ...] = ()) -> Claim:
    """The results that lie in the archive after each run, each with its lineage beside it; None: that varies."""

    def holds(scene: Scene) -> None:
        for moment, wanted in ((scene.between, between), (scene.after, after)):
            if wanted is None:
                continue
            pictures, files = ([BAD.sub(".bad", name) for name in names] for names in (moment.pictures, moment.files))
            assert pictures == sorted(wanted)
            records = [name for name in files if name.endswith(".lineage.json")]
            assert records == sorted(f"{name.rpartition('.')[0]}.lineage.json" for name in wanted)

    return Claim(words, holds)


def nothing_out_of_order(scene: Scene, *, left_open: int = 0) -> None:
    """What holds for every row: no identity billed twice, nothing booked short, no job without an end."""
    after: Moment = scene.after
    assert all(job["runs"] <= 1 for job in after.at_provider)
    assert after.open == left_open
    ended = [job.standing for job in after.jobs if job.standing in ("closed", "rejected", "withdrawn")]
    assert len(ended) == len(after.jobs) - left_open
    settled = [end for job in after.jobs for end in job.settled.values()]
    assert len([end for end in settled if end.uri]) == len(after.pictures)
