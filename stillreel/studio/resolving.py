"""Resolving: from a shot to the requests of its stages, by the rules of the models that it names."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict

from stillreel.domain.errors import BadInput
from stillreel.domain.identity import sha256_of
from stillreel.domain.money import Quote
from stillreel.domain.names import Stage
from stillreel.domain.problems import Problem
from stillreel.domain.requests import Beat, ClipRequest, ImageParent, Parent, Request, StillRequest
from stillreel.domain.shots import ImageToVideoShot, PromptedStill, Shot, TextToImageShot, TextToVideoShot
from stillreel.domain.takes import Want
from stillreel.runware.catalogue import (
    Asked,
    AskedClip,
    AskedStill,
    Catalogue,
    Entry,
    body_of,
    doubts_of,
    draft_clip,
    makers,
    not_judged,
    of_any_model,
    quote_of,
    resolve_clip,
    resolve_still,
)
from stillreel.runware.catalogue.asking import SOME_ID
from stillreel.runware.catalogue.keys import CLIP_KEYS, STILL_KEYS

T = TypeVar("T")

MOST_NAMED = 3  # models to do instead: more is a list, and `stillreel quote` is a better one
OF_SIZE = frozenset({CLIP_KEYS["model"], CLIP_KEYS["width"], CLIP_KEYS["resolution"]})  # one wrong: no size is known
NO_WORDS = frozenset({"take", "last_image"})  # the last image is what its bytes are, wherever it lies
LATER_WORDS = frozenset({"audio", "beats", "resolution"})  # a form may send them empty; so they say nothing


class Resolved(BaseModel):
    """A stage's request, what was asked before defaults, the take that is wanted, and the price."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    stage: Stage
    request: Request
    asked: str  # digest of what the person wrote, before defaults
    want: Want
    quote: Quote
    doubts: tuple[str, ...] = ()  # what nobody knows for certain of what it uses


def problems_of(shot: Shot, catalogue: Catalogue, today: date) -> list[Problem]:
    """Everything that the models of a shot have against it."""
    problems: list[Problem] = []
    clip = _tried(problems, lambda: clip_of(shot, catalogue, today, parent=None))
    like = _drafted(shot, catalogue, today) if clip is None else clip.request
    _tried(problems, lambda: _still_like(shot, catalogue, today, like))
    return sorted(dict.fromkeys(problems), key=lambda problem: problem.field)


def _drafted(shot: Shot, catalogue: Catalogue, today: date) -> ClipRequest | None:
    """A clip that can't be made as it is asked for, where its pixels are known all the same: its still has them."""
    if isinstance(shot, TextToImageShot) or shot.motion.model not in catalogue:
        return None
    try:
        request, problems = draft_clip(catalogue[shot.motion.model], _clip_asked(shot), today=today)
    except BadInput:
        return None
    return None if any(problem.field in OF_SIZE for problem in problems) else request


def still_of(shot: Shot, catalogue: Catalogue, today: date, like: Resolved | None) -> Resolved | None:
    """The still stage, in exactly the pixels of the clip that it is for; None if the shot needs no still made."""
    return _still_like(shot, catalogue, today, None if like is None else like.request)


def _still_like(shot: Shot, catalogue: Catalogue, today: date, like: Request | None) -> Resolved | None:
    still = None if not isinstance(shot, TextToImageShot | ImageToVideoShot) else shot.still
    if not isinstance(still, PromptedStill):
        return None
    last = isinstance(shot, TextToImageShot)
    asked = AskedStill(
        prompt=still.prompt,
        negative_prompt=still.negative_prompt or None,
        size=shot.size,
        width=like.width if like else None,
        height=like.height if like else None,
        resolution=still.resolution or None,
        seed=still.seed,
        results=shot.results if last else 1,
        format=shot.output.format if last else "PNG",
        quality=shot.output.quality if last else None,
        safety=shot.safety,
    )
    entry = _entry(catalogue, still.model, asked, STILL_KEYS)
    try:
        request = resolve_still(entry, asked, today=today)
    except BadInput as error:
        raise BadInput([_helped(problem, catalogue, asked, today, like) for problem in error.problems]) from None
    price = price_of(catalogue, request, today, framed=False)
    return Resolved(
        stage="still",
        request=request,
        asked=_said(shot, "still", request),
        want=_want(shot, still.take),
        quote=price,
        doubts=doubts_about(catalogue, request, price),
    )


def _helped(problem: Problem, catalogue: Catalogue, asked: AskedStill, today: date, like: Request | None) -> Problem:
    """The problem of an image model with a clip's size with the models that have none; any other as it is."""
    if like is None or problem.field != STILL_KEYS["model"]:
        return problem
    offers = makers(catalogue, asked, today)[:MOST_NAMED]
    sure, others = ([str(offer) for offer in offers if offer.sure is surely] for surely in (True, False))
    helps = f"these make it: {', '.join(sure)}" if sure else "no model that is known here surely makes it"
    if others:
        helps += f"; these may make it, their largest size isn't known: {', '.join(others)}"
    allowed = f"{problem.allowed}, which is the size of a clip by {like.model}; {helps}"
    return problem.model_copy(update={"allowed": allowed})


def clip_of(
    shot: Shot, catalogue: Catalogue, today: date, parent: Parent | None, last: ImageParent | None = None
) -> Resolved | None:
    """The clip stage, starting from `parent` and ending with `last`, which may be None while they aren't known yet.

    None if the shot ends with a still.
    """
    if isinstance(shot, TextToImageShot):
        return None
    motion, asked = shot.motion, _clip_asked(shot, parent, last)
    entry = _entry(catalogue, motion.model, asked, CLIP_KEYS)
    request = resolve_clip(entry, asked, today=today)
    framed = isinstance(shot, ImageToVideoShot)
    price = price_of(catalogue, request, today, framed=framed)
    return Resolved(
        stage="clip",
        request=request,
        asked=_said(shot, "motion", request, switch=entry.field_of("audio") is not None),
        want=_want(shot, motion.take),
        quote=price,
        doubts=doubts_about(catalogue, request, price, framed=framed, ending=bool(motion.last_image)),
    )


def _clip_asked(
    shot: TextToVideoShot | ImageToVideoShot, parent: Parent | None = None, last: ImageParent | None = None
) -> AskedClip:
    motion = shot.motion
    return AskedClip(
        prompt=motion.prompt,
        negative_prompt=motion.negative_prompt or None,
        size=shot.size,
        resolution=motion.resolution or None,
        duration=motion.duration,
        guidance=motion.guidance,
        audio=motion.audio,
        beats=tuple(Beat(prompt=beat.prompt, duration=beat.duration) for beat in motion.beats),
        results=shot.results,
        format=shot.output.format,
        quality=shot.output.quality,
        safety=shot.safety,
        parent=parent,
        from_frame=isinstance(shot, ImageToVideoShot),
        last=last,
        to_frame=bool(motion.last_image),
    )


def _entry(catalogue: Catalogue, air: str, asked: Asked, keys: Mapping[str, str]) -> Entry:
    """The entry of a model; BadInput for a stranger, with what no model takes of what is asked."""
    try:
        return catalogue.entry(air)
    except BadInput as error:
        rest = not_judged(asked, keys)
        told = [(problem, f"{problem.allowed}{rest}") for problem in error.problems]
        strange = [each.model_copy(update={"field": keys["model"], "allowed": allowed}) for each, allowed in told]
        raise BadInput([*strange, *of_any_model(asked, keys)]) from None


def _want(shot: Shot, take: str) -> Want:
    want = take or shot.take
    return int(want) if want.isdigit() else "new" if want == "new" else "auto"


def _said(shot: Shot, section: str, request: StillRequest | ClipRequest, *, switch: bool = False) -> str:
    """The digest of what somebody wrote, before any default of ours: what a take is kept by when defaults change.

    `switch` if the model can be told of sound.
    """
    written = shot.model_dump(mode="json", exclude_unset=True)
    words = {key: value for key, value in written.get(section, {}).items() if key not in NO_WORDS}
    words = {key: value for key, value in words.items() if value or key not in LATER_WORDS}
    if section == "motion":
        words = {**{key: value for key, value in words.items() if key != "audio"}, **_sound(shot, switch=switch)}
    last = section == "motion" or isinstance(shot, TextToImageShot)
    parent = request.parent.model_dump() if isinstance(request, ClipRequest) and request.parent else None
    rest = {"results": written.get("results"), "output": written.get("output")} if last else {}
    return sha256_of(["stillreel/asked/1", words, rest, request.width, request.height, parent, *_later(request)])


def _sound(shot: Shot, *, switch: bool) -> dict[str, bool]:
    """What is said of sound: a no is a word where there is a switch, whatever is known of what it does unasked."""
    wanted = None if isinstance(shot, TextToImageShot) else shot.motion.audio
    return {"audio": wanted} if wanted or (wanted is False and switch) else {}


def _later(request: StillRequest | ClipRequest) -> list[Any]:
    """What was learnt after the first archives were written: absent, it leaves the digest as it was."""
    if isinstance(request, StillRequest):
        return [] if request.crop is None else [{"crop": request.crop}]
    return [] if request.last is None else [{"last": request.last.model_dump()}]


def price_of(catalogue: Catalogue, request: StillRequest | ClipRequest, today: date, *, framed: bool) -> Quote:
    """What a request should cost today; `framed` if it starts from an image."""
    return quote_of(catalogue.entry(request.model), request, today, framed=framed)


def doubts_about(
    catalogue: Catalogue,
    request: StillRequest | ClipRequest,
    price: Quote,
    *,
    framed: bool | None = None,
    ending: bool | None = None,
) -> tuple[str, ...]:
    """What nobody knows for certain of what a request uses; `framed` and `ending` while it doesn't know its frames."""
    entry = catalogue.entry(request.model)
    clip = request if isinstance(request, ClipRequest) else None
    first = framed if framed is not None else clip is not None and clip.parent is not None
    last = ending if ending is not None else clip is not None and clip.last is not None
    frames = (str(SOME_ID) if first else None, str(SOME_ID) if last else None)
    body = body_of(entry, request, SOME_ID, *frames)
    return doubts_of(entry, body, row=price.row, keys=STILL_KEYS if clip is None else CLIP_KEYS)


def _tried(problems: list[Problem], step: Callable[[], T]) -> T | None:
    try:
        return step()
    except BadInput as error:
        problems.extend(error.problems)
        return None
