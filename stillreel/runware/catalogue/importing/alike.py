"""Whether two statements about a field are the same, and what differs in them."""

from decimal import Decimal
from typing import Any

from stillreel.runware.catalogue.entry import FieldRule

BOUNDS = ("min", "max", "step", "min_length", "max_length", "min_items", "max_items")
DEMANDS = ("type", "required", "const", "values", *BOUNDS, "positions", "default")
EXACT = 2**53  # a bound beyond it has gone through a float somewhere, and its last digits are noise


def alike(one: FieldRule, other: FieldRule) -> bool:
    """Whether two rules of a field demand the same, whoever says it and in whatever words."""
    return not differing(one, other)


def differing(one: FieldRule, other: FieldRule) -> list[tuple[str, Any, Any]]:
    """What two rules of a field say differently: the name, and what each of them says."""
    found = []
    for name in DEMANDS:
        ours, theirs = getattr(one, name), getattr(other, name)
        if _plain(name, ours) != _plain(name, theirs):
            found.append((name, ours, theirs))
    return found


def _plain(name: str, value: Any) -> Any:
    if name == "default" and value is False:
        return None  # a switch that isn't given is off, whether that is said or not
    if name == "const" or value is None or isinstance(value, bool):
        return value
    if isinstance(value, tuple):
        return {(isinstance(item, bool), item) for item in value}
    if isinstance(value, int | float | Decimal):
        return float(value) if abs(float(value)) > EXACT else Decimal(str(value))
    return value
