"""Everything the emulator can be told: how it answers, what it costs, and which faults it shows.

The same keys stand in the YAML file of `stillreel emulator --switches`, in `PUT /emulator/switches` and in the
`switches` of `running_emulator`. Fields that the service's documentation leaves open have the likeliest answer as
their default.
"""

from decimal import Decimal
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from stillreel.domain.money import Usd
from stillreel.domain.problems import Problem
from stillreel.emulator.scope import Faults, Scope

USUAL_VARIANCE = {"klingai:3@1": Decimal("0.99892")}  # its page prints $0.185 for 5 s, its sample results 0.1848
ALLOWED = {"extra_forbidden": "no such switch; leave it out", "model_type": "a group of switches"}
LONGEST_SHOWN = 80  # characters of a value
USUAL_SIGMA = 0.15  # of a job's duration around the model's usual one; log-normal


class _Group(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ClockSwitch(_Group):
    """How fast the emulator's time passes."""

    speed: float = Field(1.0, gt=0, description="seconds of the emulator for one real second")
    advance: float = Field(0.0, ge=0, description="seconds to jump ahead, once, when it is set")


class Latency(_Group):
    """How long a model's jobs take: a log-normal distribution with a seed."""

    median: float = Field(ge=0, description="seconds, by the emulator's clock")
    sigma: float = Field(0.0, ge=0, description="spread; 0: always the median")


class Hold(_Group):
    """Stops the k-th request, counted from when this is set, until told to go on."""

    request: int = Field(1, ge=1, description="which request")
    when: Literal["before", "after"] = Field("before", description="before or after its effect")
    path: Literal["v1", "media", "any"] = Field("v1", description="which requests are counted")
    task_types: tuple[str, ...] = Field((), description="count only requests that hold such a task; empty: all")


class LostReply(Scope):
    """The connection is cut instead of an answer."""

    when: Literal["before", "after"] = Field("after", description="before or after the request's effect")


class Throttle(Scope):
    """An HTTP error for the whole request."""

    status: int = Field(503, ge=400, le=599, description="HTTP status")
    retry_after: float | str | None = Field(None, description="value of `Retry-After`; null: no such header")
    code: str | None = Field(None, description="error code in the body; null: one that fits the status")
    when: Literal["before", "after"] = Field("before", description="before or after the request's effect")
    named: bool = Field(False, description="whether the error rows name the tasks' UUIDs")


class BadAnswer(Scope):
    """The effect is there, and the answer isn't what was promised."""

    how: Literal["malformed", "truncated", "html", "empty", "slow", "single_error", "bare_list"] = Field(
        "malformed", description="what is wrong with the answer's body"
    )
    seconds: float = Field(1.0, ge=0, description="real seconds that `slow` takes")


class Refusal(Scope):
    """Any error code at submit, known to clients or not."""

    code: str = Field("somethingNobodyHasSeen", description="the error's code")
    status: int = Field(400, ge=400, le=599, description="HTTP status")
    message: str = Field("The request was refused.", description="the error's text")


class Failure(Scope):
    """An accepted job ends without some or all of its results."""

    count: int | None = Field(None, ge=1, description="how many of the results fail, the last ones; null: all")
    code: str = Field("timeoutProvider", description="the error's code")
    message: str = Field("The external provider did not respond in time.", description="the error's text")


class Moderation(Scope):
    """Content that a check doesn't like: three different things."""

    how: Literal["reject", "fail", "flag"] = Field(
        "flag", description="reject: an error at submit; fail: an error at poll; flag: delivered with NSFWContent true"
    )
    code: str = Field("invalidProviderContent", description="the error's code for reject and fail")
    words: tuple[str, ...] = Field((), description="only prompts that hold one of these words; empty: all")
    results: tuple[int, ...] = Field((), description="only these results, counted from 0; empty: all")


class Webhook(_Group):
    """How webhooks are called."""

    body: Literal["wrapped", "flat"] = Field("wrapped", description="`{data: [...]}` or the result itself")
    processing_first: bool = Field(False, description="a call with status processing comes first")
    duplicate: bool = Field(False, description="each call is made twice")
    out_of_order: bool = Field(False, description="a job's calls come last result first, when all are ready")
    delay_s: float = Field(0.0, ge=0, description="seconds after the result is ready, by the emulator's clock")
    attempts: int = Field(5, ge=1, description="how often a call is tried until it is answered with 2xx")


class Upload(_Group):
    """How results are put to `uploadEndpoint`."""

    how: Literal["put", "never", "twice"] = Field("put", description="whether and how often")
    delay_s: float = Field(0.2, ge=0, description="seconds after the result is ready, by the emulator's clock")


class BadDownload(Scope):
    """A result's bytes don't come as promised."""

    how: Literal["truncated", "wrong_length", "no_length", "html", "slow", "status", "redirect"] = Field(
        "truncated", description="what is wrong with the download"
    )
    status: int = Field(503, ge=400, le=599, description="HTTP status of `status`")
    seconds: float = Field(1.0, ge=0, description="real seconds that `slow` takes")
    location: str = Field("http://10.0.0.1/", description="where `redirect` points to")


class Switches(_Group):
    """How the emulator behaves; each key can be given alone, null sets it back to its default."""

    seed: int = Field(0, description="seeds everything that looks random")
    keys: tuple[str, ...] | None = Field(None, description="API keys that are accepted; null: any that isn't empty")
    balance: Usd = Field(Decimal(100), description="USD; the start of a new ledger, and set at once when put")
    balance_shape: Literal["number", "object"] = Field("number", description="how the account's balance is told")
    media: Literal["drawn", "canned"] = Field(
        "drawn", description="drawn from prompt and seed, or canned: next to no CPU"
    )
    canned_bytes: int | None = Field(
        None,
        ge=1,
        le=2_000_000_000,
        description="length of a canned clip's file, filled up with nothing; null: its own",
    )
    clock: ClockSwitch = Field(ClockSwitch(), description="how fast time passes: `speed`, `advance`")
    latency: float | Latency | dict[str, float | Latency] = Field(
        {}, description="seconds a job takes, by model (`*`: others), as a number or `{median, sigma}`; default: usual"
    )
    latency_by: Literal["uuid", "prompt"] = Field(
        "uuid", description="what a job's luck with its time hangs on, beside the seed: its UUID, or model and prompt"
    )
    price_variance: dict[str, Usd] | Usd = Field(
        {}, description="reported cost ÷ price row, for all or by model; default: as the models' pages show"
    )
    estimates: Literal["amount", "upper"] = Field(
        "amount", description="what a price that is only estimated comes to: the estimate, or its upper bound"
    )
    bill_failed: bool = Field(False, description="whether failed results are charged, too")
    admit: int | None = Field(None, ge=0, description="jobs in flight before a submit gets 429; null: any number")
    hold: Hold | None = Field(None, description="stop a request until `POST /emulator/go`")
    duplicate: Literal["conflict", "rerun_after_terminal", "always_rerun"] = Field(
        "conflict", description="what a known taskUUID at submit does"
    )
    register_delay_ms: int = Field(0, ge=0, description="for so long after a submit its UUID isn't known")
    show_delay_ms: int = Field(
        0, ge=0, description="for so long after a submit no question shows it, though its UUID is taken"
    )
    forget_after_s: float | None = Field(None, gt=0, description="after so long a job's UUID isn't known any more")
    unknown_uuid: Literal["empty", "taskNotFound"] = Field("empty", description="a poll for an unknown UUID")
    details_of_refused: bool = Field(False, description="whether getTaskDetails knows tasks that were refused")
    mixed_status: Literal[200, 400] = Field(200, description="HTTP status when some tasks failed and some didn't")
    empty_errors: bool = Field(False, description='whether a clean answer holds `"errors": []`')
    error_place: Literal["errors", "row"] = Field("errors", description="where a poll shows a failure")
    poll_row: Literal["plain", "early_id", "progress"] = Field("plain", description="the row of a running job")
    batch_poll: Literal["all", "first", "refuse"] = Field(
        "all", description="how many polls of one request are answered; refuse: none, if there are several"
    )
    unknown: Literal["accept", "refuse"] = Field(
        "accept", description="fields, sizes and last frames of which the catalogue says that nobody knows their rule"
    )
    retired: tuple[str, ...] = Field(
        (), description="models that are refused with invalidModel, and that the list of schemas doesn't have"
    )
    default_ttl_s: float | None = Field(None, gt=0, description="life of a URL without `ttl`; null: for ever")
    fetchable: tuple[str, ...] = Field((), description="beginnings of URLs that are fetched as image inputs")
    stand_ins: tuple[str, ...] = Field((), description="beginnings of URLs for which a drawn image stands in")
    webhook: Webhook = Field(Webhook(), description="how webhooks are called")
    upload: Upload = Field(Upload(), description="how results are put to uploadEndpoint")
    throttle: Faults[Throttle] = Field([], description="HTTP errors for whole requests")
    lost_reply: Faults[LostReply] = Field([], description="connections cut instead of an answer")
    answer: Faults[BadAnswer] = Field([], description="answers that are broken, slow or of another shape")
    refuse: Faults[Refusal] = Field([], description="submits refused with any code")
    failure: Faults[Failure] = Field([], description="accepted jobs that end without some or all results")
    moderation: Faults[Moderation] = Field([], description="content rejected, failed or flagged")
    unchecked: Faults[Scope] = Field([], description="NSFWContent left out though a check was asked for")
    refuse_frame_uuid: Faults[Scope] = Field([], description="UUIDs of generated images refused as frames")
    download: Faults[BadDownload] = Field([], description="downloads of results that go wrong")

    def changed(self, changes: dict[str, Any]) -> "Switches":
        """The switches with some keys replaced; ValidationError for a key or value that doesn't exist.

        What isn't named keeps its counts, so that "the third time" isn't forgotten by another key's change.
        """
        given = {key: value for key, value in changes.items() if value is not None}
        fresh = Switches.model_validate(given)
        unknown = set(changes) - set(Switches.model_fields)
        if unknown:
            Switches.model_validate(changes)  # raises, naming the key
        return self.model_copy(update={key: getattr(fresh, key) for key in changes})

    def told(self) -> dict[str, JsonValue]:
        """The switches as JSON."""
        return self.model_dump(mode="json")


def problems_of(given: Any) -> list[Problem]:
    """Everything wrong with what a file of switches says; an empty file is right."""
    try:
        Switches.model_validate({} if given is None else given)
    except ValidationError as error:
        return [
            Problem(
                field=".".join(str(part) for part in found["loc"]) or "switches",
                got=repr(found["input"])[:LONGEST_SHOWN],
                allowed=ALLOWED.get(found["type"], found["msg"].removeprefix("Input should be ")),
            )
            for found in error.errors(include_url=False)
        ]
    return []
