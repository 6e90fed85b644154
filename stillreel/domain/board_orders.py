"""What a run of a storyboard is asked for; also the form of its flow."""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BeforeValidator, ConfigDict, Field, StrictBool, ValidationError

from stillreel.domain.errors import BadInput
from stillreel.domain.forms import STAGE_TAKE, Form, Listed, StageTake, form, optional
from stillreel.domain.names import Name
from stillreel.domain.problems import Problem
from stillreel.domain.selection import EMPTY_OR_NAME
from stillreel.domain.storyboards import AT_ONCE, Limits, Number, Storyboard

USD = r"^[0-9]{1,9}(\.[0-9]{1,18})?$"
OURS = re.compile(r"/projects/(?P<project>[^/]+)/reels/(?P<name>[^/]+)/board-")  # one that was run before
NOBODY = "the names of shots; leave it out to make all of them"
KINDS = ("BoardAt", "Storyboard")
CHOICE = re.compile(r"\[")  # in how a choice between kinds of a value is called where none of them fits


def _somebody(names: Any) -> Any:
    """Names of which there is one: whoever says which shots, if only with an unset variable, doesn't mean all."""
    blank = isinstance(names, list | tuple) and names and not any(str(name or "").strip() for name in names)
    if isinstance(names, str) or blank:
        raise ValueError(NOBODY)
    return names


Spread = Annotated[Literal["here", "workers"], BeforeValidator(lambda found: found or "here")]


class BoardAt(Form):
    """A storyboard that lies in a bucket."""

    model_config = ConfigDict(title="At an address")

    uri: str = Field(
        description="The storyboard's file, YAML, JSON or CSV: gs://bucket/name, or an address in the archive.",
        json_schema_extra=form(0, minLength=1),
    )
    project: Name | Literal[""] = Field(
        "",
        description="The project of a CSV, which holds shots alone.",
        json_schema_extra=optional(1, "string", pattern=EMPTY_OR_NAME),
    )


class BoardOrder(Form):
    """Which storyboard, and what of it is made in this run."""

    storyboard: BoardAt | Storyboard = Field(description="The storyboard.", json_schema_extra=form(0))
    only: Annotated[Listed[Name], BeforeValidator(_somebody)] = Field(
        (), description="The shots to make, by name. Left out: all of them.", json_schema_extra=form(1)
    )
    take: StageTake = Field(
        "",
        description="In place of what the storyboard says, for each shot that is made: auto, new or a number from 1 to "
        "999.",
        json_schema_extra=form(2, pattern=STAGE_TAKE),
    )
    stills_only: StrictBool = Field(
        False,
        description="Make the stills and stop, to look at them; later runs use the same takes.",
        json_schema_extra=form(3),
    )
    spread: Spread = Field(
        "here",
        description="here: in this run; workers: in runs of their own, on as many workers as there are.",
        json_schema_extra=form(4),
    )

    @property
    def title(self) -> str:
        """Its project and name as far as the order itself says them; empty if it doesn't."""
        board = self.storyboard
        if not isinstance(board, BoardAt):
            return f"{board.project}/{board.name}"
        if ours := OURS.search(board.uri):
            return f"{ours['project']}/{ours['name']}"
        return f"{board.project}/" if board.project else ""

    @property
    def theirs(self) -> bool:
        """Whether it lies where somebody may change it."""
        return isinstance(self.storyboard, BoardAt) and not OURS.search(self.storyboard.uri)

    def __str__(self) -> str:
        board = self.storyboard
        return board.uri.rpartition("/")[2] if self.theirs and isinstance(board, BoardAt) else self.title


class Part(Form):
    """Some shots of a storyboard, handed to a run of their own; also the form of its flow, which nobody fills in."""

    board: str = Field(description="The storyboard's address in the archive.", json_schema_extra=form(0, minLength=1))
    only: tuple[Name, ...] = Field(
        min_length=1, description="The shots to make, by name.", json_schema_extra=form(1, minItems=1)
    )
    stills_only: StrictBool = Field(False, description="As in the whole.", json_schema_extra=form(2))
    max_usd: str = Field(
        pattern=USD,
        description="This run's share of the ceiling, in US dollars.",
        json_schema_extra=form(3, pattern=USD),
    )
    at_once: Number = Field(AT_ONCE, description="Jobs of this part in flight at once.", json_schema_extra=form(4))
    root: UUID = Field(description="The id of the run that hands the parts out.", json_schema_extra=form(5))
    number: int = Field(
        ge=1, description="Which part of the whole this is, from 1.", json_schema_extra=form(6, minimum=1)
    )

    @property
    def limits(self) -> Limits:
        """Its share of the storyboard's limits."""
        return Limits(max_usd=Decimal(self.max_usd), at_once=self.at_once)

    def __str__(self) -> str:
        more = f" and {len(self.only) - 1} more" if len(self.only) > 1 else ""
        return f"part {self.number}: {self.only[0]}{more}"


def order_of(said: Mapping[str, Any]) -> BoardOrder:
    """The order that these words make; BadInput with every problem of them."""
    try:
        return BoardOrder.model_validate(said)
    except ValidationError as error:
        problems = dict[str, Problem]()
        for found in error.errors(include_url=False):
            field = _field(found["loc"], said)
            allowed = found["msg"].removeprefix("Value error, ").removeprefix("Input should be ")
            if field is not None:
                problems.setdefault(field, Problem(field=field, got=repr(found["input"]), allowed=allowed))
        raise BadInput(list(problems.values()), what="the order") from None


def _field(location: Sequence[str | int], said: Mapping[str, Any]) -> str | None:
    """Where a word of an order stands; None for what is told of the other kind of storyboard than is meant."""
    board = said.get("storyboard")
    meant = BoardAt if isinstance(board, Mapping) and "uri" in board else Storyboard
    if location[1:2] and location[1] in KINDS and location[1] != meant.__name__:
        return None
    return ".".join(str(part) for part in location if part not in KINDS and not CHOICE.search(str(part)))
