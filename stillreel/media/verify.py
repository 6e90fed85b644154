"""Whether a file is what was promised: container, size in pixels, and how long it lasts."""

import io
from asyncio import to_thread
from pathlib import Path

from stillreel.domain.errors import MediaError
from stillreel.domain.media import Facts
from stillreel.media.limits import GIVEN_BYTES, GIVEN_LONGEST, GIVEN_SHORTEST
from stillreel.media.probe import probe_clip, probe_still, still_facts

CONTAINERS = {"PNG": "png", "JPG": "jpeg", "WEBP": "webp", "MP4": "mp4", "MOV": "mov", "WEBM": "webm"}
SHAPE_TOLERANCE = 0.02  # of the aspect ratio: a given image may differ by half of it, and sides are rounded to even
TOLERANCE = 0.5  # seconds; models round to their own frame grid


async def verify(
    path: Path, *, media_format: str, width: int, height: int, seconds: float | None = None, exact: bool = True
) -> Facts:
    """The facts of a file that is what was promised; a MediaError names everything that differs.

    The size must be exact, or without `exact` of that shape, because nobody asked for pixels; the time must be within
    half a second; `seconds` is None for stills.
    """
    facts = await (probe_still(path) if seconds is None else probe_clip(path))
    differs = []
    if facts.container != CONTAINERS[media_format]:
        differs.append(f"it is {facts.container}, not {media_format}")
    shape = abs(facts.width * height / (facts.height * width) - 1)
    if shape > SHAPE_TOLERANCE or (exact and (facts.width, facts.height) != (width, height)):
        differs.append(f"it is {facts.width}x{facts.height} pixels, not {width}x{height}")
    if seconds is not None and abs((facts.seconds or 0) - seconds) > TOLERANCE:
        differs.append(f"it lasts {facts.seconds} s, not {seconds:g} s")
    if differs:
        raise MediaError(f"the file isn't what was promised: {'; '.join(differs)}")
    return facts


async def read_given_image(source: Path | bytes) -> Facts:
    """The facts of an image that a person gave to start a clip from; MediaError if no clip can."""
    try:
        size = len(source) if isinstance(source, bytes) else (await to_thread(source.stat)).st_size
    except OSError as error:
        raise MediaError(f"the image {error.filename} can't be read: {error.strerror}") from error
    if size > GIVEN_BYTES:
        raise MediaError(f"the image has {size} bytes; {GIVEN_BYTES} are allowed")
    return await to_thread(still_facts, io.BytesIO(source) if isinstance(source, bytes) else source)


def check_sides(facts: Facts, longest: int = GIVEN_LONGEST) -> None:
    """MediaError if a side of a given image has fewer or more pixels than the provider takes."""
    if min(facts.width, facts.height) < GIVEN_SHORTEST or max(facts.width, facts.height) > longest:
        sides = f"{facts.width}x{facts.height}"
        raise MediaError(f"the image is {sides} pixels; each side must be {GIVEN_SHORTEST} to {longest}")
