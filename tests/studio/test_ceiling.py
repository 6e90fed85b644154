"""The ceiling of a run, measured by what its purchases have really cost, and by those that are on their way."""

import asyncio

import pytest

from stillreel.domain.errors import OverCeiling, Rejected
from stillreel.domain.selection import Selection
from stillreel.studio.buying import buy
from stillreel.studio.planning import plan
from stillreel.studio.reconciling import reconcile
from stillreel.studio.watching import watch
from tests.studio.money import REPORTED
from tests.studio.on_set import CLIP, CLIP_USD, STILL, STILL_USD, a_run, job_of, kinds, produce, shot

DEAR = {"price_variance": {"runware:z-image@turbo": 5}}


async def planned(studio, many, data=STILL):
    plans = [await plan(studio, shot(data, shot=f"shot-{n}"), a_run()) for n in range(many)]
    return [each.still or each.clip for each in plans]


async def at_once(studio, many, data=STILL):
    """So many together, each bought and waited for; what they ended with."""

    async def one(stage):
        return await watch(studio, await buy(studio, stage, a_run()))

    return await asyncio.gather(*map(one, await planned(studio, many, data)), return_exceptions=True)


async def test_who_waits_for_his_turn_is_measured_again_before_he_is_sent(open_set):
    """A still turns out to cost five times its quote: those that waited behind it aren't sent."""
    on_set = await open_set(admit=1, latency={"*": 5}, **DEAR)
    studio = await on_set.studio(max_usd=4 * STILL_USD)
    ends = await at_once(studio, 4)
    assert sorted(type(end).__name__ for end in ends) == ["Outcome"] + ["OverCeiling"] * 3
    assert [runs for _, runs, _ in on_set.bought] == [1]


async def test_those_on_their_way_count(on_set):
    """Of purchases that go out in the same moment only those are sent that the ceiling holds together."""
    studio = await on_set.studio(max_usd=2 * CLIP_USD)
    ends = await at_once(studio, 5, CLIP)
    assert sum(isinstance(end, OverCeiling) for end in ends) == 3
    assert [runs for _, runs, _ in on_set.bought] == [1, 1]
    assert len(studio.costs) == 2


async def test_what_another_process_has_brought_home_counts_at_its_cost(open_set):
    """A job of this run that `reconcile` closed counts as the provider reported it, not as it was quoted."""
    on_set = await open_set(latency={"*": 5}, **DEAR)
    studio = await on_set.studio(max_usd=5 * STILL_USD)
    first, second = await planned(studio, 2)
    ticket = await buy(studio, first, a_run())
    on_set.time.pass_by(60)
    await reconcile(await on_set.studio(), Selection(), a_run("reconcile"))
    await watch(studio, ticket)
    with pytest.raises(OverCeiling, match="was not bought"):
        await buy(studio, second, a_run())
    assert kinds(await job_of(studio, second)) == []


async def test_what_was_refused_counts_no_more(open_set):
    """What the provider refused, or had no room for, costs nothing, and the ceiling holds another."""
    on_set = await open_set(refuse={"code": "invalidProviderContent", "times": 1})
    studio = await on_set.studio(max_usd=CLIP_USD)
    with pytest.raises(Rejected):
        await produce(studio, shot(CLIP))
    assert studio.costs == {}
    on_set.emulator.switch(throttle={"task_types": ["videoInference"], "status": 429, "times": 2})
    await produce(studio, shot(CLIP, shot="pier"))
    assert sum(studio.costs.values()) == REPORTED
