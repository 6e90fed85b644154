"""Shots: one model is the file, the form in the Prefect UI and the flow's parameter."""

import inspect
import json

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

from stillreel.domain import shots
from stillreel.domain.safety import Check
from stillreel.domain.shots import GivenStill, ImageToVideoShot, PromptedStill, Shot, TextToImageShot, TextToVideoShot

FORMS = {
    kind.__name__: kind
    for _, kind in inspect.getmembers(shots, inspect.isclass)
    if issubclass(kind, BaseModel) and kind.__module__ == shots.__name__ and not kind.__name__.startswith("_")
}
FIELDS = [(name, field) for name, kind in FORMS.items() for field in kind.model_fields]
CHAIN = {
    "project": "harbour",
    "shot": "lighthouse",
    "still": {"prompt": "A lighthouse."},
    "motion": {"prompt": "Waves."},
}


def form_of(name):
    """The form of a model as the UI gets it, its parts resolved."""
    schema = FORMS[name].model_json_schema()
    parts = schema.get("$defs", {})

    def resolved(part):
        if isinstance(part, dict):
            inner = {key: resolved(value) for key, value in part.items() if key not in ("$ref", "$defs")}
            return {**resolved(parts[part["$ref"].rpartition("/")[2]]), **inner} if "$ref" in part else inner
        return [resolved(item) for item in part] if isinstance(part, list) else part

    return resolved(schema)


def everywhere(part):
    """Every object in a schema, however deep."""
    if isinstance(part, dict):
        yield part
        for value in part.values():
            yield from everywhere(value)
    elif isinstance(part, list):
        for item in part:
            yield from everywhere(item)


def chain(**changes):
    return ImageToVideoShot.model_validate(CHAIN | changes)


def test_the_three_shots_are_there():
    """Each flow has its shot, and the parts of all of them are looked at below."""
    assert set(FORMS) == {
        "ClipOutput",
        "GivenStill",
        "ImageToVideoShot",
        "Motion",
        "MotionBeat",
        "PromptedStill",
        "StillOutput",
        "TextToImageShot",
        "TextToVideoShot",
    }


@pytest.mark.parametrize("name,field", FIELDS)
def test_every_field_of_a_form_explains_itself(name, field):
    """A field without a sentence, or one whose sentence doesn't end, is found here."""
    said = form_of(name)["properties"][field]["description"]
    assert len(said) > 8
    assert said.endswith(".")


@pytest.mark.parametrize("name", FORMS)
def test_the_fields_of_a_form_have_an_order(name):
    """Every field has a position, no two the same, in the order in which the file is written."""
    positions = [field["position"] for field in form_of(name)["properties"].values()]
    assert all(isinstance(position, int) for position in positions)
    assert len(set(positions)) == len(positions)


@pytest.mark.parametrize("name", FORMS)
def test_no_form_has_a_step(name):
    """`multipleOf` would refuse legal numbers such as 0.57 in the engine's validator, so steps are checked by us."""
    assert not [part for part in everywhere(form_of(name)) if "multipleOf" in part]


@pytest.mark.parametrize("name", FORMS)
def test_no_form_has_a_tab_for_nothing(name):
    """An optional field is one plain input, not a choice between a value and null."""
    for part in everywhere(form_of(name)):
        assert {"type": "null"} not in part.get("anyOf", [])
        assert part.get("type") != "null"


@pytest.mark.parametrize("name,field", FIELDS)
def test_no_form_has_a_raw_json_box(name, field):
    """Every field is text, a number, a switch, a choice, a group of such fields or a list of groups.

    Only a choice of groups has tabs.
    """
    part = form_of(name)["properties"][field]
    for kind in part.get("anyOf", [part]):
        assert kind["type"] in ("string", "integer", "number", "boolean", "object", "array"), kind
        assert kind["type"] != "object" or kind["properties"]
        assert kind["type"] != "array" or (kind["items"]["type"] == "object" and kind["items"]["properties"])
        assert "anyOf" not in part or kind["type"] == "object"


@pytest.mark.parametrize("name", FORMS)
def test_bounds_of_the_form_are_ours(name):
    """A default that stands in the form passes the form's own bounds."""
    for field in form_of(name)["properties"].values():
        if isinstance(default := field.get("default"), int) and field["type"] != "boolean":
            assert field["minimum"] <= default <= field["maximum"]


@pytest.mark.parametrize("path", ["", "still", "motion", "output"], ids=["shot", "still", "motion", "output"])
def test_an_unknown_key_is_an_error(path):
    """A misspelt key is told, at every level, and never passed over."""
    data = json.loads(json.dumps(CHAIN | {"output": {}}))
    (data[path] if path else data)["colour"] = "red"
    with pytest.raises(ValidationError, match="colour"):
        ImageToVideoShot.model_validate(data)


@pytest.mark.parametrize("written,take", [("auto", "auto"), ("new", "new"), ("7", "7"), (7, "7"), (999, "999")])
def test_a_take_is_a_word_or_a_number(written, take):
    """auto, new, or a number written as text or as a number, for the shot and for each stage."""
    assert chain(take=written).take == take
    assert chain(still={"prompt": "A lighthouse.", "take": written}).still.take == take
    assert chain(motion={"prompt": "Waves.", "take": written}).motion.take == take


@pytest.mark.parametrize("nonsense", [0, -1, 1000, "007", "latest", "New", " 1", True, 1.5, None, [1]])
def test_other_takes_are_refused(nonsense):
    """Zero, four digits, other words and other types are no takes."""
    for changes in ({"take": nonsense}, {"motion": {"prompt": "Waves.", "take": nonsense}}):
        with pytest.raises(ValidationError):
            chain(**changes)


def test_a_stage_may_leave_its_take_to_the_shot():
    """An empty take of a stage means the shot's; the shot's own can't be empty."""
    assert chain(motion={"prompt": "Waves.", "take": ""}).motion.take == ""
    with pytest.raises(ValidationError):
        chain(take="")


def test_all_but_the_names_and_the_words_have_defaults():
    """The smallest chain is checked fast, wide, one clip in MP4, by the default models."""
    shot = chain()
    assert (shot.take, shot.size, shot.results, shot.safety) == ("auto", "16:9", 1, Check.FAST)
    assert (shot.still.model, shot.motion.model) == ("runware:z-image@turbo", "klingai:3@1")
    assert (shot.output.format, shot.output.quality) == ("MP4", 95)
    assert (shot.motion.duration, shot.motion.guidance, shot.still.seed) == (None, None, None)
    assert (shot.motion.audio, shot.motion.beats, shot.motion.last_image) == (None, (), None)
    assert (shot.motion.resolution, shot.still.resolution) == (None, None)
    assert shot.title == "harbour/lighthouse"


@pytest.mark.parametrize("still,kind", [({"prompt": "A lighthouse."}, PromptedStill), ({"image": "a.png"}, GivenStill)])
def test_a_still_is_prompted_or_given(still, kind):
    """A chain starts from a prompt or from an image, and the words tell which."""
    assert type(chain(still=still).still) is kind
    assert type(chain(still=kind(**still)).still) is kind


@pytest.mark.parametrize("still", [{}, {"prompt": "A lighthouse.", "image": "a.png"}, {"seed": 7}, "a.png", None])
def test_a_still_is_one_of_both(still):
    """Neither, and both, are errors."""
    with pytest.raises(ValidationError):
        chain(still=still)


def test_flows_take_only_their_own_stages():
    """`text_to_video` takes no still, `text_to_image` no motion."""
    with pytest.raises(ValidationError, match="still"):
        TextToVideoShot.model_validate(CHAIN)
    with pytest.raises(ValidationError, match="motion"):
        TextToImageShot.model_validate(CHAIN)


@pytest.mark.parametrize(
    "shot",
    [
        chain(),
        chain(still={"image": "gs://bucket/projects/a/b/still-001.png"}),
        chain(
            take=3,
            size="9:16",
            results=4,
            safety="full",
            output={"format": "WEBM", "quality": 20},
            motion={"prompt": "Waves.", "guidance": 0.57, "duration": 10, "take": "new"},
            still={"prompt": "Ein Leuchtturm 🌊", "seed": 0, "negative_prompt": "people", "take": 2},
        ),
        chain(
            motion={
                "beats": [{"prompt": "Waves.", "duration": 3}, {"prompt": "Gulls.", "duration": 4}],
                "audio": True,
                "resolution": "1080p",
                "last_image": "https://example.com/dusk.png",
            },
            still={"prompt": "A lighthouse.", "resolution": "2K"},
        ),
        TextToImageShot.model_validate({key: CHAIN[key] for key in ("project", "shot", "still")}),
        TextToVideoShot.model_validate({key: CHAIN[key] for key in ("project", "shot", "motion")}),
    ],
    ids=["smallest", "given", "all said", "of some models", "image", "video"],
)
def test_a_shot_travels_as_a_parameter(shot):
    """A shot comes back from JSON as it was, what was left unsaid still unsaid."""
    again = TypeAdapter(Shot).validate_json(shot.model_dump_json(exclude_unset=True))
    assert type(again) is type(shot)
    assert again == shot
    assert type(shot).model_validate_json(shot.model_dump_json()) == shot
