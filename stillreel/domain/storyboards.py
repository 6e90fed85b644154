"""Storyboards: the shots of a production, with what they have in common and what they may cost.

One model is the file's schema, the flow's parameter and the form in the Prefect UI, as with a single shot. Everything
in a shot but its name may be left out: what it doesn't say comes from the defaults (`stillreel.domain.inheriting`).
So no field here has a default of its own, which a form would send as if somebody had said it.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ConfigDict, Field, StrictBool

from stillreel.domain.forms import (
    STAGE_TAKE,
    TAKE,
    Amount,
    Form,
    Image,
    Listed,
    Prompt,
    StageTake,
    Take,
    Whole,
    YesNo,
    form,
    no_truth,
    optional,
)
from stillreel.domain.money import Usd
from stillreel.domain.names import NAME_PATTERN, BoardName, Name, ProjectName
from stillreel.domain.safety import Check
from stillreel.domain.shots import MotionBeat, Size

MOST_SHOTS = 2_000  # of a file
MOST_IN_A_FORM = 20  # more is a file: parameters of a run end at 512 KiB, and forms long before that
AT_ONCE = 50  # jobs in flight
MOST_AT_ONCE = 1_000
DOLLARS = r"^[0-9]{1,7}(\.[0-9]{1,6})?$"
IMAGE = (
    "a URL, gs://bucket/name, a file:///… of the archive, or shot:NAME for the still of another shot; in a file also "
    "a path"
)


def _amount(value: Decimal) -> Decimal:
    if not value.is_finite() or value < 0:
        raise ValueError("an amount from 0 up")
    return value


Number = Annotated[int, Field(ge=1, le=MOST_AT_ONCE), no_truth("a whole number")]
Dollars = Annotated[Usd, no_truth("an amount"), AfterValidator(_amount)]


def _group(position: int) -> Callable[[dict[str, Any]], None]:
    """A group in which nothing has to be said."""

    def plain(found: dict[str, Any]) -> None:
        found.pop("default", None)
        found.update(form(position))

    return plain


class BoardStill(Form):
    """A still from a prompt, or a given one; what isn't said comes from the defaults."""

    model_config = ConfigDict(title="A still")

    prompt: Prompt | None = Field(
        None,
        description="What the still shows, unless an image is given.",
        json_schema_extra=optional(0, "string"),
    )
    image: Image | None = Field(
        None, description=f"A still that there is already: {IMAGE}.", json_schema_extra=optional(1, "string")
    )
    negative_prompt: str | None = Field(
        None, description="What it must not show.", json_schema_extra=optional(2, "string")
    )
    model: str | None = Field(
        None, description="The image model, by its AIR identifier.", json_schema_extra=optional(3, "string")
    )
    resolution: str | None = Field(
        None,
        description="A resolution by its name, where the model has such.",
        json_schema_extra=optional(4, "string"),
    )
    seed: Whole | None = Field(
        None,
        description="The same seed makes the same still. Empty: the provider draws one.",
        json_schema_extra=optional(5, "integer"),
    )
    take: StageTake | None = Field(
        None,
        description="The still's own take, if it differs from the shot's: auto, new or a number from 1 to 999.",
        json_schema_extra=optional(6, "string", pattern=STAGE_TAKE),
    )


class BoardMotion(Form):
    """How the clip moves; what isn't said comes from the defaults."""

    model_config = ConfigDict(title="A motion")

    prompt: Prompt | None = Field(
        None,
        description="What happens in the clip. Empty where beats tell it.",
        json_schema_extra=optional(0, "string"),
    )
    beats: Listed[MotionBeat] = Field(
        (),
        description="The clip in parts, one after the other, where the model can tell it so.",
        json_schema_extra=optional(1, "array"),
    )
    negative_prompt: str | None = Field(
        None, description="What must not happen.", json_schema_extra=optional(2, "string")
    )
    model: str | None = Field(
        None, description="The video model, by its AIR identifier.", json_schema_extra=optional(3, "string")
    )
    duration: Amount | None = Field(
        None,
        description="Seconds. Empty: those of the beats, or the model's own.",
        json_schema_extra=optional(4, "number", exclusiveMinimum=0),
    )
    resolution: str | None = Field(
        None,
        description="A resolution by its name, such as 1080p, where the model has such.",
        json_schema_extra=optional(5, "string"),
    )
    guidance: Amount | None = Field(
        None,
        description="How closely to follow the prompt, where the model has such a number: 0 to 1 in steps of 0.01 for "
        "KlingAI 1.6 Standard.",
        json_schema_extra=optional(6, "number"),
    )
    audio: YesNo = Field(
        None,
        description="Sound of the model's own, where it can make it; it may cost more.",
        json_schema_extra=optional(7, "string", enum=["yes", "no"]),
    )
    last_image: Image | None = Field(
        None,
        description=f"The image that the clip ends with, where the model takes one: {IMAGE}.",
        json_schema_extra=optional(8, "string"),
    )
    take: StageTake | None = Field(
        None,
        description="The clip's own take, if it differs from the shot's: auto, new or a number from 1 to 999.",
        json_schema_extra=optional(9, "string", pattern=STAGE_TAKE),
    )


class BoardOutput(Form):
    """The file of the last stage; what isn't said comes from the defaults."""

    model_config = ConfigDict(title="A file")

    format: Literal["MP4", "WEBM", "MOV", "PNG", "JPG", "WEBP"] | None = Field(
        None,
        description="The file format: MP4, WEBM or MOV of a clip; PNG, JPG or WEBP of a still.",
        json_schema_extra=optional(0, "string", enum=["MP4", "WEBM", "MOV", "PNG", "JPG", "WEBP"]),
    )
    quality: Whole | None = Field(
        None,
        description="Compression quality, 20 to 99 for the models that stillreel brings; higher is larger.",
        json_schema_extra=optional(1, "integer", minimum=1, maximum=100),
    )


class Defaults(Form):
    """What shots are like that don't say otherwise."""

    take: Take | None = Field(
        None,
        description="auto: the take that this is, or the next; new: one for this run; 1 to 999: that one.",
        json_schema_extra=optional(2, "string", pattern=TAKE),
    )
    size: Size | None = Field(
        None,
        description="The picture's shape. Empty: 16:9.",
        json_schema_extra=optional(3, "string", enum=["16:9", "1:1", "9:16"]),
    )
    still: BoardStill = Field(
        BoardStill(), description="The still, or a clip's first frame.", json_schema_extra=_group(4)
    )
    motion: BoardMotion = Field(BoardMotion(), description="The clip.", json_schema_extra=_group(5))
    results: Whole | None = Field(
        None,
        description="How many results of the last stage, 1 to 4; each is paid for. Empty: 1.",
        json_schema_extra=optional(6, "integer", minimum=1, maximum=4),
    )
    output: BoardOutput = Field(BoardOutput(), description="The file of the last stage.", json_schema_extra=_group(7))
    safety: Check | None = Field(
        None,
        description="How closely to check: fast looks at key frames, full at all, none at nothing. Empty: fast.",
        json_schema_extra=optional(8, "string", enum=[check.value for check in Check]),
    )


class BoardShot(Defaults):
    """One shot of a storyboard: its name, and what is its own."""

    shot: Name = Field(
        description="The shot; a folder of the project.", json_schema_extra=form(1, pattern=NAME_PATTERN)
    )


class Limits(Form):
    """What a run of the storyboard may cost, and how much of it is on the way at a time."""

    max_usd: Dollars | None = Field(
        None,
        description="Dollars that a run may cost at most. Empty: the ceiling of the settings alone.",
        json_schema_extra=optional(0, "string", pattern=DOLLARS),
    )
    at_once: Number = Field(AT_ONCE, description="Jobs in flight at once.", json_schema_extra=form(1))


class Storyboard(Form):
    """The shots of a production in their order, what they have in common, and their limits."""

    project: ProjectName = Field(
        description="The production; a folder of the archive.", json_schema_extra=form(0, pattern=NAME_PATTERN)
    )
    name: BoardName = Field(
        "storyboard",
        description="The storyboard's own name, if the project has several.",
        json_schema_extra=form(1, pattern=NAME_PATTERN),
    )
    defaults: Defaults = Field(
        Defaults(), description="What holds for every shot that doesn't say otherwise.", json_schema_extra=_group(2)
    )
    limits: Limits = Field(
        Limits(), description="What it may cost, and how much is on the way at once.", json_schema_extra=_group(3)
    )
    reel: StrictBool = Field(
        True, description="Whether the clips are joined in order when they are there.", json_schema_extra=form(4)
    )
    shots: tuple[BoardShot, ...] = Field(
        description="The shots in their order; more than 20 of them are a file.",
        json_schema_extra=form(5, minItems=1, maxItems=MOST_IN_A_FORM),
    )
