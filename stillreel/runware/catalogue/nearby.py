"""Which models could do instead of another: the nearest that the provider sells, as far as the catalogue knows."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ConfigDict

from stillreel.domain.errors import BadInput
from stillreel.domain.money import Quote
from stillreel.domain.requests import ClipRequest, Request, StillRequest
from stillreel.runware.catalogue.asked import AskedClip, AskedStill
from stillreel.runware.catalogue.asking import resolve_clip, resolve_still
from stillreel.runware.catalogue.bodies import MODES
from stillreel.runware.catalogue.defaults import default_of
from stillreel.runware.catalogue.entry import Entry
from stillreel.runware.catalogue.loading import Catalogue
from stillreel.runware.catalogue.pricing import quote_of
from stillreel.runware.catalogue.sizing import PIXELS, is_open, resolutions
from stillreel.runware.catalogue.telling import unsaid_of

SOLD = frozenset({"live", "api-only"})


class Offer(BaseModel):
    """A model that can do what a request asks, what it would cost, and the size that would come of it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    air: str
    name: str
    quote: Quote
    size: tuple[int, int]
    same_size: bool
    doubt: str = ""  # what nobody says of it, and the request needs
    successor: bool = False  # whether the entry of the other model names it in its place
    sure: bool = True  # whether the model's sizes are known, so that it surely makes this one

    def __str__(self) -> str:
        size = "" if self.same_size else f" at {self.size[0]}x{self.size[1]}"
        return f"{self.air} {self.name}{size} {self.quote}{f' ({self.doubt})' if self.doubt else ''}"


def why_gone(entry: Entry, today: date) -> str | None:
    """Why the provider doesn't take a model any more, as far as its entry knows; None: it may."""
    if not entry.gone(today):
        return None
    if entry.status == "retired":
        return f"is retired (seen {entry.status_seen})"
    return f"was switched off on {entry.deactivates_at}"


def fading(entry: Entry, today: date) -> str | None:
    """Why a model that is still there shouldn't be relied on; None: nothing is known against it."""
    if entry.gone(today):
        return None
    if entry.deactivates_at is not None:
        return f"is switched off on {entry.deactivates_at}"
    if entry.status in SOLD:
        return None
    word = "deprecated" if entry.status == "deprecated" else "announced and not sold yet"
    return f"is {word} (seen {entry.status_seen})"


def no_help(catalogue: Catalogue, entry: Entry, today: date) -> list[str]:
    """Why nobody is offered a model that an entry names as its successor: one sentence for each such model."""
    said = []
    for air in entry.replaced_by:
        if air not in catalogue:
            said.append(f"its successor {air} isn't in the catalogue")
        elif not _live(catalogue[air], today):
            said.append(f"its successor {air} {why_gone(catalogue[air], today) or fading(catalogue[air], today)}")
    return said


def nearest(
    catalogue: Catalogue, request: Request, today: date, *, framed: bool, ending: bool = False, now: Decimal
) -> list[Offer]:
    """The models that can do the same, the nearest first: named as its successor, then of its size, then by price.

    Those of which nobody says whether they take a last frame come last, where there is one. `framed` if the request
    starts from an image, `ending` if it ends with one; `now` is what it costs with the model that it has.
    """
    own = catalogue.entry(request.model)
    others = [entry for entry in catalogue.values() if entry.air != own.air and _sold(entry, own, today)]
    frames = framed + (framed and (ending or (isinstance(request, ClipRequest) and request.last is not None)))
    found = [offer for entry in others for offer in _offers(own, entry, request, today, MODES[frames])]

    def how_far(offer: Offer) -> tuple[Any, ...]:
        named = own.replaced_by.index(offer.air) if offer.air in own.replaced_by else len(own.replaced_by)
        return bool(offer.doubt), named, not offer.same_size, abs(offer.quote.expected - now), offer.air

    return sorted(found, key=how_far)


def makers(catalogue: Catalogue, asked: AskedStill, today: date) -> list[Offer]:
    """The image models that can make a still of these pixels: those that surely do first, then the cheapest.

    Where none knows all else that is asked, such as a seed, those that can make it without.
    """
    bare = asked.model_copy(update={"negative_prompt": None, "seed": None, "resolution": None})
    sold = [entry for entry in catalogue.values() if entry.kind == "still" and _live(entry, today)]
    for each in (asked, bare):
        if found := [offer for entry in sold for offer in _stills(entry, each, today)]:
            return sorted(found, key=lambda offer: (_doubt(catalogue[offer.air]), offer.quote.expected, offer.air))
    return []


def _stills(entry: Entry, asked: AskedStill, today: date) -> Iterator[Offer]:
    try:
        request = resolve_still(entry, asked, today=today)
        price = quote_of(entry, request, today, framed=False)
    except BadInput:
        return
    sure = _doubt(entry) == 0
    yield Offer(air=entry.air, name=entry.name, quote=price, size=_result_of(request), same_size=True, sure=sure)


def _doubt(entry: Entry) -> int:
    """How little is known of the sizes that an image model makes: all, no largest one, or none at all."""
    return 2 if entry.sizes["text"].sure == "unknown" else int(is_open(entry, "text"))


def _live(entry: Entry, today: date) -> bool:
    return entry.status in SOLD and not entry.gone(today)


def _sold(entry: Entry, own: Entry, today: date) -> bool:
    return entry.kind == own.kind and _live(entry, today)


def _offers(own: Entry, entry: Entry, request: Request, today: date, mode: str) -> Iterator[Offer]:
    """What another model offers for the same request; nothing where it can't do it, or nobody knows its price."""
    try:
        if isinstance(request, StillRequest):
            changed: Request = resolve_still(entry, _still_again(own, request), today=today)
        else:
            changed = resolve_clip(entry, _clip_again(own, request, mode), today=today)
        price = quote_of(entry, changed, today, framed=mode != MODES[0])
    except BadInput:
        return
    size = _result_of(changed)
    yield Offer(
        air=entry.air,
        name=entry.name,
        quote=price,
        size=size,
        same_size=size == _result_of(request),
        doubt=unsaid_of(entry, mode),
        successor=entry.air in own.replaced_by,
    )


def _result_of(request: Request) -> tuple[int, int]:
    crop = request.crop if isinstance(request, StillRequest) else None
    return crop or (request.width, request.height)


def _still_again(own: Entry, request: StillRequest) -> AskedStill:
    """What was asked of a model, so that another can be asked it: in exactly the pixels that it is for."""
    width, height = _result_of(request)
    return AskedStill(width=width, height=height, seed=request.seed, **_common(own, "text", request))


def _clip_again(own: Entry, request: ClipRequest, mode: str) -> AskedClip:
    """What was asked of a model, so that another can be asked it: in the same shape."""
    word = next((word for word, like in PIXELS.items() if request.width * like[1] == request.height * like[0]), None)
    size: dict[str, Any] = {"size": word} if word else {"width": request.width, "height": request.height}
    return AskedClip(
        duration=request.duration,
        guidance=None if request.guidance == default_of(own, "guidance") else request.guidance,
        audio=request.audio,
        beats=request.beats or (),
        parent=request.parent,
        from_frame=mode != MODES[0],
        last=request.last,
        to_frame=mode == MODES[2],
        **size,
        **_common(own, mode, request),
    )


def _common(own: Entry, mode: str, request: Request) -> dict[str, Any]:
    """What stills and clips have in common; what the model itself filled in wasn't asked for."""
    by_itself = next(iter(resolutions(own, mode)), None)
    return {
        "prompt": request.prompt,
        "negative_prompt": request.negative_prompt,
        "resolution": None if request.resolution == by_itself else request.resolution,
        "results": request.results,
        "format": request.format,
        "quality": None if request.quality == default_of(own, "quality") else request.quality,
        "safety": request.safety,
    }
