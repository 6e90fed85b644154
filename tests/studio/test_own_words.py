"""Refusals and doubts in the words of the shot: no name of the wire, no rule's number, and what to do about it."""

import re
from datetime import date
from uuid import UUID

import pytest

from stillreel.domain.errors import BadInput
from stillreel.domain.shots import ImageToVideoShot, TextToVideoShot
from stillreel.runware.catalogue import check_body, load
from stillreel.runware.catalogue.keys import CLIP_KEYS, in_keys
from stillreel.studio.quoting import stages_of
from stillreel.studio.reading import shot_of
from tests.runware.catalogue.klingai_page import FRAME_ID
from tests.studio.on_set import CHAIN

TODAY = date(2026, 11, 22)
CATALOGUE = load()
TASK = {"taskUUID": str(UUID(int=0, version=4)), "taskType": "videoInference"}
PRO, OMNI, TURBO = "klingai:kling-video@2.6-pro", "klingai:kling-video@o3-standard", "klingai:kling-video@3.0-turbo"
BEATS = [{"prompt": "The light turns.", "duration": 3}, {"prompt": "Gulls lift off.", "duration": 4}]
EVERYTHING = {
    "prompt": "W",
    "negative_prompt": "R",
    "duration": 2.5,
    "resolution": "8K",
    "guidance": 7,
    "audio": True,
    "beats": BEATS,
    "last_image": "dusk.png",
}
EITHER = "leave one out: either a prompt or beats with prompts of their own"
RULE_NUMBER = re.compile(r"(^|; |: )\d+[a-z]?: ")


def told(motion, kind=ImageToVideoShot, still=None):
    """The problems of a shot with this motion, each as a line."""
    parts = {"motion": motion, **({"still": still or {"prompt": "A pier."}} if kind is ImageToVideoShot else {})}
    names = {key: CHAIN[key] for key in ("project", "shot")}
    with pytest.raises(BadInput) as refused:
        shot_of({**names, **parts}, kind, CATALOGUE, TODAY)
    return [str(problem) for problem in refused.value.problems]


def paths(entry):
    """The names of the wire that are no plain words."""
    return [path for path in entry.fields if "." in path or not path.islower()]


@pytest.mark.parametrize("kind", [ImageToVideoShot, TextToVideoShot])
@pytest.mark.parametrize("air", sorted(air for air, entry in CATALOGUE.items() if entry.kind == "clip"))
def test_no_model_tells_a_shot_of_wire_names_or_of_rule_numbers(air, kind):
    """Whatever is said wrongly to whichever model is told by the shot file's own keys."""
    lines = told({**EVERYTHING, "model": air}, kind)
    lines += told({"model": air, "prompt": "", "audio": True, "last_image": "dusk.png", "duration": 99}, kind)
    assert [line for line in lines for path in paths(CATALOGUE[air]) if path in line] == []
    assert [line for line in lines if RULE_NUMBER.search(line)] == []


@pytest.mark.parametrize(
    "motion,kind,line",
    [
        (
            {"model": PRO, "prompt": "Waves.", "audio": True, "last_image": "dusk.png"},
            ImageToVideoShot,
            "motion.audio: got yes; leave it out: between two frames there is no sound setting",
        ),
        (
            {"model": OMNI, "prompt": "Waves.", "beats": BEATS},
            ImageToVideoShot,
            f"motion.prompt: got motion.prompt and motion.beats; {EITHER}",
        ),
        (
            {"model": TURBO, "prompt": "Waves.", "negative_prompt": "rain"},
            TextToVideoShot,
            'motion.negative_prompt: got "rain"; leave it out: a negative prompt stands only with a first frame',
        ),
    ],
    ids=["sound between frames", "both", "negative prompt from words"],
)
def test_a_refusal_says_what_to_do(motion, kind, line):
    """What can't be used is to be left out, and why is said beside it."""
    assert told(motion, kind) == [line]


def test_nobody_is_told_of_what_no_shot_can_give():
    """Beats in place of a prompt, of a model that knows none, are told without a word of reference videos."""
    assert told({"model": PRO, "beats": BEATS}) == [
        "motion.beats: got 2 beats; leave it out: KlingAI VIDEO 2.6 Pro has no such field",
        "motion.prompt: got nothing; it is required",
    ]


def test_a_number_is_told_as_it_was_written():
    """Whoever wrote 3 isn't told of 3.0."""
    assert told({"prompt": "Waves.", "guidance": 3}) == [
        "motion.guidance: got 3; a number from 0 to 1 in steps of 0.01",
    ]


def test_a_still_that_is_needed_is_asked_for_as_one():
    """A model that only animates stills says so of the still, and not of an object."""
    lines = told({"prompt": "Waves.", "model": "klingai:2@1"}, TextToVideoShot)
    assert "still: got nothing; KlingAI 1.5 Standard needs one to start from" in lines


def test_a_raw_request_is_told_by_its_own_names():
    """Of a task object the names of the wire are the right ones."""
    body = {**TASK, "model": OMNI, "positivePrompt": "Waves.", "inputs": {"frameImages": [FRAME_ID]}}
    body["providerSettings"] = {"klingai": {"multiPrompt": BEATS}}
    (problem,) = check_body(CATALOGUE[OMNI], body, TODAY)
    assert (problem.field, problem.got) == (
        "positivePrompt",
        "positivePrompt and providerSettings.klingai.multiPrompt",
    )


def test_a_rule_that_a_schema_has_named_by_paths_is_told_in_keys():
    """What an import writes of a rule names fields; plain words such as duration stay what they are."""
    rule = "with providerSettings.klingai.sound, inputs.frameImages[1] and CFGScale, the duration is 5."
    assert in_keys(CATALOGUE[PRO], rule, CLIP_KEYS) == (
        "with motion.audio, still and motion.guidance, the duration is 5."
    )


def test_doubts_are_told_by_keys():
    """What nobody knows for certain of a shot's words is told by their keys."""
    data = {**CHAIN, "motion": {"prompt": "Waves.", "model": "klingai:6@1"}}
    data["still"] = {"prompt": "A pier.", "model": "google:4@3"}
    stages = stages_of(shot_of(data, ImageToVideoShot, CATALOGUE, TODAY), CATALOGUE, TODAY)
    doubts = [doubt for stage in stages for doubt in stage.doubts]
    assert any("still.prompt" in doubt for doubt in doubts)
    for stage in stages:
        entry = CATALOGUE[stage.request.model]
        assert [doubt for doubt in stage.doubts for path in paths(entry) if path in doubt] == []
