"""What we ask for in words is what the emulator makes and charges: size, length, sound and price, for every model."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

import httpx
import pytest

from stillreel.domain.errors import BadInput
from stillreel.domain.requests import ClipRequest, StillRequest
from stillreel.emulator import running_emulator
from stillreel.emulator.records import Footage
from stillreel.runware.catalogue import (
    AskedClip,
    AskedStill,
    Entry,
    body_of,
    load,
    quote,
    resolve_clip,
    resolve_still,
    sizes,
)
from stillreel.runware.catalogue.sizing import PIXELS, resolutions
from tests.emulator.caller import Caller, Task, new_uuid
from tests.emulator.pictures import inline

CATALOGUE = load()
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC).timestamp()
TODAY = date(2026, 11, 22)
CLOSE = Decimal("0.005")  # of a price: printed rates and the costs of sample results differ by as much
DIGIT = Decimal("0.001")  # likewise: reported costs have four digits
FRAMES = {"text": {}, "first_frame": {"from_frame": True}, "first_last_frame": {"from_frame": True, "to_frame": True}}


@dataclass(frozen=True)
class Wish:
    """A request in words, resolved."""

    request: StillRequest | ClipRequest
    mode: str


class Images:
    """Uploaded images, one of each size."""

    def __init__(self, caller: Caller) -> None:
        self.caller = caller
        self._known: dict[tuple[int, int], str] = {}

    async def of(self, width: int, height: int) -> str:
        """The UUID of an image of this size."""
        if (width, height) not in self._known:
            upload = {"taskType": "mediaStorage", "taskUUID": new_uuid(), "operation": "upload"}
            answer = await self.caller.post({**upload, "media": inline(width, height)})
            self._known[width, height] = answer.json()["data"][0]["mediaUUID"]
        return self._known[width, height]


@pytest.fixture(scope="module")
async def images(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Images]:
    """One emulator for the whole file."""
    switches = {"media": "canned", "balance": "100000"}
    async with (
        running_emulator(tmp_path_factory.mktemp("emulator"), switches, source=lambda: NOON) as emulator,
        httpx.AsyncClient(headers={"Authorization": "Bearer k"}, timeout=20, trust_env=False) as http,
    ):
        yield Images(Caller(emulator, http))


def wishes(entry: Entry) -> Iterator[Wish]:
    """Every way to ask this model that our words have and its entry allows."""
    for mode in FRAMES if entry.kind == "clip" else ("text",):
        for resolution in resolutions(entry, mode) or (None,):
            for size in PIXELS if entry.kind == "still" else sizes(entry, mode, resolution):
                common = {"prompt": "gulls lift off", "size": size, "resolution": resolution}
                if entry.kind == "still":
                    yield Wish(resolve_still(entry, AskedStill(**common), today=TODAY), mode)
                elif mode in entry.modes:
                    yield from (Wish(request, mode) for request in _clips(entry, {**common, **FRAMES[mode]}))


def _clips(entry: Entry, words: dict[str, Any]) -> Iterator[ClipRequest]:
    for audio in (None, True, False) if entry.field_of("audio") else (None,):
        try:
            yield resolve_clip(entry, AskedClip(**words, audio=audio), today=TODAY)
        except BadInput:
            assert audio is not None, "without a word about sound every size of every mode can be asked for"


@pytest.mark.parametrize("air", sorted(CATALOGUE))
async def test_what_is_asked_is_made_and_charged(images: Images, air: str) -> None:
    """In each mode, size, resolution and sound that can be asked for, the result is so, and costs what was quoted."""
    entry, caller = CATALOGUE[air], images.caller
    asked = [*wishes(entry)]
    assert {wish.mode for wish in asked} >= set(entry.modes) & set(FRAMES)
    for wish in asked:
        request = wish.request
        frame = await images.of(request.width, request.height) if wish.mode != "text" else None
        last = frame if wish.mode == "first_last_frame" else None
        task: Task = {**body_of(entry, request, uuid4(), frame, last), "deliveryMethod": "async"}
        await caller.bought(task)
        making = caller.emulator.service.memory.results(task["taskUUID"], 1)[0].making
        assert (making.width, making.height) == (request.width, request.height), task
        if isinstance(request, ClipRequest):
            assert isinstance(making, Footage)
            assert making.duration == request.duration
            assert making.sound is (request.audio is True or entry.always_audio)
        _check_price(entry, request, wish.mode, Decimal(str(caller.emulator.jobs()[task["taskUUID"]]["billed"])))


def _check_price(entry: Entry, request: StillRequest | ClipRequest, mode: str, billed: Decimal) -> None:
    clip = request if isinstance(request, ClipRequest) else None
    expected = quote(
        entry,
        width=request.width,
        height=request.height,
        duration=clip.duration if clip else None,
        results=1,
        audio=clip.audio if clip else None,
        given="none" if mode == "text" else "frames",
        resolution=request.resolution,
        today=TODAY,
    )
    assert billed <= expected.upper
    assert abs(billed - expected.expected) <= expected.expected * (CLOSE + DIGIT)
