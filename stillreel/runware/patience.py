"""How long to pause before a question is asked again."""

import math
import random
from datetime import UTC, datetime

from stillreel.runware import policy

HTTP_DATE = "%a, %d %b %Y %H:%M:%S GMT"  # the form that RFC 9110 lets servers send


def pause(attempt: int, rng: random.Random) -> float:
    """Seconds before the next try after the attempt-th one, growing, with jitter."""
    plain = min(policy.FIRST_PAUSE * policy.PAUSE_GROWTH ** (attempt - 1), policy.LONGEST_PAUSE)
    return plain * rng.uniform(1 - policy.JITTER, 1 + policy.JITTER)


def retry_after(header: str, now: datetime) -> float | None:
    """The seconds that a Retry-After header asks for, as a number or a date, up to our ceiling; None for neither."""
    try:
        seconds = float(header)
    except ValueError:
        try:
            then = datetime.strptime(header, HTTP_DATE).replace(tzinfo=UTC)
        except ValueError:
            return None
        seconds = (then - now).total_seconds()
    return None if math.isnan(seconds) else min(max(seconds, 0.0), policy.RETRY_AFTER_CEILING)


def reason(error: Exception) -> str:
    """Why a request failed, for people: some network errors carry no text."""
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
