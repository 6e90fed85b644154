"""The image models, by what is known of them."""

import pytest

from stillreel.domain.safety import Check
from stillreel.runware.catalogue import check_asked, check_body, check_response

TASK = "b2b12f9d-6822-434e-bcdb-792ec67bab65"


def body(air, **fields):
    return {
        "taskType": "imageInference",
        "taskUUID": TASK,
        "model": air,
        "positivePrompt": "a quay at dawn",
        "width": 1280,
        "height": 720,
        **fields,
    }


Z_IMAGE = "runware:z-image@turbo"
KLEIN = "runware:400@4"
BOTH = [Z_IMAGE, KLEIN]


@pytest.mark.parametrize("air", BOTH)
@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"width": 720, "height": 720},
        {"width": 720, "height": 1280},
        {"outputType": "base64Data"},
        {"outputType": "URL", "ttl": 60},
        {"outputFormat": "PNG"},
        {"outputQuality": 20},
        {"outputQuality": 99},
        {"deliveryMethod": "async"},
        {"deliveryMethod": "sync"},
        {"numberResults": 20},
        {"seed": 421337},
        {"safety": {"checkContent": True}},
        {"negativePrompt": "rain"},
    ],
    ids=str,
)
def test_what_both_take(catalogue, today, air, fields):
    """Sizes of a first frame, the shared output options, a seed and a plain safety check are legal."""
    assert check_body(catalogue.entry(air), body(air, **fields), today) == []


@pytest.mark.parametrize("air", BOTH)
@pytest.mark.parametrize(
    "fields,at",
    [
        ({"safety": {"mode": "fast"}}, "safety.mode"),
        ({"outputType": "dataURI", "ttl": 60}, "ttl"),
        ({"ttl": 59}, "ttl"),
        ({"outputFormat": "MP4"}, "outputFormat"),
        ({"outputQuality": 19}, "outputQuality"),
        ({"deliveryMethod": "stream"}, "deliveryMethod"),
        ({"seed": -1}, "seed"),
        ({"duration": 5}, "duration"),
        ({"inputs": {"frameImages": [TASK]}}, "inputs"),
    ],
    ids=str,
)
def test_what_both_refuse(catalogue, today, air, fields, at):
    """safety.mode is for clips only, ttl needs a URL, and clips' fields are unknown."""
    assert [problem.field for problem in check_body(catalogue.entry(air), body(air, **fields), today)] == [at]


BEYOND = [
    ({"width": 1281}, "width"),
    ({"height": 728}, "height"),
    ({"numberResults": 21}, "numberResults"),
    ({"positivePrompt": "a"}, "positivePrompt"),
]


@pytest.mark.parametrize("fields,at", BEYOND, ids=str)
def test_only_bounds_that_are_known_are_held(catalogue, today, fields, at):
    """What lies beyond Z-Image's bounds is refused there and let through on [klein], whose bounds nobody knows."""
    assert [problem.field for problem in check_body(catalogue.entry(Z_IMAGE), body(Z_IMAGE, **fields), today)] == [at]
    assert check_body(catalogue.entry(KLEIN), body(KLEIN, **fields), today) == []


@pytest.mark.parametrize("side,legal", [(112, False), (128, True), (144, True), (2048, True), (2064, False)])
def test_sides_of_z_image(catalogue, today, side, legal):
    """Z-Image's sides go from 128 to 2048 in steps of 16."""
    found = check_body(catalogue.entry(Z_IMAGE), body(Z_IMAGE, width=side), today)
    assert [problem.field for problem in found] == ([] if legal else ["width"])


@pytest.mark.parametrize("fields,legal", [({"steps": 50}, True), ({"steps": 51}, False), ({"CFGScale": 20.1}, False)])
def test_steps_and_guidance_of_z_image(catalogue, today, fields, legal):
    """Z-Image takes up to 50 steps and a CFGScale up to 20."""
    assert (check_body(catalogue.entry(Z_IMAGE), body(Z_IMAGE, **fields), today) == []) is legal


@pytest.mark.parametrize("air", BOTH)
@pytest.mark.parametrize("side", ["width", "height"])
def test_a_still_needs_both_sides(catalogue, today, air, side):
    """A still without a side is refused once, at that side."""
    short = {name: value for name, value in body(air).items() if name != side}
    assert [problem.field for problem in check_body(catalogue.entry(air), short, today)] == [side]


@pytest.mark.parametrize("air", BOTH)
def test_results_of_image_models(catalogue, air):
    """A row with the image's own names is right, and one that speaks of videos isn't."""
    entry = catalogue.entry(air)
    row = {"taskType": "imageInference", "taskUUID": TASK, "imageUUID": TASK, "cost": 0.0032, "seed": 7}
    assert check_response(entry, {**row, "imageURL": "https://im.runware.ai/image/ws/5/ii/x.png"}) == []
    renamed = {"taskType": "videoInference", "taskUUID": TASK, "videoUUID": TASK}
    assert {problem.field for problem in check_response(entry, renamed)} == {"taskType", "imageUUID"}


def test_the_plain_check_means_fast(catalogue):
    """checkContent alone is the fast check."""
    assert check_asked(body(Z_IMAGE, safety={"checkContent": True})) is Check.FAST
