"""Whether the provider still has a model, by its public list of schemas: it needs no key, and is told none.

The look is quick and never an error: what can't be looked at is said to be unclear, and whoever asked decides.
"""

import asyncio
from collections.abc import Sequence
from typing import Any, Literal
from urllib.parse import quote

import httpx
from pydantic import BaseModel, ConfigDict

from stillreel.domain.clock import Clock
from stillreel.runware import policy
from stillreel.runware.patience import reason

NOT_KNOWN = 404
PASSING = frozenset({408, 429, 500, 502, 503, 504})  # worth a second try


class Seen(BaseModel):
    """What a look at one model came to."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    how: Literal["known", "not known", "unclear"]
    why: str = ""  # of `unclear`


KNOWN, STRANGER = Seen(how="known"), Seen(how="not known")


async def look(http: httpx.AsyncClient, url: str, airs: Sequence[str], clock: Clock) -> dict[str, Seen]:
    """What the list at this address says of each model, all asked at once, in a few seconds at most."""
    found = await asyncio.gather(*(_look(http, f"{url}/{quote(air, safe=':@')}", clock) for air in airs))
    return dict(zip(airs, found, strict=True))


async def _look(http: httpx.AsyncClient, url: str, clock: Clock) -> Seen:
    seen, again = await _once(http, url)
    for _ in range(1, policy.LOOK_TRIES):
        if again:
            await clock.sleep(policy.LOOK_PAUSE)
            seen, again = await _once(http, url)
    return seen


async def _once(http: httpx.AsyncClient, url: str) -> tuple[Seen, bool]:
    """One look, and whether another one may tell more."""
    try:
        async with asyncio.timeout(policy.LOOK_TIMEOUT):
            answer = await http.get(url, headers={"User-Agent": policy.USER_AGENT}, timeout=policy.LOOK_TIMEOUT)
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
        return Seen(how="unclear", why=reason(error)), True
    if answer.status_code == NOT_KNOWN:
        return STRANGER, False
    if answer.status_code == 200 and isinstance(_json(answer), dict):
        return KNOWN, False
    why = f"HTTP {answer.status_code}" if answer.status_code != 200 else "the answer isn't a schema"
    return Seen(how="unclear", why=why), answer.status_code in PASSING


def _json(answer: httpx.Response) -> Any:
    try:
        return answer.json()
    except (ValueError, RecursionError):
        return None
