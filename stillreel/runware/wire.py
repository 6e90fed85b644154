"""The provider's answers as they come over the wire, read with tolerance: every shape that it has been seen to use.

Fields we don't know are passed over, and a field of the wrong type counts as absent: an odd seed must not lose a
clip that was paid for. Only an answer whose frame makes no sense is an error, `UnknownShape`.
"""

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Annotated, Any, Self, TypeVar
from uuid import UUID

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    model_validator,
)

from stillreel.domain.errors import UnknownShape
from stillreel.domain.events import Row
from stillreel.domain.money import Usd
from stillreel.runware import policy
from stillreel.runware.classify import ErrorKind, classify

T = TypeVar("T")

FAILED = frozenset({"error", "failed", "cancelled", "canceled", "expired"})  # words of `status` that end a result


def _or_absent(value: Any, known: ValidatorFunctionWrapHandler) -> Any:
    try:
        return known(value)
    except ValidationError:
        return None


Perhaps = Annotated[T | None, WrapValidator(_or_absent)]
"""A field that counts as absent when it isn't what it should be."""


class WireError(BaseModel):
    """One error row: the raw code beside our class of it, and what it says of which parameters of which task."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str
    message: str
    parameters: tuple[str, ...] = ()
    task_uuid: UUID | None = None
    task_type: str = ""
    kind: ErrorKind

    @classmethod
    def of(cls, said: Mapping[str, Any], row: Mapping[str, Any]) -> Self:
        """The error that `said` tells of; what it leaves out is taken from the row around it."""
        told = _Told.model_validate({**row, **said})
        code = told.code or told.status or ""
        parameter = told.parameter or ()
        return cls(
            code=code,
            message=told.message or excerpt(said),
            parameters=(parameter,) if isinstance(parameter, str) else parameter,
            task_uuid=told.task_uuid,
            task_type=told.task_type or "",
            kind=classify(code),
        )

    def __str__(self) -> str:
        where = f" ({', '.join(self.parameters)})" if self.parameters else ""
        return f"{self.code or 'no code'}: {self.message}{where}"


class _Told(BaseModel):
    code: Perhaps[str] = None
    status: Perhaps[str] = None
    message: Perhaps[str] = None
    parameter: Perhaps[str | tuple[str, ...]] = None
    task_uuid: Perhaps[UUID] = Field(None, alias="taskUUID")
    task_type: Perhaps[str] = Field(None, alias="taskType")


class Item(BaseModel):
    """One object of `data`: an acknowledgement, progress, a result, or the answer of a utility."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    raw: dict[str, Any]
    task_uuid: Perhaps[UUID] = Field(None, alias="taskUUID")
    status: Perhaps[str] = None
    id: Perhaps[str] = None
    url: Perhaps[str] = None
    embedded: bool = False  # the media itself stands in the answer, which we never ask for
    seed: Perhaps[int] = None
    cost: Perhaps[Annotated[Usd, Field(ge=0)]] = None
    flag: Perhaps[bool] = Field(None, alias="NSFWContent")

    @model_validator(mode="before")
    @classmethod
    def _named_by_medium(cls, raw: dict[str, Any]) -> dict[str, Any]:
        media = sorted(("video", "image"), key=lambda medium: not str(raw.get("taskType")).startswith(medium))
        return {
            **raw,
            "raw": raw,
            "id": _first(raw, [f"{medium}UUID" for medium in media]),
            "url": _first(raw, [f"{medium}URL" for medium in media]),
            "embedded": any(raw.get(f"{medium}{form}") for medium in media for form in ("Base64Data", "DataURI")),
        }

    @property
    def ended(self) -> bool:
        """Whether this is a result: an id alone proves nothing, a URL or the word success does."""
        return bool(self.url) or self.embedded or self.status == "success"

    @property
    def row(self) -> Row | None:
        """The result in the domain's words; None if it can't be fetched or told apart from its siblings."""
        if not (self.id and self.url):
            return None
        return Row(id=self.id, url=self.url, seed=self.seed, cost=self.cost, flag=self.flag)


class Envelope(BaseModel):
    """A whole answer: its rows, and its errors wherever they stood."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    items: tuple[Item, ...] = ()
    errors: tuple[WireError, ...] = ()


def parse(body: bytes) -> Envelope:
    """An answer, whichever of the known frames it has; raises UnknownShape, which shows the body shortened."""
    try:
        spoken = json.loads(body, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise UnknownShape(f"the provider's answer isn't JSON: {excerpt(body)}") from error
    match spoken:
        case list():
            rows, errors = spoken, []
        case {"data": _} | {"errors": _} | {"error": _}:
            rows, errors = (
                _several(spoken.get("data")),
                [*_several(spoken.get("errors")), *_several(spoken.get("error"))],
            )
        case _:
            rows = errors = [None]
    errors = [{"message": error} if isinstance(error, str) else error for error in errors]
    if not all(isinstance(entry, dict) for entry in [*rows, *errors]):
        raise UnknownShape(f"the provider's answer has a shape that we don't know: {excerpt(body)}")
    failures = [failure for row in rows for failure in _failures(row)]
    return Envelope(
        items=tuple(Item.model_validate(row) for row in rows if not _failures(row)),
        errors=(*failures, *(WireError.of(error, {}) for error in errors)),
    )


def excerpt(said: bytes | Mapping[str, Any] | Sequence[Any]) -> str:
    """What an error message shows of an answer."""
    text = said.decode(errors="replace") if isinstance(said, bytes) else json.dumps(said)
    return text if len(text) <= policy.SHOWN else f"{text[: policy.SHOWN]}… ({len(text)} characters)"


def objects(value: Any) -> tuple[dict[str, Any], ...]:
    """The objects in a list, or a single one; nothing for anything else."""
    return tuple(entry for entry in _several(value) if isinstance(entry, dict))


def amount(balance: Any) -> Decimal | None:
    """A balance in US dollars: the documentation shows a number, the vendor's client an object around it."""
    if isinstance(balance, dict):
        found = {name: usd for name, value in balance.items() if (usd := amount(value)) is not None}
        named = [found[name] for name in ("available", "balance", "amount", "total", "usd") if name in found]
        return next(iter(named or (found.values() if len(found) == 1 else ())), None)
    return None if isinstance(balance, bool) else _Balance.model_validate({"usd": balance}).usd


class _Balance(BaseModel):
    usd: Perhaps[Usd] = None


def _failures(row: Mapping[str, Any]) -> list[WireError]:
    """The errors that a row among the results tells of: nested, by its status, or by being an error row itself."""
    nested = [*_several(row.get("error")), *_several(row.get("errors"))]
    if nested:
        return [WireError.of(error if isinstance(error, dict) else {"message": str(error)}, row) for error in nested]
    status = row.get("status")
    bare = "code" in row and "message" in row
    return [WireError.of(row, {})] if bare or (isinstance(status, str) and status.lower() in FAILED) else []


def _several(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _first(raw: Mapping[str, Any], names: Sequence[str]) -> Any:
    return next((raw[name] for name in names if raw.get(name)), None)


def _no_number(name: str) -> None:
    raise ValueError(f"{name} isn't JSON")
