"""Parsing a shot file: the words that stand there, each once, whatever YAML or JSON would make of them."""

import pytest

from stillreel.domain.errors import BadInput
from stillreel.studio.reading import read_file


@pytest.mark.parametrize(
    "content,got",
    [
        ("{'a': 1}", "'a': 1} at line 1, column 2"),
        ("[" * 100_000, "groups within groups"),
        ("", "nothing"),
    ],
    ids=["YAML", "deep", "empty"],
)
def test_a_json_file_is_json(tmp_path, content, got):
    """A file that is called .json is read as JSON, and what JSON refuses is one problem."""
    file = tmp_path / "shot.json"
    file.write_text(content)
    with pytest.raises(BadInput) as caught:
        read_file(file)
    (problem,) = caught.value.problems
    assert problem.field == str(file)
    assert got in problem.got


def told(tmp_path, text, name="shot.yaml"):
    (tmp_path / name).write_text(text)
    return read_file(tmp_path / name)


@pytest.mark.parametrize("name", ["shot.json", "shot.yaml"])
def test_json_may_escape_what_it_likes(tmp_path, name):
    """A character that JSON spells as an escaped pair is that character, whatever the file is called."""
    assert told(tmp_path, '{"prompt": "\\ud83e\\udd8a"}', name) == {"prompt": "\U0001f98a"}


def test_yaml_with_braces_is_still_yaml(tmp_path):
    """A brace at the start doesn't make a file JSON if it isn't; a byte order mark is no part of it."""
    assert told(tmp_path, "\ufeff{prompt: fog, size: 1:1}") == {"prompt": "fog", "size": "1:1"}


@pytest.mark.parametrize(
    "written,meant",
    [
        ("16:9", "16:9"),
        ("1:1", "1:1"),
        ("1:30.5", "1:30.5"),
        ("2024-01-01", "2024-01-01"),
        ("010", "010"),
        ("1_000", "1_000"),
        ("7", 7),
        ("-7", -7),
        ("0x1f", 31),
        ("0.5", 0.5),
        (".5", 0.5),
        ("1e3", 1000.0),
        ("yes", True),
        ("", None),
    ],
)
def test_yaml_guesses_no_more_than_numbers(tmp_path, written, meant):
    """A shape, a date and a number with a leading zero are the text that stands there."""
    assert told(tmp_path, f"it: {written}") == {"it": meant}


@pytest.mark.parametrize(
    "text,keys",
    [
        ("a: 1\nb: 2\na: 1", ["a"]),
        ("still:\n  seed: 1\n  seed: 2\n  prompt: x\n  prompt: x", ["seed", "prompt"]),
        ('{"a": 1, "b": {"c": 1, "c": 2}}', ["c"]),
    ],
)
def test_a_key_stands_once(tmp_path, text, keys):
    """A key that stands twice in one group is a problem that names it; nobody chooses between the two."""
    with pytest.raises(BadInput) as caught:
        told(tmp_path, text)
    assert [problem.field for problem in caught.value.problems] == keys
    assert "each key stands once" in str(caught.value)
