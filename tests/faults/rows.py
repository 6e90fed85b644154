"""What a row of the fault table is, and what it may need of the world."""

from dataclasses import dataclass

from tests.faults.claims import Claim
from tests.faults.scene import Plot

ASSUMPTIONS = {
    "a": "a submit is registered within 2 s of our giving up on it, "
    "or else known ids are checked and registered in one step and refused while known",
    "b": "`getResponse` or `getTaskDetails` shows a job from then on, unless its id is always refused",
    "c": "a job is remembered for 60 minutes and a lease",
    "d": "no process stands still between its last look and its send for longer than its lease",
}


@dataclass(frozen=True)
class Row:
    """A fault that is played here, each of its plots by itself: all of them come to the same."""

    fault: str
    plots: tuple[Plot, ...]
    job: Claim
    money: Claim
    file: Claim
    needs: str = ""  # letters of ASSUMPTIONS
    left_open: int = 0  # jobs that have no end after both runs

    @property
    def cells(self) -> tuple[str, ...]:
        """The row of the page."""
        return self.fault, self.job.words, self.money.words, self.file.words, letters(self.needs)


@dataclass(frozen=True)
class Elsewhere:
    """A fault that another test plays; a test checks that it exists."""

    fault: str
    job: str
    money: str
    file: str
    test: str  # as pytest names it, without parameters: tests/flows/test_server.py::test_it_is_away
    needs: str = ""

    @property
    def cells(self) -> tuple[str, ...]:
        """The row of the page."""
        return self.fault, self.job, self.money, self.file, letters(self.needs)


def letters(needs: str) -> str:
    """The assumptions as the page shows them."""
    return ", ".join(needs) or "–"
