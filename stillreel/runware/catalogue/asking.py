"""From what a person asks to what a model is sent: resolved requests with all defaults, and wire bodies."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from stillreel.domain.errors import BadInput, Problem
from stillreel.domain.requests import ClipRequest, Parent, StillRequest
from stillreel.domain.safety import Check
from stillreel.runware.catalogue.checking import check_body
from stillreel.runware.catalogue.entry import Entry, SizeRule
from stillreel.runware.catalogue.values import shown

PIXELS = {"16:9": (1280, 720), "1:1": (720, 720), "9:16": (720, 1280)}  # where the model leaves the choice to us
MOST_RESULTS = 4  # of a shot, for any model: each is paid for
SOME_ID = UUID("00000000-0000-4000-8000-000000000000")  # stands for ids that don't exist yet while a request is checked

STILL_WORDS = {
    "model": "still.model",
    "positivePrompt": "still.prompt",
    "negativePrompt": "still.negative_prompt",
    "seed": "still.seed",
    "width": "size",
    "height": "size",
    "numberResults": "results",
    "outputFormat": "output.format",
    "outputQuality": "output.quality",
    "safety": "safety",
}
CLIP_WORDS = {
    "model": "motion.model",
    "positivePrompt": "motion.prompt",
    "negativePrompt": "motion.negative_prompt",
    "duration": "motion.duration",
    "CFGScale": "motion.guidance",
    "inputs": "still",
    "width": "size",
    "height": "size",
    "numberResults": "results",
    "outputFormat": "output.format",
    "outputQuality": "output.quality",
    "safety": "safety",
}


class _Asked(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    prompt: str
    negative_prompt: str | None = None  # empty means none, too
    size: str = "16:9"
    width: int | None = None  # pixels; given together with height, it is taken instead of size
    height: int | None = None
    results: int = 1
    format: str | None = None  # None: the model's default, here and below
    quality: int | None = None
    safety: Check = Check.FAST


class AskedStill(_Asked):
    """What a person asks of an image model."""

    seed: int | None = None


class AskedClip(_Asked):
    """What a person asks of a video model."""

    duration: float | None = None  # seconds
    guidance: float | None = None
    parent: Parent | None = None
    from_frame: bool = False  # true while the parent isn't known yet, so that all else can be checked


def sizes(entry: Entry, mode: str) -> dict[str, tuple[int, int]]:
    """The sizes, in pixels, that the words 16:9, 1:1 and 9:16 mean for a mode of a model; illegal ones left out.

    Where a clip takes its size from the image, they are the sizes of an image worth giving it.
    """
    rule = entry.sizes.get(mode, SizeRule())
    if rule.from_image:
        text = entry.sizes.get("text")
        return dict(PIXELS) if text is None or text.from_image else sizes(entry, "text")
    if rule.pairs is not None:
        return {word: pair for word, like in PIXELS.items() for pair in rule.pairs if _same_shape(pair, like)}
    return {word: pair for word, pair in PIXELS.items() if all(_legal_side(side, rule) for side in pair)}


def resolve_still(
    entry: Entry, asked: AskedStill, *, today: date, words: Mapping[str, str] = STILL_WORDS
) -> StillRequest:
    """The request that this is, every default filled in; BadInput with all problems, in the shot file's words."""
    problems = _strangers(entry, {"negativePrompt": asked.negative_prompt or None, "seed": asked.seed}, words)
    if entry.kind != "still":
        _refuse(
            [Problem(field=words["model"], got=entry.air, allowed="a model that makes stills; this one makes clips")]
        )
    width, height = _size(entry, asked, "text", words, problems)
    request = StillRequest(**_common(entry, asked, width, height), seed=asked.seed if "seed" in entry.fields else None)
    _refuse([*problems, *_checked(entry, request, None, today, words)])
    return request


def resolve_clip(entry: Entry, asked: AskedClip, *, today: date, words: Mapping[str, str] = CLIP_WORDS) -> ClipRequest:
    """The request that this is, every default filled in; BadInput with all problems, in the shot file's words."""
    if entry.kind != "clip":
        _refuse(
            [Problem(field=words["model"], got=entry.air, allowed="a model that makes clips; this one makes stills")]
        )
    framed = asked.parent is not None or asked.from_frame
    mode = "first_frame" if framed else "text"
    problems = _strangers(entry, {"negativePrompt": asked.negative_prompt or None, "CFGScale": asked.guidance}, words)
    if mode not in entry.modes:
        needs = "needs a first frame" if "first_frame" in entry.modes else "takes no first frame"
        problems.append(Problem(field=words["model"], got=entry.air, allowed=f"another model: {entry.name} {needs}"))
    width, height = _size(entry, asked, mode, words, problems)
    duration = asked.duration if asked.duration is not None else default_of(entry, "duration")
    if duration is None:
        problems.append(Problem(field=words["duration"], got="nothing", allowed=f"{entry.name} has no default"))
    guidance = asked.guidance if asked.guidance is not None else default_of(entry, "CFGScale")
    request = ClipRequest(
        **_common(entry, asked, width, height),
        duration=5 if duration is None else duration,
        guidance=guidance if "CFGScale" in entry.fields else None,
        parent=asked.parent,
    )
    frame = str(SOME_ID) if framed and "inputs.frameImages" in entry.fields else None
    _refuse([*problems, *_checked(entry, request, frame, today, words)])
    return request


def body_of(entry: Entry, request: StillRequest | ClipRequest, task_uuid: UUID, frame: str | None) -> dict[str, Any]:
    """The request as the task object that is sent; what is absent is left out, never null.

    `frame` is the image that a clip starts from: UUID, URL, data URI or base64. Webhook and upload stand in the body
    as the names of settings, as in the request; whoever sends it puts the addresses in their place.
    """
    clip = request if isinstance(request, ClipRequest) else None
    mode = "text" if frame is None else "first_frame"
    from_image = mode in entry.sizes and entry.sizes[mode].from_image
    body: dict[str, Any] = {
        "taskType": entry.task_type,
        "taskUUID": str(task_uuid),
        "model": request.model,
        "positivePrompt": request.prompt,
        "negativePrompt": request.negative_prompt,
        "width": None if from_image else request.width,
        "height": None if from_image else request.height,
        "duration": _plain(clip.duration) if clip and "duration" in entry.fields else None,
        "CFGScale": clip.guidance if clip else None,
        "seed": request.seed if isinstance(request, StillRequest) and "seed" in entry.fields else None,
        "numberResults": request.results,
        "deliveryMethod": request.delivery,
        "outputType": "URL",
        "outputFormat": request.format,
        "outputQuality": request.quality,
        "ttl": request.ttl,
        "includeCost": request.include_cost,
        "safety": _safety(request),
        "webhookURL": request.webhook,
        "uploadEndpoint": request.upload_to,
        "inputs": None if frame is None else {"frameImages": [{"image": frame, "frame": "first"}]},
    }
    return {name: value for name, value in body.items() if value is not None}


def default_of(entry: Entry, path: str) -> Any:
    """The provider's default of a field, or None where the model has no such field or states none."""
    rule = entry.fields.get(path)
    return None if rule is None else rule.default


def _common(entry: Entry, asked: _Asked, width: int, height: int) -> dict[str, Any]:
    return {
        "model": entry.air,
        "prompt": asked.prompt,
        "negative_prompt": (asked.negative_prompt or None) if "negativePrompt" in entry.fields else None,
        "width": width,
        "height": height,
        "results": asked.results,
        "format": asked.format or default_of(entry, "outputFormat"),
        "quality": asked.quality if asked.quality is not None else default_of(entry, "outputQuality"),
        "safety": asked.safety,
    }


def _size(entry: Entry, asked: _Asked, mode: str, words: Mapping[str, str], problems: list[Problem]) -> tuple[int, int]:
    if asked.width is not None and asked.height is not None:
        return asked.width, asked.height
    known = sizes(entry, mode)
    if asked.size not in known:
        problems.append(Problem(field=words["width"], got=shown(asked.size), allowed=f"one of {', '.join(known)}"))
    return known.get(asked.size) or next(iter(known.values()), PIXELS["16:9"])


def _strangers(entry: Entry, asked: Mapping[str, Any], words: Mapping[str, str]) -> list[Problem]:
    return [
        Problem(field=words[path], got=shown(value), allowed=f"leave it out: {entry.name} has no such field")
        for path, value in asked.items()
        if value is not None and path not in entry.fields
    ]


def _checked(
    entry: Entry, request: StillRequest | ClipRequest, frame: str | None, today: date, words: Mapping[str, str]
) -> list[Problem]:
    found = check_body(entry, body_of(entry, request, SOME_ID, frame), today)
    problems = [
        problem.model_copy(update={"field": words.get(problem.field.partition(".")[0], problem.field)})
        for problem in found
    ]
    if request.results > MOST_RESULTS and not any(problem.field == words["numberResults"] for problem in problems):
        allowed = f"an integer from 1 to {MOST_RESULTS}"
        problems.append(Problem(field=words["numberResults"], got=str(request.results), allowed=allowed))
    return problems


def _refuse(problems: list[Problem]) -> None:
    if problems:
        raise BadInput(problems)


def _safety(request: StillRequest | ClipRequest) -> dict[str, Any] | None:
    if request.safety is Check.NONE:
        return None
    return {"mode": str(request.safety)} if isinstance(request, ClipRequest) else {"checkContent": True}


def _plain(number: float) -> int | float:
    return int(number) if number.is_integer() else number


def _same_shape(pair: tuple[int, int], like: tuple[int, int]) -> bool:
    return pair[0] * like[1] == pair[1] * like[0]


def _legal_side(side: int, rule: SizeRule) -> bool:
    low, high = rule.min or 1, rule.max or side
    return low <= side <= high and side % (rule.step or 1) == 0
