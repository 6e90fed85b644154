"""Words that only some models know: audio, beats, a resolution by its name, a last frame."""

import json
from datetime import date
from decimal import Decimal

import pytest

from stillreel.domain.errors import BadInput
from stillreel.domain.requests import Beat, ImageParent, TakeParent
from stillreel.domain.shots import ImageToVideoShot, TextToImageShot, TextToVideoShot
from stillreel.studio.reading import shot_of
from stillreel.studio.resolving import clip_of, still_of
from tests.studio.on_set import CHAIN
from tests.studio.on_set import MORE_MODELS as CATALOGUE

TODAY = date(2026, 11, 22)
WORDS, NAMED = "studio:words@1", "studio:named@1"
BEATS = [{"prompt": "The light turns.", "duration": 3}, {"prompt": "Gulls lift off.", "duration": 4}]
EVERYTHING = {"audio": True, "resolution": "1080p", "beats": BEATS, "last_image": "dusk.png"}
BEFORE = {  # asked and digest, computed before any of the words was known
    "still": (
        "65a33e0b132dd761bc4a8b14f84345b639927be58c60d889eeed1aad4d388182",
        "5727fc36bb7d918dcd3b8f5706f16d51d8e080de506a901ba69b2d52e8240806",
    ),
    "clip": (
        "7053d570dfa192e75a6a68dcc0d5179a6d27b104eef25c055ecf683d4e7106dc",
        "340cc37cc4c538462a205c383ac180b370b4ea52cc55ca596eef894d0afbbf98",
    ),
}
TAKE = TakeParent(take=1, digest="0" * 64)
LAST = ImageParent(sha256="1" * 64)


def written(motion, still=None, kind=ImageToVideoShot):
    """A shot file with these words."""
    shot = {**CHAIN, "still": {"prompt": "A lighthouse.", **(still or {})}, "motion": motion}
    return shot if kind is ImageToVideoShot else {key: value for key, value in shot.items() if key != "still"}


def read(motion, still=None, kind=ImageToVideoShot):
    return shot_of(written(motion, still, kind), kind, CATALOGUE, TODAY)


def problems_of(motion, still=None, kind=ImageToVideoShot):
    with pytest.raises(BadInput) as caught:
        read(motion, still, kind)
    return {problem.field: f"{problem.got} | {problem.allowed}" for problem in caught.value.problems}


def clip(shot, parent=TAKE, last=None):
    found = clip_of(shot, CATALOGUE, TODAY, parent, last)
    assert found is not None
    return found


def test_everything_that_a_model_knows_can_be_asked():
    """Audio, beats, a resolution and a last frame reach the request; the clip is as long as its beats."""
    request = clip(read({"model": WORDS, **EVERYTHING}), last=LAST).request
    assert (request.audio, request.resolution, request.last) == (True, "1080p", LAST)
    assert request.beats == tuple(Beat(**beat) for beat in BEATS)
    assert (request.prompt, request.duration) == ("", 7)
    assert (request.width, request.height) == (1920, 1080)


def test_a_model_without_the_words_refuses_each_at_once():
    """Each word that the model lacks is one problem, in the shot file's words, beside what else is wrong."""
    found = problems_of({"prompt": "Waves.", **EVERYTHING, "guidance": 2}, {"resolution": "2K", "seed": -1})
    assert set(found) == {
        "motion.audio",
        "motion.beats",
        "motion.guidance",
        "motion.last_image",
        "motion.resolution",
        "still.resolution",
        "still.seed",
    }
    assert found["motion.beats"] == "2 beats | leave it out: KlingAI 1.6 Standard has no such field"
    assert found["motion.audio"].startswith("yes | leave it out, or name another motion.model: KlingAI 1.6 Standard")
    assert found["motion.last_image"] == "an image | leave it out: KlingAI 1.6 Standard takes no last frame"
    assert "leave it out" in found["motion.resolution"]
    assert "leave it out" in found["still.resolution"]


def test_a_last_frame_needs_a_first_one():
    """A clip from words alone can't end with an image."""
    found = problems_of({"model": WORDS, "prompt": "Waves.", "last_image": "dusk.png"}, kind=TextToVideoShot)
    assert found == {"motion.last_image": "an image | it needs a still to start from"}


@pytest.mark.parametrize(
    "motion,says",
    [
        ({}, {"motion.prompt": "none of them | either a prompt or beats"}),
        ({"prompt": "Waves.", "beats": BEATS}, {"motion.prompt": "either a prompt or beats"}),
        ({"beats": BEATS, "duration": 5}, {"motion.duration": "5 | 7, the sum of the beats, or leave it out"}),
        ({"beats": [BEATS[0]] * 7}, {"motion.beats": "21 s in all | an integer from 3 to 15"}),
        ({"beats": [{**BEATS[0], "duration": 1}]}, {"motion.beats": "1 s in all | an integer from 3 to 15"}),
        ({"beats": [{**BEATS[0], "duration": 1}], "duration": 5}, {
            "motion.beats": "1 s in all, beside a motion.duration of 5 | an integer from 3 to 15",
        }),
        ({"beats": "two"}, {"motion.beats": "a list"}),
        ({"beats": [BEATS[0], "gulls"]}, {"motion.beats.1": "a group of keys"}),
        ({"beats": [{"prompt": "Waves."}]}, {"motion.beats.0.duration": "it is required"}),
        ({"beats": [{"prompt": " ", "duration": True}], "duration": 9}, {
            "motion.beats.0.prompt": "not only spaces",
            "motion.beats.0.duration": "a number",
        }),
        ({"beats": [BEATS[0], {**BEATS[1], "colour": "red"}]}, {"motion.beats.1.colour": "no such key"}),
        ({"beats": [{"prompt": "Waves.", "duration": 3.5}]}, {
            "motion.beats.0.duration": "whole seconds",
        }),
        ({"prompt": "Waves.", "audio": "perhaps"}, {"motion.audio": "'perhaps' | yes or no"}),
        ({"prompt": "Waves.", "audio": 1}, {"motion.audio": "1 | yes or no"}),
        ({"prompt": "Waves.", "resolution": "4k"}, {"motion.resolution": "one of 720p, 1080p"}),
        ({"prompt": "Waves.", "resolution": 720}, {"motion.resolution": "720 | text"}),
        ({"prompt": "Waves.", "last_image": 7}, {"motion.last_image": "7 | text"}),
    ],
)  # fmt: skip
def test_a_mistake_in_them_is_told_where_it_is(motion, says):
    """A wrong type, number or mixture is told at its field, and nothing is told that isn't so."""
    found = problems_of({"model": WORDS, **motion})
    assert set(found) == set(says)
    for field, words in says.items():
        assert words in found[field]


def test_a_clip_that_nobody_says_anything_about_is_refused():
    """Neither a prompt nor beats is a problem with every model, also with one whose prompt is optional."""
    assert "motion.prompt" in problems_of({})
    assert "motion.prompt" in problems_of({"model": WORDS})
    assert "motion.prompt" in problems_of({"model": WORDS, "prompt": "", "beats": []})


@pytest.mark.parametrize(
    "empty",
    [
        ({}, {}),
        (
            {"audio": "", "beats": [], "resolution": "", "last_image": ""},
            {"resolution": ""},
        ),
        ({"audio": False}, {}),
        ({"audio": "no"}, {}),
        ({"audio": None, "beats": None, "resolution": None, "last_image": None}, {"resolution": None}),
    ],
    ids=["absent", "empty", "false where there is never sound", "no where there is never sound", "null"],
)
def test_what_is_not_said_changes_no_identity(empty):
    """Without the words, or with empty ones as a form may send them, a shot is what it was before they were known."""
    shot = read({"prompt": "Waves.", **empty[0]}, empty[1])
    asked = {found.stage: (found.asked, found.request.digest) for found in (still(shot), clip(shot))}
    assert asked == BEFORE


def still(shot):
    found = still_of(shot, CATALOGUE, TODAY, None)
    assert found is not None
    return found


@pytest.mark.parametrize(
    "change", [{"audio": False}, {"resolution": "720p"}, {"last_image": "dusk.png"}, {"beats": BEATS}]
)
def test_what_is_said_is_another_take(change):
    """Each of the words makes another request, and other asked words; the last image by its bytes."""
    plain = {"model": WORDS, "resolution": "1080p", "audio": True, "prompt": "Waves."}
    changed = {**plain, **change}
    if "beats" in change:
        del changed["prompt"]
    one = clip(read(plain))
    two = clip(read(changed), last=LAST if "last_image" in change else None)
    assert one.request.digest != two.request.digest
    assert one.asked != two.asked


def test_a_last_image_is_its_bytes():
    """The same bytes under another address are the same request and the same asked words; other bytes aren't."""
    here, there = ({"model": WORDS, "prompt": "Waves.", "last_image": at} for at in ("dusk.png", "https://a.example/b"))
    one, two = clip(read(here), last=LAST), clip(read(there), last=LAST)
    other = clip(read(here), last=ImageParent(sha256="2" * 64))
    assert (one.request.digest, one.asked) == (two.request.digest, two.asked)
    assert one.request.digest != other.request.digest
    assert one.asked != other.asked


def test_a_picture_to_be_cut_elsewhere_is_another_take():
    """Two sizes that are cut from the same size as made are two requests, by what was asked, too."""
    shot = shot_of({**CHAIN, "still": {"prompt": "A quay.", "model": NAMED}}, ImageToVideoShot, CATALOGUE, TODAY)
    like = clip(shot, None)
    narrow = like.model_copy(update={"request": like.request.model_copy(update={"width": 1278})})
    one, two = (still_of(shot, CATALOGUE, TODAY, found) for found in (like, narrow))
    assert one is not None
    assert two is not None
    assert (one.request.width, one.request.height) == (two.request.width, two.request.height)
    assert one.asked != two.asked


@pytest.mark.parametrize(
    "motion,framed,usd",
    [
        ({}, False, "0.25"),
        ({"audio": False}, False, "0.25"),
        ({"audio": True}, False, "0.35"),
        ({"resolution": "1080p"}, False, "0.55"),
        ({"resolution": "1080p", "audio": True}, False, "0.65"),
        ({}, True, "0.85"),
        ({"audio": True}, True, "0.95"),
        ({"resolution": "1080p"}, True, "1.15"),
        ({"resolution": "1080p", "audio": True}, True, "1.45"),
        ({"resolution": "1080p", "audio": True, "last_image": "dusk.png"}, True, "1.45"),
    ],
)
def test_the_price_is_that_of_what_is_asked(motion, framed, usd):
    """Resolution, audio and the kind of input each choose their own row, before anything of the chain is made."""
    kind = ImageToVideoShot if framed else TextToVideoShot
    found = clip(read({"model": WORDS, "prompt": "Waves.", **motion}, kind=kind), None)
    assert found.quote.expected == Decimal(usd)


def test_a_still_of_a_named_size_is_priced_by_it():
    """A resolution of the still's own chooses its size and its price, whatever the clip's pixels are."""
    data = {**CHAIN, "still": {"prompt": "A quay.", "model": NAMED, "resolution": "2K"}}
    shot = shot_of(data, ImageToVideoShot, CATALOGUE, TODAY)
    found = still_of(shot, CATALOGUE, TODAY, clip(shot, None))
    assert found is not None
    assert (found.request.width, found.request.height, found.request.crop) == (2560, 1440, (1280, 720))
    assert found.quote.expected == Decimal("0.09")
    alone = shot_of({key: data[key] for key in ("project", "shot", "still")}, TextToImageShot, CATALOGUE, TODAY)
    assert json.loads(alone.model_dump_json())["still"]["resolution"] == "2K"


def test_a_resolution_that_is_too_small_for_the_clip_is_refused():
    """A still is never blown up: a resolution that its clip can't be cut from is told, with those that will do."""
    motion = {"model": WORDS, "prompt": "Waves.", "resolution": "1080p"}
    found = problems_of(motion, {"model": NAMED, "resolution": "1K"})
    assert found == {"still.resolution": '"1K" | one of 2K, which are large enough for 1920x1080'}
