"""The forms serve every model, so that nothing is refused there which `check` accepts."""

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from stillreel.domain.errors import BadInput
from stillreel.domain.shots import ImageToVideoShot, TextToImageShot, TextToVideoShot
from stillreel.domain.storyboards import Storyboard
from stillreel.runware.catalogue import Catalogue, Entry, load
from stillreel.runware.catalogue.entry import FieldRule, Word
from stillreel.studio.reading import kind_of, shot_of
from tests.domain.storyboard_schema import FILE

TODAY = date(2026, 11, 22)
NAMES = {"project": "harbour", "shot": "pier"}
WORDS: tuple[Word, ...] = ("prompt", "negative_prompt", "duration", "guidance", "seed", "resolution")
WIDE = {
    "positivePrompt": {"min_length": 1, "max_length": 40_000},
    "negativePrompt": {"min_length": 1, "max_length": 40_000},
    "CFGScale": {"type": "number", "min": -20, "max": 500, "sure": "documented"},
    "duration": {"type": "number", "values": None, "min": "0.25", "max": 900, "default": 5, "sure": "documented"},
    "outputQuality": {"min": 1, "max": 100},
}


def wide(air: str, new: str) -> Entry:
    """A made-up model whose fields take far more than those of any that ships with stillreel."""
    entry = load()[air]
    found = {path: rule.model_dump() | WIDE.get(path, {}) for path, rule in entry.fields.items()}
    found["model"]["const"] = new
    rules = [rule for rule in entry.rules if rule.kind not in ("forbidden", "needed")]
    return entry.model_copy(
        update={
            "air": new,
            "fields": {path: FieldRule.model_validate(rule) for path, rule in found.items()},
            "rules": tuple(rules),
        }
    )


CATALOGUE = Catalogue(
    {**load(), **{new: wide(air, new) for air, new in {"klingai:3@1": "wide:1@1", "runware:101@1": "wide:2@1"}.items()}}
)
SHOTS = {
    kind: Draft202012Validator(kind.model_json_schema())
    for kind in (TextToImageShot, TextToVideoShot, ImageToVideoShot)
}
BOARDS = [Draft202012Validator(Storyboard.model_json_schema()), Draft202012Validator(json.loads(FILE.read_text()))]


def edges(rule: FieldRule) -> Iterator[Any]:
    """The values at the edges of what a field takes."""
    yield from rule.values or ()
    for length in (rule.min_length, rule.max_length):
        if length is not None:
            yield "x" * length
    for bound in (rule.min, rule.max):
        if bound is not None:
            yield int(bound) if rule.type == "integer" else float(bound)


def shots(entry: Entry) -> Iterator[dict[str, Any]]:
    """Shots of a model, each with one word at an edge of what the model takes; not all are legal as a whole."""
    part: dict[str, Any] = {"prompt": "The light turns.", "model": entry.air}
    stage = "still" if entry.kind == "still" else "motion"
    before = [{}] if entry.kind == "still" else [{}, {"still": {"prompt": "A pier."}}]
    for other in before:
        yield {**NAMES, **other, stage: part}
        for word in WORDS:
            path = entry.field_of(word)
            for value in edges(entry.fields[path]) if path else ():
                yield {**NAMES, **other, stage: {**part, word: value}}
        for value in edges(entry.fields["outputQuality"]):
            yield {**NAMES, **other, stage: part, "output": {"quality": value}}
        beats = entry.field_of("beats")
        for seconds in (1, 2.5, 7) if beats else ():
            told = [{"prompt": "x" * length, "duration": seconds} for length in (2, 2000)]
            yield {**NAMES, **other, stage: {"beats": told, "model": entry.air}}


def accepted(shot: dict[str, Any]) -> bool:
    try:
        shot_of(shot, kind_of(shot), CATALOGUE, TODAY)
    except BadInput:
        return False
    return True


@pytest.mark.parametrize("air", sorted(CATALOGUE))
def test_what_check_accepts_the_forms_accept(air):
    """Whatever a model's entry allows passes the schemas of the flows' forms and of storyboard files."""
    legal = [shot for shot in shots(CATALOGUE[air]) if accepted(shot)]
    for shot in legal:
        alone = {key: value for key, value in shot.items() if key != "project"}
        assert not [*SHOTS[kind_of(shot)].iter_errors(shot)], shot
        for board in BOARDS:
            assert not [*board.iter_errors({"project": "harbour", "shots": [alone]})], shot
    assert legal or CATALOGUE[air].gone(TODAY) or CATALOGUE[air].status == "retired"


@pytest.mark.parametrize("part", [{"prompt": "x", "duration": 0}, {"beats": [{"prompt": "x", "duration": 0}]}])
def test_a_clip_of_no_seconds_is_refused_by_the_forms(part):
    """Zero seconds are refused where a shot is written, and not only by the run that comes of it."""
    told = [*SHOTS[ImageToVideoShot].iter_errors({**NAMES, "still": {"prompt": "x"}, "motion": part})]
    for board in BOARDS:
        told += board.iter_errors({"project": "harbour", "shots": [{"shot": "pier", "motion": part}]})
        told += board.iter_errors({"project": "harbour", "defaults": {"motion": part}, "shots": [{"shot": "pier"}]})
    assert len(told) == 1 + 2 * len(BOARDS)


@pytest.mark.parametrize(
    "air,part",
    [
        ("wide:1@1", {"guidance": 20.0}),
        ("wide:1@1", {"guidance": -20.0}),
        ("wide:1@1", {"duration": 900.0}),
        ("wide:1@1", {"duration": 0.25}),
        ("wide:1@1", {"prompt": "x" * 40_000}),
        ("wide:1@1", {"prompt": "x", "negative_prompt": "x" * 40_000}),
        ("wide:2@1", {"prompt": "x" * 40_000}),
    ],
)
def test_the_made_up_models_are_wide(air, part):
    """The models that the forms are tried with do take what no other does."""
    stage = "still" if CATALOGUE[air].kind == "still" else "motion"
    shot = {**NAMES, stage: {"prompt": "The light turns.", **part, "model": air}}
    shot_of(shot, kind_of(shot), CATALOGUE, TODAY)
