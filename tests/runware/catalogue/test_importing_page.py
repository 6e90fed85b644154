"""The page about importing: its example file is one, and the commands beneath it print what the page says."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from stillreel.cli import app
from stillreel.domain.errors import BadInput
from stillreel.runware.catalogue.importing import imported, read_schema
from tests.runware.catalogue.schema_files import DAY

PAGE = (Path(__file__).parents[3] / "docs" / "models-import.md").read_text()
(EXAMPLE,) = re.findall(r"^```json\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
SESSION = PAGE.partition("Saved as `harbour-1.json`:\n")[2].partition("\n## ")[0]
SHOT = "{project: harbour, shot: quay, motion: {prompt: Waves roll in., model: 'harbour:1@1'}}"
PARTS = re.findall(r"^\| `(info\.x-[\w-]+|components[\w.]+)[\w.\[\]]*` \|.*\| (.*) \|$", PAGE, re.MULTILINE)


def say(*words: object, **env: str) -> list[str]:
    """A command; what it prints on both outputs."""
    ended = CliRunner().invoke(app, [*map(str, words)], env=env)
    assert ended.exit_code == 0, ended.output
    return [*ended.stderr.splitlines(), *ended.stdout.splitlines()]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my-models").mkdir()
    (tmp_path / "harbour-1.json").write_text(EXAMPLE)
    (tmp_path / "shot.yaml").write_text(SHOT)
    return tmp_path


def test_the_example_of_the_page_is_imported_as_it_says(folder):
    """The commands of the page, run on the file of the page, print the lines of the page; nothing is left to guess."""
    printed = say("models", "import", "harbour-1.json", "--seen", "2026-11-20", "--write", "--into", "my-models")
    checked = say("check", "shot.yaml", STILLREEL_MODELS="my-models")
    told = [line.strip() for line in SESSION.splitlines() if line.strip() and not line.strip().startswith("$")]
    assert [*printed, *checked] == told
    made = imported(read_schema(EXAMPLE.encode(), "it"), DAY, None)
    assert (made.notes, made.lacks) == ((), ())
    assert made.entry.sizes.keys() == {"text", "first_frame"}


def without(path: str) -> bytes:
    document: Any = json.loads(EXAMPLE)
    *above, last = path.split(".")
    node = document
    for name in above:
        node = node.get(name, {})
    node.pop(last, None)
    return json.dumps(document).encode()


@pytest.mark.parametrize("part,says", PARTS, ids=[part for part, _ in PARTS])
def test_each_part_of_the_table_is_read_as_it_says(part, says):
    """What the table calls refused without a part is refused, and all else is an entry without it."""
    data = without(part.removesuffix(".items") if "items" in part else part)
    if says == "refused":
        with pytest.raises(BadInput, match=re.escape(part.removeprefix("components."))):
            read_schema(data, "it")
    else:
        assert imported(read_schema(data, "it"), DAY, None).entry.air == "harbour:1@1"


def test_the_table_is_whole():
    """Each part is found in the page by these tests."""
    assert {part.rpartition(".")[2] for part, _ in PARTS} >= {"x-air-id", "x-model-id", "x-status", "x-modes", "items"}
