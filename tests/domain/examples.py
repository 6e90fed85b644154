"""Requests, events and places that the domain's tests speak about; their hashes stand in `test_identity`."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from stillreel.domain.events import (
    Accepted,
    Closed,
    Decided,
    Planned,
    Rejection,
    Result,
    Row,
    Run,
    Sending,
    Settled,
    TurnedAway,
    Withdrawn,
)
from stillreel.domain.money import PriceRow, Quote
from stillreel.domain.names import Place
from stillreel.domain.requests import ClipRequest, ImageParent, StillRequest, TakeParent
from stillreel.domain.safety import Check

ARCHIVE = "5f0c7f1d8f5e4ea5a55b2b6a4f2c9d10"
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
JOB = UUID("11111111-1111-4111-8111-111111111111")
STILL_PLACE = Place(project="harbour", shot="lighthouse", stage="still", take=1)
CLIP_PLACE = Place(project="harbour", shot="lighthouse", stage="clip", take=12)
RUN = Run(root="root-1", flow_run="flow-1", version="0.1.0")

SMALL_STILL = StillRequest(
    model="runware:z-image@turbo", prompt="A lighthouse.", width=1280, height=720, format="PNG", quality=95
)
FULL_STILL = StillRequest(
    model="runware:z-image@turbo",
    prompt="Ein Leuchtturm, „groß“ 🌊",
    negative_prompt="people",
    width=720,
    height=1280,
    results=4,
    format="WEBP",
    quality=80,
    seed=9223372036854775807,
    safety=Check.FULL,
    ttl=None,
    include_cost=False,
    delivery="sync",
    webhook="hook",
    upload_to="bucket",
)
SMALL_CLIP = ClipRequest(
    model="klingai:3@1", prompt="Waves.", width=1280, height=720, format="MP4", quality=95, duration=5
)
CLIP_OF_A_TAKE = ClipRequest(
    model="klingai:3@1",
    prompt="The light turns, waves roll in.",
    negative_prompt="blur",
    width=720,
    height=720,
    results=2,
    format="MOV",
    quality=99,
    duration=10,
    guidance=0.57,
    parent=TakeParent(take=3, digest="ab" * 32),
)
CLIP_OF_AN_IMAGE = ClipRequest(
    model="klingai:3@1",
    prompt="The light turns, waves roll in.",
    width=1280,
    height=720,
    format="MP4",
    quality=95,
    duration=5,
    guidance=0.5,
    parent=ImageParent(sha256="cd" * 32),
)

PRICE = PriceRow(unit="second", amount=Decimal("0.037"), since=date(2024, 12, 19), source="the model's page")
QUOTE = Quote(expected=Decimal("0.185"), upper=Decimal("0.185"), row=PRICE)


def planned(*, results: int = 1) -> Planned:
    request = SMALL_CLIP.model_copy(update={"results": results})
    return Planned(
        at=NOON,
        nonce="p",
        place=CLIP_PLACE,
        purchase=1,
        request=request,
        body={"taskType": "videoInference", "duration": 5, "CFGScale": 0.57},
        quote=QUOTE,
        run=RUN,
    )


def sending(second: float = 0, *, owner: str = "me", attempt: int = 1) -> Sending:
    return Sending(at=NOON + timedelta(seconds=second), nonce=f"s{second}", owner=owner, attempt=attempt, lease=90)


def accepted() -> Accepted:
    return Accepted(at=NOON, nonce="a", by="acknowledgement", flow_run="flow-1")


def turned_away(attempt: int = 1) -> TurnedAway:
    return TurnedAway(at=NOON, nonce=f"t{attempt}", attempt=attempt, why="HTTP 429")


def rejected() -> Rejection:
    return Rejection(at=NOON, nonce="r", code="invalidProviderContent", reason="no", parameters=("positivePrompt",))


def withdrawn() -> Withdrawn:
    return Withdrawn(at=NOON, nonce="w", reason="too old")


def result(k: int = 1, *, result_id: str | None = None) -> Result:
    row = Row(id=result_id or f"id-{k}", url="https://vm.runware.ai/x.mp4", cost=Decimal("0.1848"), flag=False, seed=7)
    return Result(at=NOON, nonce=f"k{k}", k=k, row=row)


def settled(k: int = 1, end: str = "archived") -> Settled:
    return Settled.model_validate({"at": NOON, "nonce": f"e{k}{end}", "k": k, "end": end, "uri": f"{end}-{k}"})


def closed() -> Closed:
    return Closed(at=NOON, nonce="c", cost=Decimal("0.1848"), seconds=127.0)


def decided(word: str = "write_off", *, second: float = 4000) -> Decided:
    at = NOON + timedelta(seconds=second)
    return Decided.model_validate({"at": at, "nonce": f"d{word}", "word": word, "who": "ada", "why": "looked"})
