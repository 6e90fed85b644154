"""Which settings are searched, and what is expected of each: that all holds, or which property breaks."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.model.buying import Buying, faults
from tests.model.exploring import Model
from tests.model.sentences import ASSUMPTIONS, RULES
from tests.model.state import RECONCILE, RUN
from tests.model.turn import Setting
from tests.model.watching import Watching

USUAL = (RUN, RUN, RECONCILE)
ALONE = (RUN, RECONCILE)
MANY = (RUN, RECONCILE, RECONCILE)


@dataclass(frozen=True)
class Configuration:
    """One search."""

    name: str
    model: Model[Any]
    breaks: str = ""  # the property that is expected to; empty: none does
    without: tuple[str, ...] = ()  # the rules that are taken away
    quick: bool = False  # part of the tests


def configurations() -> Iterator[Configuration]:
    """All of them: those that hold, those that assume too little of the world, those without a rule."""
    yield from _that_hold()
    yield from _that_assume_too_little()
    yield from _without_a_rule()
    yield from _of_watching()


def _that_hold() -> Iterator[Configuration]:
    for world in ("CONFLICT", "AFTER_END", "ALWAYS"):
        yield _buying(world, "crash loss")
    yield _buying("CONFLICT", "crash", quick=True)
    yield _buying("CONFLICT", "loss refusal")
    yield _buying("CONFLICT", "loss word")
    yield _buying("CONFLICT SLOW ATOMIC BLIND", "crash loss")
    # What the protocol has learnt since.
    yield _buying("CONFLICT", "load", quick=True)
    yield _buying("ALWAYS", "crash load")
    yield _buying("ALWAYS", "loss load")
    yield _buying("CONFLICT", "loss load refusal")
    yield _buying("CONFLICT STALL", "crash loss")
    yield _buying("CONFLICT SLOW ATOMIC STALL", "loss load")
    yield _buying("CONFLICT NAP", "crash loss")
    yield _buying("CONFLICT", "lower crash")
    yield _buying("CONFLICT", "lower load")
    yield _buying("CONFLICT", "lower loss word")
    yield _buying("CONFLICT AWAY", "word")
    yield _buying("CONFLICT AWAY", "word", cast=ALONE, quick=True)
    yield _buying("CONFLICT AWAY", "crash word")
    yield _buying("CONFLICT AWAY", "loss word")
    yield _buying("ALWAYS AWAY", "load word")
    yield _buying("CONFLICT AWAY", "crash word", cast=MANY)
    yield _buying("CONFLICT BLIND", "loss word", cast=ALONE)
    yield _buying("CONFLICT", "load refusal", cast=ALONE, person=False, quick=True)
    # More goes wrong at once.
    yield _buying("ALWAYS", "crash crash loss load")
    yield _buying("ALWAYS", "crash loss refusal load")
    yield _buying("CONFLICT", "loss loss loss")
    yield _buying("CONFLICT SLOW ATOMIC BLIND STALL", "crash loss load")
    yield _buying("CONFLICT AWAY", "loss word word", cast=ALONE)
    yield _buying("CONFLICT AWAY", "crash loss load word", cast=ALONE)


def _that_assume_too_little() -> Iterator[Configuration]:
    for world in ("CONFLICT SLOW", "AFTER_END SLOW", "AFTER_END BLIND", "ALWAYS BLIND"):
        yield _buying(world, "crash loss", "S1", quick=True)
    for world in ("CONFLICT FORGETS", "AFTER_END FORGETS", "CONFLICT SLOW ATOMIC NAP"):
        yield _buying(world, "crash loss", "S1")
    yield _buying("CONFLICT FROZEN", "crash loss", "S1", person=False, quick=True)


def _without_a_rule() -> Iterator[Configuration]:
    yield _without("once", "CONFLICT", "", "S4")
    yield _without("ask", "AFTER_END", "crash loss", "S1")
    yield _without("each", "CONFLICT", "crash loss", "S1")
    yield _without("proof", "CONFLICT SLOW ATOMIC", "loss refusal", "S3")
    yield _without("ask proof", "CONFLICT", "loss refusal", "S3")
    yield _without("process", "CONFLICT", "crash loss", "S1")
    yield _without("grow", "CONFLICT", "crash", "S2", ALONE)
    yield _without("ends", "CONFLICT", "crash", "S2", ALONE)
    yield _without("book rebook", "CONFLICT", "crash", "S3")
    yield _buying("CONFLICT", "crash", "", "book")  # what is closed before it is booked, is booked as its entry goes
    yield _without("fresh", "CONFLICT", "crash", "S3")
    yield _without("lost", "CONFLICT", "loss", "S2", ALONE)
    yield _without("decided", "CONFLICT", "loss word", "S2", ALONE)
    yield _without("walk", "CONFLICT", "crash", "S2")
    yield _without("newest", "CONFLICT BLIND", "loss", "S9")
    yield _without("first", "CONFLICT SLOW ATOMIC", "crash loss", "S1", ALONE)
    yield _without("away", "CONFLICT", "load refusal", "S2", ALONE, person=False)
    yield _without("clock", "CONFLICT STALL", "loss", "S1", person=False)
    yield _without("measure", "CONFLICT", "load lower", "S3")
    yield _without("resend", "CONFLICT AWAY", "word", "S8")
    yield _without("rebook", "CONFLICT AWAY", "crash word", "S7")


def _of_watching() -> Iterator[Configuration]:
    for world in ("", "ONE_FAILED", "BOTH_FAILED", "WHOLE"):
        yield _watching(world)
    yield _watching("", "S5", "renumber")
    yield _watching("ONE_FAILED", "S5", "count")
    yield _watching("WHOLE", "S2", "whole")


def _without(
    rules: str, world: str, goes_wrong: str, breaks: str, cast: tuple[str, ...] = USUAL, *, person: bool = True
) -> Configuration:
    return _buying(world, goes_wrong, breaks, rules, cast=cast, person=person, quick=True)


def _buying(
    world: str,
    goes_wrong: str,
    breaks: str = "",
    without: str = "",
    *,
    cast: tuple[str, ...] = USUAL,
    person: bool = True,
    quick: bool = False,
) -> Configuration:
    assert set(world.split()) <= set(ASSUMPTIONS), world
    setting = Setting(_left(without), frozenset(world.split()), faults(goes_wrong), cast, person)
    who = "" if cast == USUAL else f", by {' '.join(cast)}"
    alone = "" if person else ", nobody to decide"
    name = f"buying {world}, {goes_wrong or 'no fault'}{who}{alone}{_but(without)}"
    return Configuration(name, Buying(setting), breaks, tuple(without.split()), quick)


def _watching(world: str, breaks: str = "", without: str = "") -> Configuration:
    name = f"watching {world or 'TWO_ROWS'}{_but(without)}"
    return Configuration(name, Watching(_left(without), world), breaks, tuple(without.split()), quick=True)


def _left(without: str) -> frozenset[str]:
    assert set(without.split()) <= set(RULES), without
    return frozenset(RULES) - set(without.split())


def _but(without: str) -> str:
    return f", without {without}" if without else ""
