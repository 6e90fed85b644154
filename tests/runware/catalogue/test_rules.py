"""The rules of entries at work: 2.6 Pro's nine by number, one that turned round, a range, a size from the image."""

from copy import deepcopy
from datetime import date
from uuid import UUID

import pytest

from stillreel.domain.errors import BadInput
from stillreel.domain.requests import ImageParent
from stillreel.runware.catalogue import AskedClip, body_of, check_body, resolve_clip, sizes
from tests.runware.catalogue.klingai_page import FRAME_ID, put

TASK = UUID("b2b12f9d-6822-434e-bcdb-792ec67bab65")
PRO = {"taskType": "videoInference", "taskUUID": str(TASK), "model": "klingai:kling-video@2.6-pro"}
TEXT = {**PRO, "positivePrompt": "gulls lift off", "width": 1920, "height": 1080}
FRAME = {**PRO, "positivePrompt": "gulls lift off", "inputs": {"frameImages": [FRAME_ID]}}
TWO = {**FRAME, "inputs": {"frameImages": [FRAME_ID, FRAME_ID]}}
VIDEO = "https://example.com/dance.mp4"
MOTION = {
    **PRO,
    "inputs": {"referenceImages": [FRAME_ID], "referenceVideos": [VIDEO]},
    "providerSettings": {"klingai": {"characterOrientation": "image"}},
}
KLINGAI = "providerSettings.klingai"
BOTH_LAST = "at least one frame isn't marked as the last"


def without(body, path):
    changed = deepcopy(body)
    *above, last = path.split(".")
    place = changed
    for name in above:
        place = place[name]
    del place[last]
    return changed


def frames(*positions):
    return put(FRAME, "inputs.frameImages", [{"image": FRAME_ID, "frame": position} for position in positions])


RULES = [  # the rule's number, its smallest violation, a legal neighbour
    ("1", without(TEXT, "height"), TEXT),
    ("2a", put(put(FRAME, "width", 1920), "height", 1080), FRAME),
    ("2a", put(put(MOTION, "width", 1920), "height", 1080), MOTION),
    ("2b", without(without(TEXT, "width"), "height"), TEXT),
    ("3", put(FRAME, "inputs.referenceImages", [FRAME_ID]), FRAME),
    ("3", put(FRAME, "inputs.referenceVideos", [VIDEO]), FRAME),
    ("4", put(TWO, f"{KLINGAI}.sound", True), put(FRAME, f"{KLINGAI}.sound", True)),
    ("4", put(TWO, f"{KLINGAI}.sound", False), TWO),
    ("5", put(MOTION, f"{KLINGAI}.sound", True), MOTION),
    ("5", put(MOTION, "duration", 5), MOTION),
    ("6", without(MOTION, KLINGAI), MOTION),
    ("6", without(MOTION, "inputs.referenceImages"), MOTION),
    ("6", put(TEXT, "inputs.referenceImages", [FRAME_ID]), TEXT),
    ("6", put(TEXT, f"{KLINGAI}.characterOrientation", "video"), TEXT),
    ("7", put(TEXT, f"{KLINGAI}.keepOriginalSound", True), put(MOTION, f"{KLINGAI}.keepOriginalSound", True)),
    ("8", without(TEXT, "positivePrompt"), MOTION),
    ("8", without(FRAME, "positivePrompt"), FRAME),
    ("9", {**TEXT, "width": 1080, "height": 1080}, {**TEXT, "width": 1440, "height": 1440}),
    (BOTH_LAST, frames("last"), frames("first")),
    (BOTH_LAST, frames("last", -1), frames("first", "last")),
]


@pytest.mark.parametrize("number,violation,neighbour", RULES)
def test_each_cross_rule_bites_at_its_smallest_violation(catalogue, today, number, violation, neighbour):
    """The violation is told by its rule, and its legal neighbour passes."""
    entry = catalogue.entry("klingai:kling-video@2.6-pro")
    (says,) = {rule.says for rule in entry.rules if number in (rule.number, rule.says)}
    told = [problem.allowed for problem in check_body(entry, violation, today)]
    assert any(allowed.endswith(says) for allowed in told), told
    assert check_body(entry, neighbour, today) == []


def test_a_lone_reference_image_is_told_what_it_lacks(catalogue, today):
    """Nothing is said of the size while the video is missing that says which it is."""
    lone = put(TEXT, "inputs.referenceImages", [FRAME_ID])
    told = check_body(catalogue.entry("klingai:kling-video@2.6-pro"), lone, today)
    assert {problem.field for problem in told} == {"inputs.referenceVideos", f"{KLINGAI}.characterOrientation"}


def test_all_nine_rules_have_a_violation(catalogue):
    """No cross rule of the entry goes without its case."""
    entry = catalogue.entry("klingai:kling-video@2.6-pro")
    numbered = {rule.number for rule in entry.rules if rule.number}
    assert numbered | {BOTH_LAST} == {number for number, _, _ in RULES}
    assert {number[0] for number in numbered} == set("123456789")


@pytest.mark.parametrize("air", ["klingai:2@1", "klingai:2@2", "klingai:3@2", "klingai:5@1"])
def test_a_rule_that_turned_round_holds_by_date(catalogue, air):
    """Four models refused a prompt until September 2026 and have required one since."""
    entry = catalogue.entry(air)
    silent = {**FRAME, "model": air}
    del silent["positivePrompt"]
    spoken = {**silent, "positivePrompt": "gulls lift off"}
    june, last, first = date(2026, 6, 23), date(2026, 9, 2), date(2026, 9, 3)
    for day in (june, last):
        assert check_body(entry, silent, day) == []
        assert [problem.field for problem in check_body(entry, spoken, day)] == ["positivePrompt"]
    assert check_body(entry, spoken, first) == []
    assert [problem.field for problem in check_body(entry, silent, first)] == ["positivePrompt"]


def test_exactly_one_of_a_size_and_a_frame(catalogue, today):
    """VIDEO 3.0 takes a first frame or a size: neither is refused, and both are, too."""
    entry = catalogue.entry("klingai:kling-video@3-standard")
    neither = {**PRO, "model": "klingai:kling-video@3-standard", "positivePrompt": "gulls lift off"}
    size = {**neither, "width": 960, "height": 960}
    frame = {**neither, "inputs": {"frameImages": [FRAME_ID]}}
    assert check_body(entry, size, today) == []
    assert check_body(entry, frame, today) == []
    for wrong in (neither, {**size, **frame}):
        told = {problem.allowed.removeprefix("leave one out: ") for problem in check_body(entry, wrong, today)}
        assert "either a first frame or a size" in told


@pytest.mark.parametrize("seconds,legal", [(2, False), (3, True), (7, True), (15, True), (16, False), (7.5, False)])
def test_a_duration_may_be_a_range(catalogue, today, seconds, legal):
    """VIDEO 3.0 knows every whole second from 3 to 15."""
    entry = catalogue.entry("klingai:kling-video@3-standard")
    asked = AskedClip(prompt="gulls lift off", duration=seconds)
    if legal:
        assert resolve_clip(entry, asked, today=today).duration == seconds
    else:
        with pytest.raises(BadInput, match=r"motion\.duration"):
            resolve_clip(entry, asked, today=today)


def test_a_size_that_comes_from_the_image_is_not_sent(catalogue, today):
    """A clip of 2.6 from a frame goes out without width and height, and one from words with its pair."""
    entry = catalogue.entry("klingai:kling-video@2.6-pro")
    parent = ImageParent(sha256="0" * 64)
    framed = resolve_clip(entry, AskedClip(prompt="gulls lift off", parent=parent), today=today)
    assert (framed.width, framed.height) == (1920, 1080)
    body = body_of(entry, framed, TASK, FRAME_ID)
    assert not {"width", "height"} & set(body)
    assert check_body(entry, body, today) == []
    text = resolve_clip(entry, AskedClip(prompt="gulls lift off", size="1:1"), today=today)
    assert body_of(entry, text, TASK, None)["width"] == 1440


def test_the_size_rule_belongs_to_the_mode(catalogue):
    """The words for sizes mean the model's own pairs, and a still for a frame is made in the same."""
    pairs = {"16:9": (1920, 1080), "1:1": (1440, 1440), "9:16": (1080, 1920)}
    entry = catalogue.entry("klingai:kling-video@2.6-pro")
    assert sizes(entry, "text") == sizes(entry, "first_frame") == pairs


def test_a_model_without_a_text_mode_needs_a_frame(catalogue, today):
    """A clip from words alone is refused by a model that only animates images, in the shot file's words."""
    with pytest.raises(BadInput, match=r"motion\.model.*needs a first frame"):
        resolve_clip(catalogue.entry("klingai:2@1"), AskedClip(prompt="gulls lift off"), today=today)


def test_a_way_that_a_model_does_not_know_is_one_problem(catalogue, today):
    """A clip between two frames by a model that starts from one isn't told of sizes, which aren't in its way."""
    parent = ImageParent(sha256="0" * 64)
    asked = AskedClip(prompt="gulls lift off", parent=parent, last=parent)
    with pytest.raises(BadInput) as refused:
        resolve_clip(catalogue.entry("klingai:3@2"), asked, today=today)
    assert [problem.field for problem in refused.value.problems] == ["motion.last_image"]


def test_a_field_the_model_lacks_is_refused_when_asked_for(catalogue, today):
    """Guidance asked of a model without it is refused; not asked for, it isn't made up."""
    entry = catalogue.entry("klingai:kling-video@3-standard")
    with pytest.raises(BadInput, match=r"motion\.guidance.*leave it out"):
        resolve_clip(entry, AskedClip(prompt="gulls lift off", guidance=0.5), today=today)
    request = resolve_clip(entry, AskedClip(prompt="gulls lift off"), today=today)
    assert request.guidance is None
    assert "CFGScale" not in body_of(entry, request, TASK, None)
