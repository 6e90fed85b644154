"""Every parameter of the page of klingai:3@1 against our entry; the literals stand in `klingai_page`."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillreel.domain.safety import Check
from stillreel.runware.catalogue import check_asked, check_body, check_response, load
from tests.runware.catalogue.klingai_page import (
    BODY,
    FRAME_ID,
    IMAGES,
    NO_DEFAULT,
    REQUEST,
    REQUEST_PARAMETERS,
    RESPONSE,
    RESPONSE_PARAMETERS,
    ROW,
    put,
    with_value,
)

OBJECT_PARTS = {"inputs.frameImages.image", "inputs.frameImages.frame"}  # our entry holds them in one rule
LEGAL = [(path, value) for path, case in REQUEST.items() for value in case.legal]
ILLEGAL = [(path, value) for path, case in REQUEST.items() for value in case.illegal]


def label(value):
    text = repr(value)
    return text if len(text) < 40 else f"{len(text)}-long"


def test_every_parameter_of_the_page_has_its_case(kling):
    """A parameter of the page without a case, or one of ours that the page doesn't know, is found here."""
    assert set(REQUEST) == set(REQUEST_PARAMETERS)
    assert set(RESPONSE) == set(RESPONSE_PARAMETERS)
    assert len(REQUEST_PARAMETERS) == 24
    assert len(RESPONSE_PARAMETERS) == 9
    for path, case in [*REQUEST.items(), *RESPONSE.items()]:
        assert case.legal, path
        assert case.illegal, path
    assert set(kling.fields) == set(REQUEST_PARAMETERS) - OBJECT_PARTS | {"inputs"}
    assert set(kling.response) == set(RESPONSE_PARAMETERS)


@pytest.mark.parametrize("path,value", LEGAL, ids=label)
def test_what_the_page_allows_passes(kling, today, path, value):
    """Each legal value, the smallest and the largest among them, passes."""
    assert check_body(kling, with_value(path, REQUEST[path], value), today) == []


@pytest.mark.parametrize("path,value", ILLEGAL, ids=label)
def test_what_the_page_does_not_allow_is_told_where_it_stands(kling, today, path, value):
    """Each illegal value, the first beyond either bound among them, is one problem at its own field."""
    problems = check_body(kling, with_value(path, REQUEST[path], value), today)
    told = REQUEST[path].told_as or path
    assert problems
    assert all(problem.field.startswith(told) for problem in problems), problems
    assert all(problem.got and problem.allowed for problem in problems)


@pytest.mark.parametrize("path", REQUEST_PARAMETERS)
def test_null_is_refused_everywhere(kling, today, path):
    """An option that isn't wanted is left out; null is refused for every parameter."""
    problems = check_body(kling, with_value(path, REQUEST[path], None), today)
    told = "inputs.frameImages[0]" if path in OBJECT_PARTS else path
    assert any(problem.field.startswith(told) and problem.got == "null" for problem in problems)


@pytest.mark.parametrize("path", REQUEST_PARAMETERS)
def test_what_is_required_and_what_may_be_left_out(kling, today, path):
    """Only the parameters that the page marks as required are missed."""
    if path == "inputs.frameImages.image":
        body = put(BODY, "inputs.frameImages.frame", "first")
    else:
        body = {name: value for name, value in BODY.items() if name != path}
    told = REQUEST[path].told_as or path
    missed = [problem.field for problem in check_body(kling, body, today)]
    assert missed == ([told] if REQUEST[path].required else [])


@pytest.mark.parametrize("path", [path for path in REQUEST_PARAMETERS if path not in OBJECT_PARTS])
def test_defaults_are_the_pages(kling, path):
    """Where the page states a default, ours is the same, and where it states none, we don't make one up."""
    expected = REQUEST[path].default
    found = kling.fields[path].default
    assert found is None if expected is NO_DEFAULT else found == expected
    assert isinstance(found, bool) == isinstance(expected, bool)


@pytest.mark.parametrize("path", RESPONSE_PARAMETERS)
def test_response_parameters(kling, path):
    """Each parameter of an answer takes what the page says, and is missed only where it is required."""
    case = RESPONSE[path]
    for value in case.legal:
        assert check_response(kling, {**ROW, path: value}) == [], value
    for value in (*case.illegal, None):
        assert [problem.field for problem in check_response(kling, {**ROW, path: value})] == [path], value
    without = {name: value for name, value in ROW.items() if name != path}
    assert [problem.field for problem in check_response(kling, without)] == ([path] if case.required else [])


def test_an_answer_may_say_more(kling):
    """A field that nobody documented, such as a status, doesn't make an answer wrong."""
    assert check_response(kling, {**ROW, "status": "success", "resultIndex": 0}) == []


@pytest.mark.parametrize("size", [(1280, 720), (720, 720), (720, 1280)])
def test_the_three_sizes_are_legal(kling, today, size):
    """The page's three sizes pass."""
    assert check_body(kling, {**BODY, "width": size[0], "height": size[1]}, today) == []


@pytest.mark.parametrize("size", [(1280, 1280), (1280, 721), (1281, 720), (720, 1279), (1920, 1080), (1279, 719)])
def test_other_sizes_are_refused_as_one_problem(kling, today, size):
    """Sides that are each legal, or nearly, but don't make one of the three sizes, are refused with the three."""
    (problem,) = check_body(kling, {**BODY, "width": size[0], "height": size[1]}, today)
    assert problem.got == f"{size[0]}x{size[1]}"
    assert all(legal in problem.allowed for legal in ("1280x720", "720x720", "720x1280"))


@pytest.mark.parametrize("alone,missed", [("width", "height"), ("height", "width")])
def test_width_and_height_come_together(kling, today, alone, missed):
    """One side without the other is refused at the one that is missing."""
    (problem,) = check_body(kling, {**BODY, alone: 720}, today)
    assert (problem.field, problem.got) == (missed, "nothing")


@pytest.mark.parametrize("side", ["width", "height"])
@pytest.mark.parametrize("value", ["720", 720.0, True], ids=label)
def test_sides_are_integers(kling, today, side, value):
    """Text, a float or true isn't a side."""
    problems = check_body(kling, {**BODY, "width": 720, "height": 720, side: value}, today)
    assert side in {problem.field for problem in problems}


def test_ttl_is_only_for_urls(kling, today):
    """A ttl passes with outputType URL, said or by default, and is refused beside any other."""
    assert check_body(kling, {**BODY, "ttl": 60}, today) == []
    assert check_body(kling, {**BODY, "ttl": 60, "outputType": "URL"}, today) == []
    problems = check_body(kling, {**BODY, "ttl": 60, "outputType": "dataURI"}, today)
    assert {problem.field for problem in problems} == {"ttl", "outputType"}


@pytest.mark.parametrize("image", IMAGES, ids=["uuid", "url", "data-uri", "base64"])
@pytest.mark.parametrize("shape", ["string", "object", "object with frame", "object with frame 0"])
def test_a_frame_image_has_four_forms_in_two_shapes(kling, today, image, shape):
    """UUID, URL, data URI and base64 pass, as a plain string and as an object, with and without its position."""
    frames = {
        "string": image,
        "object": {"image": image},
        "object with frame": {"image": image, "frame": "first"},
        "object with frame 0": {"image": image, "frame": 0},
    }
    assert check_body(kling, {**BODY, "inputs": {"frameImages": [frames[shape]]}}, today) == []


def test_a_second_frame_is_refused_even_as_last(kling, today):
    """There is one frame image, and it is the first: a last one is too many and in the wrong place."""
    frames = [{"image": FRAME_ID, "frame": "first"}, {"image": FRAME_ID, "frame": "last"}]
    problems = check_body(kling, {**BODY, "inputs": {"frameImages": frames}}, today)
    assert {problem.field for problem in problems} == {"inputs.frameImages", "inputs.frameImages[1].frame"}


@pytest.mark.parametrize(
    "safety,meant",
    [
        ({}, Check.NONE),
        ({"checkContent": False}, Check.NONE),
        ({"checkContent": True}, Check.FAST),
        ({"mode": "none"}, Check.NONE),
        ({"mode": "fast"}, Check.FAST),
        ({"mode": "full"}, Check.FULL),
        ({"checkContent": True, "mode": "none"}, Check.NONE),
        ({"checkContent": True, "mode": "full"}, Check.FULL),
        ({"checkContent": False, "mode": "fast"}, Check.FAST),
        ({"checkContent": False, "mode": "full"}, Check.FULL),
    ],
)
def test_mode_wins_over_check_content(kling, today, safety, meant):
    """Every combination of the two is legal; the mode says what happens, and true alone means fast."""
    body = {**BODY, "safety": safety}
    assert check_body(kling, body, today) == []
    assert check_asked(body) is meant


def test_no_safety_means_no_check():
    """A body without safety asks for no check."""
    assert check_asked(BODY) is Check.NONE


@pytest.mark.parametrize(
    "path,meant",
    [
        ("cfg_scale", "CFGScale"),
        ("prompt", "positivePrompt"),
        ("negative_prompt", "negativePrompt"),
        ("numResults", "numberResults"),
        ("safety.check", "checkContent"),
        ("inputs.frameImage", "frameImages"),
        ("inputs.frameImages.images", "image"),
    ],
)
def test_an_unknown_key_is_refused_with_the_one_that_was_meant(kling, today, path, meant):
    """A key that the page doesn't know is refused, wherever it stands, and the nearest known one is proposed."""
    body = put(BODY, "inputs.frameImages.image", FRAME_ID) if path.startswith("inputs.frameImages.") else BODY
    (problem,) = check_body(kling, put(body, path, "x"), today)
    assert f"did you mean {meant}?" in problem.allowed
    assert problem.field.endswith(path.rpartition(".")[2])


@pytest.mark.parametrize("path", ["seed", "fps", "providerSettings", "routing", "frameImages", "steps"])
def test_what_other_models_know_this_one_does_not(kling, today, path):
    """A parameter of other models, seed among them, is an unknown key here."""
    assert [problem.field for problem in check_body(kling, {**BODY, path: 1}, today)] == [path]


def test_a_raw_request_may_lack_what_the_client_adds(kling, today):
    """A request without taskType and taskUUID can be checked too, but one that has them wrong is told so."""
    bare = {"model": "klingai:3@1", "positivePrompt": "ab"}
    assert check_body(kling, bare, today, complete=False) == []
    assert {problem.field for problem in check_body(kling, bare, today)} == {"taskType", "taskUUID"}
    wrong = check_body(kling, {**bare, "taskUUID": "7"}, today, complete=False)
    assert [problem.field for problem in wrong] == ["taskUUID"]


def test_all_problems_come_at_once(kling, today):
    """A body with many faults is told all of them in one go, with what it got and what is allowed."""
    body = {
        "taskType": "videoInference",
        "model": "klingai:3@1",
        "positivePrompt": "a" * 2501,
        "width": 1280,
        "duration": 7,
        "CFGScale": 0.005,
        "ttl": None,
        "numberResults": 5,
        "colour": "red",
        "inputs": {"frameImages": [{"image": FRAME_ID, "frame": "last"}]},
    }
    problems = check_body(kling, body, today)
    assert [str(problem) for problem in problems] == [
        'colour: got "red"; KlingAI 1.6 Standard has no such field',
        "taskUUID: got nothing; required: a UUID version 4",
        "ttl: got null; leave it out instead",
        "numberResults: got 5; an integer from 1 to 4",
        'inputs.frameImages[0].frame: got "last"; one of first, 0, or leave it out',
        "positivePrompt: got 2501 characters; text from 2 to 2500 characters long",
        "duration: got 7; one of 5, 10",
        "CFGScale: got 0.005; a number from 0 to 1 in steps of 0.01",
        "height: got nothing; width and height are given together or not at all",
    ]


def test_addresses_are_shown_without_their_secrets(kling, today):
    """A webhook's query, where tokens stand, appears in no problem."""
    (problem,) = check_body(kling, {**BODY, "webhookURL": "https://exa mple.com/hook?token=s3cret"}, today)
    assert "s3cret" not in str(problem)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9) | st.just(10**400),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=6,
)
KLING = load().entry("klingai:3@1")
PLACES = [path for path in REQUEST_PARAMETERS if "." not in path] + ["inputs", "colour"]


@given(body=st.dictionaries(st.sampled_from(PLACES), ANYTHING, max_size=8))
def test_no_body_breaks_the_check(body):
    """Whatever JSON comes as a body, the check answers with problems and never falls over."""
    problems = check_body(KLING, body, date(2026, 11, 22))
    assert all(problem.field and problem.got and problem.allowed for problem in problems)
    assert bool(problems) or {"model", "positivePrompt", "taskType", "taskUUID"} <= set(body)
