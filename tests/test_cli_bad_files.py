"""`stillreel check` of files that are wrong as files: each is told in the words of whoever wrote it, with its line."""

import os
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

from stillreel.cli import app
from stillreel.domain.errors import BadInput
from stillreel.domain.storyboards import MOST_SHOTS
from tests.pipes import a_pipe
from tests.saying import say

SHOT = '"shots": [{"shot": "b",\n"motion": {"prompt": "Waves."}}]'


@pytest.fixture
def told(tmp_path: Path):
    """What is said of a file with these bytes, without its name; it is refused."""

    def check(name: str, content: str | bytes, **env: str) -> list[str]:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        csv = ["--project", "harbour"] if name.endswith(".csv") else []
        nothing = {"STILLREEL_ARCHIVE": None, "RUNWARE_API_KEY": None}
        ended = CliRunner().invoke(app, ["check", str(path), *csv], env={**nothing, **env})
        assert isinstance(ended.exception, SystemExit), ended.exception
        assert ended.exit_code == 2
        return [line.removeprefix(f"{path}: ") for line in ended.stdout.splitlines()]

    return check


def test_a_number_of_thousands_of_digits_is_told_where_it_stands(told):
    """No limit of the language shows, but the field, its line and what it takes."""
    still = f'"still": {{"prompt": "A quay.",\n"results": {"9" * 5000}}}'
    (line,) = told("board.json", f'{{"project": "a",\n"shots": [{{"shot": "b",\n{still}}}]}}')
    assert line.startswith("line 4: shots.b.still.results: got '999")
    assert "sys." not in line


@pytest.mark.parametrize("number", ["NaN", "Infinity"])
def test_money_is_a_finite_number_in_the_user_s_own_words(told, number):
    """What isn't an amount is shown as it was written."""
    said = told("board.json", f'{{"project": "a",\n"limits": {{"max_usd": {number}}}, {SHOT}}}')
    assert said == [f"line 2: limits.max_usd: got {number}; a finite number"]


def test_a_sheet_with_too_many_rows_names_the_first_that_is_too_many(told):
    """The line is that of the row where it may be cut."""
    rows = "".join(f"s-{number},Waves.\n" for number in range(MOST_SHOTS + 1))
    assert told("shots.csv", f"shot,motion\n{rows}") == [
        f"line {MOST_SHOTS + 2}: shots: got 2,001 rows; 1 to 2,000 shots, below the columns' names"
    ]


@pytest.mark.parametrize("name,kind", [("shots.csv", "CSV in UTF-8"), ("board.yaml", "YAML or JSON in UTF-8")])
def test_a_file_in_another_encoding_names_the_line(told, name, kind):
    """The first byte that isn't UTF-8 is shown with its line."""
    (line,) = told(name, "shot,motion\na,Waves.\nb,café\n".encode("latin-1"))
    assert line.startswith(f"got a byte 0xe9 that isn't UTF-8 at line 3; {kind}")


@pytest.mark.parametrize("text,got", [("project: a\n", "project"), ("project: a\nshot: b\n", "project, shot")])
def test_a_file_with_nothing_to_make_is_neither_a_shot_nor_a_storyboard(told, text, got):
    """Whoever names a project alone is told both of the things that may follow."""
    assert told("some.yaml", text) == [
        f"file: got {got}; neither a shot, which has a still, a motion or both, nor a storyboard, which has shots"
    ]


SHOT_REST = "shot: b\nmotion: {prompt: Waves.}"
BOARD_REST = "shots:\n- shot: b\n  motion: {prompt: Waves.}"


@pytest.mark.parametrize(
    "words,proposal",
    [
        (f'project: "!!!"\n{SHOT_REST}', "'project-1'"),
        (f'project: "!!!"\n{BOARD_REST}', "'project-1'"),
        (f"project: 2026\n{SHOT_REST}", "'2026', in quotes if it is a number"),
        (f"project: 2026\n{BOARD_REST}", "'2026', in quotes if it is a number"),
        (f'project: a\nname: "!!!"\n{BOARD_REST}', "'storyboard-1'"),
        (f"project: a\nname: 1.5\n{BOARD_REST}", "'1-5', in quotes if it is a number"),
        (f"project: a\nname: Déjà vu, Part 2\n{BOARD_REST}", "'deja-vu-part-2'"),
        ("project: a\nshot: 7\nmotion: {prompt: Waves.}", "'7', in quotes if it is a number"),
    ],
)
def test_a_bad_name_is_proposed_one_of_its_own(told, words, proposal):
    """The proposal is made from what somebody wrote; where nothing of that fits, it says what it is a name of."""
    (line,) = told("some.yaml", f"{words}\n")
    assert line.endswith(f"try {proposal}")


SINGLE = {
    "shot.yaml": "project: a\nshot: b\nsize: 4:3\nmotion:\n  prompt: Waves.\n  duration: 7\nstill: {}",
    "shot.json": '{"project": "a",\n"shot": "b",\n"size": "4:3",\n"motion":\n'
    '{"prompt": "Waves.",\n"duration": 7},\n"still": {}}',
}


@pytest.mark.parametrize("name", SINGLE)
def test_problems_of_a_single_shot_have_their_lines(told, name):
    """In the order in which one meets them reading on; what is missing is told where its group stands."""
    said = [line.partition(": got ")[0] for line in told(name, SINGLE[name])]
    assert said == ["line 3: size", "line 6: motion.duration", "line 7: still.prompt"]


def test_a_group_that_is_missing_altogether_is_told_on_the_first_line(told):
    """There is no word of it in the file."""
    (line,) = told("shot.yaml", "shot: b\nmotion: {prompt: Waves.}\n")
    assert line == "line 1: project: got nothing; it is required"


DEEP = {
    "deep.yaml": "project: a\nshots:\n" + "".join(f"{'  ' * level}- k:\n" for level in range(1, 15)),
    "deep.json": '{"project": "a",\n"shots":\n' + "[" * 30 + "]" * 30 + "}",
    "endless.json": '{"project": "a",\n"shots":\n' + "[" * 50_000 + "]" * 50_000 + "}",
    "endless.yaml": "project: a\nshots:\n- " + "[" * 5_000,
}


@pytest.mark.parametrize("name", DEEP)
def test_what_is_nested_too_deep_is_told_with_its_line(told, name):
    """Twenty levels of groups are allowed, and the first group below them is where to look."""
    (line,) = told(name, DEEP[name])
    place = {"deep.yaml": 12}.get(name, 3)
    assert line == f"got groups within groups at line {place}; at most 20 levels of them"


@pytest.mark.parametrize("words", ["defaults: {size: '1:1'}", "limits: {at_once: 3}", "name: teaser", "reel: true"])
def test_a_storyboard_without_shots_is_told_as_one(told, words):
    """A key that only a storyboard has says what the file is, and what it lacks is its shots, not those of a shot."""
    (line,) = told("board.yaml", f"project: a\n{words}\n")
    assert line == "line 1: shots: got nothing; a list of 1 to 2,000 shots"


ACCOUNT = {"RUNWARE_API_KEY": "a-key-that-is-nobodys", "STILLREEL_PREFLIGHT": "offline"}


@pytest.mark.parametrize(
    "words,where",
    [
        ("project: a\nshots:\n- {shot: b, motion: {prompt: Waves.}, still:\n    {image: notes.txt}}", "4: shots.b."),
        ("project: a\nshot: b\nmotion: {prompt: Waves.}\nstill:\n  image: notes.txt", "5: "),
    ],
)
def test_a_given_file_that_is_no_picture_is_told_with_its_line(told, tmp_path, words, where):
    """What shows only when the file is opened stands where the storyboard or the shot names it."""
    (tmp_path / "archive").mkdir()
    (tmp_path / "notes.txt").write_text("no picture")
    (line,) = told("some.yaml", words, STILLREEL_ARCHIVE=(tmp_path / "archive").as_uri(), **ACCOUNT)
    no_picture = "the file isn't a readable PNG, JPEG or WEBP picture"
    assert line == f"line {where}still.image: got {tmp_path / 'notes.txt'}; {no_picture}"


def test_a_given_file_that_is_no_picture_is_told_beside_what_is_wrong_with_the_shot(told, tmp_path):
    """Words that the model refuses hide no image that can't be opened."""
    (tmp_path / "archive").mkdir()
    (tmp_path / "notes.txt").write_text("no picture")
    words = "project: a\nshot: b\nresults: 7\nstill: {image: notes.txt}\nmotion: {prompt: Waves., duration: 7}"
    said = told("some.yaml", words, STILLREEL_ARCHIVE=(tmp_path / "archive").as_uri(), **ACCOUNT)
    assert [line.partition(": got ")[0] for line in said] == [
        "line 3: results",
        "line 4: still.image",
        "line 5: motion.duration",
    ]


def test_a_storyboard_is_told_of_its_images_beside_its_words(told, tmp_path):
    """Each image where it is named, whichever shot is wrong in another way; one that is another's still isn't yet."""
    (tmp_path / "archive").mkdir()
    (tmp_path / "notes.txt").write_text("no picture")
    motion = "motion: {prompt: Waves., duration: 7}"
    rows = [
        f"{{shot: a, still: {{prompt: A pier.}}, {motion}}}",
        "{shot: b, still: {image: notes.txt}, motion: {prompt: Waves.}}",
        f"{{shot: c, still: {{image: nowhere.png}}, {motion}}}",
        "{shot: d, still: {image: 'shot:a'}, motion: {prompt: Waves.}}",
    ]
    words = "\n".join(["project: a", "shots:", *(f"- {row}" for row in rows)])
    said = told("board.yaml", words, STILLREEL_ARCHIVE=(tmp_path / "archive").as_uri(), **ACCOUNT)
    assert [line.partition(": got ")[0] for line in said] == [
        "line 3: shots.a.motion.duration",
        "line 4: shots.b.still.image",
        "line 5: shots.c.motion.duration",
        "line 5: shots.c.still.image",
    ]


@pytest.mark.parametrize("size,fields", [("16:9", ["still.image"]), ("4:3", ["size", "motion.last_image"])])
def test_the_shape_of_an_image_is_told_once_the_size_is_known(told, tmp_path, size, fields):
    """A tall still and a last image of few pixels are told beside the rest; which shape is right, the size says."""
    (tmp_path / "archive").mkdir()
    Image.new("RGB", (720, 1280)).save(tmp_path / "tall.png")
    Image.new("RGB", (160, 90)).save(tmp_path / "small.png")
    motion = "{prompt: Waves., duration: 7, model: klingai:kling-video@2.6-pro, last_image: small.png}"
    words = f"project: a\nshot: b\nsize: '{size}'\nstill: {{image: tall.png}}\nmotion: {motion}"
    said = told("some.yaml", words, STILLREEL_ARCHIVE=(tmp_path / "archive").as_uri(), **ACCOUNT)
    found = [line.partition(": got ")[0].rpartition(" ")[2] for line in said]
    assert set(found) == {"motion.duration", "motion.last_image", *fields}


def test_an_archive_that_cannot_be_opened_hides_no_problem_of_the_shot(told):
    """Where images can't be looked at, what is wrong with the words is told all the same."""
    words = "project: a\nshot: b\nstill: {image: notes.txt}\nmotion: {prompt: Waves., duration: 7}"
    (line,) = told("some.yaml", words, STILLREEL_ARCHIVE="s3://nobody/reads", **ACCOUNT)
    assert line.startswith("line 4: motion.duration: got 7")


def test_a_given_file_of_the_defaults_that_is_no_picture_is_told_once(told, tmp_path):
    """With the shots that use it."""
    (tmp_path / "archive").mkdir()
    (tmp_path / "notes.txt").write_text("no picture")
    shots = "".join(f"- {{shot: s{n}, motion: {{prompt: Waves.}}}}\n" for n in range(60))
    text = f"project: a\ndefaults:\n  still: {{image: notes.txt}}\nshots:\n{shots}"
    (line,) = told("board.yaml", text, STILLREEL_ARCHIVE=(tmp_path / "archive").as_uri(), **ACCOUNT)
    assert line.startswith("line 3: defaults.still.image: got ")
    assert line.endswith("(for 60 shots, first 's0')")


IMAGES = "name a URL, gs://bucket/name or a file:///… of the archive; on the command line also a path"


@pytest.mark.parametrize(
    "address,lack",
    [
        ("https://", "no host follows https://"),
        ("gs://", "no bucket follows gs://"),
        ("gs://films", "no name follows gs://films"),
        ("file://", "no path follows file://"),
    ],
)
def test_an_image_by_half_an_address_says_what_is_missing(told, tmp_path, address, lack):
    """Of a shot, of a storyboard and of its defaults alike, once, with an account to fetch it with or without one."""
    still, ends = f"still: {{image: '{address}'}}", f"motion: {{prompt: Waves., last_image: '{address}'}}"
    said = f"got '{address}'; {lack}: {IMAGES}"
    assert told("shot.yaml", f"project: a\nshot: b\n{still}\n{ends}") == [
        f"line 3: still.image: {said}",
        f"line 4: motion.last_image: {said}",
    ]
    assert told("board.yaml", f"project: a\nshots:\n- shot: b\n  {still}\n  {ends}") == [
        f"line 4: shots.b.still.image: {said}",
        f"line 5: shots.b.motion.last_image: {said}",
    ]
    common = f"project: a\ndefaults:\n  {still}\n  {ends}\nshots: [{{shot: b}}, {{shot: c}}]"
    (tmp_path / "archive").mkdir()
    for account in ({}, {"STILLREEL_ARCHIVE": (tmp_path / "archive").as_uri(), **ACCOUNT}):
        assert told("board.yaml", common, **account) == [
            f"line 3: defaults.still.image: {said}",
            f"line 4: defaults.motion.last_image: {said}",
        ]


@pytest.mark.parametrize("name", ["shot.yaml", "shots.csv"])
def test_a_pipe_in_place_of_a_file_is_refused(tmp_path, name):
    """Nobody waits for whatever may come out of it."""
    project = ["--project", "harbour"] if name.endswith(".csv") else []
    with a_pipe(tmp_path / name) as pipe:
        assert say("check", str(pipe), *project) == (2, [f"{pipe}: got a named pipe; a file to read"])


def test_a_pipe_in_place_of_a_schema_is_told_as_one(tmp_path):
    """It is there, so nobody says that it isn't."""
    with a_pipe(tmp_path / "pipe") as pipe, pytest.raises(BadInput, match="it is a named pipe, not a regular file"):
        say("models", "import", str(pipe))


def test_a_pipe_of_the_shell_is_as_good_as_a_file():
    """What another program makes is checked without a file: `… | stillreel check /dev/stdin`."""
    reading, writing = os.pipe()
    try:
        os.write(writing, b"project: a\nshot: b\nstill: {prompt: A quay.}\n")
        os.close(writing)
        code, lines = say("check", f"/dev/fd/{reading}")
    finally:
        os.close(reading)
    assert (code, lines[0]) == (0, "ok: a/b")


IMAGE = "a file that can be read: it is a named pipe"
ENDING = """project: a
shot: b
still: {prompt: A quay.}
motion:
  prompt: Waves.
  model: klingai:5@2
  last_image: pipe.csv
"""


@pytest.mark.parametrize(
    "words,where,allowed",
    [
        ("project: a\nshots: pipe.csv", "2: ", "a file to read"),
        ("project: a\nshot: b\nmotion: {prompt: Waves.}\nstill:\n  image: pipe.csv", "5: still.image: ", IMAGE),
        (ENDING, "7: motion.last_image: ", IMAGE),
    ],
    ids=["a table of shots", "a first frame", "a last frame"],
)
def test_a_pipe_that_a_file_names_is_refused(told, tmp_path, words, where, allowed):
    """A table or an image is a file; the field that names something else is told with its line."""
    (tmp_path / "archive").mkdir()
    with a_pipe(tmp_path / "pipe.csv") as pipe:
        (line,) = told("some.yaml", words, STILLREEL_ARCHIVE=(tmp_path / "archive").as_uri(), **ACCOUNT)
    got = f"got {pipe}" if allowed == IMAGE else f"{pipe}: got a named pipe"
    assert line == f"line {where}{got}; {allowed}"
