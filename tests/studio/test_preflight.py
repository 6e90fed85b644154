"""Before the first purchase of a chain: do its models still exist, and if not, what can do instead?"""

from datetime import date

import pytest

from stillreel.domain.errors import ModelGone, Money, Rejected
from stillreel.runware.catalogue import Catalogue, load
from stillreel.runware.catalogue.loading import MODELS
from stillreel.studio.planning import plan, preview
from stillreel.studio.quoting import with_model
from tests.studio.on_set import CATALOGUE, CLIP, MORE_MODELS, STILL, Open, a_run, first_frame, make, produce, shot

OLD, STILLS, OTHER_STILLS = "klingai:3@1", "runware:z-image@turbo", "runware:400@4"
NEXT, PRO = "klingai:kling-video@3-standard", "klingai:kling-video@2.6-pro"
FEW = Catalogue(  # whatever else ships
    {air: CATALOGUE[air] for air in (NEXT, PRO, STILLS, OTHER_STILLS)}
    | {OLD: CATALOGUE[OLD].model_copy(update={"replaced_by": (NEXT,)})}
)
NAMED = 3  # models that a warning names, each of which is looked at
CLOSED = "http://127.0.0.1:9/resolve"  # where nobody listens


def changed(air: str, **fields) -> Catalogue:
    """The catalogue with something else known of a model."""
    return Catalogue({**FEW, air: FEW[air].model_copy(update=fields)})


@pytest.fixture
async def few_set(open_set: Open):
    """A provider that has a few models, whatever else ships."""
    return await open_set(entries=FEW)


def looks(on_set) -> object:
    return on_set.emulator.requests()["resolve"]


def untouched(on_set) -> bool:
    return (on_set.jobs, on_set.files, list(on_set.root.rglob("*.take.json"))) == ([], [], [])


async def test_a_retired_clip_model_stops_the_chain_before_the_still(few_set):
    """Nothing is bought or claimed, what can do instead is named with its price, and the first of it does."""
    few_set.emulator.switch(retired=[OLD])
    with pytest.raises(ModelGone) as caught:
        await produce(await few_set.studio(catalogue=FEW), shot())
    assert caught.value.money is Money.NOT_SPENT
    assert untouched(few_set)
    assert caught.value.message == (
        f"{OLD} (KlingAI 1.6 Standard) isn't among the provider's models any more; name another as motion.model: "
        f"its successor {NEXT} KlingAI VIDEO 3.0 Standard $0.42 (today $0.185), "
        f"{PRO} KlingAI VIDEO 2.6 Pro at 1920x1080 $0.35; nothing was bought"
    )
    reel = await produce(await few_set.studio(catalogue=FEW), with_model(shot(), "clip", NEXT), a_run("second"))
    assert [job["model"] for job in few_set.jobs] == [STILLS, NEXT]
    assert [kept.end for kept in reel.kept] == ["archived", "archived"]


async def test_a_model_of_ones_own_that_nobody_has_is_not_called_gone(on_set):
    """Nobody knows that it ever was: the two likely causes are named, and what can do instead."""
    studio = await on_set.studio(catalogue=MORE_MODELS)
    with pytest.raises(ModelGone) as caught:
        await produce(studio, shot(STILL, MORE_MODELS, still={"prompt": "A quay.", "model": "studio:grid@64"}))
    assert untouched(on_set)
    assert "studio:grid@64" in caught.value.message
    assert "is a model of your own that isn't among the provider's models, and nobody knows" in caught.value.message
    assert "a slip in its `air`" in caught.value.message
    assert "start it with the same STILLREEL_MODELS" in caught.value.message
    assert "name another as still.model: " in caught.value.message
    assert "any more" not in caught.value.message


def test_an_entry_that_replaces_one_of_ours_is_known_to_have_been(tmp_path):
    """Only what nobody but its writer knows is a model of one's own."""
    (tmp_path / "mine.yaml").write_bytes((MODELS / "klingai-1-6-standard.yaml").read_bytes())
    assert load(tmp_path).own == frozenset()
    assert {air for air in MORE_MODELS.own if not air.startswith("studio:")} == set()
    assert "studio:grid@64" in MORE_MODELS.own


async def test_every_model_that_is_gone_is_told_at_once(few_set):
    """A chain whose still and clip both can't be made says so of both, each in its own place."""
    few_set.emulator.switch(retired=[OLD, STILLS])
    with pytest.raises(ModelGone) as caught:
        await plan(await few_set.studio(catalogue=FEW), shot(), a_run())
    assert f"still.model: {OTHER_STILLS}" in caught.value.message
    assert f"motion.model: its successor {NEXT}" in caught.value.message


async def test_what_is_named_is_there(few_set):
    """A model that the provider doesn't have either isn't proposed; without any, that is said."""
    few_set.emulator.switch(retired=[OLD, NEXT])
    with pytest.raises(ModelGone, match=f"motion.model: {PRO}") as caught:
        await plan(await few_set.studio(catalogue=FEW), shot(), a_run())
    assert NEXT not in caught.value.message
    few_set.emulator.switch(retired=[OLD, NEXT, PRO])
    with pytest.raises(ModelGone, match="no other model that is known here can do all that is asked"):
        await plan(await few_set.studio(catalogue=FEW), shot(), a_run())


async def test_a_model_that_needs_another_still_is_named_where_no_other_is(open_set):
    """It isn't among those of which naming one is enough; where it is the last, what it takes is said beside it."""
    large = "klingai:kling-video@3-4k"
    catalogue = Catalogue({**FEW, large: CATALOGUE[large]})
    on_set = await open_set(entries=catalogue, retired=[OLD])
    with pytest.raises(ModelGone) as caught:
        await plan(await on_set.studio(catalogue=catalogue), shot(), a_run())
    assert large not in caught.value.message
    on_set.emulator.switch(retired=[OLD, NEXT, PRO])
    with pytest.raises(ModelGone, match=f"with another still.model, name another as motion.model: {large}"):
        await plan(await on_set.studio(catalogue=catalogue), shot(), a_run())


async def test_naming_it_is_all_that_it_takes(few_set):
    """A word that the shot file says keeps a model that has no such word off the list, also where it says the usual."""
    few_set.emulator.switch(retired=[OLD])
    wanted = shot(motion={"prompt": "Waves roll in.", "guidance": 0.5})
    with pytest.raises(ModelGone, match=f"motion.model: {PRO}") as caught:
        await plan(await few_set.studio(catalogue=FEW), wanted, a_run())
    assert NEXT not in caught.value.message


async def test_sound_that_is_asked_for_is_in_the_price(open_set):
    """A clip with sound by a model that always makes some is quoted with sound where that costs more, else without."""
    turbo = "klingai:kling-video@3.0-turbo"
    catalogue = Catalogue({**FEW, turbo: CATALOGUE[turbo]})
    on_set = await open_set(entries=catalogue, retired=[turbo])
    for audio, price in ((True, "$0.63"), (None, "$0.42")):
        wanted = shot(motion={"prompt": "Waves roll in.", "model": turbo, "audio": audio})
        with pytest.raises(ModelGone) as caught:
            await plan(await on_set.studio(catalogue=catalogue), wanted, a_run())
        assert f"{NEXT} KlingAI VIDEO 3.0 Standard {price} (today $0.56)" in caught.value.message


@pytest.mark.parametrize(
    "fields,says",
    [
        ({"status": "retired", "status_seen": date(2026, 11, 1)}, "is retired (seen 2026-11-01)"),
        ({"deactivates_at": date(2026, 11, 22)}, "was switched off on 2026-11-22"),
    ],
    ids=["retired", "switched off"],
)
async def test_what_is_known_stops_without_a_look(few_set, fields, says):
    """A status that the catalogue knows is enough, also where nobody may look."""
    studio = await few_set.studio(catalogue=changed(OLD, **fields), preflight="offline")
    with pytest.raises(ModelGone) as caught:
        await plan(studio, shot(), a_run())
    assert says in caught.value.message
    assert NEXT in caught.value.message
    assert (looks(few_set), untouched(few_set)) == (0, True)


async def test_a_deprecated_model_is_a_warning(few_set):
    """It is bought, and the plan says what is known and what can do instead; one that is live says nothing."""
    studio = await few_set.studio(catalogue=FEW)
    (warning,) = (await plan(studio, shot(), a_run())).warnings
    assert warning.startswith(f"{OLD} (KlingAI 1.6 Standard) is deprecated (seen 2026-08-27); name another as")
    assert f"{NEXT} KlingAI VIDEO 3.0 Standard $0.42 (today $0.185)" in warning
    assert (await plan(studio, with_model(shot(), "clip", NEXT), a_run())).warnings == ()


async def test_a_warning_names_what_is_there(few_set):
    """What the provider doesn't have any more isn't proposed in place of a deprecated model; that nothing can, is."""
    few_set.emulator.switch(retired=[NEXT])
    (warning,) = (await plan(await few_set.studio(catalogue=FEW), shot(), a_run())).warnings
    assert f"name another as motion.model: {PRO}" in warning
    assert NEXT not in warning
    few_set.emulator.switch(retired=[NEXT, PRO])
    (warning,) = (await plan(await few_set.studio(catalogue=FEW), shot(), a_run())).warnings
    assert warning == (
        f"{OLD} (KlingAI 1.6 Standard) is deprecated (seen 2026-08-27); "
        "no other model that is known here can do all that is asked"
    )


async def test_few_are_looked_at_for_a_warning(open_set):
    """No more of the nearest than it takes to name some; those that are gone are passed over."""
    on_set = await open_set(retired=["klingai:6@0", "klingai:6@1"])
    (warning,) = (await plan(await on_set.studio(), shot(), a_run())).warnings
    assert "name another as motion.model: " in warning
    assert "klingai:6@" not in warning
    assert looks(on_set) == 2 + NAMED + 2


async def test_a_successor_that_is_no_help_is_told(on_set):
    """One that the catalogue doesn't have, or that is going itself, isn't passed over without a word."""
    entry = CATALOGUE[OLD].model_copy(update={"replaced_by": ("nope:1@1", "klingai:2@1", NEXT)})
    catalogue = Catalogue({**CATALOGUE, OLD: entry})
    (warning,) = (await plan(await on_set.studio(catalogue=catalogue), shot(), a_run())).warnings
    lost = (
        "its successor nope:1@1 isn't in the catalogue; "
        "its successor klingai:2@1 is deprecated (seen 2026-08-27); name another as motion.model: its successor "
    )
    assert f"{lost}{NEXT} " in warning
    on_set.emulator.switch(retired=[OLD])
    with pytest.raises(ModelGone) as caught:
        await plan(await on_set.studio(catalogue=catalogue), shot(), a_run())
    assert f"{lost}{NEXT} " in caught.value.message


async def test_an_announced_end_is_a_warning(few_set):
    """A model that will be switched off says when, while it is still there."""
    studio = await few_set.studio(catalogue=changed(NEXT, deactivates_at=date(2026, 11, 23)))
    (warning,) = (await plan(studio, with_model(shot(CLIP), "clip", NEXT), a_run())).warnings
    assert "is switched off on 2026-11-23" in warning


async def test_a_list_that_is_away_stops_nobody(on_set):
    """Nobody to look at is a warning that names what couldn't be looked at, and the chain is made."""
    studio = await on_set.studio(schemas_url=CLOSED)
    reel = await produce(studio, shot())
    assert len(reel.kept) == 2
    (blind,) = [said for said in reel.plan.warnings if "couldn't be looked at" in said]
    assert STILLS in blind
    assert OLD in blind
    assert "ConnectError" in blind


async def test_a_list_that_knows_nothing_of_ours_is_no_list(on_set):
    """An address that answers 404 to everything is a wrong one: it stops nobody, and the warning says so."""
    studio = await on_set.studio(schemas_url=f"{on_set.emulator.base}/no/such/place")
    planned = await plan(studio, shot(), a_run())
    assert any("it knows no model of ours at all" in said for said in planned.warnings)
    assert any("name another as motion.model: its successor klingai:6@0" in said for said in planned.warnings)


async def test_nobody_looks_where_nobody_may(on_set):
    """Offline, the provider's list isn't asked."""
    await produce(await on_set.studio(preflight="offline"), shot())
    assert looks(on_set) == 0


async def test_each_model_is_looked_at_once(on_set):
    """Two models are two looks, and so are those that a warning names, however many shots a studio makes."""
    studio = await on_set.studio()
    for name in ("pier", "crane"):
        await plan(studio, shot(shot=name), a_run(name))
    assert looks(on_set) == 2 + NAMED


async def test_a_chain_that_is_done_asks_nobody(on_set):
    """What is paid for is made, whatever became of its models; what is still to be paid alone is looked at."""
    await produce(await on_set.studio(), shot(STILL))
    before = looks(on_set)
    on_set.emulator.switch(retired=[STILLS])
    reel = await produce(await on_set.studio(), shot(), a_run("second"))
    assert looks(on_set) == before + 1 + NAMED
    on_set.emulator.switch(retired=[STILLS, OLD])
    again = await produce(await on_set.studio(), shot(), a_run("third"))
    assert (again.uris, again.plan.warnings) == (reel.uris, ())
    assert looks(on_set) == before + 1 + NAMED


async def test_what_was_only_planned_is_looked_at(on_set):
    """A chain that was claimed and never bought stops as well."""
    await plan(await on_set.studio(), shot(), a_run())
    on_set.emulator.switch(retired=[OLD])
    with pytest.raises(ModelGone):
        await plan(await on_set.studio(), shot(), a_run("second"))


async def test_a_check_says_what_a_run_would(few_set):
    """`check` warns as the plan does, and stops where the chain would; it claims nothing."""
    studio = await few_set.studio(catalogue=FEW)
    assert any(line.startswith(f"warning: {OLD}") for line in await preview(studio, shot(), a_run()))
    few_set.emulator.switch(retired=[OLD])
    with pytest.raises(ModelGone, match=NEXT):
        await preview(await few_set.studio(catalogue=FEW), shot(), a_run())
    assert untouched(few_set)


async def test_a_refusal_at_the_purchase_names_what_can_do_instead(few_set):
    """A model that goes between the look and the send is told with the same models and prices."""
    few_set.emulator.switch(refuse={"code": "invalidModel", "models": [OLD]})
    with pytest.raises(Rejected, match=r"\(invalidModel\); name another as motion\.model") as caught:
        await produce(await few_set.studio(catalogue=FEW), shot())
    assert f"{NEXT} KlingAI VIDEO 3.0 Standard $0.42 (today $0.185)" in caught.value.message
    assert [job["state"] for job in few_set.jobs] == ["success", "refused"]


async def test_a_model_that_goes_while_the_still_is_made_costs_the_still_alone(few_set):
    """The clip is refused with what can do instead; a rerun says that the still stays, and another model uses it."""
    studio = await few_set.studio(catalogue=FEW)
    planned = await plan(studio, shot(), a_run())
    still = await make(studio, planned.still, a_run())
    few_set.emulator.switch(retired=[OLD])
    frame, sources = first_frame(planned, still)
    with pytest.raises(Rejected, match=r"\(invalidModel\); name another as motion\.model") as refused:
        await make(studio, planned.clip, a_run(), frame, sources)
    with pytest.raises(ModelGone, match=r"name another as motion\.model") as gone:
        await produce(await few_set.studio(catalogue=FEW), shot(), a_run("second"))
    assert gone.value.message.endswith("; the still is paid for and stays; nothing more was bought")
    for message in (refused.value.message, gone.value.message):
        assert f"name another as motion.model: its successor {NEXT} " in message
    reel = await produce(await few_set.studio(catalogue=FEW), with_model(shot(), "clip", NEXT), a_run("third"))
    assert reel.uris[0] == still.kept[0].uri
    assert [(job["model"], job["runs"]) for job in few_set.jobs] == [(STILLS, 1), (OLD, 0), (NEXT, 1)]


async def test_a_model_that_comes_back_is_bought(few_set):
    """A look counts for its run: what the list has again is made by the next one, with the same take."""
    few_set.emulator.switch(retired=[OLD])
    with pytest.raises(ModelGone):
        await produce(await few_set.studio(catalogue=FEW), shot())
    few_set.emulator.switch(retired=[])
    reel = await produce(await few_set.studio(catalogue=FEW), shot(), a_run("second"))
    assert [uri.rpartition("/")[2] for uri in reel.uris] == ["still-001.png", "clip-001.mp4"]


async def test_another_refusal_names_no_models(few_set):
    """Words that the provider doesn't like have nothing to do with the model."""
    few_set.emulator.switch(moderation={"how": "reject"})
    with pytest.raises(Rejected) as caught:
        await produce(await few_set.studio(catalogue=FEW), shot(CLIP))
    assert "name another" not in caught.value.message


def test_our_own_models_are_in_the_catalogue():
    """What these tests retire is what ships."""
    assert {OLD, STILLS, OTHER_STILLS} <= set(CATALOGUE)
