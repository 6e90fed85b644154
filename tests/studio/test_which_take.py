"""Which take a shot is: for both stages, for one, and when our own defaults change."""

import asyncio
from decimal import Decimal

import pytest

from stillreel.domain.errors import (
    TakeExists,
)
from stillreel.runware.catalogue.loading import Catalogue
from stillreel.studio.planning import plan, preview
from tests.studio.on_set import CATALOGUE, CHAIN, CLIP, STILL, a_run, produce, shot


def takes(planned):
    return [str(stage.place).rpartition("/")[2] for stage in planned.stages]


def waving(**motion):
    """The chain with another motion."""
    return shot(motion={**CHAIN["motion"], **motion})


async def test_auto_is_the_take_that_fits_or_the_next(on_set):
    """Again is the same take, other motion is the next clip of the same still, other words are the next of both."""
    studio = await on_set.studio()
    assert takes(await plan(studio, shot(), a_run("1"))) == ["still-001", "clip-001"]
    assert takes(await plan(studio, shot(), a_run("2"))) == ["still-001", "clip-001"]
    assert takes(await plan(studio, waving(prompt="Fog comes in."), a_run("3"))) == ["still-001", "clip-002"]
    dusk = shot(still={"prompt": "A lighthouse at dusk."})
    assert takes(await plan(studio, dusk, a_run("4"))) == ["still-002", "clip-003"]
    assert takes(await plan(studio, shot(), a_run("5"))) == ["still-001", "clip-001"]


async def test_new_is_a_fresh_take_for_each_root_run(on_set):
    """Both stages are fresh; a retry and a child run, which share the root, share the takes."""
    studio = await on_set.studio()
    await plan(studio, shot(), a_run("by hand"))
    assert takes(await plan(studio, shot(take="new"), a_run("monday"))) == ["still-002", "clip-002"]
    child = a_run("monday").model_copy(update={"flow_run": "monday's child"})
    assert takes(await plan(studio, shot(take="new"), child)) == ["still-002", "clip-002"]
    assert takes(await plan(studio, shot(take="new"), a_run("tuesday"))) == ["still-003", "clip-003"]


async def test_a_new_clip_of_the_same_still(on_set):
    """`motion.take: new` animates the still that is there once more for each run."""
    studio = await on_set.studio()
    await plan(studio, shot(), a_run("by hand"))
    assert takes(await plan(studio, waving(take="new"), a_run("monday"))) == ["still-001", "clip-002"]
    assert takes(await plan(studio, waving(take="new"), a_run("tuesday"))) == ["still-001", "clip-003"]


async def test_a_new_still_is_another_clip(on_set):
    """`still.take: new` makes another still of the same words, and so another clip."""
    studio = await on_set.studio()
    await plan(studio, shot(), a_run("by hand"))
    again = shot(still={**CHAIN["still"], "take": "new"})
    assert takes(await plan(studio, again, a_run("monday"))) == ["still-002", "clip-002"]


async def test_numbers_are_for_both_stages_or_for_one(on_set):
    """A number names both takes, and a stage's own wins over it."""
    studio = await on_set.studio()
    assert takes(await plan(studio, shot(take=7), a_run("1"))) == ["still-007", "clip-007"]
    assert takes(await plan(studio, shot(take=7), a_run("2"))) == ["still-007", "clip-007"]
    own = shot(take=9, still={**CHAIN["still"], "take": 7}, motion={**CHAIN["motion"], "take": "auto"})
    assert takes(await plan(studio, own, a_run("3"))) == ["still-007", "clip-007"]


async def test_a_number_that_holds_another_request_is_refused(on_set):
    """The sentence names the next free take, and neither stage is claimed or bought."""
    studio = await on_set.studio()
    await plan(studio, shot(), a_run("1"))
    before = sorted(on_set.root.rglob("*.take.json"))
    with pytest.raises(TakeExists, match="clip-001 holds another request; the next free take is 2"):
        await produce(studio, waving(prompt="Fog comes in.", take=1), a_run("2"))
    foggy = shot(still={"prompt": "A lighthouse in fog.", "take": 5}, motion={**CHAIN["motion"], "take": 1})
    with pytest.raises(TakeExists):
        await produce(studio, foggy, a_run("3"))
    assert sorted(on_set.root.rglob("*.take.json")) == before
    assert (on_set.jobs, on_set.balance) == ([], Decimal(100))


async def test_what_changes_nothing_about_the_result_is_the_same_take(on_set):
    """A stricter check and defaults that are written out make no other take."""
    studio = await on_set.studio()
    await plan(studio, shot(), a_run("1"))
    said = shot(
        safety="full",
        output={"format": "MP4", "quality": 95},
        motion={**CHAIN["motion"], "duration": 5.0, "guidance": 0.5, "model": "klingai:3@1", "negative_prompt": ""},
    )
    assert takes(await plan(studio, said, a_run("2"))) == ["still-001", "clip-001"]


async def test_a_still_made_by_itself_is_the_chains_still(on_set):
    """`text_to_image` and the chain mean the same still by the same words, so it is bought once."""
    studio = await on_set.studio()
    alone = await plan(studio, shot(STILL), a_run("1"))
    chain = await plan(studio, shot(), a_run("2"))
    assert chain.still == alone.still


def with_other_defaults():
    """The catalogue after somebody changed our defaults."""
    changes = {"klingai:3@1": ("CFGScale", 0.7), "runware:z-image@turbo": ("outputQuality", 90)}
    entries = dict(CATALOGUE)
    for air, (path, default) in changes.items():
        field = entries[air].fields[path].model_copy(update={"default": default})
        entries[air] = entries[air].model_copy(update={"fields": {**entries[air].fields, path: field}})
    return Catalogue(entries)


async def previewed(studio):
    """What a preview says of the takes, without what it says against the models."""
    return [line for line in await preview(studio, shot(), a_run()) if not line.startswith("warning: ")]


async def test_a_take_is_kept_when_our_defaults_change(on_set):
    """The same file means the takes that it meant, with the requests they were, and `check` says so."""
    studio = await on_set.studio()
    first = await plan(studio, shot(), a_run("1"))
    later = await on_set.studio(catalogue=with_other_defaults())
    said = (await previewed(later))[:-1]
    assert all("kept, although our own defaults have changed" in line for line in said)
    assert len(said) == 2
    again = await plan(later, shot(), a_run("2"))
    assert (again.still, again.clip) == (first.still, first.clip)
    numbered = await plan(later, waving(take=1), a_run("3"))
    assert numbered.clip == first.clip  # which take is wanted is no part of what was asked
    other = await plan(later, waving(prompt="Fog comes in."), a_run("3"))
    assert takes(other) == ["still-001", "clip-002"]
    assert other.clip.request.guidance == 0.7


async def test_a_kept_take_is_quoted_as_what_it_is(on_set):
    """A take that was kept when a default changed is quoted by its own request, not by today's default."""
    first = await plan(await on_set.studio(), shot(CLIP), a_run("1"))
    entry = CATALOGUE.entry("klingai:3@1")
    ten = entry.fields["duration"].model_copy(update={"default": 10})
    entries = {**CATALOGUE, entry.air: entry.model_copy(update={"fields": {**entry.fields, "duration": ten}})}
    later = await on_set.studio(catalogue=Catalogue(entries))
    kept = await plan(later, shot(CLIP), a_run("2"))
    fresh = await plan(later, shot(CLIP, take="new"), a_run("2"))
    assert kept.clip == first.clip
    assert fresh.clip.quote.expected == 2 * kept.clip.quote.expected


async def test_check_says_which_takes_a_shot_is(on_set):
    """A preview names each stage's take, where it stands, what all cost and what is left to pay, and claims nothing."""
    studio = await on_set.studio()
    assert await previewed(studio) == [
        "still-001: a new take",
        "clip-001: a new take",
        "in all: about $0.18813344, at most $0.19126688",
    ]
    assert list(on_set.root.rglob("*.take.json")) == []
    await produce(studio, shot(STILL))
    assert await previewed(studio) == [
        "still-001: is made already and costs nothing more",
        "clip-001: a new take",
        "in all, with what is paid for already: about $0.18813344, at most $0.19126688",
        "still to pay: at most $0.185",
    ]
    await produce(studio, shot())
    assert (await previewed(studio))[-1] == "still to pay: nothing"


async def test_sixteen_runs_that_meet_share_the_takes(on_set):
    """Runs that plan the same shot at the same moment come to the same plan."""
    studios = [await on_set.studio() for _ in range(4)]
    plans = await asyncio.gather(
        *(plan(studio, shot(), a_run(f"{n}/{k}")) for n, studio in enumerate(studios) for k in range(4))
    )
    assert all(planned == plans[0] for planned in plans)
    assert len(list(on_set.root.rglob("*.take.json"))) == 2


async def test_a_take_belongs_to_its_shot(on_set):
    """The same words in another shot or project are other takes, and other jobs."""
    studio = await on_set.studio()
    plans = [await plan(studio, shot(CLIP, **place), a_run()) for place in ({}, {"shot": "pier"}, {"project": "coast"})]
    assert len({planned.clip.digest for planned in plans}) == 1
    assert len({await studio.uuid_of(planned.clip.place, planned.clip.digest, 1) for planned in plans}) == 3
