"""What runs make: takes whose plan is ready, shots that a run plans by itself, and chains from a still to a clip.

All of it is tiny and costs the same, so that a game is quick and its sums are plain.
"""

import io
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

import av
import numpy as np
from PIL import Image

from stillreel.domain.events import Run
from stillreel.domain.money import PriceRow
from stillreel.domain.names import Place
from stillreel.domain.shots import Shot
from stillreel.domain.takes import Claim
from stillreel.runware.catalogue import Catalogue
from stillreel.runware.catalogue.entry import Entry, Pairs, SizeRule
from stillreel.studio.orders import StagePlan
from stillreel.studio.resolving import still_of
from stillreel.studio.studio import Studio
from tests.protocol.stage import START
from tests.studio.on_set import CATALOGUE as REAL
from tests.studio.on_set import CHAIN, STILL, make, produce, shot

SIDE = 64  # pixels
PRICE = Decimal("0.003")  # quoted for one result
SECONDS = 5  # of a clip


def _tiny(entry: Entry) -> Entry:
    """A model of which everything is true but its sizes and its price."""
    pairs = ((SIDE, SIDE),)
    free = {"min": None, "step": None}
    sides = {side: entry.fields[side].model_copy(update=free) for side in ("width", "height")}
    row = PriceRow(unit="image", amount=PRICE, since=START.date(), source="ours")
    changes: dict[str, Any] = {
        "sizes": {mode: SizeRule(pairs=pairs) for mode in entry.modes},
        "fields": {**entry.fields, **sides},
        "rules": tuple(rule for rule in entry.rules if not isinstance(rule, Pairs)),
        "prices": (row,),
    }
    return entry.model_copy(update=changes)


CATALOGUE = Catalogue({air: _tiny(REAL[air]) for air in ("runware:z-image@turbo", "klingai:3@1")})


@dataclass(frozen=True)
class Play:
    """What a run makes: from its words on, or from a plan that is ready."""

    words: Shot
    ready: StagePlan | None = None

    @property
    def fresh(self) -> bool:
        """Whether each root run makes a take of its own."""
        return self.words.take == "new"

    def prompt(self, stage: StagePlan) -> str:
        """What somebody asked for in a stage."""
        return str(self.words.model_dump()["still" if stage.place.stage == "still" else "motion"]["prompt"])

    async def work(self, studio: Studio, run: Run) -> list[StagePlan]:
        """Make it by the four verbs; the stages that came to a good end."""
        if self.ready is not None:
            await make(studio, self.ready, run)
            return [self.ready]
        plan = (await produce(studio, self.words, run)).plan
        return [stage for stage in (plan.still, plan.clip) if stage is not None]


def _play(data: dict[str, Any], **changes: Any) -> Play:
    return Play(shot({**data, "size": "1:1", **changes}))


def _ready(name: str, *, results: int, project: str = "harbour") -> Play:
    """A take's plan as a run would have it, of a still."""
    words = shot(STILL, project=project, shot=name, size="1:1", results=results)
    resolved = still_of(words, CATALOGUE, START.date(), None)
    assert resolved is not None
    place = Place(project=project, shot=name, stage="still", take=1)
    plan = StagePlan(place=place, digest=resolved.request.digest, request=resolved.request, quote=resolved.quote)
    return Play(words, plan)


_DUSK = {"prompt": "A mole at dusk."}
_MOLE = {**STILL, "shot": "mole"}
_SAIL = {**CHAIN, "shot": "sail"}
PLAYS = {
    "lighthouse": _ready("lighthouse", results=1),
    "pier": _ready("pier", results=2),
    "crane": _ready("crane", results=1, project="quarry"),
    "dawn": _play(_MOLE),
    "dusk": _play(_MOLE, still=_DUSK),
    "a new dawn": _play(_MOLE, take="new"),
    "dusk as the first": _play(_MOLE, still=_DUSK, take="1"),
    "sail": _play(_SAIL),
    "storm": _play(_SAIL, motion={"prompt": "A storm comes up."}),
}
CASTS = {
    "plans that are ready": ("lighthouse", "pier", "crane"),
    "takes of one shot": ("dawn", "dusk", "a new dawn", "dusk as the first"),
    "clips": ("sail", "storm"),
    "everything": tuple(PLAYS),
}


def claims() -> list[Claim]:
    """The claims of the plans that are ready."""
    plans = [play.ready for play in PLAYS.values() if play.ready is not None]
    return [
        Claim(
            place=plan.place,
            digest=plan.digest,
            asked=plan.digest,
            request=plan.request,
            run="before",
            new=False,
            at=START,
            nonce="before",
        )
        for plan in plans
    ]


@cache
def picture() -> bytes:
    """The one still that this provider makes."""
    file = io.BytesIO()
    Image.new("1", (SIDE, SIDE)).save(file, "PNG")
    return file.getvalue()


@cache
def clip() -> bytes:
    """The one clip that it makes: a real one, of a frame a second."""
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=1)
        stream.width, stream.height, stream.pix_fmt = SIDE, SIDE, "yuv420p"
        for _ in range(SECONDS):
            frame = av.VideoFrame.from_ndarray(np.zeros((SIDE, SIDE, 3), np.uint8), format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return file.getvalue()
