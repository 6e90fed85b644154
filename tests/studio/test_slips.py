"""Slips in JSON: what is wrong is told in plain words, with the line and the column where it stands."""

import json
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from stillreel.domain.errors import BadInput
from stillreel.studio.lines import TOKEN
from stillreel.studio.parsing import parsed

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)
TEXTS = st.builds(json.dumps, VALUES, indent=st.sampled_from([None, 1, "\t"]), ensure_ascii=st.booleans())


def told(text):
    """What is said of a file with this text, without its name."""
    with pytest.raises(BadInput) as caught:
        parsed(text, "board.json")
    (problem,) = caught.value.problems
    assert problem.field == "board.json"
    return f"got {problem.got}; {problem.allowed}"


def place(text, at):
    """Where a character stands, as people count."""
    before = text[:at].split("\n")
    return f"at line {len(before)}, column {len(before[-1]) + 1}"


BOARD = '{"project": "a",\n "shots": [\n  {"shot": "b", "still": {"prompt": "A quay."}}\n ]}'
AN_END = 'a double quote at the end of each text; within one \\" stands for a double quote and \\n for a line break'


@pytest.mark.parametrize(
    "right,wrong,said",
    [
        (
            'quay."}}\n',
            'quay."}},\n',
            "a comma before ] at line 3, column 48; no comma after the last one: take it out",
        ),
        ('quay."', 'quay.",', "a comma before } at line 3, column 46; no comma after the last one: take it out"),
        ('"a",', '"a"', 'no comma at line 1, column 16, before "shots": [; a comma between any two'),
        ('quay."', "quay.", f'"A quay.}}}} at line 3, column 37 without a double quote at its end; {AN_END}'),
        ('"b",', '"b,', 'still": {"prompt": "A quay."}} at line 3, column 17, behind a value; a comma between any'),
        (
            '"b"',
            '"the "b""',
            'b"", "still": {"prompt": "A qu… at line 3, column 18, behind a value; a comma between',
        ),
        ("quay.", "quay.\t", "a control character at line 3, column 45; \\t for a tab in a text, and \\u with four"),
        ("quay.", "q\\uay.", "\\u at line 3, column 41; \\\\ for a backslash in a text"),
        ('"project"', "project", 'project: "a", at line 1, column 2; keys and texts in double quotes; there are no'),
        ('"a"', "'a'", "'a', at line 1, column 13; keys and texts in double quotes; there are no comments"),
        ('"shots"', '// more\n"shots"', "// more at line 2, column 2; keys and texts in double quotes; there are no"),
        ('"a"', "True", "True, at line 1, column 13; a value: a text in double quotes, a number, true, false, null"),
        ('"a"', "", "no value at line 1, column 12, behind a colon; a value: "),
        ('shot":', 'shot"', "no colon at line 3, column 10, behind a key; a colon between a key and its value"),
        ("\n ]}", "", "the end of the file before the [ at line 2, column 11 is closed; a ] for each ["),
        ("\n ]}", "\n }", "} at line 4, column 2 before the [ at line 2, column 11 is closed; a ] for each ["),
        ("]}", "]}}", "} at line 4, column 4; JSON, which begins with { or [ and ends with that"),
        ("]}", "]}, {}", ", {} at line 4, column 4; JSON, which begins with { or [ and ends with that"),
        (BOARD, "", "nothing; JSON, which begins with { or [ and ends with that; a file of YAML is called .yaml"),
        (BOARD, "project: a\n", "project: a at line 1, column 1; JSON, which begins with { or ["),
        (BOARD, '{"a": [1 2]}', "no comma at line 1, column 9, before 2]}; a comma between any two"),
        (BOARD, '{"a": [,1]}', ",1]} at line 1, column 8; a value: "),
        (BOARD, '{"a", "b"}', "no colon at line 1, column 5, behind a key; a colon between a key and its value"),
        (BOARD, '{"a"}', "no value before } at line 1, column 5; a value: "),
    ],
)
def test_a_slip_is_told_in_plain_words(right, wrong, said):
    """What stands there and where, and what is allowed; no words of a parser."""
    assert right in BOARD
    found = told(BOARD.replace(right, wrong, 1))
    assert found.startswith(f"got {said}")


@given(TEXTS, st.data())
def test_any_comma_too_many_is_told_where_it_stands(text, data):
    """Wherever a list or a group ends with one, and however far from it the bracket stands."""
    tokens = [*TOKEN.finditer(text)]
    ends = [at for at in range(1, len(tokens)) if tokens[at].group() in "]}" and tokens[at - 1].group() not in "[{"]
    assume(ends)
    at = data.draw(st.sampled_from(ends))
    comma, bracket = tokens[at - 1].end(), tokens[at].group()
    found = told(f"{text[:comma]},{text[comma:]}")
    assert found.startswith(f"got a comma before {bracket} {place(text, comma)}; no comma after the last one")


@given(TEXTS, st.data())
def test_any_comma_that_is_missing_is_told_where_it_belongs(text, data):
    """At the end of what it follows, which may be a line above of where a parser stumbles."""
    commas = [token.start() for token in TOKEN.finditer(text) if token.group() == ","]
    assume(commas)
    comma = data.draw(st.sampled_from(commas))
    found = told(f"{text[:comma]}{text[comma + 1 :]}")
    assert found.startswith(f"got no comma {place(text, comma)}, before ")


@given(st.dictionaries(st.text(), st.text(), min_size=1), st.data())
def test_any_text_without_its_end_is_told_where_it_begins(values, data):
    """Not where the next quote stands, lines below."""
    text = json.dumps(values, indent=1)
    pairs = pairwise(TOKEN.finditer(text))
    broken = data.draw(st.sampled_from([token for before, token in pairs if before.group() == ":"]))
    found = told(f"{text[: broken.end() - 1]}{text[broken.end() :]}")
    assert f" {place(text, broken.start())} without a double quote at its end; " in found
