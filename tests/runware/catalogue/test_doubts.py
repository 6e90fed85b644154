"""Doubts: what an entry marks as unknown and a request uses, told before it is paid for."""

from datetime import date
from pathlib import Path
from uuid import UUID

import pytest

from stillreel.domain.requests import Beat, ImageParent
from stillreel.runware.catalogue import (
    AskedClip,
    AskedStill,
    body_of,
    doubts_of,
    load,
    quote,
    resolve_clip,
    resolve_still,
)
from stillreel.runware.catalogue.entry import SizeRule
from stillreel.runware.catalogue.keys import CLIP_KEYS
from tests.runware.catalogue.klingai_page import FRAME_ID

TODAY = date(2026, 11, 22)
TASK = UUID("b2b12f9d-6822-434e-bcdb-792ec67bab65")
MADE_UP = load(Path(__file__).parents[2] / "studio" / "models")
NAMED, WORDS = MADE_UP["studio:named@1"], MADE_UP["studio:words@1"]
PARENT = ImageParent(sha256="0" * 64)
NOBODY = "nobody can say for certain"


def row_of(entry, width=1280, height=720, duration=5):
    return quote(entry, width=width, height=height, duration=duration, results=1, today=TODAY).row


def stills_doubts(**asked):
    """The doubts of a still of a model whose prompts have unknown bounds."""
    body = body_of(NAMED, resolve_still(NAMED, AskedStill(prompt="a quay", **asked), today=TODAY), TASK, None)
    return doubts_of(NAMED, body, row=row_of(NAMED, 1376, 768))


def test_only_the_fields_that_are_used_are_doubted():
    """A field of unknown bounds is told where it is used; those of one source are one sentence."""
    says = f"Named: {NOBODY} what"
    assert stills_doubts() == (f"{says} positivePrompt may be (bounds of another page)",)
    both = stills_doubts(negative_prompt="people")
    assert both == (f"{says} positivePrompt and negativePrompt may be (bounds of another page)",)


@pytest.mark.parametrize(
    "frames,mode,says",
    [
        (0, "text", "which sizes it makes"),
        (1, "first_frame", "which sizes it makes from a first frame"),
        (2, "first_last_frame", "which sizes it makes from a first and a last frame"),
    ],
)
def test_the_sizes_of_its_own_mode_are_doubted(frames, mode, says):
    """An unknown size rule is told of the mode that is used, and of no other."""
    sure = {other: rule.model_copy(update={"sure": "documented"}) for other, rule in WORDS.sizes.items()}
    unsure = SizeRule(sure="unknown", source="nobody", min=1, step=1)
    doubtful = WORDS.model_copy(update={"sizes": {**sure, mode: unsure}})
    for count in (0, 1, 2):
        body = {"inputs": {"frameImages": [FRAME_ID] * count}} if count else {}
        told = doubts_of(doubtful, body, row=row_of(WORDS))
        assert told == ((f"Words: {NOBODY} {says} (nobody)",) if count == frames else ())


def test_a_size_without_a_largest_is_doubted(catalogue):
    """Where only the least number of pixels is known, nobody can say how large a still may be, and that is told."""
    entry = catalogue.entry("bytedance:5@0")
    asked = AskedStill(prompt="a quay", width=3840, height=2160)
    body = body_of(entry, resolve_still(entry, asked, today=TODAY), TASK, None)
    told = doubts_of(entry, body, row=row_of(entry, 3840, 2160))
    assert f"Seedream 4.0: {NOBODY} how large it can make it; no largest size is known" in told


def test_a_price_that_nobody_is_sure_of_is_doubted(kling):
    """The row that was applied is told with its day and its source."""
    row = row_of(kling).model_copy(update={"sure": "unknown", "source": "a private table"})
    (said,) = doubts_of(kling, {}, row=row)
    assert said.startswith(f"KlingAI 1.6 Standard: {NOBODY} that it costs $0.037 a second")
    assert said.endswith(f"since {row.since} (a private table)")


def test_what_may_not_stand_beside_each_other_is_doubted(catalogue):
    """A prompt beside beats, of a model of which nobody says whether it takes both, is told; either alone isn't."""
    entry = catalogue.entry("klingai:kling-video@3-standard")
    beats = (Beat(prompt="the light turns", duration=3), Beat(prompt="gulls lift off", duration=2))
    for asked, doubted in (
        ({"prompt": "gulls", "beats": beats}, True),
        ({"prompt": "gulls"}, False),
        ({"prompt": "", "beats": beats}, False),
    ):
        request = resolve_clip(entry, AskedClip(**asked), today=TODAY)
        for keys, said in (
            (CLIP_KEYS, "whether motion.prompt may stand beside motion.beats ("),
            (None, "whether positivePrompt may stand beside providerSettings.klingai.multiPrompt ("),
        ):
            told = doubts_of(entry, body_of(entry, request, TASK, None), row=row_of(entry), keys=keys)
            assert any(f"{NOBODY} {said}" in doubt for doubt in told) is doubted


def test_what_is_known_leaves_no_doubt(kling):
    """The model whose whole page is known is asked without a word of doubt."""
    asked = AskedClip(prompt="gulls lift off", negative_prompt="rain", guidance=0.7, duration=10, parent=PARENT)
    body = body_of(kling, resolve_clip(kling, asked, today=TODAY), TASK, FRAME_ID)
    assert doubts_of(kling, body, row=row_of(kling)) == ()
