"""From what a person asks to what a model can be asked: resolved requests, every default filled in."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from stillreel.domain.errors import BadInput
from stillreel.domain.names import Stage
from stillreel.domain.problems import Problem, untold
from stillreel.domain.requests import ClipRequest, StillRequest
from stillreel.runware.catalogue.any_model import of_any_model
from stillreel.runware.catalogue.asked import Asked, AskedClip, AskedStill
from stillreel.runware.catalogue.bodies import MODES, body_of
from stillreel.runware.catalogue.checking import check_body
from stillreel.runware.catalogue.defaults import default_of
from stillreel.runware.catalogue.entry import Entry, SizeRule, Word
from stillreel.runware.catalogue.keys import CLIP_KEYS, STILL_KEYS, in_words
from stillreel.runware.catalogue.lasting import of_beats, seconds_of
from stillreel.runware.catalogue.sizing import PIXELS, made_for, makes, next_larger, resolutions, sizes
from stillreel.runware.catalogue.sound import sound_asked, sound_problems, unasked_sound
from stillreel.runware.catalogue.values import shown

SOME_ID = UUID("00000000-0000-4000-8000-000000000000")  # stands for ids that don't exist yet while a request is checked


def resolve_still(
    entry: Entry, asked: AskedStill, *, today: date, keys: Mapping[str, str] = STILL_KEYS
) -> StillRequest:
    """The request that this is, every default filled in; BadInput with all problems, in the shot file's words.

    A size that the model doesn't make is asked for in the next larger one that it makes, to be cut afterwards. Pixels
    that it can't make at all are told of the model, because they are its clip's.
    """
    _check_kind(entry, "still", asked, keys)
    said: dict[Word, Any] = {"negative_prompt": asked.negative_prompt or None, "seed": asked.seed}
    problems = _strangers(entry, said, keys)
    resolution = _resolution(entry, asked, MODES[0], keys, problems)
    wanted = _size(entry, asked, MODES[0], resolution, keys, problems)
    resolution = _large_enough(entry, asked, wanted, resolution, keys, problems)
    made = made_for(wanted, entry, MODES[0], resolution) or wanted
    small = [] if asked.width is None or makes(entry, wanted) else [_too_small(entry, wanted, keys)]
    request = StillRequest(
        **_common(entry, asked, made, resolution),
        seed=asked.seed if entry.field_of("seed") else None,
        crop=None if made == wanted else wanted,
    )
    checked = _checked(entry, request, None, None, today, keys)
    problems += [*small, *(found for found in checked if not (small and found.field == keys["width"]))]
    _refuse([*problems, *untold(of_any_model(asked, keys), problems)])
    return request


def resolve_clip(entry: Entry, asked: AskedClip, *, today: date, keys: Mapping[str, str] = CLIP_KEYS) -> ClipRequest:
    """The request that this is, every default filled in; BadInput with all problems, in the shot file's words."""
    request, problems = draft_clip(entry, asked, today=today, keys=keys)
    _refuse(problems)
    return request


def draft_clip(
    entry: Entry, asked: AskedClip, *, today: date, keys: Mapping[str, str] = CLIP_KEYS
) -> tuple[ClipRequest, list[Problem]]:
    """The request as far as it can be understood, and all that is wrong with it; BadInput if it is no clip at all.

    So what comes of the clip, such as the size of its still, can be judged beside what is wrong with it.
    """
    _check_kind(entry, "clip", asked, keys)
    framed, ending = asked.parent is not None or asked.from_frame, asked.last is not None or asked.to_frame
    mode = MODES[framed + (framed and ending)]
    sized = mode if mode in entry.modes or MODES[1] not in entry.modes else MODES[1]  # of a mode that is refused
    said: dict[Word, Any] = {
        "negative_prompt": asked.negative_prompt or None,
        "guidance": asked.guidance,
        "beats": asked.beats or None,
    }
    problems = [*_strangers(entry, said, keys), *sound_problems(entry, asked, keys)]
    problems += _modes(entry, mode, keys, ending=ending)
    resolution = _resolution(entry, asked, sized, keys, problems)
    size = _size(entry, asked, sized, resolution, keys, problems)
    guidance = asked.guidance if asked.guidance is not None else default_of(entry, "guidance")
    request = ClipRequest(
        **_common(entry, asked, size, resolution),
        duration=seconds_of(entry, asked, default_of(entry, "duration"), keys, problems),
        guidance=guidance if entry.field_of("guidance") else None,
        audio=sound_asked(entry, asked),
        beats=(asked.beats or None) if entry.field_of("beats") else None,
        parent=asked.parent,
        last=asked.last,
    )
    has_frames = entry.field_of("frames") is not None
    frame = str(SOME_ID) if framed and has_frames else None
    last = str(SOME_ID) if frame and ending and MODES[2] in entry.modes else None
    request = unasked_sound(entry, request, body_of(entry, request, SOME_ID, frame, last), today)
    checked = _checked(entry, request, frame, last, today, keys)
    if mode not in entry.modes:  # which is told; of its sizes nothing can be said
        checked = [found for found in checked if found.field != keys["width"]]
    problems = of_beats(entry, asked, keys, problems + checked)
    problems += untold(_silence(entry, asked, keys), problems)
    return request, [*problems, *untold(of_any_model(asked, keys), problems)]


def _check_kind(entry: Entry, kind: Stage, asked: Asked, keys: Mapping[str, str]) -> None:
    if entry.kind != kind:
        allowed = f"a model that makes {kind}s; this one makes {entry.kind}s"
        _refuse([Problem(field=keys["model"], got=entry.air, allowed=allowed), *of_any_model(asked, keys)])


def _too_small(entry: Entry, wanted: tuple[int, int], keys: Mapping[str, str]) -> Problem:
    allowed = f"another model: {entry.name} makes no {wanted[0]}x{wanted[1]}"
    return Problem(field=keys["model"], got=entry.air, allowed=allowed)


def _common(entry: Entry, asked: Asked, size: tuple[int, int], resolution: str | None) -> dict[str, Any]:
    return {
        "model": entry.air,
        "prompt": asked.prompt,
        "negative_prompt": (asked.negative_prompt or None) if entry.field_of("negative_prompt") else None,
        "width": size[0],
        "height": size[1],
        "resolution": resolution,
        "results": asked.results,
        "format": asked.format or default_of(entry, "format"),
        "quality": asked.quality if asked.quality is not None else default_of(entry, "quality"),
        "safety": asked.safety,
    }


def _modes(entry: Entry, mode: str, keys: Mapping[str, str], *, ending: bool) -> list[Problem]:
    """What speaks against this way of making a clip."""
    if ending and mode != MODES[2]:
        return [Problem(field=keys["last"], got="an image", allowed="it needs a still to start from")]
    if mode in entry.modes:
        return []
    if ending and MODES[1] in entry.modes:
        unsaid = "last" in entry.unsaid
        why = f"nobody says whether {entry.name} takes one" if unsaid else f"{entry.name} takes no last frame"
        return [Problem(field=keys["last"], got="an image", allowed=f"leave it out: {why}")]
    needs = "needs a first frame" if MODES[1] in entry.modes else "takes no first frame"
    return [Problem(field=keys["model"], got=entry.air, allowed=f"another model: {entry.name} {needs}")]


def _resolution(entry: Entry, asked: Asked, mode: str, keys: Mapping[str, str], problems: list[Problem]) -> str | None:
    """The resolution that is named; else the one that a size in pixels is of, or the model's first."""
    known, size = resolutions(entry, mode), (asked.width, asked.height)
    if asked.resolution is None:
        return next((name for name in known if size in entry.tiers.get(name, ())), next(iter(known), None))
    if asked.resolution in known:
        return asked.resolution
    allowed = f"one of {', '.join(known)}" if known else f"leave it out: {_unnamed(entry)}"
    problems.append(Problem(field=keys["resolution"], got=shown(asked.resolution), allowed=allowed))
    return next(iter(known), None)


def _unnamed(entry: Entry) -> str:
    """Why a resolution isn't asked for by its name."""
    unclear = entry.field_of("resolution") and not any(rule.resolutions for rule in entry.sizes.values())
    if unclear:
        return f"nobody says which picture {entry.name} makes of one by name, so a size in pixels is sent"
    return f"{entry.name} isn't asked for one by name"


def _large_enough(
    entry: Entry,
    asked: Asked,
    wanted: tuple[int, int],
    resolution: str | None,
    keys: Mapping[str, str],
    problems: list[Problem],
) -> str | None:
    """The resolution that the wanted picture can be cut from: the one asked for, or the first that will do."""
    known = resolutions(entry, MODES[0])
    enough = [name for name in known if made_for(wanted, entry, MODES[0], name)]
    if resolution is None or resolution in enough or not enough:
        return resolution
    if asked.resolution in known:
        allowed = f"one of {', '.join(enough)}, which are large enough for {wanted[0]}x{wanted[1]}"
        problems.append(Problem(field=keys["resolution"], got=shown(resolution), allowed=allowed))
    return enough[0]


def _size(
    entry: Entry,
    asked: Asked,
    mode: str,
    resolution: str | None,
    keys: Mapping[str, str],
    problems: list[Problem],
) -> tuple[int, int]:
    if asked.width is not None and asked.height is not None:
        return asked.width, asked.height
    known = sizes(entry, mode, resolution)
    found = known.get(asked.size)
    if found is None and entry.kind == "still" and asked.size in PIXELS:
        larger = next_larger(PIXELS[asked.size], entry.sizes.get(mode, SizeRule()))
        found = None if larger is None else PIXELS[asked.size]
    if found is None:
        problems.append(Problem(field=keys["width"], got=shown(asked.size), allowed=f"one of {', '.join(known)}"))
    return found or next(iter(known.values()), PIXELS["16:9"])


def _strangers(entry: Entry, said: Mapping[Word, Any], keys: Mapping[str, str]) -> list[Problem]:
    return [
        Problem(field=keys[word], got=_told(value), allowed=f"leave it out: {_strange(entry, word)}")
        for word, value in said.items()
        if value is not None and entry.field_of(word) is None
    ]


def _strange(entry: Entry, word: Word) -> str:
    unsaid = f"nobody says whether {entry.name} has such a field"
    return unsaid if word in entry.unsaid else f"{entry.name} has no such field"


def _told(value: Any) -> str:
    """What was asked, as a person would write it: 5 and not 5.0."""
    if isinstance(value, tuple):
        return f"{len(value)} beat{'s'[: len(value) != 1]}"
    return f"{value:g}" if isinstance(value, float) else shown(value)


def _silence(entry: Entry, asked: AskedClip, keys: Mapping[str, str]) -> list[Problem]:
    """A clip that nobody says anything about, which some models would be sent as if that were nothing."""
    if asked.prompt or asked.beats:
        return []
    beats = f"; or {keys['beats']} in its place" if entry.field_of("beats") else ""
    return [Problem(field=keys["prompt"], got="nothing", allowed=f"it is required{beats}")]


def _checked(
    entry: Entry,
    request: StillRequest | ClipRequest,
    frame: str | None,
    last: str | None,
    today: date,
    keys: Mapping[str, str],
) -> list[Problem]:
    body = body_of(entry, request, SOME_ID, frame, last)
    return [in_words(entry, problem, keys) for problem in check_body(entry, body, today)]


def _refuse(problems: list[Problem]) -> None:
    if problems:
        raise BadInput(problems)
