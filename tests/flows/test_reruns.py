"""A run that is begun again and again ends as failed, with what to do."""

import pytest
from prefect import flow

from flows.reruns import MOST, stop_after_crashes
from stillreel.domain.errors import Money, Unforeseen

pytestmark = pytest.mark.server


async def test_a_run_is_not_begun_for_ever(prefect_api):
    """After four beginnings the fifth ends at once, and says how to go on and where the money stands."""
    begun = []

    @flow(retries=MOST)
    async def poisoned() -> None:
        stop_after_crashes()
        begun.append(1)
        raise RuntimeError("whatever kills it")

    with pytest.raises(Unforeseen, match=r"ended 4 times.*start a new run") as ended:
        await poisoned()
    assert len(begun) == MOST
    assert ended.value.money is Money.UNKNOWN
