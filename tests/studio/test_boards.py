"""Reading storyboards: every problem of every shot at once, each at its line, and the shots that come of it."""

import json
from datetime import date

import pytest
import yaml

from stillreel.domain.errors import BadInput
from stillreel.domain.inheriting import words_of
from stillreel.domain.names import legal_name
from stillreel.domain.shots import GivenStill, ImageToVideoShot, TextToImageShot, TextToVideoShot
from stillreel.domain.storyboards import Storyboard
from stillreel.studio.boards import board_of, read_board
from stillreel.studio.reading import shot_of
from tests.pipes import a_pipe
from tests.studio.on_set import CATALOGUE

TODAY = date(2026, 11, 22)
QUAY, WAVES = {"prompt": "A quay."}, {"prompt": "Waves."}
BOARD = {
    "project": "harbour",
    "defaults": {"size": "1:1", "motion": {"duration": 10}},
    "shots": [
        {"shot": "opening", "still": QUAY, "motion": WAVES},
        {"shot": "closer", "still": {"image": "shot:opening"}, "motion": {**WAVES, "duration": 5}},
        {"shot": "poster", "still": QUAY, "size": "9:16"},
        {"shot": "words", "motion": WAVES},
    ],
}


def read(data, folder=None):
    return board_of(data, CATALOGUE, TODAY, folder=folder)


def of(*shots, **more):
    return {"project": "harbour", **more, "shots": list(shots)}


def problems_of(data, folder=None):
    """Field, what it got and what is allowed, of each problem."""
    with pytest.raises(BadInput) as caught:
        read(data, folder)
    return {problem.field: f"{problem.got} | {problem.allowed}" for problem in caught.value.problems}


def told_in(tmp_path, text, name="board.yaml", project=""):
    (tmp_path / name).write_text(text)
    with pytest.raises(BadInput) as caught:
        read_board(tmp_path / name, CATALOGUE, TODAY, project)
    return [str(problem) for problem in caught.value.problems]


def test_a_storyboard_comes_to_the_shots_that_single_files_would():
    """Each shot is the one that its words with the defaults would be in a file of its own, in the same order."""
    shots = read(BOARD).shots
    assert [type(shot) for shot in shots] == [ImageToVideoShot, ImageToVideoShot, TextToImageShot, TextToVideoShot]
    alone = {"project": "harbour", "shot": "opening", "size": "1:1", "still": QUAY, "motion": {**WAVES, "duration": 10}}
    single = shot_of(alone, ImageToVideoShot, CATALOGUE, TODAY)
    assert shots[0].model_dump(exclude_unset=True) == single.model_dump(exclude_unset=True)
    assert [shot.size for shot in shots] == ["1:1", "1:1", "9:16", "1:1"]
    assert shots[1].motion.duration == 5


def test_yaml_json_and_a_form_are_the_same_storyboard(tmp_path):
    """The same words in YAML, in JSON and in a form come to the same, and so does what was written down of it."""
    (tmp_path / "board.yaml").write_text(yaml.safe_dump(json.loads(json.dumps(BOARD))))
    (tmp_path / "board.json").write_text(json.dumps(BOARD))
    found = [read_board(tmp_path / name, CATALOGUE, TODAY) for name in ("board.yaml", "board.json")]
    form = read(words_of(Storyboard.model_validate(BOARD)))
    again = read(json.loads(json.dumps(words_of(form.storyboard))))
    assert found[0] == found[1] == form == again


def test_paths_begin_at_the_file(tmp_path):
    """A given image is found from the storyboard's folder; addresses and references stay as they are."""
    (tmp_path / "quay.png").touch()
    url = "https://example.com/last.png"
    model = "klingai:5@2"
    data = of(
        {"shot": "a", "still": {"image": "quay.png"}, "motion": {**WAVES, "model": model, "last_image": url}},
        {"shot": "b", "still": {"image": "shot:a"}, "motion": WAVES},
    )
    (tmp_path / "board.yaml").write_text(yaml.safe_dump(json.loads(json.dumps(data))))
    first, second = read_board(tmp_path / "board.yaml", CATALOGUE, TODAY).shots
    assert first.still == GivenStill(image=str(tmp_path / "quay.png"))
    assert first.motion.last_image == url
    assert second.still == GivenStill(image="shot:a")


@pytest.mark.parametrize("image", ["nowhere.png", "~nobody-of-that-name/x.png", "x" * 5000], ids=lambda it: it[:9])
def test_a_file_that_is_not_there_is_told_before_anything_is_spent(tmp_path, image):
    """A given image that can't be a file is a problem of its shot."""
    data = of({"shot": "a", "still": {"image": image}, "motion": WAVES})
    assert "a file that is there" in problems_of(data, tmp_path)["shots.a.still.image"]


@pytest.mark.parametrize("image,what", [(".", "a folder"), ("pipe", "a named pipe"), ("/dev/null", "a device")])
def test_what_is_no_regular_file_is_told_as_what_it_is(tmp_path, image, what):
    """A folder, a pipe or a device in place of an image isn't told as if nothing were there, and isn't opened."""
    data = of({"shot": "a", "still": {"image": image}, "motion": WAVES})
    with a_pipe(tmp_path / "pipe"):
        assert problems_of(data, tmp_path)["shots.a.still.image"].endswith(f"a regular file: it is {what}")


def test_a_form_has_no_paths():
    """What comes from a form or the archive names no file of whatever machine reads it."""
    data = of({"shot": "a", "still": {"image": "/etc/hostname"}, "motion": WAVES})
    assert "a URL, gs://bucket/name, an address in the archive or shot:NAME" in problems_of(data)["shots.a.still.image"]


def test_every_problem_of_every_shot_comes_at_once(tmp_path):
    """Board, defaults, names, words, models' rules, files and references are told in one go, each at its line."""
    text = """\
project: Harbour!
limits: {at_once: 0}
defaults:
  still: {colour: red}
  motion:
    duration: 7
shots:
- shot: opening
  still: {prompt: A quay.}
  motion: {prompt: Waves., guidance: 2}
- shot: opening
  motion: {prompt: Waves.}
- shot: Closer Look
  still: {prompt: A quay., model: nobody:1@1}
- still:
    image: nowhere.png
  motion:
    prompt: Waves.
- 7
- shot: empty
- shot: circle
  still:
    image: shot:circle
  motion: {prompt: Waves.}
"""
    found = told_in(tmp_path, text)
    assert [": ".join(line.split(": ")[:2]) for line in found] == [
        "line 1: project",
        "line 2: limits.at_once",
        "line 4: defaults.still.colour",
        "line 6: defaults.motion.duration",
        "line 10: shots.0 (opening).motion.guidance",
        "line 11: shots.1 (opening).shot",
        "line 13: shots.2.shot",
        "line 14: shots.2.still.model",
        "line 15: shots.3.shot",
        "line 16: shots.3.still.image",
        "line 19: shots.4",
        "line 20: shots.empty",
        "line 23: shots.circle.still.image",
    ]
    assert "(for 4 shots, first '0 (opening)')" in found[3]
    assert "; a name of its own, shots.0 in line 8 has it already: try 'opening-2'" in found[5]


def test_shots_of_one_name_are_told_apart():
    """Where a form's shots share a name, each problem says which of them has it, counted as those without a name."""
    bad = {"still": {"prompt": "A quay.", "colour": 1}}
    found = problems_of(of({"shot": "one", **bad}, {"shot": "two", **bad}, {"shot": "one", **bad}, {"shot": "One!"}))
    assert set(found) == {
        "shots.0 (one).still.colour",
        "shots.two.still.colour",
        "shots.2 (one).shot",
        "shots.2 (one).still.colour",
        "shots.3.shot",
        "shots.3",
    }
    assert found["shots.2 (one).shot"] == "'one' | a name of its own, shots.0 has it already: try 'one-2'"


def test_what_the_defaults_do_wrong_is_told_once():
    """A default that shots can't have is one problem, with the number of shots that it touches."""
    shots = [{"shot": f"s-{number}", "motion": WAVES} for number in range(300)]
    found = problems_of(
        of(*shots, {"shot": "own", "motion": {**WAVES, "duration": 5}}, defaults={"motion": {"duration": 7}})
    )
    assert found == {"defaults.motion.duration": "7 | one of 5, 10 (for 300 shots, first 's-0')"}


def test_a_message_tells_the_first_problems_and_counts_the_rest():
    """Nobody has to scroll through thousands of lines that say the same."""
    shots = [{"shot": f"s-{number}", "motion": {**WAVES, "colour": 1}} for number in range(1284)]
    with pytest.raises(BadInput) as caught:
        read(of(*shots))
    assert len(caught.value.problems) == 1284
    lines = str(caught.value).splitlines()
    assert lines[0] == "the storyboard has 1284 problems:"
    assert lines[51] == "  - and 1,234 more"
    assert len(lines) == 53


@pytest.mark.parametrize("number", [0, 2001, 10_000])
def test_a_storyboard_has_one_to_two_thousand_shots(number):
    """None at all, or more than anybody means, is one problem, whatever the shots are."""
    assert problems_of(of(*[{"shot": "x"}] * number)) == {"shots": f"{number:,} of them | a list of 1 to 2,000 shots"}


@pytest.mark.parametrize("data", [None, [], "words", {}, {"shots": None}, {"shots": "many"}, {"shots": {}}], ids=repr)
def test_what_is_no_storyboard_is_told_what_one_has(data):
    """An empty file, a list, a word and a storyboard without shots are problems, not tracebacks."""
    assert any("shots" in told for told in problems_of(data).values())


@pytest.mark.parametrize(
    "name",
    [
        "../etc",
        "a/b",
        "a.b",
        ".",
        "🎬",
        "x" * 300,
        "con",
        "index",
        "",
        " ",
        "A",
        "\u0000",
        7,
        True,
        None,
        ["a"],
        {"a": 1},
    ],
    ids=lambda name: repr(name)[:12],
)
def test_an_illegal_name_is_told_with_one_that_is_free(name):
    """Whatever somebody wrote, what is proposed is legal, and no other shot of the storyboard has it."""
    taken = ["etc", "a-b", "shot-1", "con-1", "index-1", "a", "x" * 63, "shot-10", "7", "shot-3"]
    shots = [{"shot": each, "motion": WAVES} for each in taken]
    data = of(*shots[:9], {"shot": name, "motion": WAVES}, *shots[9:], {"shot": name, "motion": WAVES})
    found = problems_of(data)
    assert set(found) == {"shots.9.shot", "shots.11.shot"}
    proposals = [told.partition("try '")[2].partition("'")[0] for told in found.values()]
    assert [legal_name(proposal) for proposal in proposals] == proposals
    assert len({*proposals, *taken}) == len(taken) + 2


@pytest.mark.parametrize(
    "image,allowed",
    [
        ("shot:nobody", "there is none of that name"),
        ("shot:", "there is none of that name"),
        ("shot:word", "try 'shot:words'"),
        ("shot:words", "'words' is a clip from words alone"),
        ("shot:b", "this is its own name"),
        ("shot:a", "a → b → c → a"),
    ],
)
def test_a_reference_that_leads_nowhere_is_told(image, allowed):
    """Unknown shots, shots without a still, a shot's own name and circles are problems; a circle is named whole."""
    data = of(
        {"shot": "words", "motion": WAVES},
        {"shot": "a", "still": {"image": "shot:b"}, "motion": WAVES},
        {"shot": "b", "still": {"image": image if image != "shot:a" else "shot:c"}, "motion": WAVES},
        {"shot": "c", "still": {"image": "shot:a"} if image == "shot:a" else QUAY, "motion": WAVES},
    )
    (told,) = problems_of(data).values()
    assert allowed in told


def test_a_project_is_the_storyboards():
    """A shot can't be of another project than its storyboard."""
    found = problems_of(of({"shot": "a", "project": "other", "motion": WAVES}))
    assert list(found) == ["shots.a.project"]


def test_a_given_image_alone_makes_nothing():
    """A shot that has a still already needs a motion."""
    found = problems_of(of({"shot": "a", "still": {"image": "https://example.com/a.png"}}))
    assert list(found) == ["shots.a.still.image"]
    assert "it needs a motion" in found["shots.a.still.image"]


@pytest.mark.parametrize(
    "text,told",
    [
        ("a: &a [x]\nshots: [*a, *a]", "anchors and aliases"),
        ("shots: " + "[" * 50_000, "groups within groups"),
        ("shots:\n" + "- a: 1\n" * 100_000, "more than 200,000 keys and values"),
        ('{"shots": [' + "1," * 300_000 + "1]}", "300,002 values; at most 200,000"),
        ('{"shots": [{' + ",".join(f'"k{n}": 1' for n in range(2000)) + "}]}", "2,000 keys; at most 1,000"),
        ("shots: []\nproject: a\nshots: []", "line 3: shots: got two values"),
        ("x" * (4 << 20) + "x", "at most 4 MiB"),
        ("shots: 0x" + "f" * 100_000, "a list of 1 to 2,000 shots"),
    ],
    ids=["aliases", "deep", "wide", "wide JSON", "many keys", "doubled", "large", "a long number"],
)
def test_a_bomb_is_one_problem(tmp_path, text, told):
    """What would unfold, nest, or fill the memory is refused while it is parsed."""
    (line,) = told_in(tmp_path, text)
    assert told in line


def test_a_shot_of_nothing_but_mistakes_is_not_read_to_its_end():
    """A hundred thousand broken beats are told by the first of them, and don't hold anybody up."""
    found = problems_of(of({"shot": "a", "motion": {"beats": [7] * 100_000}}))
    assert 100 < len(found) < 300


def test_a_storyboard_of_nothing_but_mistakes_is_not_read_to_its_end():
    """After thousands of problems the rest is counted."""
    broken = {f"key-{number}": 1 for number in range(100)}
    found = problems_of(of(*({"shot": f"s-{number}", "motion": WAVES, **broken} for number in range(500))))
    assert 5_000 < len(found) < 5_300
    assert found["shots"].endswith("mend the others first: these weren't looked at")


@pytest.mark.parametrize(
    "size,told", [(2, "s-0 → s-1 → s-0"), (12, "s-10 → s-11 → s-0"), (500, "s-1 → … (496 others) → s-498")]
)
def test_a_long_circle_is_told_by_its_ends(size, told):
    """A circle can be as long as the storyboard, and its message can't."""
    shots = [{"shot": f"s-{n}", "still": {"image": f"shot:s-{(n + 1) % size}"}, "motion": WAVES} for n in range(size)]
    (line,) = problems_of(of(*shots)).values()
    assert told in line
    assert len(line) < 200
