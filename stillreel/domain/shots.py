"""Shots: what a person asks for, in a shot file or in a form.

One model is the file's schema, the flow's parameter and the form in the Prefect UI. The bounds in the
JSON schema are ours, for every model alike: a form can't change with the model that is named in it. The catalogue
checks them and the model's own, with everything else, in one pass, so that all problems come at once.
Every field has a `position`: the engine's database forgets the order of fields.
"""

from typing import Literal

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from stillreel.domain.forms import (
    IMAGES,
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
    optional,
)
from stillreel.domain.names import NAME_PATTERN, Name, ProjectName
from stillreel.domain.safety import Check

STILL_MODEL = "runware:z-image@turbo"
CLIP_MODEL = "klingai:3@1"

Size = Literal["16:9", "1:1", "9:16"]


class PromptedStill(Form):
    """A still made from a prompt."""

    model_config = ConfigDict(title="From a prompt")

    prompt: Prompt = Field(description="What the still shows.", json_schema_extra=form(0, minLength=1))
    negative_prompt: str = Field(
        "", description="What it must not show. Empty: nothing is said.", json_schema_extra=form(1)
    )
    model: str = Field(STILL_MODEL, description="The image model, by its AIR identifier.", json_schema_extra=form(2))
    resolution: str | None = Field(
        None,
        description="A resolution by its name, where the model has such. Empty: the model's own.",
        json_schema_extra=optional(3, "string"),
    )
    seed: Whole | None = Field(
        None,
        description="The same seed makes the same still. Empty: the provider draws one.",
        json_schema_extra=optional(4, "integer"),
    )
    take: StageTake = Field(
        "",
        description="The still's own take, if it differs from the shot's: auto, new or a number from 1 to 999.",
        json_schema_extra=form(5, pattern=STAGE_TAKE),
    )


class GivenStill(Form):
    """A still that you have already."""

    model_config = ConfigDict(title="A given image")

    image: Image = Field(
        description=f"A{IMAGES[1:]}.",
        json_schema_extra=form(0, minLength=1),
    )


SAID: JsonDict = {
    "if": {"required": ["beats"], "properties": {"beats": {"minItems": 1}}},
    "else": {"required": ["prompt"], "properties": {"prompt": {"minLength": 1}}},
}
"""A clip needs words: its beats', or a prompt. The UI knows no such rule; the server refuses what breaks it."""


class MotionBeat(Form):
    """One part of a clip that is told in several."""

    model_config = ConfigDict(title="A beat")

    prompt: Prompt = Field(description="What happens in this part.", json_schema_extra=form(0, minLength=1))
    duration: Amount = Field(
        description="Seconds of this part; all of them together are the clip's.",
        json_schema_extra=form(1, exclusiveMinimum=0),
    )


class Motion(Form):
    """How the clip moves."""

    model_config = ConfigDict(json_schema_extra=SAID)

    prompt: Prompt = Field(
        "",
        description="What happens in the clip. Empty only where beats tell it.",
        json_schema_extra=optional(0, "string"),
    )
    beats: Listed[MotionBeat] = Field(
        (),
        description="The clip in parts, one after the other, where the model can tell it so.",
        json_schema_extra=optional(1, "array"),
    )
    negative_prompt: str = Field(
        "", description="What must not happen. Empty: nothing is said.", json_schema_extra=form(2)
    )
    model: str = Field(CLIP_MODEL, description="The video model, by its AIR identifier.", json_schema_extra=form(3))
    duration: Amount | None = Field(
        None,
        description="Seconds. Empty: those of the beats, or the model's own (5 for KlingAI 1.6 Standard, "
        "which knows 5 and 10).",
        json_schema_extra=optional(4, "number", exclusiveMinimum=0),
    )
    resolution: str | None = Field(
        None,
        description="A resolution by its name, such as 1080p, where the model has such. Empty: the model's own.",
        json_schema_extra=optional(5, "string"),
    )
    guidance: Amount | None = Field(
        None,
        description="How closely to follow the prompt, where the model has such a number: 0 to 1 in steps of 0.01 for "
        "KlingAI 1.6 Standard. Empty: the model's own (0.5 there).",
        json_schema_extra=optional(6, "number"),
    )
    audio: YesNo = Field(
        None,
        description="Sound of the model's own: yes, which may cost more, or no. Empty: nothing is said, and the model "
        "does what it usually does.",
        json_schema_extra=optional(7, "string", enum=["yes", "no"]),
    )
    last_image: Image | None = Field(
        None,
        description=f"The image that the clip ends with, where the model takes one: {IMAGES}.",
        json_schema_extra=optional(8, "string"),
    )
    take: StageTake = Field(
        "",
        description="The clip's own take, if it differs from the shot's: auto, new or a number from 1 to 999.",
        json_schema_extra=form(9, pattern=STAGE_TAKE),
    )


class StillOutput(Form):
    """The still's file."""

    format: Literal["PNG", "JPG", "WEBP"] = Field("PNG", description="The file format.", json_schema_extra=form(0))
    quality: Whole = Field(
        95,
        description="Compression quality, 20 to 99 for the models that stillreel brings; higher is larger.",
        json_schema_extra=form(1, minimum=1, maximum=100),
    )


class ClipOutput(Form):
    """The clip's file."""

    format: Literal["MP4", "WEBM", "MOV"] = Field("MP4", description="The file format.", json_schema_extra=form(0))
    quality: Whole = Field(
        95,
        description="Compression quality, 20 to 99 for the models that stillreel brings; higher is larger.",
        json_schema_extra=form(1, minimum=1, maximum=100),
    )


class _Shot(Form):
    project: ProjectName = Field(
        description="The production; a folder of the archive.", json_schema_extra=form(0, pattern=NAME_PATTERN)
    )
    shot: Name = Field(
        description="The shot; a folder of the project.", json_schema_extra=form(1, pattern=NAME_PATTERN)
    )
    take: Take = Field(
        "auto",
        description="auto: the take that this is, or the next; new: one for this run; 1 to 999: that one.",
        json_schema_extra=form(2, pattern=TAKE),
    )
    size: Size = Field("16:9", description="The picture's shape.", json_schema_extra=form(3))
    results: Whole = Field(
        1,
        description="How many results of the last stage, 1 to 4; each is paid for.",
        json_schema_extra=form(6, minimum=1, maximum=4),
    )
    safety: Check = Field(
        Check.FAST,
        description="How closely to check: fast looks at key frames, full at all, none at nothing.",
        json_schema_extra=form(8),
    )

    @property
    def title(self) -> str:
        """What a run of this shot is called."""
        return f"{self.project}/{self.shot}"


class TextToImageShot(_Shot):
    """A still from a prompt."""

    still: PromptedStill = Field(description="The still.", json_schema_extra=form(4))
    output: StillOutput = Field(StillOutput(), description="The file.", json_schema_extra=form(7))


class TextToVideoShot(_Shot):
    """A clip from a prompt alone."""

    motion: Motion = Field(description="The clip.", json_schema_extra=form(5))
    output: ClipOutput = Field(ClipOutput(), description="The file.", json_schema_extra=form(7))


class ImageToVideoShot(_Shot):
    """A still, from a prompt or given, and a clip that starts from it."""

    still: PromptedStill | GivenStill = Field(description="The first frame.", json_schema_extra=form(4))
    motion: Motion = Field(description="The clip.", json_schema_extra=form(5))
    output: ClipOutput = Field(ClipOutput(), description="The clip's file.", json_schema_extra=form(7))


Shot = TextToImageShot | TextToVideoShot | ImageToVideoShot


def moves(shot: Shot) -> bool:
    """Whether a shot ends with a clip."""
    return not isinstance(shot, TextToImageShot)
