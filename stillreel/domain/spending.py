"""What was spent, as people look at it: by day, project and model, with what is still held."""

from collections.abc import Sequence
from decimal import Decimal

from stillreel.domain.accounts import NOTHING, Amount, Total
from stillreel.domain.budget import Budget
from stillreel.domain.money import total


class Line(Total):
    """The jobs of one day, project and model: those that ended, and what the open ones hold."""

    held: Amount = NOTHING


def lines(budget: Budget) -> list[Line]:
    """One line for each day, project and model that has anything to show, the oldest first."""
    ended = {each.key: each for each in budget.totals}
    open_entries = [entry for entry in budget.entries.values() if entry.charge is None]
    found = []
    for key in sorted({*ended, *(entry.key for entry in open_entries)}):
        mine = [entry for entry in open_entries if entry.key == key]
        each = ended.get(key) or Total(day=key[0], project=key[1], model=key[2])
        quoted = each.quoted + total([entry.quoted * entry.copies for entry in mine])
        held = total([entry.held for entry in mine])
        found.append(Line(**{**dict(each), "quoted": quoted, "held": held}))
    return found


def sum_of(found: Sequence[Line], column: str) -> Decimal:
    """The sum of one column."""
    return total([getattr(line, column) for line in found])
