"""Reading a shot file: every problem at once, each in the file's own words."""

import json
from datetime import date

import pytest
import yaml
from pydantic import ValidationError

from stillreel.domain.errors import BadInput
from stillreel.domain.shots import GivenStill, ImageToVideoShot, TextToImageShot, TextToVideoShot
from stillreel.studio.reading import LARGEST_FILE, kind_of, read_file, shot_of
from tests.studio.on_set import CATALOGUE, CHAIN, CLIP, STILL

TODAY = date(2026, 11, 22)


def read(data, kind=ImageToVideoShot):
    return shot_of(data, kind, CATALOGUE, TODAY)


def problems_of(data, kind=ImageToVideoShot):
    """Field, what it got and what is allowed, of each problem."""
    with pytest.raises(BadInput) as caught:
        read(data, kind)
    return {problem.field: f"{problem.got} | {problem.allowed}" for problem in caught.value.problems}


def changed(**sections):
    """The chain with some keys of its sections replaced; None takes a key out."""
    data = json.loads(json.dumps(CHAIN))
    for section, changes in sections.items():
        if isinstance(changes, dict):
            data[section] = {key: v for key, v in {**data.get(section, {}), **changes}.items() if v is not None}
        else:
            data[section] = changes
    return data


def test_a_yaml_and_a_json_file_are_the_same_shot(tmp_path):
    """The same words in YAML and in JSON are the same shot."""
    (tmp_path / "shot.yaml").write_text(yaml.safe_dump(CHAIN))
    (tmp_path / "shot.json").write_text(json.dumps(CHAIN))
    shots = [read(read_file(tmp_path / name)) for name in ("shot.yaml", "shot.json")]
    assert shots[0] == shots[1] == ImageToVideoShot.model_validate(CHAIN)


@pytest.mark.parametrize(
    "content,got",
    [
        (b"still: [", "while parsing"),
        (b"a: b: c", "mapping values are not allowed"),
        (b"a: b\n\xff\xfe\x00", "0xff that isn't UTF-8 at line 2"),
        (b"a: 1\n\ttab: 2", "found a tab character"),
        (b"--- 1\n--- 2", "expected a single document"),
        (b"!!python/object/apply:os.system ['true']", "tags, which aren't allowed, at line 1, column 1"),
        (b"a: &a 1\nb: *a", "anchors and aliases, which aren't allowed, at line 1, column 4"),
        (b"[" * 20_000, "groups within groups"),
        (b"a: " + b"[" * 30 + b"]" * 30, "groups within groups"),
        (b"x" * (LARGEST_FILE + 1), "1048577 bytes"),
    ],
    ids=[
        "open bracket",
        "two colons",
        "not UTF-8",
        "tab",
        "two documents",
        "code",
        "alias",
        "deep",
        "less deep",
        "too large",
    ],
)
def test_a_file_that_cannot_be_parsed_is_named(tmp_path, content, got):
    """A file that isn't YAML or JSON, or is no page of text, is one problem that names the file."""
    file = tmp_path / "shot.yaml"
    file.write_bytes(content)
    with pytest.raises(BadInput) as caught:
        read_file(file)
    (problem,) = caught.value.problems
    assert problem.field == str(file)
    assert got in problem.got
    assert "unicode string" not in problem.got


@pytest.mark.parametrize("key", ["\ud800", "\0", 7, None])
def test_a_strange_key_is_told_as_it_can_be_printed(key):
    """A key that isn't text, or can't be printed, is a problem that can be."""
    assert all(field.isprintable() for field in problems_of(changed(still={"prompt": "x", key: 1}) | {key: 1}))


@pytest.mark.parametrize("name", ["missing.yaml", "."], ids=["missing", "a folder"])
def test_a_file_that_cannot_be_read_is_named(tmp_path, name):
    """No such file, and a folder in its place, are problems, not tracebacks."""
    with pytest.raises(BadInput, match="a file to read"):
        read_file(tmp_path / name)


@pytest.mark.parametrize("data", [None, [], "a lighthouse", 7, [CHAIN]])
def test_a_file_that_holds_no_shot(data):
    """An empty file, a list and a word are told what a shot has."""
    assert "keys such as project" in problems_of(data)["shot"]


def test_all_problems_come_at_once():
    """A file with seven kinds of mistakes is told all of them, each once, in its own words."""
    found = problems_of(
        changed(
            project="Harbour Nights!",
            still={"prompt": ""},
            motion={"prompt": "x" * 2501, "duration": 7, "guidance": 0.555},
            colour="red",
            results=5,
        )
    )
    assert set(found) == {
        "project",
        "colour",
        "still.prompt",
        "motion.prompt",
        "motion.duration",
        "motion.guidance",
        "results",
    }
    assert "try 'harbour-nights'" in found["project"]
    assert "no such key" in found["colour"]
    assert "2501" in found["motion.prompt"]
    assert "2500" in found["motion.prompt"]
    assert found["motion.duration"].startswith("7")
    assert "5" in found["motion.duration"]
    assert "10" in found["motion.duration"]


def test_problems_of_shape_hide_no_problems_of_models():
    """Mistakes of shape at the top and in both stages hide nothing that the models have against the rest."""
    found = problems_of(
        changed(
            still={"colour": "red", "seed": -1},
            motion={"speed": 2, "duration": 7, "take": "latest"},
            mood="fine",
            take=0,
        )
    )
    assert set(found) == {
        "still.colour",
        "still.seed",
        "motion.speed",
        "motion.duration",
        "motion.take",
        "mood",
        "take",
    }


def test_what_is_missing_is_told_beside_what_is_wrong():
    """A missing motion or prompt doesn't hide the still's problems."""
    data = changed(still={"prompt": "x", "seed": "seven"})
    del data["motion"]
    del data["project"]
    found = problems_of(data)
    assert set(found) == {"project", "motion", "still.prompt", "still.seed"}
    assert found["project"] == found["motion"] == "nothing | it is required"


@pytest.mark.parametrize(
    "sections,field,says",
    [
        ({"still": {"prompt": 7}}, "still.prompt", "text"),
        ({"still": "a lighthouse"}, "still", "a group of keys"),
        ({"motion": ["waves"]}, "motion", "a group of keys"),
        ({"motion": {"duration": "long"}}, "motion.duration", "'long' | one of 5, 10"),
        ({"results": "many"}, "results", "an integer from 1 to 4"),
        ({"results": 1.5}, "results", "an integer from 1 to 4"),
        ({"size": "4:3"}, "size", "'16:9', '1:1' or '9:16'"),
        ({"safety": "paranoid"}, "safety", "'none', 'fast' or 'full'"),
        ({"output": {"format": "GIF"}}, "output.format", "'MP4', 'WEBM' or 'MOV'"),
        ({"output": {"quality": 100}}, "output.quality", "99"),
        ({"project": 7}, "project", "text"),
        ({"shot": "con"}, "shot", "try 'con-1'"),
        ({"take": "latest"}, "take", "'latest' | auto, new or a number from 1 to 999"),
        ({"take": 0}, "take", "0 | auto, new or a number from 1 to 999"),
        ({"motion": {"take": -1}}, "motion.take", "-1 | auto, new or a number from 1 to 999"),
        ({"still": {"take": True}}, "still.take", "True | auto, new or a number from 1 to 999"),
        ({"motion": {"duration": True}}, "motion.duration", "True | one of 5, 10"),
        ({"motion": {"guidance": False}}, "motion.guidance", "False | a number from 0 to 1 in steps of 0.01"),
        ({"motion": {"guidance": float("nan")}}, "motion.guidance", "NaN"),
        ({"motion": {"duration": float("inf")}}, "motion.duration", "Infinity"),
        ({"still": {"seed": True}}, "still.seed", "True | an integer from "),
        ({"results": True}, "results", "True | an integer from 1 to 4"),
        ({"output": {"quality": True}}, "output.quality", "True | an integer from 20 to 99"),
        ({"still": {"prompt": "   "}}, "still.prompt", "not only spaces"),
        ({"motion": {"prompt": "\n\u00a0 "}}, "motion.prompt", "not only spaces"),
        ({"still": {"prompt": "A light\0house."}}, "still.prompt", "without control characters"),
        ({"motion": {"negative_prompt": "fog\x1b[1m"}}, "motion.negative_prompt", "without control characters"),
        ({"motion": {"model": "klingai:3@3"}}, "motion.model", "klingai:3@1"),
        ({"still": {"model": "klingai:3@1"}}, "still.model", "makes stills"),
        ({"motion": {"model": "runware:400@4"}}, "motion.model", "makes clips"),
        ({"motion": {"prompt": "x"}}, "motion.prompt", "2"),
        ({"motion": {"negative_prompt": "x"}}, "motion.negative_prompt", "2"),
        ({"motion": {"guidance": 1.01}}, "motion.guidance", "1"),
        ({"still": {"prompt": "x" * 3001}}, "still.prompt", "3000"),
    ],
)
def test_one_mistake_is_one_problem(sections, field, says):
    """A wrong type, word or number is one problem, at its field, that says what is allowed."""
    found = problems_of(changed(**sections))
    assert set(found) == {field}
    assert says in found[field]


@pytest.mark.parametrize("model", ["klingai:0@0", 7, ""])
def test_a_number_of_a_model_that_nobody_knows_has_no_bounds(model):
    """What a model takes is said where it is known which one is meant."""
    found = problems_of(changed(motion={"model": model, "duration": "long"}))
    assert found["motion.duration"] == "'long' | a number"
    assert "motion.model" in found


@pytest.mark.parametrize(
    "still,fields",
    [
        ({"image": "a.png", "prompt": "A lighthouse."}, {"still.image"}),
        ({"image": "a.png", "seed": 7}, {"still.seed"}),
        ({"image": 7}, {"still.image"}),
        ({"seed": 7}, {"still.prompt"}),
        ({}, {"still.prompt"}),
        ({"promt": "A lighthouse."}, {"still.promt", "still.prompt"}),
    ],
)
def test_a_still_is_not_told_off_twice(still, fields):
    """A still that is meant as a prompt isn't told what an image lacks, and the other way round."""
    data = json.loads(json.dumps(CHAIN)) | {"still": still}
    assert set(problems_of(data)) == fields


def test_a_still_is_prompted_or_given():
    """Both a prompt and an image, and neither, are told as what they are."""
    assert "either prompt or image" in problems_of(changed(still={"image": "a.png"}))["still.image"]
    assert "it needs a prompt or an image" in problems_of({**CHAIN, "still": {}})["still.prompt"]
    assert "it is required" in problems_of({**STILL, "still": {}}, TextToImageShot)["still.prompt"]


def test_a_shot_from_the_api_is_checked_too():
    """Words that say nothing don't pass as a parameter either; lines and tabs do."""
    for words in (" ", "fog\0"):
        with pytest.raises(ValidationError):
            ImageToVideoShot.model_validate(changed(still={"prompt": words}))
    assert ImageToVideoShot.model_validate(changed(still={"prompt": "fog\r\n\tand rain"}))


def test_a_given_image_is_read():
    """An image in place of a prompt is a given still; its path is looked at later."""
    assert read(changed(still={"prompt": None, "image": "frames/a.png"})).still == GivenStill(image="frames/a.png")


def test_flows_say_which_stage_they_do_not_take():
    """A motion in a still's file and a still in a clip's file are strange keys."""
    assert set(problems_of(CHAIN, TextToImageShot)) == {"motion"}
    assert set(problems_of(CHAIN, TextToVideoShot)) == {"still"}
    assert set(problems_of(changed(still={"prompt": "x"}), TextToImageShot)) == {"motion", "still.prompt"}
    assert read(STILL, TextToImageShot).still.prompt == STILL["still"]["prompt"]
    assert read(CLIP, TextToVideoShot).motion.prompt == CLIP["motion"]["prompt"]


@pytest.mark.parametrize(
    "data,kind",
    [
        (CHAIN, ImageToVideoShot),
        (STILL, TextToImageShot),
        (CLIP, TextToVideoShot),
        ({}, TextToVideoShot),
        (None, TextToVideoShot),
    ],
)
def test_a_file_says_which_kind_of_shot_it_is(data, kind):
    """`check` tells the kind by the stages that a file names."""
    assert kind_of(data) is kind


def test_a_long_value_is_told_shortened():
    """A problem shows the beginning of a long value, never pages of it."""
    assert all(len(said) < 300 for said in problems_of(changed(motion={"prompt": "x" * 100_000})).values())
    assert all(len(said) < 300 for said in problems_of(changed(size="x" * 100_000)).values())


def test_half_a_character_is_refused():
    """Half a surrogate pair, which JSON can spell and UTF-8 can't, is a problem of its field."""
    assert set(problems_of(changed(still={"prompt": "A lighthouse \ud800."}))) == {"still.prompt"}
