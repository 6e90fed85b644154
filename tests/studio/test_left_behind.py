"""What is left behind of a shot whose run was ended from outside: told from the archive, in the run's own words."""

import pytest

from stillreel.domain.errors import Flagged, Money, Rejected
from stillreel.studio.left_behind import left_behind
from stillreel.studio.planning import plan
from tests.studio.on_set import (
    CHAIN,
    STILL,
    a_run,
    accepted_event,
    job_of,
    make,
    planned_event,
    produce,
    sending_event,
    shot,
    written,
)

WHY = "its run was cancelled"


async def left(studio, wanted):
    """What is said of a shot, by a run that comes after the one that was ended."""
    return await left_behind(studio, await plan(studio, wanted, a_run("second")), WHY)


async def test_a_shot_that_was_never_begun(on_set):
    """Nothing is bought, and nobody has to look before buying it."""
    stop = await left(await on_set.studio(), shot(CHAIN))
    assert stop is not None
    assert (stop.state, stop.money) == ("failed", Money.NOT_SPENT)
    assert stop.message.startswith(f"{WHY}; nothing of this shot was bought; run the storyboard again")


async def test_a_shot_that_is_done_after_all(on_set):
    """Its run was ended when everything lay in the archive."""
    studio = await on_set.studio()
    await produce(studio, shot(CHAIN))
    assert await left(studio, shot(CHAIN)) is None


async def test_a_clip_that_is_paid_for_and_on_its_way(on_set):
    """Both jobs are named as paid for, and running it again only waits."""
    studio, wanted = await on_set.studio(), shot(CHAIN)
    first = await plan(studio, wanted, a_run())
    await make(studio, first.still, a_run())
    sent = [await planned_event(studio, first.clip, a_run()), sending_event(studio), accepted_event(studio, a_run())]
    clip = await written(studio, first.clip, sent)
    stop = await left(studio, wanted)
    assert stop is not None
    assert (stop.state, stop.money) == ("running", Money.SPENT)
    assert f"; paid for: job {(await job_of(studio, first.still)).uuid}, job {clip.uuid}; run " in stop.message


async def test_a_clip_that_was_never_sent(on_set):
    """The still is paid for and there; nothing is on its way that anybody could wait for."""
    studio, wanted = await on_set.studio(), shot(CHAIN)
    first = await plan(studio, wanted, a_run())
    await make(studio, first.still, a_run())
    await written(studio, first.clip, [await planned_event(studio, first.clip, a_run())])
    stop = await left(studio, wanted)
    assert stop is not None
    assert (stop.state, stop.money) == ("failed", Money.SPENT)
    assert f"; paid for: job {(await job_of(studio, first.still)).uuid}; run " in stop.message


async def test_a_send_that_nobody_knows_the_answer_of(on_set):
    """It may be bought, so it is named, and a person looks."""
    studio, wanted = await on_set.studio(), shot(STILL)
    still = (await plan(studio, wanted, a_run())).still
    job = await written(studio, still, [await planned_event(studio, still, a_run()), sending_event(studio)])
    stop = await left(studio, wanted)
    assert stop is not None
    assert (stop.state, stop.money) == ("unknown", Money.UNKNOWN)
    assert (
        f"nothing of this shot is known to be bought; on its way, and perhaps bought: job {job.uuid};" in stop.message
    )


@pytest.mark.parametrize("how, error, money", [("flag", Flagged, Money.SPENT), ("reject", Rejected, Money.NOT_SPENT)])
async def test_what_the_provider_has_said_of_it(open_set, how, error, money):
    """A still that was flagged or refused is told as such, not as one that was stopped."""
    on_set = await open_set(moderation={"how": how})
    studio, wanted = await on_set.studio(), shot(STILL)
    first = await plan(studio, wanted, a_run())
    with pytest.raises(error) as caught:
        await produce(studio, wanted, a_run())
    stop = await left_behind(studio, first, WHY)
    assert stop is not None
    assert (stop.state, stop.money) == (caught.value.state, money)
    assert "lighthouse/still" in stop.message
