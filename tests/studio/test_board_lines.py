"""Lines: a problem is told where its word stands, in YAML, JSON and CSV alike."""

import csv
import io
import json
from datetime import date

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from stillreel.domain.errors import BadInput
from stillreel.studio.board_files import source_of
from stillreel.studio.boards import board_in
from stillreel.studio.parsing import parsed_with_lines
from tests.studio.on_set import CATALOGUE

TODAY = date(2026, 11, 22)
MARK = "PLANTED"
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]) | st.just("\n"), min_size=2, max_size=30)
PROMPT = TEXT.map(str.strip).filter(lambda text: len(text) >= 2 and text[0] not in "+-.0123456789")
"""Words that no YAML takes for a number: PyYAML writes 0E0 without quotes, and we read it as YAML 1.2 does."""
SHOT = st.fixed_dictionaries(
    {"still": st.fixed_dictionaries({"prompt": PROMPT}, optional={"seed": st.integers(0, 9)})},
    optional={
        "motion": st.fixed_dictionaries({"prompt": PROMPT}, optional={"duration": st.sampled_from([5, 10])}),
        "size": st.sampled_from(["16:9", "1:1"]),
    },
)
PLANTS = {"results": MARK, "size": MARK, "still.seed": MARK, "still.take": MARK, "motion.guidance": MARK}


@st.composite
def planted(draw):
    """Shots of which one has a word that isn't allowed; and where that is."""
    shots = [{"shot": f"s-{index}", **draw(SHOT)} for index in range(draw(st.integers(1, 6)))]
    index, field = draw(st.integers(0, len(shots) - 1)), draw(st.sampled_from(sorted(PLANTS)))
    group, _, leaf = field.rpartition(".")
    if group == "motion":
        shots[index].setdefault("motion", {"prompt": "Waves."})
    (shots[index][group] if group else shots[index])[leaf] = MARK
    return shots, f"shots.s-{index}.{field}"


def problem_in(text, name, project=""):
    with pytest.raises(BadInput) as caught:
        board_in(source_of(text, name, project), CATALOGUE, TODAY, None)
    (problem,) = caught.value.problems
    return problem


def line_of(text):
    """The line, from 1, of what was planted."""
    return text[: text.index(MARK)].count("\n") + 1


@given(found=planted(), flow=st.sampled_from([True, False, None]), width=st.sampled_from([20, 1000]))
def test_a_problem_is_told_at_its_line_of_yaml(found, flow, width):
    """Whatever the style, the line is the one of the key whose value isn't allowed."""
    shots, where = found
    text = yaml.safe_dump(
        {"project": "harbour", "shots": shots},
        default_flow_style=flow,
        width=width,
        sort_keys=False,
        allow_unicode=True,
    )
    problem = problem_in(text, "board.yaml")
    assert problem.field == where
    key = text.rindex(f"{where.rpartition('.')[2]}:", 0, text.index(MARK))
    assert problem.line == text[:key].count("\n") + 1


@given(found=planted(), indent=st.sampled_from([None, 0, 2, "\t"]))
def test_a_problem_is_told_at_its_line_of_json(found, indent):
    """However the file is laid out, and whatever brackets and quotes stand in its texts."""
    shots, where = found
    shots[0]["still"]["prompt"] += ' {"[\\": ,]}'
    text = json.dumps({"project": "harbour", "shots": shots}, indent=indent)
    for name in ("board.json", "board.yaml"):
        problem = problem_in(text, name)
        assert (problem.field, problem.line) == (where, line_of(text))


@given(found=planted(), divider=st.sampled_from(",;\t"), ending=st.sampled_from(["\n", "\r\n"]))
def test_a_problem_is_told_at_its_row_of_a_csv(found, divider, ending):
    """A row is told by the line on which it begins, past rows that have several lines."""
    shots, where = found
    columns = ["shot", "prompt", "motion", "size", "still.seed", "still.take", "duration", "guidance", "results"]
    rows = [
        {
            **{key: shot[key] for key in ("shot", "size", "results") if key in shot},
            "prompt": shot["still"]["prompt"],
            "motion": shot.get("motion", {}).get("prompt", ""),
            **{f"still.{key}": shot["still"][key] for key in ("seed", "take") if key in shot["still"]},
            **{key: shot["motion"][key] for key in ("duration", "guidance") if key in shot.get("motion", {})},
        }
        for shot in shots
    ]
    file = io.StringIO()
    writer = csv.DictWriter(file, columns, delimiter=divider, lineterminator=ending)
    writer.writeheader()
    lines = []
    for row in rows:
        lines.append(file.getvalue().count("\n") + 1)
        writer.writerow(row)
    problem = problem_in(file.getvalue(), "shots.csv", "harbour")
    index = next(index for index, shot in enumerate(shots) if MARK in json.dumps(shot))
    assert (problem.field, problem.line) == (where, lines[index])


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


def paths(value, at=()):
    yield at
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inner:
        yield from paths(each, (*at, key))


@given(value=VALUES, indent=st.sampled_from([None, 1]))
@example(value={"a": '"{', "b": ["\\", {"]": "\n"}]}, indent=1)
def test_each_key_of_any_json_has_its_line(value, indent):
    """In JSON that puts each value on a line of its own, values follow each other in the order of their lines."""
    text = json.dumps(value, indent=indent)
    _, lines = parsed_with_lines(text, "any.json")
    found = [lines.at(path) for path in paths(value)]
    assert found == sorted(found)
    if indent is None:
        assert set(found) == {1}
    else:
        assert len(set(found[1:])) == len(found[1:])


@pytest.mark.parametrize("name,text", [("b.json", '{"a": {\n"b": 1,\n"b": 2}}'), ("b.yaml", "a:\n  b: 1\n  b: 2")])
def test_a_doubled_key_is_told_where_it_stands_again(name, text):
    """The second of two equal keys is the one to take out."""
    with pytest.raises(BadInput) as caught:
        parsed_with_lines(text, name)
    assert [(problem.field, problem.line) for problem in caught.value.problems] == [("b", 3)]
