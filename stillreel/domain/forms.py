"""What the fields of a form are: kinds of values, and their schemas as the Prefect UI draws them best.

`docs/decisions/0006-forms-are-plain-models.md` says what turns into tabs and raw boxes.
"""

import re
import unicodedata
from collections.abc import Callable
from typing import Annotated, Any, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    PlainSerializer,
    StrictBool,
    field_validator,
)

from stillreel.domain.addresses import lacking

T = TypeVar("T")
ANSWERS = {"yes": True, "no": False, "": None}  # a switch would say no where nobody has touched it
IMAGES = "a URL, gs://bucket/name or a file:///… of the archive; on the command line also a path"
LAYOUT = "\n\r\t"  # control characters that text may hold
TAKES = "auto, new or a number from 1 to 999"
TAKE = r"^(auto|new|[1-9][0-9]{0,2})$"
STAGE_TAKE = r"^(auto|new|[1-9][0-9]{0,2})?$"


def _take(pattern: str) -> BeforeValidator:
    """Which take, told in words where it is none; files say its number as a number."""

    def check(value: Any) -> str:
        text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
        if not isinstance(text, str) or re.fullmatch(pattern, text) is None:
            raise ValueError(TAKES)
        return text

    return BeforeValidator(check)


def no_truth(kind: str) -> BeforeValidator:
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


def _whole(address: str) -> str:
    if (lack := lacking(address)) is not None:
        raise ValueError(f"{lack}: name {IMAGES}")
    return address


Prompt = Annotated[str, AfterValidator(_something)]
Image = Annotated[str, AfterValidator(_whole)]
Whole = Annotated[int, no_truth("a whole number")]
Amount = Annotated[float, no_truth("a number")]
Listed = Annotated[tuple[T, ...], BeforeValidator(lambda found: () if found is None else found)]
YesNo = Annotated[
    StrictBool | None,  # None: neither is said; not 1 and 0
    BeforeValidator(lambda found: ANSWERS.get(found, found) if isinstance(found, str) else found),
    PlainSerializer(lambda said: "yes" if said else "no", return_type=str, when_used="json-unless-none"),
]
Take = Annotated[str, _take(TAKE)]
StageTake = Annotated[str, _take(STAGE_TAKE)]


def form(position: int, **schema: Any) -> dict[str, Any]:
    """What the schema of a field says beside its type: where it stands, and its bounds."""
    return {"position": position, **schema}


def optional(position: int, kind: str, **schema: Any) -> Callable[[dict[str, Any]], None]:
    """A form field that may stay empty: plain in the schema, where `int | None` would become two tabs."""

    def plain(found: dict[str, Any]) -> None:
        found.pop("anyOf", None)
        found.pop("default", None)
        found.update(form(position, type=kind, **schema))

    return plain


class Form(BaseModel):
    """A group of fields; text in it is whole characters, and an unknown key is an error."""

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
