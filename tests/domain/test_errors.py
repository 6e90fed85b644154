"""The error tree: drawn in full, and each class says what it means for the run and the money."""

import inspect
import re
from typing import get_args

import pytest

from stillreel.domain import errors
from stillreel.domain.errors import (
    ArchiveUnavailable,
    BadInput,
    Money,
    Rejected,
    State,
    StillreelError,
    UnknownPurchase,
    at_stake,
)
from stillreel.domain.problems import Problem, told

CLASSES = {name: kind for name, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, StillreelError)}
LINE = re.compile(r"^(?P<branch>[│├└─ ]*)(?P<name>[A-Z][A-Za-z]+)(?: {2,}(?P<says>\S.*?)(?: {3,}(?P<money>\S.*))?)?$")
MONEY = {
    "not spent": Money.NOT_SPENT,
    "spent": Money.SPENT,
    "unknown": Money.UNKNOWN,
    "unknown until settled": Money.UNKNOWN,
    "as it says": Money.NOT_SPENT,  # unless the one that raises it says otherwise
}


def drawn():
    """Name, parent and money of each class in the module's docstring; money is the parent's where a line has none."""
    above: list[tuple[int, str, str]] = []
    for line in (errors.__doc__ or "").splitlines():
        found = LINE.match(line.removeprefix("    "))
        if not line.startswith("    ") or found is None:
            continue
        depth = len(found["branch"]) // 4
        above = above[:depth]
        money = found["money"] or (above[-1][2] if above else "not spent")
        yield found["name"], above[-1][1] if above else "Exception", money
        above.append((depth, found["name"], money))


TREE = {name: (parent, money) for name, parent, money in drawn()}


def test_the_drawn_tree_is_the_tree():
    """A class that somebody forgets to draw, or draws under another parent, is found here."""
    assert {name: parent for name, (parent, _) in TREE.items()} == {
        name: kind.__bases__[0].__name__ for name, kind in CLASSES.items()
    }


@pytest.mark.parametrize("name", CLASSES)
def test_the_drawn_money_is_the_money(name):
    """Where the drawing says that money stands is where the class says it."""
    assert CLASSES[name].money is MONEY[TREE[name][1]]


@pytest.mark.parametrize("name", CLASSES)
def test_every_error_says_how_its_run_ends(name):
    """Each class has one of the run's states, a sentence of its own, and a place for the money."""
    kind = CLASSES[name]
    assert kind.state in get_args(State)
    assert kind.state != "done"
    assert kind.__doc__
    assert "__doc__" in vars(kind)


def test_an_error_says_where_the_money_stands():
    """Every message ends with the money, and whoever raises it can say better."""
    assert str(Rejected("no")) == "no [money: not spent]"
    assert str(Rejected("no", money=Money.UNKNOWN)) == "no [money: unknown: look before you buy again]"
    assert Rejected.money is Money.NOT_SPENT


def test_bad_input_tells_every_problem():
    """All problems stand in one message, each with its field, what it got and what is allowed."""
    problems = [
        Problem(field="motion.duration", got="7", allowed="one of 5, 10"),
        Problem(field="still.prompt", got="''", allowed="2 to 3000 characters"),
    ]
    said = str(BadInput(problems, what="the shot"))
    assert said.startswith("the shot has 2 problems:\n")
    assert "  - motion.duration: got 7; one of 5, 10\n" in said
    assert "  - still.prompt: got ''; 2 to 3000 characters\n" in said
    assert str(BadInput(problems[:1])).startswith("the request has 1 problem:\n")


def test_trouble_after_a_purchase_says_that_it_is_paid_for():
    """Where a job has been bought, an error that knows nothing of money says spent; one that knows better keeps it."""
    for raised, stands in [(ArchiveUnavailable("away"), Money.SPENT), (UnknownPurchase("sent"), Money.UNKNOWN)]:
        with pytest.raises(StillreelError) as caught, at_stake(Money.SPENT):
            raise raised
        assert caught.value.money is stands
    assert ArchiveUnavailable("away").money is Money.NOT_SPENT


def test_a_problem_says_where_it_stands():
    """A line comes first, with its file where that isn't the one that was named."""
    problem = Problem(field="size", got="'4:3'", allowed="'16:9'")
    assert str(problem) == "size: got '4:3'; '16:9'"
    assert str(problem.model_copy(update={"line": 7})) == "line 7: size: got '4:3'; '16:9'"
    assert str(problem.model_copy(update={"line": 7, "file": "a.csv"})).startswith("line 7 of a.csv: size: ")


@pytest.mark.parametrize("number,more", [(50, []), (51, ["and 1 more"]), (1284, ["and 1,234 more"])])
def test_problems_are_told_as_far_as_anybody_reads(number, more):
    """The first fifty are told, the rest is counted, and an error keeps them all."""
    problems = [Problem(field=f"f-{index}", got="x", allowed="y") for index in range(number)]
    assert told(problems) == [*map(str, problems[:50]), *more]
    assert len(BadInput(problems).problems) == number
