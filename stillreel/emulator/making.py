"""What a result will look like: its size, its length, its sound, and the images that it starts from and ends with."""

from collections.abc import Iterator, Mapping
from typing import Any

from stillreel.emulator.given import Ends, Shown
from stillreel.emulator.records import Footage, Picture
from stillreel.emulator.strictness import values
from stillreel.emulator.switches import Switches
from stillreel.emulator.wider import Given, mode_of
from stillreel.runware.catalogue.entry import Entry, Word

Size = tuple[int, int]

USUAL_FPS = 24  # where an entry doesn't know
USUAL_SECONDS = 5  # of a clip, likewise
USUAL_SIZE = (1280, 720)  # likewise


def making_of(entry: Entry, task: dict[str, Any], seed: int, ends: Ends, switches: Switches) -> Picture | Footage:
    """How the results of a task are made, apart from their number."""
    given = dict(values(entry, task))
    width, height = size_of(entry, given, ends.first or ends.last)
    common = {
        "prompt": _words(entry, given),
        "seed": seed,
        "width": width,
        "height": height,
        "format": said(entry, given, "format"),
        "quality": said(entry, given, "quality") or 95,
        "canned": switches.media == "canned",
    }
    if entry.kind == "still":
        return Picture(**common)
    return Footage(
        first=ends.first and ends.first.ref,
        last=ends.last and ends.last.ref,
        duration=float(_seconds(entry, given)),
        fps=entry.fps.get(mode_of(entry, given), USUAL_FPS),
        sound=wants_sound(entry, given),
        length=switches.canned_bytes if switches.media == "canned" else None,
        **common,
    )


def said(entry: Entry, given: Given, word: Word) -> Any:
    """What a task says in the field that a word goes to, or the default there; None where there is neither."""
    path = entry.field_of(word)
    return None if path is None else given.get(path, entry.fields[path].default)


def wants_sound(entry: Entry, given: Given) -> bool:
    """Whether a clip comes with sound: because it is asked for, or because this model's clips always do."""
    return entry.always_audio or said(entry, given, "audio") is True


def size_of(entry: Entry, given: Given, image: Shown | None) -> Size:
    """The size that was asked for, by numbers or by name, else the image's; the model's first one where nobody says.

    Which size the service takes where it is left open isn't known.
    """
    if "width" in given and "height" in given:
        return given["width"], given["height"]
    tier = entry.tiers.get(str(said(entry, given, "resolution")))
    if tier:
        return _alike(tier, image)
    rule = entry.sizes.get(mode_of(entry, given))
    if image is not None and rule is not None and rule.from_image:
        return image.width // 2 * 2, image.height // 2 * 2  # the encoder's planes are halved
    pairs = next(_pairs(entry, mode_of(entry, given)), None)
    return USUAL_SIZE if pairs is None else _alike(pairs, image)


def _pairs(entry: Entry, mode: str) -> Iterator[tuple[Size, ...]]:
    for name in (mode, "text"):
        rule = entry.sizes.get(name)
        if rule is not None and rule.pairs:
            yield rule.pairs
        for tier in () if rule is None else rule.resolutions:
            yield entry.tiers.get(tier, (USUAL_SIZE,))


def _alike(pairs: tuple[Size, ...], image: Shown | None) -> Size:
    """The pair that is nearest to an image's shape; the first one without an image."""
    if image is None:
        return pairs[0]
    shape = image.width / image.height
    return min(pairs, key=lambda pair: max(pair[0] / pair[1] / shape, shape / pair[0] * pair[1]))


def _words(entry: Entry, given: Given) -> str:
    beats: list[Mapping[str, Any]] = said(entry, given, "beats") or []
    return said(entry, given, "prompt") or " ".join(str(beat["prompt"]) for beat in beats)


def _seconds(entry: Entry, given: Given) -> float:
    """Seconds: as asked, else of all beats together, else the model's own."""
    path, beats = entry.field_of("duration"), said(entry, given, "beats") or []
    asked = None if path is None else given.get(path)
    return asked or sum(beat["duration"] for beat in beats) or said(entry, given, "duration") or USUAL_SECONDS
