"""Days of an entry, which the vendor may give as instants."""

from datetime import UTC, datetime
from typing import Any


def its_day(said: Any) -> Any:
    """Of an instant, which the vendor gives, its day in UTC: from that morning on nobody should count on the model."""
    moment = datetime.fromisoformat(said) if isinstance(said, str) and "T" in said else said
    if not isinstance(moment, datetime):
        return said
    return (moment.astimezone(UTC) if moment.tzinfo else moment).date()
