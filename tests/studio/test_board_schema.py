"""docs/storyboard.schema.json beside the code that reads storyboards: an editor and `stillreel check` say the same."""

import json
from datetime import date

import pytest
from jsonschema import Draft202012Validator

from stillreel.domain.errors import BadInput
from stillreel.domain.names import RESERVED
from stillreel.studio.boards import board_of
from tests.domain.storyboard_schema import FILE
from tests.studio.on_set import CATALOGUE

SCHEMA = json.loads(FILE.read_text(encoding="utf-8"))
PARTS = {name: part["properties"] for name, part in SCHEMA["$defs"].items()}
GROUPS = {"still": "BoardStill", "motion": "BoardMotion", "output": "BoardOutput"}
SHOT = {"shot": "a", "still": {"prompt": "A quay."}, "motion": {"prompt": "Waves."}}


def board(shot=None, **changes):
    return {"project": "harbour", "shots": [{**SHOT, **(shot or {})}], **changes}


def empty():
    """Storyboards in which one key is left empty, each key in each place once."""
    yield from ((key, board(**{key: None})) for key in SCHEMA["properties"])
    yield from ((f"limits.{key}", board(limits={key: None})) for key in PARTS["Limits"])
    yield from ((f"defaults.{key}", board(defaults={key: None})) for key in PARTS["Defaults"])
    yield from ((f"shot.{key}", board({key: None})) for key in PARTS["BoardShot"])
    for group, part in GROUPS.items():
        for key in PARTS[part]:
            yield f"shot.{group}.{key}", board({group: {**SHOT.get(group, {}), key: None}}, defaults=SHOT_DEFAULTS)
            yield f"defaults.{group}.{key}", board(defaults={group: {key: None}})


SHOT_DEFAULTS = {group: SHOT[group] for group in ("still", "motion")}  # whose words hold where the shot has none


def accepted(data):
    try:
        board_of(data, CATALOGUE, date(2026, 11, 22))
    except BadInput:
        return False
    return True


def underlined(data):
    return [error.message for error in Draft202012Validator(SCHEMA).iter_errors(data)]


def test_an_empty_key_is_the_same_to_both():
    """A key with nothing behind it means that the default holds; only what a storyboard can't do without is missed."""
    told = {key: (accepted(data), not underlined(data)) for key, data in empty()}
    assert {key: both for key, both in told.items() if both != (True, True)} == dict.fromkeys(
        ("project", "shots", "shot.shot"), (False, False)
    )
    assert len(told) > 60


@pytest.mark.parametrize("name", [*sorted(RESERVED), "con-1", "reel"])
def test_a_reserved_name_is_the_same_to_both(name):
    """What no folder of the archive may be called is underlined while it is written, and names that hold it aren't."""
    for data in (board(project=name), board(name=name), board({"shot": name})):
        assert accepted(data) == (not underlined(data)) == (name not in RESERVED)


@pytest.mark.parametrize("sound", [True, False, "yes", "no", "", None, "loud"])
def test_sound_is_the_same_to_both(sound):
    """Yes, no, and nothing, however it is written."""
    data = board({"motion": {"prompt": "Waves.", "audio": sound, "model": "klingai:kling-video@2.6-pro"}})
    assert accepted(data) == (not underlined(data)) == (sound != "loud")
