"""The day of a schema: an older one than the entry was seen with would undo what is known since."""

from datetime import date

from stillreel.domain.errors import BadInput
from stillreel.domain.problems import Problem
from stillreel.runware.catalogue.entry import Entry


def not_ahead(day: date, today: date, what: str) -> date:
    """The day itself; BadInput if it hasn't come yet."""
    if day > today:
        allowed = f"{today}, which is today, or earlier; say the schema's own day with --seen"
        raise BadInput([Problem(field="the schema's day", got=str(day), allowed=allowed)], what=what)
    return day


def not_older(day: date, ours: Entry, what: str) -> None:
    """BadInput if an entry that we have was seen after this day."""
    known = max(ours.seen, ours.status_seen)
    if day < known:
        allowed = (
            f"{known}, when the entry that we have was seen, or later: an older schema would undo newer prices and "
            "rules; if the file is newer than its date, say its day with --seen"
        )
        raise BadInput([Problem(field="the schema's day", got=str(day), allowed=allowed)], what=what)
