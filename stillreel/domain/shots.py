"""Shots: what a person asks for, in a shot file or in a form.

One model is the file's schema, the flow's parameter and the form in the Prefect UI. Bounds stand in the JSON schema
for the form; the catalogue checks them, with everything else, in one pass, so that all problems come at once.
Every field has a `position`: the engine's database forgets the order of fields.
"""

import unicodedata
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, field_validator

from stillreel.domain.names import NAME_PATTERN, Name
from stillreel.domain.safety import Check

STILL_MODEL = "runware:z-image@turbo"
CLIP_MODEL = "klingai:3@1"

Size = Literal["16:9", "1:1", "9:16"]
LAYOUT = "\n\r\t"  # control characters that text may hold
TAKE = r"^(auto|new|[1-9][0-9]{0,2})$"
STAGE_TAKE = r"^(auto|new|[1-9][0-9]{0,2})?$"


def _number_as_text(value: Any) -> Any:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _no_truth(kind: str) -> BeforeValidator:
    """True and False count as 1 and 0 in Python, and in YAML they are spelt yes and no."""

    def check(value: Any) -> Any:
        if isinstance(value, bool):
            raise ValueError(kind)  # noqa: TRY004 - what pydantic understands
        return value

    return BeforeValidator(check)


def _something(value: str) -> str:
    if value and not value.strip():
        raise ValueError("words, not only spaces")
    return value


Prompt = Annotated[str, AfterValidator(_something)]
Whole = Annotated[int, _no_truth("a whole number")]
Amount = Annotated[float, _no_truth("a number")]
Take = Annotated[str, BeforeValidator(_number_as_text), Field(pattern=TAKE)]
StageTake = Annotated[str, BeforeValidator(_number_as_text), Field(pattern=STAGE_TAKE)]


def _form(position: int, **schema: Any) -> dict[str, Any]:
    return {"position": position, **schema}


def _optional(position: int, kind: str, **schema: Any) -> Any:
    """A form field that may stay empty: plain in the schema, where `int | None` would become two tabs."""

    def plain(found: dict[str, Any]) -> None:
        found.pop("anyOf", None)
        found.pop("default", None)
        found.update(_form(position, type=kind, **schema))

    return plain


class _Form(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    @field_validator("*", mode="before")
    @classmethod
    def _plain_text(cls, value: Any) -> Any:
        """JSON can spell half a character, which no request or hash can hold, and NUL, which nobody means."""
        kinds = (
            {unicodedata.category(character) for character in value if character not in LAYOUT}
            if isinstance(value, str)
            else set()
        )
        if "Cs" in kinds:
            raise ValueError("text of whole characters, without half a surrogate pair")
        if "Cc" in kinds:
            raise ValueError("text without control characters such as NUL")
        return value


class PromptedStill(_Form):
    """A still made from a prompt."""

    model_config = ConfigDict(title="From a prompt")

    prompt: Prompt = Field(description="What the still shows.", json_schema_extra=_form(0, minLength=2, maxLength=3000))
    negative_prompt: str = Field(
        "", description="What it must not show. Empty: nothing is said.", json_schema_extra=_form(1, maxLength=3000)
    )
    model: str = Field(STILL_MODEL, description="The image model, by its AIR identifier.", json_schema_extra=_form(2))
    seed: Whole | None = Field(
        None,
        description="The same seed makes the same still. Empty: the provider draws one.",
        json_schema_extra=_optional(3, "integer", minimum=0),
    )
    take: StageTake = Field(
        "",
        description="The still's own take, if it differs from the shot's: auto, new or a number.",
        json_schema_extra=_form(4, pattern=STAGE_TAKE),
    )


class GivenStill(_Form):
    """A still that you have already."""

    model_config = ConfigDict(title="A given image")

    image: str = Field(
        description="A URL or an archive address (gs://…, file:///…); on the command line also a path.",
        json_schema_extra=_form(0, minLength=1),
    )


class Motion(_Form):
    """How the clip moves."""

    prompt: Prompt = Field(
        description="What happens in the clip.", json_schema_extra=_form(0, minLength=2, maxLength=2500)
    )
    negative_prompt: str = Field(
        "", description="What must not happen. Empty: nothing is said.", json_schema_extra=_form(1, maxLength=2500)
    )
    model: str = Field(CLIP_MODEL, description="The video model, by its AIR identifier.", json_schema_extra=_form(2))
    duration: Amount | None = Field(
        None,
        description="Seconds. Empty: the model's own (5 for KlingAI 1.6 Standard, which knows 5 and 10).",
        json_schema_extra=_optional(3, "number", minimum=1, maximum=60),
    )
    guidance: Amount | None = Field(
        None,
        description="How closely to follow the prompt, 0 to 1 in steps of 0.01. Empty: the model's own (0.5).",
        json_schema_extra=_optional(4, "number", minimum=0, maximum=1),
    )
    take: StageTake = Field(
        "",
        description="The clip's own take, if it differs from the shot's: auto, new or a number.",
        json_schema_extra=_form(5, pattern=STAGE_TAKE),
    )


class StillOutput(_Form):
    """The still's file."""

    format: Literal["PNG", "JPG", "WEBP"] = Field("PNG", description="The file format.", json_schema_extra=_form(0))
    quality: Whole = Field(
        95,
        description="Compression quality, 20 to 99; higher is larger.",
        json_schema_extra=_form(1, minimum=20, maximum=99),
    )


class ClipOutput(_Form):
    """The clip's file."""

    format: Literal["MP4", "WEBM", "MOV"] = Field("MP4", description="The file format.", json_schema_extra=_form(0))
    quality: Whole = Field(
        95,
        description="Compression quality, 20 to 99; higher is larger.",
        json_schema_extra=_form(1, minimum=20, maximum=99),
    )


class _Shot(_Form):
    project: Name = Field(
        description="The production; a folder of the archive.", json_schema_extra=_form(0, pattern=NAME_PATTERN)
    )
    shot: Name = Field(
        description="The shot; a folder of the project.", json_schema_extra=_form(1, pattern=NAME_PATTERN)
    )
    take: Take = Field(
        "auto",
        description="auto: the take that this is, or the next; new: one for this run; a number: that one.",
        json_schema_extra=_form(2, pattern=TAKE),
    )
    size: Size = Field("16:9", description="The picture's shape.", json_schema_extra=_form(3))
    results: Whole = Field(
        1,
        description="How many results of the last stage, 1 to 4; each is paid for.",
        json_schema_extra=_form(6, minimum=1, maximum=4),
    )
    safety: Check = Field(
        Check.FAST,
        description="How closely to check: fast looks at key frames, full at all, none at nothing.",
        json_schema_extra=_form(8),
    )

    @property
    def title(self) -> str:
        """What a run of this shot is called."""
        return f"{self.project}/{self.shot}"


class TextToImageShot(_Shot):
    """A still from a prompt."""

    still: PromptedStill = Field(description="The still.", json_schema_extra=_form(4))
    output: StillOutput = Field(StillOutput(), description="The file.", json_schema_extra=_form(7))


class TextToVideoShot(_Shot):
    """A clip from a prompt alone."""

    motion: Motion = Field(description="The clip.", json_schema_extra=_form(5))
    output: ClipOutput = Field(ClipOutput(), description="The file.", json_schema_extra=_form(7))


class ImageToVideoShot(_Shot):
    """A still, from a prompt or given, and a clip that starts from it."""

    still: PromptedStill | GivenStill = Field(description="The first frame.", json_schema_extra=_form(4))
    motion: Motion = Field(description="The clip.", json_schema_extra=_form(5))
    output: ClipOutput = Field(ClipOutput(), description="The clip's file.", json_schema_extra=_form(7))


Shot = TextToImageShot | TextToVideoShot | ImageToVideoShot
