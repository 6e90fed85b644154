"""Rules of the newest models: words in parts, a resolution by name, a least number of pixels."""

from uuid import UUID

import pytest

from stillreel.domain.errors import BadInput
from stillreel.domain.requests import Beat, ImageParent
from stillreel.runware.catalogue import AskedClip, AskedStill, body_of, check_body, resolve_clip, resolve_still
from stillreel.runware.catalogue.entry import SizeRule
from stillreel.runware.catalogue.sizing import next_larger
from tests.runware.catalogue.facts import CLIPS
from tests.runware.catalogue.klingai_page import FRAME_ID

TASK = UUID("b2b12f9d-6822-434e-bcdb-792ec67bab65")
TURBO = "klingai:kling-video@3.0-turbo"
OMNI = "klingai:kling-video@o3-standard"
BEATS = (Beat(prompt="gulls sit", duration=3), Beat(prompt="gulls lift off", duration=4))
PARENT = ImageParent(sha256="0" * 64)


@pytest.mark.parametrize("air,row", CLIPS.items(), ids=list(CLIPS))
def test_what_a_shot_asks_makes_a_legal_body(catalogue, today, air, row):
    """The same words become a legal body on every model, from a first frame and, where it can, from words alone."""
    entry = catalogue.entry(air)
    for parent in (PARENT, *([None] if row.text else [])):
        request = resolve_clip(entry, AskedClip(prompt="gulls lift off", duration=5, parent=parent), today=today)
        body = body_of(entry, request, TASK, FRAME_ID if parent else None)
        assert check_body(entry, body, today) == []
        assert ("width" in body) == bool(parent is None or row.framed)


def test_a_clip_is_told_in_words_or_in_parts(catalogue, today):
    """3.0 Omni takes a prompt or parts, one of the two; VIDEO 3.0 takes both, and needs one."""
    for air, both in ((OMNI, False), ("klingai:kling-video@3-pro", True)):
        entry = catalogue.entry(air)
        for prompt, beats, legal in (("gulls", (), True), ("", BEATS, True), ("gulls", BEATS, both), ("", (), False)):
            asked = AskedClip(prompt=prompt, beats=beats, parent=PARENT)
            if legal:
                request = resolve_clip(entry, asked, today=today)
                assert request.duration == (7 if beats else 5)
            else:
                with pytest.raises(BadInput, match=r"motion\.(prompt|beats)"):
                    resolve_clip(entry, asked, today=today)


@pytest.mark.parametrize("named,size", [(None, (1280, 720)), ("720p", (1280, 720)), ("1080p", (1920, 1080))])
def test_turbo_is_asked_by_name_from_a_frame_and_by_size_from_words(catalogue, today, named, size):
    """A resolution goes out by name beside a frame, and as its pair with words alone; each has its rate."""
    entry = catalogue.entry(TURBO)
    framed = resolve_clip(entry, AskedClip(prompt="gulls", resolution=named, parent=PARENT), today=today)
    body = body_of(entry, framed, TASK, FRAME_ID)
    assert (body["resolution"], "width" in body) == (named or "720p", False)
    assert (framed.width, framed.height) == size
    text = body_of(entry, resolve_clip(entry, AskedClip(prompt="gulls", resolution=named), today=today), TASK, None)
    assert ((text["width"], text["height"]), "resolution" in text) == (size, False)


@pytest.mark.parametrize(
    "fields,at",
    [
        ({"resolution": "720p"}, "resolution"),  # without a frame
        ({"inputs": {"frameImages": [FRAME_ID]}}, "width"),  # beside a size
        ({"inputs": {"frameImages": [FRAME_ID]}, "resolution": "1080p"}, "resolution"),
        ({"negativePrompt": "rain"}, "negativePrompt"),
        ({"positivePrompt": "ab"}, "positivePrompt"),
        ({"positivePrompt": "a" * 3073}, "positivePrompt"),
        ({"providerSettings": {"klingai": {"sound": True}}}, "providerSettings"),
        ({"height": 1080}, "width"),
    ],
    ids=str,
)
def test_what_turbo_refuses(catalogue, today, fields, at):
    """A resolution or a negative prompt without a frame, a size beside one, a setting for sound, a mixed pair."""
    body = {"taskType": "videoInference", "taskUUID": str(TASK), "model": TURBO, "positivePrompt": "gulls"}
    whole = {**body, "width": 1280, "height": 720, **fields}
    assert at in {problem.field for problem in check_body(catalogue.entry(TURBO), whole, today)}


@pytest.mark.parametrize(
    "wanted,made", [((1280, 720), (2560, 1440)), ((720, 720), (1920, 1920)), ((3840, 2160), (3840, 2160))]
)
def test_few_pixels_are_scaled_up(catalogue, today, wanted, made):
    """Seedream 4.5 makes 3686400 pixels and more: a smaller still is asked for in its shape, and cut to size."""
    entry = catalogue.entry("bytedance:seedream@4.5")
    request = resolve_still(entry, AskedStill(prompt="a quay", width=wanted[0], height=wanted[1]), today=today)
    assert (request.width, request.height) == made
    assert request.crop == (None if wanted == made else wanted)
    body = body_of(entry, request, TASK, None)
    assert check_body(entry, body, today) == []
    (problem,) = check_body(entry, {**body, "width": 2559, "height": 1440}, today)
    assert (problem.field, problem.got) == ("width", "2559x1440")


@pytest.mark.parametrize(
    "size,rule,larger",
    [
        ((1280, 720), SizeRule(min=128, max=2048, step=64), (1280, 768)),
        ((3840, 2160), SizeRule(min=128, max=2048, step=64), None),
        ((100, 1280), SizeRule(min=128, max=2048, step=16), (128, 1280)),
        ((1280, 720), SizeRule(pairs=((1376, 768), (768, 1376), (2752, 1536))), (1376, 768)),
        ((720, 1280), SizeRule(pairs=((1376, 768),)), None),
        ((1280, 720), SizeRule(), (1280, 720)),
        ((1280, 720), SizeRule(min_pixels=921600), (1280, 720)),
        ((1280, 720), SizeRule(min_pixels=921601), (1281, 721)),
        ((1280, 720), SizeRule(min_pixels=3686400, max=2048), None),
    ],
)
def test_the_next_larger_size(size, rule, larger):
    """The smallest legal size that a picture can be cut from, by grid, list or number of pixels."""
    assert next_larger(size, rule) == larger
