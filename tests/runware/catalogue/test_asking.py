"""From what a person asks to what is sent: defaults filled in, all problems at once, nothing null."""

import json
from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillreel.domain.errors import BadInput
from stillreel.domain.requests import ImageParent, TakeParent
from stillreel.domain.safety import Check
from stillreel.runware.catalogue import (
    AskedClip,
    AskedStill,
    body_of,
    check_asked,
    check_body,
    doubts_of,
    load,
    resolve_clip,
    resolve_still,
    sizes,
)
from stillreel.runware.catalogue.asking import CLIP_KEYS
from tests.runware.catalogue.klingai_page import FRAME_ID

TODAY = date(2026, 11, 22)
CATALOGUE = load()
KLING = CATALOGUE.entry("klingai:3@1")
TASK = UUID("b2b12f9d-6822-434e-bcdb-792ec67bab65")
PARENT = TakeParent(take=1, digest="0" * 64)

prompts = st.text(min_size=2, max_size=2500)
words = st.sampled_from(["16:9", "1:1", "9:16"])
checks = st.sampled_from(list(Check))
hundredths = st.integers(0, 100).map(lambda cents: float(Decimal(cents) / 100))
qualities = st.none() | st.integers(20, 99)
clips = st.builds(
    AskedClip,
    prompt=prompts,
    negative_prompt=st.none() | prompts,
    size=words,
    results=st.integers(1, 4),
    format=st.sampled_from([None, "MP4", "WEBM", "MOV"]),
    quality=qualities,
    safety=checks,
    duration=st.sampled_from([None, 5, 10]),
    guidance=st.none() | hundredths,
    parent=st.sampled_from([None, PARENT, ImageParent(sha256="1" * 64)]),
)
stills = st.builds(
    AskedStill,
    prompt=prompts,
    negative_prompt=st.none() | prompts,
    size=words,
    results=st.integers(1, 4),
    format=st.sampled_from([None, "PNG", "JPG", "WEBP"]),
    quality=qualities,
    safety=checks,
    seed=st.none() | st.integers(0, 2**63 - 1),
)


@given(asked=clips)
def test_a_legal_ask_makes_a_legal_clip_body(asked):
    """Whatever legal clip is asked for, the body passes the check, holds no null and survives JSON."""
    request = resolve_clip(KLING, asked, today=TODAY)
    body = body_of(KLING, request, TASK, FRAME_ID if asked.parent else None)
    assert check_body(KLING, body, TODAY) == []
    assert check_body(KLING, json.loads(json.dumps(body)), TODAY) == []
    assert "null" not in json.dumps({key: body[key] for key in body if "rompt" not in key})
    assert check_asked(body) is asked.safety
    assert "seed" not in body


@pytest.mark.parametrize("air", ["klingai:6@0", "klingai:2@1", "klingai:5@2"])
def test_of_a_way_that_a_model_has_not_no_size_is_told(catalogue, air):
    """A clip from words by a model that needs a first frame is told of that, and not of pixels that nobody named."""
    with pytest.raises(BadInput) as caught:
        resolve_clip(catalogue.entry(air), AskedClip(prompt="gulls lift off"), today=TODAY)
    assert [problem.field for problem in caught.value.problems] == ["motion.model", "still"]


@given(asked=stills, air=st.sampled_from(["runware:z-image@turbo", "runware:400@4"]))
def test_a_legal_ask_makes_a_legal_still_body(asked, air):
    """Whatever legal still is asked for, the body passes the check; safety is a plain yes or left out."""
    entry = CATALOGUE.entry(air)
    request = resolve_still(entry, asked, today=TODAY)
    body = body_of(entry, request, TASK, None)
    assert check_body(entry, json.loads(json.dumps(body)), TODAY) == []
    assert None not in body.values()
    assert body.get("safety") == (None if asked.safety is Check.NONE else {"checkContent": True})
    assert body.get("seed") == asked.seed


def test_the_models_defaults_are_filled_in():
    """What nobody said is decided in the request: 5 s, guidance 0.5, MP4, quality 95."""
    request = resolve_clip(KLING, AskedClip(prompt="gulls lift off"), today=TODAY)
    assert (request.width, request.height, request.duration) == (1280, 720, 5)
    assert (request.guidance, request.format, request.quality) == (0.5, "MP4", 95)
    assert request.negative_prompt is None


def test_the_body_is_the_one_the_provider_documents():
    """A clip from a frame, with everything said, goes out in the provider's words."""
    asked = AskedClip(prompt="gulls lift off", negative_prompt="rain", duration=10, guidance=0.57, parent=PARENT)
    request = resolve_clip(KLING, asked, today=TODAY)
    assert body_of(KLING, request, TASK, FRAME_ID) == {
        "taskType": "videoInference",
        "taskUUID": "b2b12f9d-6822-434e-bcdb-792ec67bab65",
        "model": "klingai:3@1",
        "positivePrompt": "gulls lift off",
        "negativePrompt": "rain",
        "width": 1280,
        "height": 720,
        "duration": 10,
        "CFGScale": 0.57,
        "numberResults": 1,
        "deliveryMethod": "async",
        "outputType": "URL",
        "outputFormat": "MP4",
        "outputQuality": 95,
        "ttl": 86400,
        "includeCost": True,
        "safety": {"mode": "fast"},
        "inputs": {"frameImages": [{"image": FRAME_ID, "frame": "first"}]},
    }


def test_what_is_absent_is_left_out():
    """Without ttl, safety, negative prompt, webhook and frame, none of their keys is sent."""
    asked = AskedClip(prompt="gulls lift off", negative_prompt="", safety=Check.NONE)
    request = resolve_clip(KLING, asked, today=TODAY).model_copy(update={"ttl": None})
    body = body_of(KLING, request, TASK, None)
    assert not {"ttl", "safety", "negativePrompt", "webhookURL", "uploadEndpoint", "inputs", "seed"} & set(body)


def test_webhook_and_upload_stand_as_names():
    """The names of settings stand where the addresses will be put by whoever sends the body."""
    request = resolve_clip(KLING, AskedClip(prompt="gulls lift off"), today=TODAY)
    named = request.model_copy(update={"webhook": "studio-hook", "upload_to": "bucket-slot"})
    body = body_of(KLING, named, TASK, None)
    assert (body["webhookURL"], body["uploadEndpoint"]) == ("studio-hook", "bucket-slot")


def test_all_problems_of_a_clip_come_in_the_shot_files_words():
    """Size, prompt, duration, guidance, results, format and quality are all refused at once, by their own names."""
    asked = AskedClip(
        prompt="a" * 2501,
        negative_prompt="x",
        size="4:3",
        duration=7,
        guidance=0.575,
        results=5,
        format="GIF",
        quality=100,
        from_frame=True,
    )
    with pytest.raises(BadInput) as refused:
        resolve_clip(KLING, asked, today=TODAY)
    assert {problem.field: problem.got for problem in refused.value.problems} == {
        "motion.prompt": "2501 characters",
        "motion.negative_prompt": '"x"',
        "size": '"4:3"',
        "motion.duration": "7",
        "motion.guidance": "0.575",
        "results": "5",
        "output.format": '"GIF"',
        "output.quality": "100",
    }


def test_all_problems_of_a_still_come_in_the_shot_files_words():
    """An empty prompt, too many pixels, a negative seed and too many results are all refused at once."""
    asked = AskedStill(prompt="", width=5000, height=720, seed=-1, results=5)
    with pytest.raises(BadInput) as refused:
        resolve_still(CATALOGUE.entry("runware:z-image@turbo"), asked, today=TODAY)
    fields = [problem.field for problem in refused.value.problems]
    assert sorted(fields) == ["results", "still.model", "still.prompt", "still.seed"]


@pytest.mark.parametrize("guidance", [float("nan"), float("inf"), -0.01, 1.01])
def test_guidance_out_of_reason_is_refused(guidance):
    """Not a number, infinity and the first values beyond the bounds are told, not sent."""
    with pytest.raises(BadInput, match=r"motion\.guidance"):
        resolve_clip(KLING, AskedClip(prompt="gulls lift off", guidance=guidance), today=TODAY)


def test_a_still_of_a_chain_gets_the_clips_pixels():
    """The size word means the clip model's pixels, and each of them is legal for the default image model."""
    image = CATALOGUE.entry("runware:z-image@turbo")
    for width, height in sizes(KLING, "first_frame").values():
        request = resolve_still(image, AskedStill(prompt="a quay", width=width, height=height), today=TODAY)
        assert (request.width, request.height) == (width, height)


@pytest.mark.parametrize("air", ["klingai:3@1", "runware:z-image@turbo", "runware:400@4"])
def test_the_words_for_sizes(air):
    """16:9, 1:1 and 9:16 mean the 720p set on each model of the catalogue."""
    expected = {"16:9": (1280, 720), "1:1": (720, 720), "9:16": (720, 1280)}
    assert sizes(CATALOGUE.entry(air), "text") == expected


def test_a_model_of_the_other_kind_is_refused():
    """A video model makes no still, and an image model no clip."""
    with pytest.raises(BadInput, match=r"still\.model.*makes clips"):
        resolve_still(KLING, AskedStill(prompt="a quay"), today=TODAY)
    with pytest.raises(BadInput, match=r"motion\.model.*makes stills"):
        resolve_clip(CATALOGUE.entry("runware:400@4"), AskedClip(prompt="a quay"), today=TODAY)


@pytest.mark.parametrize(
    "air,why",
    [
        ("google:4@3", "nobody says which picture Nano Banana 2 makes of one by name, so a size in pixels is sent"),
        ("bytedance:seedream@5.0-pro", "nobody says which picture Seedream 5.0 Pro makes of one by name"),
        ("runware:400@4", "FLUX.2 [klein] 4B isn't asked for one by name"),
    ],
)
def test_a_resolution_that_is_not_used_says_why(air, why):
    """A model that takes one by name, of which nobody says what it makes of it, isn't said to take none."""
    with pytest.raises(BadInput) as refused:
        resolve_still(CATALOGUE.entry(air), AskedStill(prompt="a quay", resolution="1K"), today=TODAY)
    (problem,) = refused.value.problems
    assert (problem.field, problem.got) == ("still.resolution", '"1K"')
    assert problem.allowed.startswith(f"leave it out: {why}")


ENDING = AskedClip(prompt="gulls lift off", from_frame=True, to_frame=True)


def test_a_last_frame_that_is_not_taken_is_refused():
    """So it is where nobody says whether it is taken, and the entry of a model has no shape for it."""
    perhaps = KLING.model_copy(update={"unsaid": ("last",)})
    unsaid = f"nobody says whether {KLING.name} takes one"
    for entry, why in ((KLING, f"{KLING.name} takes no last frame"), (perhaps, unsaid)):
        with pytest.raises(BadInput) as refused:
            resolve_clip(entry, ENDING, today=TODAY)
        (problem,) = refused.value.problems
        assert (problem.field, problem.allowed) == ("motion.last_image", f"leave it out: {why}")


@pytest.mark.parametrize("air", sorted(air for air, entry in CATALOGUE.items() if "last" in entry.unsaid))
def test_a_last_frame_that_nobody_speaks_of_is_let_through(air):
    """It is sent as by the model that is known to take it, and told as a doubt; without one there is no such doubt."""
    entry, known = CATALOGUE.entry(air), CATALOGUE.entry("klingai:kling-video@2.6-pro")
    doubt = f"{entry.name}: nobody can say for certain whether it takes a last frame"
    row = entry.prices[0]
    two, same = (
        body_of(one, resolve_clip(one, ENDING, today=TODAY), TASK, FRAME_ID, FRAME_ID) for one in (entry, known)
    )
    assert two["inputs"] == same["inputs"]
    assert doubt in doubts_of(entry, two, row=row)
    alone = resolve_clip(entry, ENDING.model_copy(update={"to_frame": False}), today=TODAY)
    assert doubt not in doubts_of(entry, body_of(entry, alone, TASK, FRAME_ID), row=row)


def test_a_seed_that_nobody_speaks_of_is_not_denied():
    """The same of a seed."""
    with pytest.raises(BadInput, match=r"nobody says whether Seedream 4\.0 has such a field"):
        resolve_still(CATALOGUE.entry("bytedance:5@0"), AskedStill(prompt="a quay", seed=1), today=TODAY)


def test_the_callers_own_words_name_the_fields():
    """A caller that isn't a shot file gives its own names for the fields."""
    keys = {**dict.fromkeys(CLIP_KEYS, "it"), "prompt": "line 3"}
    with pytest.raises(BadInput, match="line 3: got"):
        resolve_clip(KLING, AskedClip(prompt=""), today=TODAY, keys=keys)
