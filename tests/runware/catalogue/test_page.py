"""The page of models tells what the catalogue says."""

from stillreel.runware.catalogue import load
from tests.runware.catalogue.page import COMMAND, PAGE, WRITTEN, page


def test_the_page_shows_the_catalogue() -> None:
    """What stands in docs/models.md is what the entries say; `python -m tests.runware.catalogue.page` writes it."""
    found = WRITTEN.findall(PAGE.read_text(encoding="utf-8"))
    assert found == [page()], f"the page is out of date: {COMMAND}"


def test_every_model_stands_on_the_page_with_its_price() -> None:
    """A model is in its own table and in the one of statuses, and no row lacks a price."""
    text = page()
    for air in load():
        assert text.count(f"| `{air}` |") == 2
    assert "|  |" not in text
