"""The model of the protocol: its quick searches; `python -m tests.model` makes all of them."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.model.buying import Buying, faults
from tests.model.configurations import configurations
from tests.model.exploring import Search
from tests.model.sentences import ASSUMPTIONS, PROPERTIES, RULES
from tests.model.state import exchanged
from tests.model.turn import Setting

ROOT = Path(__file__).parents[2]
ALL = list(configurations())
NEVER_BROKEN = {"S6"}  # a run goes by the first purchase's end, so it is nearly given


@pytest.mark.parametrize("each", [each for each in ALL if each.quick], ids=lambda each: each.name)
def test_it_comes_to_what_is_expected(each):
    """With all of its rules the protocol holds; without one of them, or in a worse world, a named property breaks."""
    found = Search(each.model).go()
    assert found.broken.startswith(each.breaks) if each.breaks else not found.broken, "\n".join(found.trace)


def test_each_rule_is_shown_to_be_needed():
    """Each sentence is taken away in a configuration that breaks then."""
    assert {rule for each in ALL if each.breaks for rule in each.without} == set(RULES)


def test_each_property_can_break():
    """A property that nothing breaks isn't one that was checked."""
    assert {each.breaks for each in ALL} - {""} == set(PROPERTIES) - NEVER_BROKEN


def test_each_assumption_is_tried():
    """Whatever may be assumed of the world is assumed somewhere."""
    tried = {word for each in ALL for word in each.name.split(",")[0].split()[1:]}
    assert set(ASSUMPTIONS) <= tried


def test_configurations_have_names_of_their_own():
    """Each can be picked by its name."""
    assert len({each.name for each in ALL}) == len(ALL)


@pytest.mark.parametrize("goes_wrong", ["crash", "load"])
def test_which_run_is_which_makes_no_difference(goes_wrong):
    """Two runs that change places lead to the same states: none is missed because it is counted once."""
    setting = Setting(frozenset(RULES), frozenset({"CONFLICT"}), faults(goes_wrong))
    once, by_name = Search(Buying(setting)), Search(Buying(setting, by_name=True))
    assert not once.go().broken
    assert not by_name.go().broken
    every = {state for each in once.states for state in (each, exchanged(each, 0, 1))}
    assert every == set(by_name.states)


def test_the_command_tells_the_shortest_way():
    """What breaks is told step by step, from nothing to the step that breaks it."""
    command = [sys.executable, "-m", "tests.model", "without once"]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60).stdout.splitlines()
    assert told[0].startswith("ok  buying CONFLICT, no fault, without once: S4 a withdrawn job is sent")
    assert told[1].split(maxsplit=1)[0] == "1"
    assert told[-2].endswith("sends [1]")
    assert told[-1].startswith("all as expected")
