"""Preflight: whether the provider takes the models of a chain, before the first purchase of it.

A model that is known to be gone, or that the provider's own list doesn't have, stops the chain while nothing is spent,
and the message names the models that can do instead. What can't be looked at stops nobody: the provider's word at the
purchase is what counts. Nobody buys to find out: see docs/decisions/0014-a-look-before-the-first-purchase.md.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from stillreel.domain.errors import ModelGone
from stillreel.domain.money import Quote
from stillreel.domain.requests import ClipRequest, Request, StillRequest
from stillreel.domain.shots import ImageToVideoShot, PromptedStill, Shot, TextToImageShot
from stillreel.runware import Seen
from stillreel.runware.catalogue import Catalogue, Offer, fading, nearest, no_help, why_gone
from stillreel.studio.quoting import but_for_the_still, can_do
from stillreel.studio.resolving import MOST_NAMED
from stillreel.studio.studio import Studio

MOST_LOOKED_AT = 6  # of those that might be named
WITNESSES = 3  # other models that a list must know one of before its silence counts
NONE_CAN = "no other model that is known here can do all that is asked"
NO_MORE = "isn't among the provider's models any more"
NEVER = (
    "is a model of your own that isn't among the provider's models, and nobody knows that it ever was: look for a slip "
    "in its `air`, or, if the provider is an emulator, start it with the same STILLREEL_MODELS"
)
MODEL_CODES = frozenset({"invalidModel", "unknownModel", "modelNotFound", "modelDisabled"})

Look = Callable[[Sequence[str]], Awaitable[Mapping[str, Seen]]]
"""Asks the provider's list about models; one that nobody asks about is missing from the answer."""


@dataclass(frozen=True)
class Wanted:
    """A stage that is still to be paid."""

    request: Request
    quote: Quote
    framed: bool = False  # it starts from an image
    ending: bool = False  # and ends with one, which its request may not know yet

    @classmethod
    def of(cls, shot: Shot, request: Request, quote: Quote) -> "Wanted":
        """A stage of a shot; its request may not know yet which image it starts from."""
        if not (isinstance(shot, ImageToVideoShot) and isinstance(request, ClipRequest)):
            return cls(request, quote)
        return cls(request, quote, framed=True, ending=bool(shot.motion.last_image))

    @property
    def where(self) -> str:
        """Where a shot file names its model."""
        return f"{'motion' if isinstance(self.request, ClipRequest) else 'still'}.model"


@dataclass(frozen=True)
class Against:
    """What speaks against the models of a chain: those that are gone, by the fields that name them, and warnings."""

    gone: Mapping[str, str]
    warnings: tuple[str, ...] = ()


async def preflight(studio: Studio, shot: Shot, wanted: Sequence[Wanted]) -> tuple[str, ...]:
    """What speaks against the models of a chain without stopping it; ModelGone where one isn't there any more."""
    return await judged(shot, wanted, studio.catalogue, studio.clock.now().date(), looking_for(studio))


async def judged(
    shot: Shot, wanted: Sequence[Wanted], catalogue: Catalogue, today: date, look: Look
) -> tuple[str, ...]:
    """The same by a look of one's own."""
    found = await against(shot, wanted, catalogue, today, look)
    if found.gone:
        raise ModelGone("; ".join([*found.gone.values(), _bought(shot, wanted)]))
    return found.warnings


async def against(shot: Shot, wanted: Sequence[Wanted], catalogue: Catalogue, today: date, look: Look) -> Against:
    """What speaks against the models, without a word about money, which is for those who know what is paid."""
    entries = {stage.request.model: catalogue.entry(stage.request.model) for stage in wanted}
    gone = {air: reason for air, entry in entries.items() if (reason := why_gone(entry, today)) is not None}
    seen = await look([air for air in entries if air not in gone])
    if strangers := [air for air, found in seen.items() if found.how == "not known"]:
        if await _knows_others(seen, catalogue, look):
            gone |= {air: NEVER if air in catalogue.own else NO_MORE for air in strangers}
        else:
            seen = {**seen, **dict.fromkeys(strangers, Seen(how="unclear", why="it knows no model of ours at all"))}
    if gone:
        lost = [stage for stage in wanted if stage.request.model in gone]
        told = [await _told(shot, stage, gone[stage.request.model], catalogue, today, look) for stage in lost]
        return Against({stage.where: said for stage, said in zip(lost, told, strict=True)})
    counts = any(found.how == "known" for found in seen.values())  # what knows none of them is no list to ask more
    known = [await _warning(stage, shot, catalogue, today, look if counts else nobody) for stage in wanted]
    return Against({}, tuple(dict.fromkeys([*(said for said in known if said), *_unclear(seen)])))


def _bought(shot: Shot, wanted: Sequence[Wanted]) -> str:
    """Where the money stands, if `wanted` is all of the chain that is still to be paid."""
    made_first = isinstance(shot, ImageToVideoShot) and isinstance(shot.still, PromptedStill)
    if made_first and not any(isinstance(stage.request, StillRequest) for stage in wanted):
        return "the still is paid for and stays; nothing more was bought"
    return "nothing was bought"


async def nobody(airs: Sequence[str]) -> Mapping[str, Seen]:
    """A look that asks nobody."""
    del airs
    return {}


def looking_for(studio: Studio) -> Look:
    """The look of a studio: each model once, for all who ask in it, and none where settings forbid it."""
    if studio.settings.preflight == "offline":
        return nobody

    async def look(airs: Sequence[str]) -> Mapping[str, Seen]:
        async with studio.looking:
            new = [air for air in dict.fromkeys(airs) if air not in studio.seen]
            studio.seen.update(await studio.client.look(studio.settings.schemas, new))
        return {air: studio.seen[air] for air in airs}

    return look


async def instead_of(studio: Studio, request: Request, quote: Quote) -> str:
    """For a model that the provider refused: '; models that can do the same: …', or nothing if there is none."""
    wanted = Wanted(request, quote, isinstance(request, ClipRequest) and request.parent is not None)
    today, look = studio.clock.now().date(), looking_for(studio)
    offers = await _there(_offers(None, wanted, studio.catalogue, today), look)
    return f"; {_named(offers, wanted)}" if offers else ""


async def _knows_others(seen: Mapping[str, Seen], catalogue: Catalogue, look: Look) -> bool:
    """Whether the list knows any model of ours: one that answers 404 to everything is no list of models."""
    if any(found.how == "known" for found in seen.values()):
        return True
    others = [entry.air for entry in catalogue.values() if entry.status == "live" and entry.air not in seen]
    return any(found.how == "known" for found in (await look(others[:WITNESSES])).values())


async def _told(shot: Shot, wanted: Wanted, reason: str, catalogue: Catalogue, today: date, look: Look) -> str:
    """What is known against a model, and which others the provider has that could do instead, if there are any."""
    offers = await _there(_offers(shot, wanted, catalogue, today), look)
    if not offers and isinstance(wanted.request, ClipRequest):
        instead = await _with_another_still(shot, wanted, catalogue, today, look)
    else:
        instead = _named(offers, wanted) if offers else NONE_CAN
    return f"{_against(wanted, reason, catalogue, today)}; {instead}"


def _against(wanted: Wanted, reason: str, catalogue: Catalogue, today: date) -> str:
    """What is known against a model, and against what its entry names in its place."""
    entry = catalogue.entry(wanted.request.model)
    return "; ".join([f"{entry.air} ({entry.name}) {reason}", *no_help(catalogue, entry, today)])


async def _with_another_still(shot: Shot, wanted: Wanted, catalogue: Catalogue, today: date, look: Look) -> str:
    """What can be done where no video model can work from the still of the shot as it is."""
    request = _asked(shot, wanted.request)
    near = _nearest(request, wanted, catalogue, today)
    able = [offer for offer in near if but_for_the_still(shot, offer.air, catalogue, today)]
    offers = await _there(able, look)
    return f"{NONE_CAN} from this still; with another still.model, {_named(offers, wanted)}" if offers else NONE_CAN


def _offers(shot: Shot | None, wanted: Wanted, catalogue: Catalogue, today: date) -> list[Offer]:
    """What can do instead; with the shot at hand, only where naming it is all that it takes."""
    request = wanted.request if shot is None else _asked(shot, wanted.request)
    offers = _nearest(request, wanted, catalogue, today)
    kind = wanted.request.stage
    return [offer for offer in offers if shot is None or can_do(shot, kind, offer.air, catalogue, today)]


def _nearest(request: Request, wanted: Wanted, catalogue: Catalogue, today: date) -> list[Offer]:
    now = wanted.quote.expected
    return nearest(catalogue, request, today, framed=wanted.framed, ending=wanted.ending, now=now)


def _asked(shot: Shot, request: Request) -> Request:
    """A request with the sound that its shot asks for, which isn't in it where the model has no word for that."""
    if isinstance(request, ClipRequest) and not isinstance(shot, TextToImageShot) and shot.motion.audio is not None:
        return request.model_copy(update={"audio": shot.motion.audio})
    return request


async def _there(offers: Sequence[Offer], look: Look) -> list[Offer]:
    """The nearest offers, without those that the provider doesn't have either; no more are looked at than it takes."""
    near, there = offers[:MOST_LOOKED_AT], list[Offer]()
    while near and len(there) < MOST_NAMED:
        some, near = near[: MOST_NAMED - len(there)], near[MOST_NAMED - len(there) :]
        seen = await look([offer.air for offer in some])
        there += [offer for offer in some if offer.air not in seen or seen[offer.air].how != "not known"]
    return there


def _named(offers: Sequence[Offer], wanted: Wanted) -> str:
    """'name another as motion.model: its successor klingai:6@0 KlingAI 2.5 Turbo Standard $0.21 (today $0.185)'."""
    first, *others = [str(offer) for offer in offers]
    first = f"its successor {first}" if offers[0].successor else first
    return f"name another as {wanted.where}: {', '.join([f'{first} (today {wanted.quote})', *others])}"


async def _warning(wanted: Wanted, shot: Shot, catalogue: Catalogue, today: date, look: Look) -> str | None:
    """What is told of a model that is still there and shouldn't be relied on; None: nothing is known against it."""
    reason = fading(catalogue.entry(wanted.request.model), today)
    return None if reason is None else await _told(shot, wanted, reason, catalogue, today, look)


def _unclear(seen: Mapping[str, Seen]) -> list[str]:
    """One sentence about all that couldn't be looked at."""
    blind = {air: found.why for air, found in seen.items() if found.how == "unclear"}
    if not blind:
        return []
    whys = "; ".join(dict.fromkeys(blind.values()))
    return [f"whether the provider still has {' and '.join(blind)} couldn't be looked at: {whys}"]
