"""Mutants must not rot: each still applies to the source as it is, and names tests that exist."""

import ast
from pathlib import Path

import pytest

from tests.mutants.mutant import Mutant
from tests.mutants.mutants import MUTANTS

ROOT = Path(__file__).parents[2]
each_mutant = pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)


@each_mutant
def test_it_applies(mutant: Mutant):
    """Its text stands in the source once, and what comes of it is Python."""
    source = (ROOT / mutant.file).read_text()
    assert source.count(mutant.old) == 1, f"{mutant.name}: follow up its text in {mutant.file}"
    ast.parse(source.replace(mutant.old, mutant.new))


@each_mutant
def test_its_tests_exist(mutant: Mutant):
    """Each test that must notice it is there."""
    for test in mutant.tests:
        file, _, name = test.removeprefix("tests/").partition("::")
        source = (ROOT / "tests" / file).read_text()
        assert not name or f"def {name.partition('[')[0]}(" in source, f"{mutant.name}: {test} is gone"


def test_names_differ():
    """A mutant can be picked by its name."""
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS)
