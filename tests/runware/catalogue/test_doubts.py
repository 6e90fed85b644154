"""Doubts: what an entry marks as unknown and a request uses, told before it is paid for."""

from datetime import date
from uuid import UUID

import pytest

from stillreel.domain.requests import ImageParent
from stillreel.runware.catalogue import AskedClip, AskedStill, body_of, doubts_of, quote, resolve_clip, resolve_still
from stillreel.runware.catalogue.entry import SizeRule
from tests.runware.catalogue.klingai_page import FRAME_ID

TODAY = date(2026, 11, 22)
STANDARD = "klingai:kling-video@3-standard"
TASK = UUID("b2b12f9d-6822-434e-bcdb-792ec67bab65")


def row_of(entry, **given):
    usual = {"width": 1280, "height": 720, "duration": 5, "results": 1, "today": TODAY}
    return quote(entry, **{**usual, **given}).row


def doubts(entry, asked, frame=None, last=None):
    """The doubts of a clip that is asked for."""
    body = body_of(entry, resolve_clip(entry, asked, today=TODAY), TASK, frame, last)
    return doubts_of(entry, body, row=row_of(entry))


def test_only_the_fields_that_are_used_are_doubted(catalogue):
    """A prompt of unknown bounds is told, and the negative one beside it only where it is used, by one source."""
    entry = catalogue.entry(STANDARD)
    source = "(the field is in the vendor's client; nobody states bounds)"
    says = "KlingAI VIDEO 3.0 Standard: nobody can say for certain what"
    assert doubts(entry, AskedClip(prompt="gulls lift off")) == (f"{says} positivePrompt may be {source}",)
    both = doubts(entry, AskedClip(prompt="gulls lift off", negative_prompt="rain"))
    assert both == (f"{says} positivePrompt and negativePrompt may be {source}",)
    asked = AskedClip(prompt="gulls lift off", parent=ImageParent(sha256="0" * 64))
    assert doubts(entry, asked, FRAME_ID) == doubts(entry, AskedClip(prompt="gulls lift off"))
    frames = entry.fields["inputs.frameImages"].model_copy(update={"sure": "unknown", "source": "a rumour"})
    doubtful = entry.model_copy(update={"fields": {**entry.fields, "inputs.frameImages": frames}})
    assert f"{says} inputs.frameImages may be (a rumour)" in doubts(doubtful, asked, FRAME_ID)


@pytest.mark.parametrize(
    "mode,says",
    [
        ("text", "which sizes it makes"),
        ("first_frame", "which sizes it makes from a first frame"),
        ("first_last_frame", "which sizes it makes from a first and a last frame"),
    ],
)
def test_the_sizes_of_its_own_mode_are_doubted(catalogue, mode, says):
    """An unknown size rule is told of the mode that is used, and of no other."""
    entry = catalogue.entry("klingai:kling-video@2.6-pro")
    sizes = {**entry.sizes, mode: SizeRule(sure="unknown", source="nobody", min=1, step=1)}
    doubtful, row = entry.model_copy(update={"sizes": sizes}), row_of(entry, width=1920, height=1080)
    frames = {"text": 0, "first_frame": 1, "first_last_frame": 2}
    found = {
        other: doubts_of(doubtful, {"inputs": {"frameImages": [FRAME_ID] * count}}, row=row)
        for other, count in frames.items()
    }
    assert found[mode] == (f"{entry.name}: nobody can say for certain {says} (nobody)",)
    assert not any(said for other, said in found.items() if other != mode)


def test_a_price_that_nobody_is_sure_of_is_doubted(kling):
    """The row that was applied is told with its day and its source."""
    row = row_of(kling).model_copy(update={"sure": "unknown", "source": "a private table"})
    (said,) = doubts_of(kling, {}, row=row)
    assert said.startswith("KlingAI 1.6 Standard: nobody can say for certain that it costs $0.037 a second")
    assert said.endswith(f"since {row.since} (a private table)")


def test_what_is_known_leaves_no_doubt(kling, catalogue):
    """The models of the full page and of the surest entry are asked without a word of doubt."""
    parent = ImageParent(sha256="0" * 64)
    asked = AskedClip(prompt="gulls lift off", negative_prompt="rain", guidance=0.7, duration=10, parent=parent)
    assert doubts(kling, asked, FRAME_ID) == ()
    turbo = catalogue.entry("runware:z-image@turbo")
    body = body_of(turbo, resolve_still(turbo, AskedStill(prompt="a quay"), today=TODAY), TASK, None)
    sure = {path for path in ("positivePrompt", "width", "height") if turbo.fields[path].sure != "unknown"}
    told = doubts_of(turbo, {key: body[key] for key in sure}, row=row_of(turbo, duration=None))
    assert told == ()
