"""Bodies: a request as the task object that is sent, each word of it in the field that the model's entry names."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from stillreel.domain.requests import ClipRequest, StillRequest
from stillreel.domain.safety import Check
from stillreel.runware.catalogue.entry import Entry, SizeRule, Word

MODES = ("text", "first_frame", "first_last_frame")
OF_SOME_MODELS: frozenset[Word] = frozenset({"duration", "seed"})  # left out where the model has no such field


def mode_of(request: StillRequest | ClipRequest) -> str:
    """Which of a model's modes a request means."""
    if isinstance(request, StillRequest) or request.parent is None:
        return MODES[0]
    return MODES[1] if request.last is None else MODES[2]


def body_of(
    entry: Entry, request: StillRequest | ClipRequest, task_uuid: UUID, frame: str | None, last: str | None = None
) -> dict[str, Any]:
    """The request as the task object that is sent; what is absent is left out, never null.

    `frame` is the image that a clip starts from, `last` the one that it ends with: UUID, URL, data URI or base64.
    Webhook and upload stand in the body as the names of settings, as in the request; whoever sends it puts the
    addresses in their place.
    """
    body: dict[str, Any] = {"taskType": entry.task_type, "taskUUID": str(task_uuid), "model": request.model}
    said = _said(entry, request, frame, last)
    for word, path in entry.words.items():
        value = said.get(word)
        if value is not None and not (word in OF_SOME_MODELS and path not in entry.fields):
            _put(body, path, value)
    body["outputType"] = "URL"
    safety = _safety(request)
    return body if safety is None else {**body, "safety": safety}


def _said(entry: Entry, request: StillRequest | ClipRequest, frame: str | None, last: str | None) -> Mapping[Word, Any]:
    """The words of a request, each with the value that is sent."""
    clip = request if isinstance(request, ClipRequest) else None
    rule = entry.sizes.get(MODES[(frame is not None) + (last is not None)], SizeRule())
    by_name = rule.from_image or not (rule.pairs or rule.step)
    return {
        "prompt": request.prompt or None,
        "negative_prompt": request.negative_prompt,
        "width": None if rule.from_image or (by_name and request.resolution) else request.width,
        "height": None if rule.from_image or (by_name and request.resolution) else request.height,
        "resolution": request.resolution if by_name else None,
        "duration": _plain(clip.duration) if clip else None,
        "guidance": clip.guidance if clip else None,
        "audio": clip.audio if clip else None,
        "beats": [{"prompt": beat.prompt, "duration": _plain(beat.duration)} for beat in clip.beats]
        if clip and clip.beats
        else None,
        "frames": _frames(frame, last),
        "seed": request.seed if isinstance(request, StillRequest) else None,
        "results": request.results,
        "delivery": request.delivery,
        "format": request.format,
        "quality": request.quality,
        "ttl": request.ttl,
        "include_cost": request.include_cost,
        "webhook": request.webhook,
        "upload_to": request.upload_to,
    }


def _frames(first: str | None, last: str | None) -> list[dict[str, str]] | None:
    frames = [{"image": image, "frame": at} for image, at in ((first, "first"), (last, "last")) if image is not None]
    return frames or None


def _put(body: dict[str, Any], path: str, value: Any) -> None:
    *above, name = path.split(".")
    for part in above:
        body = body.setdefault(part, {})
    body[name] = value


def _safety(request: StillRequest | ClipRequest) -> dict[str, Any] | None:
    if request.safety is Check.NONE:
        return None
    return {"mode": str(request.safety)} if isinstance(request, ClipRequest) else {"checkContent": True}


def _plain(number: float) -> int | float:
    return int(number) if float(number).is_integer() else number
