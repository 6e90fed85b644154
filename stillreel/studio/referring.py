"""Referring: the stills of other shots of a storyboard in place of their names."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from stillreel.domain.continuity import FIRST, LAST, references
from stillreel.domain.shots import ImageToVideoShot, TextToImageShot, TextToVideoShot
from stillreel.studio.given import with_images

S = TypeVar("S", bound=TextToImageShot | TextToVideoShot | ImageToVideoShot)


def awaited(shot: TextToImageShot | TextToVideoShot | ImageToVideoShot) -> frozenset[str]:
    """The shots whose stills this one uses."""
    return frozenset(references(shot).values())


def with_awaited(shots: Sequence[S], names: Iterable[str]) -> list[S]:
    """The named shots and those whose stills they use, directly or through others; in order."""
    by_name = {shot.shot: shot for shot in shots}
    found, new = set[str](), set(names)
    while new:
        found |= new
        new = {other for name in new for other in awaited(by_name[name])} - found
    return [shot for shot in shots if shot.shot in found]


def referred(shot: S, stills: Mapping[str, str]) -> S | None:
    """The shot with the addresses of the stills that it uses, by shot; None while one of them isn't known."""
    named = references(shot)
    if not set(named.values()) <= stills.keys():
        return None
    first, last = (stills[named[field]] if field in named else None for field in (FIRST, LAST))
    return with_images(shot, first, last)
