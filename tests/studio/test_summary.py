"""Summaries: what a run ended with, told from the archive, on success and on every other end."""

import json
from decimal import Decimal

import pytest

from stillreel.domain.errors import BadSettings, Flagged, GenerationFailed, Held, Money, Rejected, StillreelError
from stillreel.studio.buying import buy
from stillreel.studio.orders import Cost
from stillreel.studio.planning import plan
from stillreel.studio.summary import summarise
from tests.studio.on_set import CHAIN, STILL, a_run, make, planned_event, produce, sending_event, shot, written

SMALL = shot({**CHAIN, "size": "1:1"})


@pytest.mark.parametrize(
    "cost,told",
    [
        (("0", "0.000"), "quoted $0.00, reported $0.00"),
        (("4.47266880", "4.4726688"), "quoted $4.4726688, reported $4.4726688"),
    ],
)
def test_what_it_costs_is_spelled_one_way(cost, told):
    """The same amount has the same digits within a line, whatever sums it comes from."""
    quoted, reported = cost
    assert str(Cost(quoted=quoted, reported=reported)) == told


async def ended(on_set, wanted, error, name="first"):
    """The summary of a run that must end with this error."""
    studio = await on_set.studio()
    planned = await plan(studio, wanted, a_run(name))
    with pytest.raises(error) as caught:
        await produce(studio, wanted, a_run(name))
    return await summarise(studio, planned, caught.value, name)


async def test_before_anything_was_planned(on_set):
    """A run that never got to a plan has nothing to show but its reason."""
    told = await summarise(await on_set.studio(), None, BadSettings("no archive"), None)
    assert told.line() == {
        "state": "refused",
        "still": None,
        "stills": [],
        "clips": [],
        "lineage": [],
        "cost": {"quoted": "0", "reported": "0"},
        "bought": 0,
        "spent": {"quoted": "0", "reported": "0"},
        "flow_run_id": None,
        "message": "no archive",
        "money": "not spent",
    }


async def test_a_flagged_still(open_set):
    """The still in quarantine isn't shown as the shot's still; its lineage and its cost are told."""
    on_set = await open_set(moderation={"how": "flag"})
    told = await ended(on_set, SMALL, Flagged)
    assert (told.state, told.still, told.clips, told.bought) == ("flagged", None, (), 1)
    assert ["quarantine" in uri for uri in told.lineage] == [True]
    assert told.cost.reported == 100 - on_set.balance
    assert told.cost.quoted > Decimal("0.185")
    assert "quarantine" in told.message
    assert told.money is Money.SPENT


async def test_a_still_that_is_held_for_a_stronger_check(on_set):
    """What was checked less than now asked is told as it stands: its file, its record and what it cost."""
    studio = await on_set.studio()
    await produce(studio, shot(STILL, safety="none"))
    with pytest.raises(Held) as caught:
        await plan(studio, shot(CHAIN), a_run("second"))
    told = await summarise(studio, caught.value.stands, caught.value, "second")
    assert (told.state, told.money, told.bought, told.clips) == ("held", Money.SPENT, 0, ())
    assert told.still.endswith("projects/harbour/lighthouse/still-001.png")
    assert len(told.lineage) == 1
    assert told.cost.reported == 100 - on_set.balance > 0
    assert told.cost.quoted > 0


async def test_a_clip_that_failed(open_set):
    """What was done before the failure is there: the still, its record and its cost."""
    on_set = await open_set(failure={"models": ["klingai:3@1"]})
    told = await ended(on_set, SMALL, GenerationFailed)
    assert (told.state, told.clips, told.bought, told.final) == ("failed", (), 2, True)
    assert told.still.endswith("still-001.png")
    assert [uri.rpartition("/")[2] for uri in told.lineage] == ["still-001.lineage.json"]
    assert told.cost.reported == 100 - on_set.balance
    again = await ended(on_set, SMALL, GenerationFailed, name="again")
    assert (again.state, again.bought, again.final) == ("failed", 0, True)


async def test_a_refusal(open_set):
    """A rejected prompt bought nothing and cost nothing."""
    on_set = await open_set(moderation={"how": "reject"})
    told = await ended(on_set, SMALL, Rejected)
    assert (told.state, told.bought, told.cost.reported, told.money) == ("rejected", 0, 0, Money.NOT_SPENT)


async def test_bought_counts_what_this_run_bought(open_set):
    """Of a chain whose still is there a run buys one job, and whoever adopts a dead run's send has bought it."""
    on_set = await open_set()
    studio = await on_set.studio()
    stage = (await plan(studio, SMALL, a_run("died"))).still
    event = await planned_event(studio, stage, a_run("died"))
    await studio.client.submit([event.body])
    await written(studio, stage, [event, sending_event(studio)])
    on_set.time.pass_by(studio.lease)
    await make(studio, stage, a_run("second"))
    reel = await produce(studio, SMALL, a_run("third"))
    counts = {
        name: (await summarise(studio, reel.plan, None, name)).bought for name in ("died", "second", "third", "fourth")
    }
    assert counts == {"died": 0, "second": 1, "third": 1, "fourth": 0}


async def test_a_refused_purchase_and_the_one_that_replaced_it(open_set):
    """Both purchases of a take are looked at, and only what was accepted counts."""
    on_set = await open_set(refuse_frame_uuid=True)
    studio = await on_set.studio()
    reel = await produce(studio, SMALL)
    told = await summarise(studio, reel.plan, None, "first")
    assert (told.state, told.bought, len(told.clips)) == ("done", 2, 1)
    assert told.cost.reported == 100 - on_set.balance


async def test_several_results_are_all_told(on_set):
    """Every still of a take is in the list of records, at the cost of them all."""
    studio = await on_set.studio()
    reel = await produce(studio, shot(STILL, results=3))
    told = await summarise(studio, reel.plan, None, "first")
    assert told.lineage == tuple(kept.lineage for kept in reel.kept)
    assert told.cost.reported == 100 - on_set.balance
    assert json.loads(json.dumps(told.line())) == told.line()


@pytest.mark.parametrize("kind", StillreelError.__subclasses__())
async def test_every_error_has_its_state(on_set, kind):
    """Whatever ends a run, the summary says the state and the money of that error."""
    error = kind.__new__(kind)
    StillreelError.__init__(error, "it ended")
    told = await summarise(await on_set.studio(), None, error, "first")
    assert (told.state, told.money, told.message) == (kind.state, kind.money, "it ended")


async def test_a_job_that_is_open_has_nothing_to_show_yet(on_set):
    """A job that was just accepted counts as bought, and has no file and no cost yet."""
    studio = await on_set.studio()
    planned = await plan(studio, shot(STILL), a_run())
    await buy(studio, planned.still, a_run())
    told = await summarise(studio, planned, None, "first")
    assert (told.bought, told.still, told.lineage, told.cost.reported) == (1, None, (), 0)
