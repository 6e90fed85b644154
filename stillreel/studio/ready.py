"""A shot of a storyboard before the first purchase: ready, waiting for the still of another, or not to be made."""

from decimal import Decimal

from stillreel.domain.errors import Money, State, StillreelError
from stillreel.domain.money import Usd
from stillreel.domain.plain import Plain
from stillreel.domain.shots import Shot
from stillreel.studio.orders import Plan


class Stop(Plain):
    """Why a shot isn't made: what an error says, as data."""

    state: State
    message: str
    money: Money
    needs: tuple[str, ...] = ()  # the shots whose stills it lacks
    put_back: bool = False  # something of the archive is gone

    @classmethod
    def of(cls, error: StillreelError) -> "Stop":
        """The error's words."""
        return cls(state=error.state, message=error.message, money=error.money, put_back=error.put_back)


class Ready(Plain):
    """A shot before the first purchase of its storyboard: its plan, why it isn't made, or none while it must wait."""

    shot: Shot
    plan: Plan | None = None  # where it isn't made, of what is there of it
    stop: Stop | None = None
    to_pay: Usd = Decimal(0)  # by the upper bounds of its quotes
    left_out: bool = False  # it isn't made in this run; its plan holds what is there of it
    foreseen: tuple[str, ...] = ()  # while it must wait: what will speak against what it is made with

    @property
    def done(self) -> bool:
        """Whether nothing is left to do for it."""
        return self.stop is None and self.plan is not None and all(stage.done for stage in self.plan.stages)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What speaks against what is still to be paid of it, or is in doubt, without stopping it."""
        if self.stop is not None:
            return ()
        doubts = self.plan.doubts if self.plan is not None and self.to_pay else ()
        return (*self.foreseen, *(self.plan.warnings if self.plan is not None else ()), *doubts)

    @property
    def still(self) -> str | None:
        """Where its still lies already, if it does."""
        if self.plan is None:
            return None
        made = self.plan.still.done if self.plan.still else None
        return made.archived[0].uri if made and made.archived else self.plan.given.uri if self.plan.given else None
