"""Sound: what a model is told of it, where it can be told anything; who wants what it makes anyway gets it."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from stillreel.domain.problems import Problem
from stillreel.domain.requests import ClipRequest
from stillreel.runware.catalogue.asked import AskedClip
from stillreel.runware.catalogue.checking import present
from stillreel.runware.catalogue.defaults import default_of
from stillreel.runware.catalogue.entry import Entry
from stillreel.runware.catalogue.rules import is_forbidden


def sound_problems(entry: Entry, asked: AskedClip, keys: Mapping[str, str]) -> list[Problem]:
    """What is asked of sound that a model without a word for it doesn't make, or isn't known to make."""
    if asked.audio is None or entry.field_of("audio") is not None or asked.audio == entry.always_audio:
        return []
    allowed = f"leave it out, or name another {keys['model']}: {_why(entry)}"
    return [Problem(field=keys["audio"], got="yes" if asked.audio else "no", allowed=allowed)]


def _why(entry: Entry) -> str:
    if entry.always_audio:
        return f"clips by {entry.name} always have sound"
    if "audio" in entry.unsaid:
        return f"nobody says whether clips by {entry.name} have sound, and it can't be asked for"
    return f"{entry.name} makes no sound"


def sound_asked(entry: Entry, asked: AskedClip) -> bool | None:
    """What the model is told of sound; nothing where no is what it does anyway, so that both are one request."""
    if entry.field_of("audio") is None or (asked.audio is False and default_of(entry, "audio") is False):
        return None
    return asked.audio


def unasked_sound(entry: Entry, request: ClipRequest, body: Mapping[str, Any], today: date) -> ClipRequest:
    """The same without a word of sound, where a rule forbids one and the clip is anyway as it is asked for.

    Between two frames VIDEO 2.6 Pro has no setting for sound: its clip is silent, and priced so.
    """
    path = entry.field_of("audio")
    if path is None or request.audio is None or request.audio != entry.always_audio:
        return request
    forbidden = is_forbidden(entry, path, dict(present(entry, body)), today)
    return request.model_copy(update={"audio": None}) if forbidden else request
