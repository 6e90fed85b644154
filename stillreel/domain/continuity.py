"""Continuity: shots of a storyboard that start from, or end with, the still of another one.

A shot is planned as a whole, so it waits for every still that it refers to; hence all references count in a circle.
"""

from collections.abc import Iterator, Mapping, Sequence

from stillreel.domain.shots import GivenStill, ImageToVideoShot, Shot, TextToVideoShot

REFERENCE = "shot:"
FIRST, LAST = "still.image", "motion.last_image"


def referred(image: str | None) -> str | None:
    """The name of the shot whose still is meant; None where an image is given otherwise."""
    return image.removeprefix(REFERENCE).strip() if image is not None and image.startswith(REFERENCE) else None


def references(shot: Shot) -> dict[str, str]:
    """The shots that a shot refers to, by the field in which it does."""
    if isinstance(shot, TextToVideoShot | ImageToVideoShot):
        first = shot.still.image if isinstance(shot, ImageToVideoShot) and isinstance(shot.still, GivenStill) else None
        named = {FIRST: referred(first), LAST: referred(shot.motion.last_image)}
        return {field: name for field, name in named.items() if name is not None}
    return {}


def has_still(shot: Shot) -> bool:
    """Whether a shot makes a still, or has one that was given."""
    return not isinstance(shot, TextToVideoShot)


def after(shots: Sequence[Shot]) -> dict[str, tuple[str, ...]]:
    """For each shot the others whose still must be there before it is planned."""
    return {shot.shot: tuple(dict.fromkeys(references(shot).values())) for shot in shots}


def whose_still(shots: Sequence[Shot]) -> dict[str, str]:
    """For each shot with a still the one that it comes from in the end: itself, unless it is given by reference.

    The shots have no cycle: `cycles` finds none.
    """
    given = {shot.shot: references(shot).get(FIRST) for shot in shots if has_still(shot)}
    found: dict[str, str] = {}
    for shot in given:
        path = [shot]
        while path[-1] not in found and (further := given.get(path[-1])) is not None:
            path.append(further)
        found |= dict.fromkeys(path, found.get(path[-1], path[-1]))
    return found


def in_waves(waits: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, ...]]:
    """The shots in rounds, each of which waits only for those before; what waits in a circle is in none."""
    waiting: dict[str, list[str]] = {}
    for name, others in waits.items():
        for other in others:
            waiting.setdefault(other, []).append(name)
    left = {name: len(set(others)) for name, others in waits.items()}
    ready = [name for name, number in left.items() if number == 0]
    while ready:
        yield tuple(ready)
        freed: dict[str, None] = {}
        for name in (each for done in ready for each in dict.fromkeys(waiting.get(done, ()))):
            left[name] -= 1
            freed |= {name: None} if left[name] == 0 else {}
        ready = list(freed)


def cycles(waits: Mapping[str, Sequence[str]]) -> list[tuple[str, ...]]:
    """The circles in which shots wait for each other, each from its earliest shot on; none if all can be made.

    Of circles that share a shot one is told: whoever opens it is told of the next. Names of nobody wait for nothing.
    """
    known = {name: [other for other in others if other in waits] for name, others in waits.items()}
    free = {name for wave in in_waves(known) for name in wave}
    seen, found = set(free), list[tuple[str, ...]]()
    for name in known:
        walked = _walk(name, known, free, seen)
        seen |= set(walked)
        if walked and walked[-1] in walked[:-1]:
            found.append(_from_the_first(walked[walked.index(walked[-1]) : -1], list(known)))
    return found


def _walk(name: str, known: Mapping[str, Sequence[str]], free: set[str], seen: set[str]) -> list[str]:
    """From a shot to one that it waits for, and on from there, until that is one that was seen."""
    walked: dict[str, None] = {}
    while name not in seen and name not in walked:
        walked[name] = None
        name = next(other for other in known[name] if other not in free)
    return [*walked, name] if walked else []


def _from_the_first(circle: list[str], order: list[str]) -> tuple[str, ...]:
    start = circle.index(min(circle, key=order.index))
    return (*circle[start:], *circle[:start])
