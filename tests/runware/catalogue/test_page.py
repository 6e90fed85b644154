"""The page of models tells what the catalogue says."""

from stillreel.runware.catalogue import load
from tests.runware.catalogue.page import COMMAND, COUNTED, PAGE, README, WRITTEN, counted, page


def test_the_page_shows_the_catalogue() -> None:
    """What stands in docs/models.md is what the entries say; `python -m tests.runware.catalogue.page` writes it."""
    found = WRITTEN.findall(PAGE.read_text(encoding="utf-8"))
    assert found == [page()], f"the page is out of date: {COMMAND}"


def test_the_readme_counts_the_models() -> None:
    """How many models the README speaks of is how many there are; the same command writes it."""
    found = COUNTED.findall(README.read_text(encoding="utf-8"))
    assert found == [counted(load())], f"the README is out of date: {COMMAND}"


def test_every_model_stands_on_the_page_with_its_status_and_price() -> None:
    """A model is in its own table, with how it stands and since when; one that is going also in that of successors."""
    text = page()
    for air, entry in load().items():
        assert text.count(f"| `{air}` |") == 1 + (entry.status == "deprecated")
        assert f"| `{air}` | {entry.name} | {entry.status} ({entry.status_seen}) |" in text
    assert "|  |" not in text
