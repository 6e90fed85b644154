"""Sheets: CSV files as spreadsheets save them, and what is wrong with those that they don't."""

import io
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillreel.domain.errors import BadInput
from stillreel.domain.storyboards import BoardMotion, BoardOutput, BoardShot, BoardStill
from stillreel.studio.boards import read_board
from stillreel.studio.sheets import sheet_of
from tests.studio.on_set import CATALOGUE

TODAY = date(2026, 11, 22)
QUOTE = '"'
HEAD = "shot,prompt,motion,duration\n"
ROW = {"shot": "a", "still": {"prompt": "A quay."}, "motion": {"prompt": "Waves.", "duration": "5"}}


def read(tmp_path, content, project="harbour"):
    (tmp_path / "shots.csv").write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_board(tmp_path / "shots.csv", CATALOGUE, TODAY, project).shots


def told(tmp_path, content, project="harbour"):
    with pytest.raises(BadInput) as caught:
        read(tmp_path, content, project)
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize(
    "text",
    [
        HEAD + "a,A quay.,Waves.,5\n",
        "\ufeff" + HEAD + "a,A quay.,Waves.,5",
        HEAD.replace(",", ";") + "a;A quay.;Waves.;5\n",
        HEAD.replace(",", "\t") + "a\tA quay.\tWaves.\t5\n",
        "sep=;\n" + HEAD.replace(",", ";") + "a;A quay.;Waves.;5\n",
        (HEAD + "a,A quay.,Waves.,5\n").replace("\n", "\r\n"),
        '"shot","Prompt"," MOTION ","Duration"\n"a","A quay.","Waves.","5"\n',
        HEAD + ",,,\n\na, A quay. ,Waves.,5,,,\n,,,\n",
        "shot,still.prompt,motion.prompt,motion duration,,\na,A quay.,Waves.,5,,\n",
        "duration,motion_prompt,Still Prompt,Shot\n5,Waves.,A quay.,a",
    ],
    ids=["plain", "mark", "semicolons", "tabs", "sep", "crlf", "quoted", "empty rows", "dotted", "other order"],
)
def test_a_sheet_is_read_however_it_was_saved(tmp_path, text):
    """Whatever divides the cells and ends the lines, and whatever case and order the columns have."""
    (shot,) = read(tmp_path, text)
    assert (shot.project, shot.shot, shot.still.prompt, shot.motion.prompt, shot.motion.duration) == (
        "harbour",
        "a",
        "A quay.",
        "Waves.",
        5,
    )


def test_cells_are_the_values_that_they_look_like(tmp_path):
    """Numbers, sound, takes and texts of several lines are what they would be in YAML; an empty cell says nothing."""
    head = "shot;prompt;seed;take;motion;guidance;audio;results;safety;format;motion.model\n"
    row = 'a;"fog; and\n""mist""";7;2;Waves.;0,5;yes;2;full;MOV;klingai:kling-video@2.6-pro\nb;x y;;;;;;;;;\n'
    problems = told(tmp_path, head + row.replace("0,5", "0,5x"))
    assert problems == ["line 2: shots.a.motion.guidance: got '0.5x'; a number from 0 to 1 in steps of 0.01"]
    first, second = read(tmp_path, head + row.replace("0,5", ""))
    assert (first.still.prompt, first.still.seed, first.take) == ('fog; and\n"mist"', 7, "2")
    assert (first.motion.audio, first.results, first.safety, first.output.format) == (True, 2, "full", "MOV")
    assert second.model_dump(exclude_unset=True).keys() == {"project", "shot", "still"}


def test_a_number_may_have_a_comma_where_commas_divide_nothing():
    """A spreadsheet that divides cells by semicolons writes half a second as 0,5."""
    assert sheet_of("shot;guidance\na;0,5\n").rows == [{"shot": "a", "motion": {"guidance": "0.5"}}]


@pytest.mark.parametrize(
    "content,problems",
    [
        (HEAD + "a,A quay.,Waves.,5,stray\n", ["line 2: shots.a: got 'stray' in no column"]),
        (
            HEAD + "a,A quay, at dawn,Waves.,5\n",
            ["line 2: shots.a: got '5' in no column", "line 2: shots.a.motion.dur"],
        ),
        ("shot,prompt,\na,A quay.,stray\n", ["line 2: shots.a: got 'stray' in no column"]),
        (
            "shot,promt\na,x\n",
            ["line 1: columns: got 'promt'; no such column: try 'prompt'", "line 2: shots.a: got nei"],
        ),
        ("shot,prompt,qzx\na,x y,\n", ["line 1: columns: got 'qzx'; no such column; leave it out"]),
        (
            "shot,prompt,model\na,x y,\n",
            ["line 1: columns: got 'model'; which one is meant: still.model or motion.model"],
        ),
        ("shot,prompt,beats\na,x y,\n", ["line 1: columns: got 'beats'; beats don't fit into a cell"]),
        (
            "shot,prompt,still.prompt\na,x y,\n",
            ["line 1: columns: got 'still.prompt'; still.prompt has a column already"],
        ),
        ("prompt\nx y\n", ["line 2: shots.0.shot: got nothing; it is required: try 'shot-1'"]),
        (
            HEAD + 'a,"A quay.,Waves.,5\n',
            ["line 2: table: got a double quote that is never closed before 'A quay.,Waves.,5'; a text with quotes, "],
        ),
        (
            HEAD + 'a,"A" quay.,Waves.,5\n',
            ["line 2: table: got a double quote before 'A\" quay.,Waves.,5' that is closed at line 2 before ' quay.,"],
        ),
        (HEAD, ["shots: got no rows; 1 to 2,000 shots"]),
        ("", ["shots: got no rows"]),
        (HEAD + "a,b c,,\n" * 2001, ["line 2002: shots: got 2,001 rows; 1 to 2,000 shots"]),
        ("," * 300, ["line 1: columns: got 301 columns; at most 200"]),
    ],
    ids=range(15),
)
def test_what_is_wrong_with_a_table_is_told_at_its_line(tmp_path, content, problems):
    """Stray cells, unknown, doubled and ambiguous columns, open quotes and too many rows are named."""
    found = told(tmp_path, content)
    assert [line[: len(start)] for line, start in zip(found, problems, strict=True)] == problems


@pytest.mark.parametrize("content,problem", [(HEAD, "shots"), (HEAD + 'a,"A quay.', "table"), ("," * 300, "columns")])
def test_what_is_wrong_with_the_project_is_told_with_what_is_wrong_with_the_table(tmp_path, content, problem):
    """Whoever has mended the table isn't told of the project only then."""
    for project, said in (("Hafen_Film", "got 'Hafen_Film'; names are a-z"), ("", "got nothing; a CSV holds shots")):
        first, other = told(tmp_path, content, project)
        assert first.startswith(f"project: {said}")
        assert f"{problem}: got" in other
    assert "try 'hafen-film'" in told(tmp_path, content, "Hafen_Film")[0]


@pytest.mark.parametrize("start,ending", [("", "\n"), ("", "\r\n"), ("", "\r"), ("sep=,\n", "\n"), ("sep=,\n", "\r\n")])
@pytest.mark.parametrize(
    "rows,line,said",
    [
        ('a,"A quay.,Waves.,5\nb,A pier.,Fog.,5\nc,A boat.,Sun.,5\n', 2, "never closed before 'A quay.,Waves.,5'"),
        ('a,A quay.,Waves.,5\nb,"A\npier.","Fog.\n,5\nc,x,y,5', 4, "never closed before 'Fog.'"),
        ('a,"\nA quay.\n', 2, "never closed; a text with quotes"),
        ('a,"A quay.,Waves.,5\nb,"A pier.",Fog.,5\n', 2, "closed at line {} before 'A pier.\",Fog.,5'"),
        ('a,"A ""quay"".,Waves.,5\n' + f"b,{'x' * 200_000},y,5\n", 2, 'never closed before \'A ""quay"".,Waves.,5\''),
        (f"a,{'x' * 200_000},Waves.,5\n", 2, "field larger than field limit (131072)"),
    ],
    ids=["to the end", "in a later cell", "at the end of a line", "by another", "past what a cell holds", "long alone"],
)
def test_an_open_quote_is_told_where_it_was_opened(start, ending, rows, line, said):
    """Neither where its row begins, nor where the file ends, nor where the next quote stands that closes it."""
    with pytest.raises(BadInput) as caught:
        sheet_of((start + HEAD + rows).replace("\n", ending))
    (problem,) = caught.value.problems
    assert (problem.line, said.format(line + 1 + bool(start)) in f"{problem.got}; {problem.allowed}") == (
        line + bool(start),
        True,
    ), problem


QUOTED = st.builds("{}{}".format, st.sampled_from("aé"), st.text(st.sampled_from('ab,\n\r"='), max_size=8))


@given(
    st.lists(st.lists(QUOTED, min_size=4, max_size=4), min_size=1, max_size=5),
    st.integers(0, 19),
    st.sampled_from(["\n", "\r\n"]),
)
def test_any_quote_that_is_left_open_is_told(rows, broken, ending):
    """Whichever cell has lost its second quote, it is told on the line of its first one."""
    broken %= 4 * len(rows)
    text, opened = HEAD, 0
    for at, cell in enumerate(cell for row in rows for cell in row):
        opened = len(text) if at == broken else opened
        text += f'"{cell.replace(QUOTE, 2 * QUOTE)}{"" if at == broken else QUOTE}{ending if at % 4 == 3 else ","}'
    with pytest.raises(BadInput) as caught:
        sheet_of(text)
    (problem,) = caught.value.problems
    assert problem.line == len(io.StringIO(text[: opened + 1], newline="").readlines())


@pytest.mark.parametrize("content", ["shot\nä".encode("utf-16"), "shot,prompt\na,Möwe".encode("latin-1")])
def test_another_encoding_is_told_how_to_save(tmp_path, content):
    """A sheet that isn't UTF-8 isn't guessed at."""
    (line,) = told(tmp_path, content)
    assert "CSV in UTF-8" in line


def test_a_sheet_has_no_project(tmp_path):
    """Whoever forgets the project is told both ways to say it, together with the other problems."""
    found = told(tmp_path, HEAD + "a,A quay.,Waves.,7\n", project="")
    assert "--project" in found[0]
    assert found[1].startswith("line 2: shots.a.motion.duration: got 7")
    assert "names are" in told(tmp_path, HEAD + "a,A quay.,Waves.,5\n", project="Harbour!")[0]


def test_a_yaml_file_may_name_a_sheet(tmp_path):
    """Defaults and limits of a sheet stand in a file that names it; problems say of which file their line is."""
    (tmp_path / "board.yaml").write_text(
        "project: harbour\nlimits: {max_usd: 3}\ndefaults: {colour: 1}\nshots: shots.csv\n"
    )
    (tmp_path / "shots.csv").write_text(HEAD + "a,A quay.,Waves.,7\n")
    with pytest.raises(BadInput) as caught:
        read_board(tmp_path / "board.yaml", CATALOGUE, TODAY)
    first, second = map(str, caught.value.problems)
    assert first.startswith("line 3: defaults.colour:")
    assert second.startswith("line 2 of shots.csv: shots.a.motion.duration:")
    (tmp_path / "shots.csv").unlink()
    with pytest.raises(BadInput, match=r"line 4: .*shots.csv: got No such file"):
        read_board(tmp_path / "board.yaml", CATALOGUE, TODAY)


def test_a_file_that_names_its_project_needs_no_option(tmp_path):
    """Of two projects nobody chooses."""
    (tmp_path / "board.yaml").write_text("project: harbour\nshots: [{shot: a, still: {prompt: x y}}]\n")
    with pytest.raises(BadInput, match="leave --project out"):
        read_board(tmp_path / "board.yaml", CATALOGUE, TODAY, "other")


@pytest.mark.parametrize(
    "group,form", [("still", BoardStill), ("motion", BoardMotion), ("output", BoardOutput), ("", BoardShot)]
)
def test_every_field_of_a_shot_has_a_column(group, form):
    """A field that is added to shots is a column, too; only beats are no cell."""
    names = set(form.model_fields) - {"beats", "still", "motion", "output"}
    for name in names:
        column = f"{group}.{name}" if group else name
        sheet = sheet_of(f"shot,{column}\na,b\n" if name != "shot" else "shot\nb\n")
        assert not sheet.problems
        assert (sheet.rows[0][group] if group else sheet.rows[0])[name] == "b"


CELL = st.text(st.sampled_from("ab,;\t\"\n\r =é'"), max_size=6)


@given(st.lists(st.lists(CELL, max_size=5), max_size=5), st.text(st.sampled_from('ab,;\t"\n\r'), max_size=40))
def test_any_table_is_rows_or_problems(cells, text):
    """Nothing that somebody calls a CSV is a traceback, and rows have lines in their order."""
    for content in ("\n".join(",".join(row) for row in cells), HEAD + text):
        try:
            sheet = sheet_of(content)
        except BadInput:
            continue
        assert len(sheet.places) == len(sheet.rows)
        assert sheet.places == sorted(set(sheet.places))
