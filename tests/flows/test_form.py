"""The forms of the flows: what the Prefect UI can render, and people can read."""

from collections.abc import Iterator
from typing import Any

import pytest
from prefect.utilities.callables import parameter_schema

from flows.image_to_video import image_to_video
from flows.reconcile import reconcile
from flows.resume import resume
from flows.storyboard import storyboard
from flows.text_to_image import text_to_image
from flows.text_to_video import text_to_video

ASKED = (image_to_video, text_to_video, text_to_image, storyboard, reconcile, resume)  # by people
FLOWS = {flow.fn.__name__: flow for flow in ASKED}
INPUTS = {"string", "integer", "number", "boolean", "array"}  # kinds for which the UI has an input of its own


@pytest.fixture(params=FLOWS)
def schema(request: pytest.FixtureRequest) -> dict[str, Any]:
    found: dict[str, Any] = parameter_schema(FLOWS[request.param]).model_dump()
    return found


def properties(schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Each property of the form by its path, as it stands there and with what it refers to."""
    for owner, part in [("", schema), *schema["definitions"].items()]:
        for name, found in part.get("properties", {}).items():
            yield f"{owner}.{name}", found, {**referred(schema, found), **found}


def referred(schema: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    name = str(part.get("$ref", "")).rpartition("/")[2]
    return dict(schema["definitions"][name]) if name else {}


def nested(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from nested(inner)


def test_every_field_says_what_it_is(schema):
    """Nobody has to guess a field's meaning: each has a sentence."""
    silent = [path for path, _, field in properties(schema) if not field.get("description", "").endswith(".")]
    assert silent == []


def test_fields_keep_their_order(schema):
    """Each field of a group has a place of its own, because the engine's database forgets the order."""
    for owner, part in [("", schema), *schema["definitions"].items()]:
        places = [found.get("position") for found in part.get("properties", {}).values()]
        assert None not in places, owner
        assert len(set(places)) == len(places), owner


def test_no_field_is_a_box_for_raw_json(schema):
    """Each field is a plain input, a choice, a group, a list of groups or names, or tabs of groups."""
    for path, _, field in properties(schema):
        if "anyOf" in field:
            groups = [referred(schema, choice) for choice in field["anyOf"]]
            assert all(group.get("type") == "object" and group["title"] for group in groups), path
            assert len({group["title"] for group in groups}) == len(groups), path
        elif field["type"] == "object":
            assert field["properties"], path
            assert field["additionalProperties"] is False, path
        else:
            assert field["type"] in INPUTS, path
        if field.get("type") == "array":
            items = {**referred(schema, field["items"]), **field["items"]}
            assert items.get("type") in {"object", "string"}, path  # groups, or names
    assert not [part for part in nested(schema) if "oneOf" in part or "allOf" in part]


def test_no_choice_is_nothing(schema):
    """A field that may stay empty is a plain field, never a pair of tabs of which one is `None`."""
    assert not [part for part in nested(schema) if part.get("type") == "null"]


def test_the_engine_checks_no_steps(schema):
    """Legal numbers such as 0.57 aren't refused for the rounding of a binary division."""
    assert not [part for part in nested(schema) if "multipleOf" in part]


def test_numbers_have_bounds_where_those_are_ours(schema):
    """What no model takes is refused in the form, before a run exists; what a model decides has no bound there."""
    for path, _, field in properties(schema):
        if field.get("type") in {"integer", "number"}:
            model_decides = path.rpartition(".")[2] in {"seed", "guidance", "duration"}
            assert ("maximum" in field) != model_decides, path


def test_only_what_has_no_sensible_default_is_required():
    """A shot needs its names and its words; a clip may be told in beats instead. Everything else has a default."""
    schema = parameter_schema(image_to_video).model_dump()
    required = {name: set(part.get("required", ())) for name, part in schema["definitions"].items()}
    assert required["ImageToVideoShot"] == {"project", "shot", "still", "motion"}
    assert required["PromptedStill"] == {"prompt"}
    assert required["Motion"] == set()
    assert required["MotionBeat"] == {"prompt", "duration"}
    assert required["GivenStill"] == {"image"}
    assert required["ClipOutput"] == set()


def test_sound_is_a_question_that_may_stay_open():
    """It is a choice without a default: a switch that nobody has touched would say no."""
    for flow in (image_to_video, text_to_video):
        audio = parameter_schema(flow).model_dump()["definitions"]["Motion"]["properties"]["audio"]
        assert (audio["type"], audio["enum"]) == ("string", ["yes", "no"])
        assert "default" not in audio
