"""Every error that stillreel raises on purpose, and where the money stands when it does.

    StillreelError
    ├── BadInput             what was given can't be bought: all problems at once         not spent
    ├── BadSettings          a key, an address or a folder is missing or malformed        not spent
    ├── Refused              nothing was started, because it must not be                  not spent
    │   ├── OverCeiling      the quote passes STILLREEL_MAX_USD
    │   ├── CapReached       the caps of the archive can't hold the quote
    │   ├── LowBalance       the provider's balance doesn't cover the quote
    │   ├── NotAuthorised    the provider doesn't know the key
    │   ├── ModelGone        the provider doesn't have a model of the chain, or not any more
    │   └── TakeExists       this take number holds another request
    ├── ProviderError        the provider couldn't be asked, or spoke in riddles          as it says
    │   └── UnknownShape     an answer that we don't understand, shortened, key redacted
    ├── Rejected             the provider refused the job                                 not spent
    ├── StillRunning         paid for and still running; running it again is free         spent
    ├── UnknownPurchase      sent, and nobody can say whether it was accepted             unknown
    ├── GenerationFailed     accepted, and it ended without a usable result               unknown until settled
    ├── Flagged              the safety check found something; it lies in quarantine      spent
    ├── Held                 unchecked, or checked less than now asked; it doesn't move   spent
    ├── MediaError           bytes that aren't the picture or clip that was promised      as it says
    │   └── Gone                 the file isn't at its address any more                   as it says
    ├── Unfinished           some shots of a storyboard aren't done; its table has each   as it says
    ├── Unforeseen           something broke that nobody foresaw                          unknown
    └── ArchiveError         the archive couldn't do what it must                         as it says
        ├── ArchiveMissing       no such bucket or folder
        ├── ArchiveForbidden     a right is missing; it is named
        ├── ArchiveUnavailable   it doesn't answer
        ├── ObjectExists         create-only found another writer's object
        ├── GenerationMismatch   a matched write found a newer generation
        └── Corrupted            what was stored isn't what was sent
            └── Vanished             what was stored is gone

Each class says in `state` how a run that it ends is reported.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from typing import Any, ClassVar, Literal

from stillreel.domain.problems import Problem, told

PUT_BACK = "put it back, or mend the archive's address, before anything is run again"
MAKE_OR_PUT_BACK = f"make it if it never was, else {PUT_BACK}"  # a new archive knows of nothing that was bought

State = Literal["done", "held", "flagged", "failed", "rejected", "running", "unknown", "refused"]


class Money(StrEnum):
    """Where the money stands when something ends badly."""

    NOT_SPENT = "not spent"
    SPENT = "spent"
    UNKNOWN = "unknown: look before you buy again"


class StillreelError(Exception):
    """The root: a sentence a person can act on, and where the money stands."""

    state: ClassVar[State] = "failed"
    money: Money = Money.NOT_SPENT
    put_back: ClassVar[bool] = False  # something is gone, and running again before it is back might buy anew

    def __init__(self, message: str, *, money: Money | None = None) -> None:
        self.message = message
        self.summary: dict[str, Any] | None = None  # what a run came to, where it got far enough to say
        if money is not None:
            self.money = money
        super().__init__(message)

    def __str__(self) -> str:
        return f"{self.message} [money: {self.money}]"


@contextmanager
def at_stake(money: Money) -> Iterator[None]:
    """Where a job has been bought, let whatever goes wrong inside the block say so instead of 'not spent'."""
    try:
        yield
    except StillreelError as error:
        if error.money is Money.NOT_SPENT:
            error.money = money
        raise


class BadInput(StillreelError):
    """What was given can't be bought; `problems` has every reason at once."""

    state = "refused"

    def __init__(self, problems: Sequence[Problem], *, what: str = "the request") -> None:
        self.problems = tuple(problems)
        lines = "\n".join(f"  - {problem}" for problem in told(self.problems))
        super().__init__(f"{what} has {len(self.problems)} problem{'s'[: len(self.problems) != 1]}:\n{lines}\n")


class BadSettings(StillreelError):
    """A setting is missing or malformed; nothing was started."""

    state = "refused"


class Refused(StillreelError):
    """Nothing was started, because it must not be."""

    state = "refused"


class OverCeiling(Refused):
    """The quote passes the ceiling of one run (STILLREEL_MAX_USD)."""


class CapReached(Refused):
    """A cap that all runs share, of a day or of a project, can't hold the quote; the message names it."""


class LowBalance(Refused):
    """The provider's balance doesn't cover the quote."""


class NotAuthorised(Refused):
    """The provider doesn't accept the key."""


class ModelGone(Refused):
    """The provider doesn't have a model of the chain, or not any more; the message names those that can do instead."""


class TakeExists(Refused):
    """The take number that was asked for holds another request."""


class ProviderError(StillreelError):
    """The provider couldn't be asked; says nothing about any job."""

    passing: bool = False  # whether the same question may well be answered a little later
    patience_over: bool = False  # it was tried for as long as the settings say; trying again is for a person
    retry_after: float | None = None  # seconds that the provider wants to be left alone


class UnknownShape(ProviderError):
    """The provider said something that we don't understand."""


class Rejected(StillreelError):
    """The provider refused the job with a reason; sending the same again would be refused again."""

    state = "rejected"


class StillRunning(StillreelError):
    """The job is paid for and still running; waiting ended, the job didn't."""

    state = "running"
    money = Money.SPENT


class UnknownPurchase(StillreelError):
    """The job was sent and nobody can say whether it was accepted; it isn't bought again by itself."""

    state = "unknown"
    money = Money.UNKNOWN


class GenerationFailed(StillreelError):
    """The job was accepted and ended without a usable result."""

    money = Money.UNKNOWN


class Flagged(StillreelError):
    """The safety check found something: the file lies in quarantine and the chain stops here."""

    state = "flagged"
    money = Money.SPENT


class Held(StillreelError):
    """Unchecked, or checked less strictly than now asked: it stays where it is until a person decides."""

    state = "held"
    money = Money.SPENT

    def __init__(self, message: str, *, money: Money | None = None, stands: Any = None) -> None:
        self.stands = stands  # the plan of what is there already, where that is what is held: a run tells of it
        super().__init__(message, money=money)


class MediaError(StillreelError):
    """The bytes aren't the picture or clip that was promised."""


class Unfinished(StillreelError):
    """Some shots of a storyboard aren't done; the state and the money are those of the worst of them."""

    def __init__(self, message: str, *, state: State, money: Money | None) -> None:
        self.state = state  # type: ignore[misc]  # what is fixed for each other class is that of the shots here
        super().__init__(message, money=money)


class Unforeseen(StillreelError):
    """Something broke that nobody foresaw; the log has the traceback."""

    money = Money.UNKNOWN


class Gone(MediaError):
    """The file isn't at its address any more: it has expired, or was taken away."""


class ArchiveError(StillreelError):
    """The archive couldn't do what it must."""


class ArchiveMissing(ArchiveError):
    """There is no such bucket or folder."""

    put_back = True


class ArchiveForbidden(ArchiveError):
    """A right is missing; the message names it."""


class ArchiveUnavailable(ArchiveError):
    """The archive doesn't answer."""


class ObjectExists(ArchiveError):
    """A create-only write found another writer's object under that name."""


class GenerationMismatch(ArchiveError):
    """A matched write found that somebody wrote in between."""


class Corrupted(ArchiveError):
    """What was stored or read isn't what was sent."""


class Vanished(Corrupted):
    """What was stored is gone, though it is never deleted."""

    put_back = True
