from datetime import date

import pytest

from stillreel.runware.catalogue import Catalogue, Entry, load


@pytest.fixture(scope="session")
def today() -> date:
    return date(2026, 11, 22)


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return load()


@pytest.fixture(scope="session")
def kling(catalogue: Catalogue) -> Entry:
    return catalogue.entry("klingai:3@1")
