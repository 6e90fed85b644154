"""Referring: the stills of other shots of a storyboard in place of their names."""

from collections.abc import Mapping
from typing import TypeVar

from stillreel.domain.continuity import FIRST, LAST, references
from stillreel.domain.shots import ImageToVideoShot, TextToImageShot, TextToVideoShot
from stillreel.studio.given import with_images

S = TypeVar("S", bound=TextToImageShot | TextToVideoShot | ImageToVideoShot)


def awaited(shot: TextToImageShot | TextToVideoShot | ImageToVideoShot) -> frozenset[str]:
    """The shots whose stills this one uses."""
    return frozenset(references(shot).values())


def referred(shot: S, stills: Mapping[str, str]) -> S | None:
    """The shot with the addresses of the stills that it uses, by shot; None while one of them isn't known."""
    named = references(shot)
    if not set(named.values()) <= stills.keys():
        return None
    first, last = (stills[named[field]] if field in named else None for field in (FIRST, LAST))
    return with_images(shot, first, last)
