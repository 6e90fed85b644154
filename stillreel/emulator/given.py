"""Images that callers give: by UUID, URL, data URI or base64; measured before they are accepted."""

import asyncio
import base64
import binascii
import hashlib
import io
import re
from collections.abc import Callable, Sequence
from pathlib import PurePosixPath
from typing import Any, NamedTuple, Protocol
from urllib.parse import urlsplit

import httpx
from PIL import Image, UnidentifiedImageError

from stillreel.emulator.darkroom import Darkroom
from stillreel.emulator.drawing import encoded
from stillreel.emulator.memory import Memory
from stillreel.emulator.records import Picture
from stillreel.emulator.refusals import TaskError, coded
from stillreel.emulator.values import is_uuid
from stillreel.runware.catalogue.entry import Entry

LARGEST = 20 * 1024 * 1024  # bytes; with the sides, the vendor's provider page of October 2025
SHORTEST_SIDE, LONGEST_SIDE = 300, 2048  # pixels; a model that makes larger clips takes larger images
FIRST, LAST = ("first", 0), ("last", -1)
KINDS = {"PNG": "png", "JPEG": "jpg", "WEBP": "webp"}
DATA_URI = re.compile(r"data:image/(?:png|jpe?g|webp);base64,(?P<data>.+)", re.DOTALL)
PATIENCE = 10.0  # seconds for fetching an image


class Allowed(Protocol):
    """Which foreign addresses may be used as images."""

    fetchable: tuple[str, ...]
    stand_ins: tuple[str, ...]


class Shown(NamedTuple):
    """An image that can be filmed: a result's id or the sha256 of a kept image, and its size."""

    ref: str
    width: int
    height: int


class Ends(NamedTuple):
    """What a clip starts from and what it ends with, where it is told."""

    first: Shown | None = None
    last: Shown | None = None


def placed(frames: Sequence[Any], shown: Sequence[Shown]) -> Ends:
    """Frames at their places: as they are marked, the others in their order."""
    marks = [frame.get("frame") if isinstance(frame, dict) else None for frame in frames]
    order = sorted(range(len(marks)), key=lambda n: (marks[n] in LAST) - (marks[n] in FIRST))
    if len(order) == 1:
        return Ends(None, shown[0]) if marks[0] in LAST else Ends(shown[0])
    return Ends(shown[order[0]], shown[order[-1]]) if order else Ends()


class Given:
    """Turns what a caller gives as an image into something that a clip can start from."""

    def __init__(self, memory: Memory, darkroom: Darkroom, now: Callable[[], float]) -> None:
        self._memory = memory
        self._darkroom = darkroom
        self._now = now

    async def frame(
        self, value: str, path: str, allowed: Allowed, origin: str, *, refuse_generated: bool, longest: int
    ) -> Shown:
        """An image that can be filmed, no side longer than that; TaskError for any other."""
        own = value if is_uuid(value) else _own_id(value, origin)
        if own is None:
            data = await self.bytes_of(value, path, allowed, longest)
            return self._kept(await self._darkroom.keep(data))
        known = self.known(own)
        if known is None or (refuse_generated and is_uuid(value) and self._memory.image(own) is None):
            raise TaskError(
                coded("invalid", path), f"The image '{own}' in '{path}' was not found.", path, type="string"
            )
        _check_sides((known.width, known.height), path, longest)
        return known

    def known(self, image_id: str) -> Shown | None:
        """A generated or uploaded image that can be used, by its UUID."""
        image = self._memory.image(image_id)
        if image is not None:
            return None if image.deleted else self._kept(image.sha256)
        result = self._memory.result(image_id)
        if result is None or result.error is not None or not isinstance(result.making, Picture):
            return None
        there = result.ready_at <= self._now()
        return Shown(image_id, result.making.width, result.making.height) if there else None

    def _kept(self, sha256: str) -> Shown:
        with Image.open(self._darkroom.given_file(sha256)) as image:
            return Shown(sha256, *image.size)

    async def bytes_of(self, value: str, path: str, allowed: Allowed, longest: int) -> bytes:
        """The bytes behind a URL, data URI or base64; TaskError for what isn't an image that the service takes."""
        if value.startswith(("http://", "https://")):
            data = await _from_url(value, path, allowed)
        else:
            data = await asyncio.to_thread(_inline, value, path)
        await asyncio.to_thread(measure, data, path, longest)
        return data


def _inline(value: str, path: str) -> bytes:
    found = DATA_URI.fullmatch(value)
    if value.startswith("data:") and found is None:
        raise _bad(path, "the data URI must hold a PNG, JPG or WEBP image as base64")
    try:
        return base64.b64decode(value if found is None else found["data"], validate=True)
    except (binascii.Error, ValueError) as error:
        raise _bad(path, "it is neither a known UUID, nor a URL, a data URI or base64") from error


def measure(data: bytes, path: str, longest: int) -> str:
    """The extension of an image that the service takes; TaskError for any other."""
    if len(data) > LARGEST:
        raise _bad(path, f"the image has {len(data)} bytes; {LARGEST} are allowed")
    try:
        with Image.open(io.BytesIO(data)) as image:
            kind, sides = image.format or "", image.size
            image.load()
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError) as error:
        raise _bad(path, "the data can't be decoded as an image") from error
    if kind not in KINDS:
        raise _bad(path, f"a {kind} isn't supported; use PNG, JPG or WEBP")
    _check_sides(sides, path, longest)
    return KINDS[kind]


def longest_side(entry: Entry) -> int:
    """Of an image that a model takes: what the vendor's page says of its older ones, or the model's own largest size.

    Nobody states a limit for the models that make larger clips; one whose clips take the image's size must take it.
    """
    pairs = [pair for rule in entry.sizes.values() for pair in rule.pairs or ()]
    pairs += [pair for tier in entry.tiers.values() for pair in tier]
    ranges = [rule.max for rule in entry.sizes.values() if rule.max is not None]
    return max([LONGEST_SIDE, *ranges, *(side for pair in pairs for side in pair)])


def _check_sides(sides: tuple[int, int], path: str, longest: int) -> None:
    if min(sides) < SHORTEST_SIDE or max(sides) > longest:
        raise _bad(path, f"sides must be between {SHORTEST_SIDE} and {longest} pixels, not {sides[0]}x{sides[1]}")


async def _from_url(url: str, path: str, allowed: Allowed) -> bytes:
    if url.startswith(_beginnings(allowed.stand_ins)):
        seed = int.from_bytes(hashlib.sha256(url.encode()).digest()[:4])
        return encoded(Picture(prompt=PurePosixPath(urlsplit(url).path).name, seed=seed, width=1280, height=720))
    if not url.startswith(_beginnings(allowed.fetchable)):
        raise _bad(path, f"the URL {url} can't be fetched from here (see the switches fetchable and stand_ins)")
    try:
        async with httpx.AsyncClient(timeout=PATIENCE, trust_env=False) as client:
            answer = await client.get(url)
            answer.raise_for_status()
    except httpx.HTTPError as error:
        raise _bad(path, f"the URL {url} can't be fetched") from error
    return answer.content


def _beginnings(listed: Sequence[str]) -> tuple[str, ...]:
    return tuple(beginning for beginning in listed if beginning)


def _own_id(value: str, origin: str) -> str | None:
    """The UUID in an address of our own."""
    if not value.startswith(f"{origin}/image/"):
        return None
    return PurePosixPath(urlsplit(value).path).stem


def _bad(path: str, why: str) -> TaskError:
    return TaskError(coded("invalid", path), f"Invalid image in '{path}': {why}.", path, type="string")
