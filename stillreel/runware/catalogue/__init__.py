"""The catalogue: what each model takes, refuses, costs and answers, as dated data, one file a model.

    catalogue = load()
    entry = catalogue.entry("klingai:3@1")
    problems = check_body(entry, body, today)

To add a model, add a file to `models/` (or to a folder of your own, given to `load`); `missing_of` says what it lacks.
"""

from stillreel.runware.catalogue.any_model import not_judged, of_any_model
from stillreel.runware.catalogue.asked import Asked, AskedClip, AskedStill
from stillreel.runware.catalogue.asking import draft_clip, resolve_clip, resolve_still
from stillreel.runware.catalogue.bodies import body_of
from stillreel.runware.catalogue.checking import check_asked, check_body, check_response
from stillreel.runware.catalogue.completeness import missing_of
from stillreel.runware.catalogue.defaults import default_of
from stillreel.runware.catalogue.doubts import doubts_of
from stillreel.runware.catalogue.entry import Entry
from stillreel.runware.catalogue.loading import Catalogue, load
from stillreel.runware.catalogue.nearby import Offer, fading, makers, nearest, no_help, why_gone
from stillreel.runware.catalogue.pricing import quote, quote_of
from stillreel.runware.catalogue.sizing import longest_side, sizes

__all__ = [
    "Asked",
    "AskedClip",
    "AskedStill",
    "Catalogue",
    "Entry",
    "Offer",
    "body_of",
    "check_asked",
    "check_body",
    "check_response",
    "default_of",
    "doubts_of",
    "draft_clip",
    "fading",
    "load",
    "longest_side",
    "makers",
    "missing_of",
    "nearest",
    "no_help",
    "not_judged",
    "of_any_model",
    "quote",
    "quote_of",
    "resolve_clip",
    "resolve_still",
    "sizes",
    "why_gone",
]
