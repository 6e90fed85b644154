from datetime import date
from pathlib import Path

import pytest

from stillreel.runware.catalogue import Catalogue, Entry, load

NEXT_MODELS = Path(__file__).parent / "next_models"


@pytest.fixture(scope="session")
def today() -> date:
    return date(2026, 11, 22)


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return load()


@pytest.fixture(scope="session")
def kling(catalogue: Catalogue) -> Entry:
    return catalogue.entry("klingai:3@1")


@pytest.fixture(scope="session")
def with_next() -> Catalogue:
    """Our models, and the test-only ones that show what the format holds."""
    return load(NEXT_MODELS)
