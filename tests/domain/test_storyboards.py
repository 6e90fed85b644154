"""Storyboards: one model is the form, the file and the schema by which editors complete and check it."""

import json
from decimal import Decimal

import pytest
from jsonschema import Draft202012Validator
from pydantic import BaseModel, ValidationError

from stillreel.domain import storyboards
from stillreel.domain.shots import GivenStill, Motion, MotionBeat, PromptedStill, StillOutput, TextToVideoShot
from stillreel.domain.storyboards import BoardMotion, BoardOutput, BoardShot, BoardStill, Defaults, Limits, Storyboard
from tests.domain.storyboard_schema import COMMAND, FILE, text

INHERITABLE = [BoardStill, BoardMotion, BoardOutput, Defaults]
FORMS = [*INHERITABLE, BoardShot, Limits, Storyboard]
SCHEMA = json.loads(FILE.read_text(encoding="utf-8"))
QUAY, WAVES = {"prompt": "A quay."}, {"prompt": "Waves."}
SMALL = {"project": "harbour", "shots": [{"shot": "a", "still": QUAY}]}


def board(**changes):
    return Storyboard.model_validate({**SMALL, **changes})


def fields(form):
    """The fields of a form as the UI gets them."""
    return form.model_json_schema()["properties"]


def nested(part):
    yield part
    for inner in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        yield from nested(inner)


def test_every_form_is_looked_at():
    """A form that is added is held to what follows, too."""
    mine = [kind for kind in vars(storyboards).values() if isinstance(kind, type) and issubclass(kind, BaseModel)]
    assert {kind for kind in mine if kind.__module__ == storyboards.__name__} == set(FORMS)


@pytest.mark.parametrize("form", FORMS)
def test_fields_explain_themselves_and_have_an_order(form):
    """Each field has a sentence and a place of its own."""
    assert all(field["description"].endswith(".") for field in fields(form).values())
    positions = [field["position"] for field in fields(form).values()]
    assert len(set(positions)) == len(positions)


@pytest.mark.parametrize("form", FORMS)
def test_forms_have_no_tabs_no_steps_and_no_raw_boxes(form):
    """Each field is a plain input, a choice, a group, or a list of groups; never a choice between it and nothing."""
    parts = [part for part in nested(form.model_json_schema()) if isinstance(part, dict)]
    assert not [part for part in parts if {"anyOf", "oneOf", "allOf", "multipleOf"} & set(part)]
    assert not [part for part in parts if part.get("type") == "null"]
    assert all("$ref" in field or "type" in field for field in fields(form).values())


@pytest.mark.parametrize("form", INHERITABLE)
def test_what_can_be_inherited_has_no_default_in_a_form(form):
    """A form sends what stands in it, so what nobody said would win over the defaults of the storyboard."""
    assert not [name for name, field in fields(form).items() if "default" in field]
    assert not form.model_json_schema().get("required")


def test_numbers_of_a_form_have_bounds():
    """What no model takes is refused in the form, which takes no more shots than it can hold; a model has its own."""
    for form in FORMS:
        for name, field in fields(form).items():
            if field.get("type") in {"integer", "number"}:
                assert ("maximum" in field) != (name in {"seed", "guidance", "duration"}), name
    assert fields(Storyboard)["shots"]["maxItems"] == 20


def test_a_shot_of_a_storyboard_can_say_what_a_shot_can():
    """Every field of a single shot is one here, but for the project, which is the storyboard's."""
    assert set(BoardStill.model_fields) == {*PromptedStill.model_fields, *GivenStill.model_fields}
    assert list(BoardMotion.model_fields) == list(Motion.model_fields)
    assert set(BoardOutput.model_fields) == set(StillOutput.model_fields)
    assert set(BoardShot.model_fields) == {*TextToVideoShot.model_fields, "still"} - {"project"}
    assert set(Defaults.model_fields) == set(BoardShot.model_fields) - {"shot"}


@pytest.mark.parametrize("shared", [(BoardStill, PromptedStill), (BoardMotion, Motion), (BoardOutput, StillOutput)])
def test_bounds_are_those_of_a_single_shot(shared):
    """A number that a shot's form takes is one that a storyboard's takes."""
    here, there = map(fields, shared)
    for name in set(here) & set(there):
        for bound in ("minimum", "maximum", "maxLength", "pattern"):
            assert here[name].get(bound) == there[name].get(bound), (name, bound)


def test_the_smallest_storyboard():
    """A project and a shot are enough; fifty jobs at once, a reel, and no limit of its own are what it has."""
    found = board()
    assert (found.name, found.reel, found.limits.at_once, found.limits.max_usd) == ("storyboard", True, 50, None)
    assert Storyboard.model_validate_json(found.model_dump_json(exclude_unset=True)) == found


@pytest.mark.parametrize("written,meant", [(20, "20"), (0.1, "0.1"), ("12.50", "12.50"), (0, "0"), (None, None)])
def test_a_limit_is_dollars(written, meant):
    """Dollars are exact, whether they were written as a number or as text."""
    assert board(limits={"max_usd": written}).limits.max_usd == (None if meant is None else Decimal(meant))


@pytest.mark.parametrize(
    "limits",
    [
        {"max_usd": -1},
        {"max_usd": "a lot"},
        {"max_usd": "NaN"},
        {"max_usd": "inf"},
        {"max_usd": True},
        {"at_once": 0},
        {"at_once": 1001},
        {"at_once": True},
        {"usd": 1},
    ],
    ids=str,
)
def test_other_limits_are_refused(limits):
    """Less than nothing, endless amounts, words and switches are no limits."""
    with pytest.raises(ValidationError):
        board(limits=limits)


@pytest.mark.parametrize(
    "sound,meant", [("yes", True), ("no", False), ("", None), (None, None), (True, True), (False, False)]
)
def test_sound_has_three_values(sound, meant):
    """Yes, no, and nothing said, which leaves it to the defaults."""
    assert BoardMotion.model_validate({"audio": sound}).audio is meant


def test_the_schema_is_current():
    """The published schema is what the model says today; the command in its place renews it."""
    assert FILE.read_text(encoding="utf-8") == text(), f"run {COMMAND}"


def test_the_schema_is_one():
    """Editors get valid JSON Schema, Draft 2020-12."""
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert not [part for part in nested(SCHEMA) if isinstance(part, dict) and "position" in part]


GOOD = {
    "smallest": SMALL,
    "for editors": {"$schema": "../docs/storyboard.schema.json", **SMALL},
    "a sheet": {"project": "harbour", "shots": "shots.csv"},
    "many": {"project": "harbour", "shots": [{"shot": f"s-{number}", "still": QUAY} for number in range(2000)]},
    "all said": {
        "project": "harbour",
        "name": "teaser",
        "limits": {"max_usd": 12.5, "at_once": 10},
        "reel": False,
        "defaults": {"size": "1:1", "safety": "full", "still": {"model": "x", "take": 2}, "output": {"quality": 80}},
        "shots": [
            {"shot": "a", "take": 3, "still": {**QUAY, "seed": 7}, "motion": {**WAVES, "audio": True}},
            {"shot": "b", "take": "new", "still": {"image": "shot:a"}, "motion": {"beats": [{**WAVES, "duration": 2}]}},
            {"shot": "c", "still": {"image": "c.png"}, "motion": WAVES, "results": 2, "output": {"format": "MOV"}},
        ],
    },
}
BAD = {
    "no project": {"shots": SMALL["shots"]},
    "no shots": {"project": "harbour", "shots": []},
    "too many": {"project": "harbour", "shots": [{"shot": "a"}] * 2001},
    "an unknown key": {**SMALL, "colour": "red"},
    "a misspelt word": {"project": "harbour", "shots": [{"shot": "a", "still": {"promt": "A quay."}}]},
    "no name": {"project": "harbour", "shots": [{"still": QUAY}]},
    "an illegal name": {"project": "harbour", "shots": [{"shot": "A/b", "still": QUAY}]},
    "a size": {**SMALL, "defaults": {"size": "4:3"}},
    "a take": {**SMALL, "defaults": {"take": 0}},
    "a limit": {**SMALL, "limits": {"max_usd": -1}},
    "no sheet": {"project": "harbour", "shots": "shots.xlsx"},
    "a project of Windows's": {**SMALL, "project": "con"},
    "a name of the archive's own": {**SMALL, "name": "reels"},
    "a shot of the archive's own": {"project": "harbour", "shots": [{"shot": "index", "still": QUAY}]},
    "half a beat": {"project": "harbour", "shots": [{"shot": "a", "motion": {"beats": [{**WAVES, "duration": None}]}}]},
}


@pytest.mark.parametrize("data", GOOD.values(), ids=GOOD)
def test_the_schema_takes_what_is_good(data):
    """What an editor underlines in a good storyboard would be a mistake of ours."""
    assert [error.message for error in Draft202012Validator(SCHEMA).iter_errors(data)] == []


@pytest.mark.parametrize("data", BAD.values(), ids=BAD)
def test_the_schema_refuses_what_is_not(data):
    """An editor sees the mistakes that need no catalogue."""
    assert list(Draft202012Validator(SCHEMA).iter_errors(data))


def test_beats_are_those_of_a_shot():
    """A beat is told in the same words, wherever it is written."""
    assert BoardMotion.model_validate({"beats": [{**WAVES, "duration": 2}]}).beats == (MotionBeat(**WAVES, duration=2),)
