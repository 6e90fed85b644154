"""docs/storyboards.md: its examples are storyboards, and its tables name what there is."""

import json
import re
from datetime import date
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator
from PIL import Image

from stillreel.domain.board_orders import order_of
from stillreel.domain.storyboards import AT_ONCE, Storyboard
from stillreel.studio.boards import read_board
from stillreel.studio.sheets import SEVERAL, SHORT, sheet_of
from tests.studio.on_set import CATALOGUE

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "storyboards.md").read_text(encoding="utf-8")
SCHEMA = json.loads((DOCS / "storyboard.schema.json").read_text(encoding="utf-8"))
WHOLE, NIGHTLY, NAMING = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
(SHEET,) = re.findall(r"^```csv\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
TODAY = date(2026, 11, 22)


@pytest.fixture
def folder(tmp_path):
    """A folder with the page's files and the image that they name."""
    (tmp_path / "images").mkdir()
    Image.new("RGB", (16, 9)).save(tmp_path / "images" / "lighthouse.png")
    (tmp_path / "whole.yaml").write_text(WHOLE)
    (tmp_path / "naming.yaml").write_text(NAMING)
    (tmp_path / "shots.csv").write_text(SHEET)
    return tmp_path


def test_the_example_is_a_storyboard(folder):
    """Whoever copies the page's example has a storyboard that can be made."""
    board = read_board(folder / "whole.yaml", CATALOGUE, TODAY)
    assert [shot.shot for shot in board.shots] == ["opening", "closer", "lighthouse", "poster"]
    assert [shot.motion.duration for shot in board.shots[:3]] == [10, 5, 5]


def test_the_example_says_what_check_says(folder):
    """The table below the example is the one of that file's shots."""
    names = [shot.shot for shot in read_board(folder / "whole.yaml", CATALOGUE, TODAY).shots]
    output = PAGE.partition("```text\n")[2].partition("```")[0].splitlines()
    assert output[0] == f"ok: harbour-film/teaser, {len(names)} shots"
    assert [line.split()[0] for line in output[2 : 2 + len(names)]] == names


def test_the_deployment_on_a_schedule_is_one():
    """Added to prefect.yaml as it stands there, it is a deployment like ours whose order can be read."""
    *ours, nightly = yaml.safe_load((DOCS.parent / "prefect.yaml").read_text() + "\n" + NIGHTLY)["deployments"]
    like = next(one for one in ours if one["name"] == "storyboard")
    assert [nightly[key] for key in ("entrypoint", "work_pool")] == [like[key] for key in ("entrypoint", "work_pool")]
    assert str(order_of(nightly["parameters"]["order"])) == "teaser.yaml"


@pytest.mark.parametrize("project,name", [("harbour-film", "shots.csv"), ("", "naming.yaml")])
def test_the_sheet_is_one(folder, project, name):
    """The page's CSV is read alone and by the YAML file that names it."""
    assert [shot.shot for shot in read_board(folder / name, CATALOGUE, TODAY, project).shots] == ["opening", "closer"]


@pytest.mark.parametrize("text", [WHOLE, NAMING], ids=["whole", "naming"])
def test_the_schema_takes_the_examples(text):
    """An editor underlines nothing in the page's examples."""
    assert list(Draft202012Validator(SCHEMA).iter_errors(yaml.safe_load(text))) == []


def test_the_page_names_every_key():
    """A key of a storyboard that the page leaves out is found here, and so is a default that has changed."""
    rows = re.findall(r"^\| (`\w+`(?:, `\w+`)*) \|", PAGE.partition("## The file")[2].partition("## ")[0], re.MULTILINE)
    assert {name for row in rows for name in re.findall(r"`(\w+)`", row)} == set(Storyboard.model_fields)
    assert f"none, `{AT_ONCE}`" in PAGE


def test_the_page_names_columns_that_are_there():
    """Each column of the page's table is read, and the three that need a group are those."""
    table = PAGE.partition("| column | is |")[2].partition("\n\n")[0]
    columns = re.findall(r"`([a-z_.]+)`", table)
    assert not sheet_of(",".join(columns) + "\n" + ",".join("x" for _ in columns) + "\n").problems
    (need,) = re.findall(r"^(.*) alone could be either stage's", PAGE, re.MULTILINE)
    assert set(re.findall(r"`(\w+)`", need)) == SEVERAL - set(SHORT)
