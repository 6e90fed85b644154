"""Images that callers give: by UUID, URL, data URI or base64; measured before they are accepted."""

import asyncio
import base64
import binascii
import hashlib
import io
import re
from collections.abc import Callable, Sequence
from pathlib import PurePosixPath
from typing import NamedTuple, Protocol
from urllib.parse import urlsplit

import httpx
from PIL import Image, UnidentifiedImageError

from stillreel.emulator.darkroom import Darkroom
from stillreel.emulator.drawing import encoded
from stillreel.emulator.memory import Memory
from stillreel.emulator.records import Picture
from stillreel.emulator.refusals import TaskError, coded
from stillreel.emulator.values import is_uuid

LARGEST = 20 * 1024 * 1024  # bytes; with the sides, the vendor's provider page of October 2025
SHORTEST_SIDE, LONGEST_SIDE = 300, 2048
KINDS = {"PNG": "png", "JPEG": "jpg", "WEBP": "webp"}
DATA_URI = re.compile(r"data:image/(?:png|jpe?g|webp);base64,(?P<data>.+)", re.DOTALL)
PATIENCE = 10.0  # seconds for fetching an image


class Allowed(Protocol):
    """Which foreign addresses may be used as images."""

    fetchable: tuple[str, ...]
    stand_ins: tuple[str, ...]


class First(NamedTuple):
    """What a clip starts from: a result's id or the sha256 of a kept image, and its size."""

    ref: str
    width: int
    height: int


class Given:
    """Turns what a caller gives as an image into something that a clip can start from."""

    def __init__(self, memory: Memory, darkroom: Darkroom, now: Callable[[], float]) -> None:
        self._memory = memory
        self._darkroom = darkroom
        self._now = now

    async def frame(self, value: str, path: str, allowed: Allowed, origin: str, *, refuse_generated: bool) -> First:
        """What a clip starts from; TaskError for what it can't start from."""
        own = value if is_uuid(value) else _own_id(value, origin)
        if own is None:
            data = await self.bytes_of(value, path, allowed)
            return self._kept(await self._darkroom.keep(data))
        known = self.known(own)
        if known is None or (refuse_generated and is_uuid(value) and self._memory.image(own) is None):
            raise TaskError(
                coded("invalid", path), f"The image '{own}' in '{path}' was not found.", path, type="string"
            )
        return known

    def known(self, image_id: str) -> First | None:
        """A generated or uploaded image that can be used, by its UUID."""
        image = self._memory.image(image_id)
        if image is not None:
            return None if image.deleted else self._kept(image.sha256)
        result = self._memory.result(image_id)
        if result is None or result.error is not None or not isinstance(result.making, Picture):
            return None
        there = result.ready_at <= self._now()
        return First(image_id, result.making.width, result.making.height) if there else None

    def _kept(self, sha256: str) -> First:
        with Image.open(self._darkroom.given_file(sha256)) as image:
            return First(sha256, *image.size)

    async def bytes_of(self, value: str, path: str, allowed: Allowed) -> bytes:
        """The bytes behind a URL, data URI or base64; TaskError for what isn't an image that the service takes."""
        if value.startswith(("http://", "https://")):
            data = await _from_url(value, path, allowed)
        else:
            data = await asyncio.to_thread(_inline, value, path)
        await asyncio.to_thread(measure, data, path)
        return data


def _inline(value: str, path: str) -> bytes:
    found = DATA_URI.fullmatch(value)
    if value.startswith("data:") and found is None:
        raise _bad(path, "the data URI must hold a PNG, JPG or WEBP image as base64")
    try:
        return base64.b64decode(value if found is None else found["data"], validate=True)
    except (binascii.Error, ValueError) as error:
        raise _bad(path, "it is neither a known UUID, nor a URL, a data URI or base64") from error


def measure(data: bytes, path: str) -> str:
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
    if min(sides) < SHORTEST_SIDE or max(sides) > LONGEST_SIDE:
        raise _bad(path, f"sides must be between {SHORTEST_SIDE} and {LONGEST_SIDE} pixels, not {sides[0]}x{sides[1]}")
    return KINDS[kind]


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
