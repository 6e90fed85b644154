"""Planning a storyboard as one: each shot on its own, one sum for all, before anything is bought."""

import asyncio
import io
import random
from dataclasses import replace
from decimal import Decimal

import httpx
import pytest
from PIL import Image

from stillreel.archive.budget import AT_ONCE
from stillreel.archive.lineage import read_lineage
from stillreel.domain.errors import ArchiveMissing, CapReached, LowBalance, OverCeiling, ProviderError
from stillreel.runware import Client
from stillreel.runware.catalogue import Catalogue
from stillreel.studio.boarding import each, plan_board
from stillreel.studio.orders import Plan
from stillreel.studio.planning import plan
from tests.studio.money import capped
from tests.studio.on_set import CATALOGUE, CHAIN, STILL, a_run, produce, shot

CHAIN_UPPER, STILL_UPPER, CLIP = Decimal("0.19126688"), Decimal("0.00626688"), Decimal("0.185")
AWAY = httpx.URL("https://93.184.215.14/a.png")
MOTION = {"prompt": "The light turns."}


def chain(name, **changes):
    return shot(CHAIN, shot=name, **changes)


def after(name, other):
    """A chain from the still of another shot."""
    return shot(CHAIN, shot=name, still={"image": f"shot:{other}"})


async def planned(studio, *shots, only=None, **order):
    names = [one.shot for one in shots] if only is None else only
    found = await plan_board(studio, shots, a_run(), only=names, **order)
    return {one.shot.shot: one for one in found}


def claims(on_set):
    return sorted(path.relative_to(on_set.root / "projects").as_posix() for path in on_set.root.rglob("*.take.json"))


async def test_shots_come_in_their_order(on_set):
    """However long each look takes, the plans stand in the storyboard's order, those left out among them."""
    names = [f"s{n}" for n in range(30)]
    found = await planned(await on_set.studio(), *(chain(name) for name in names), only=names[::2])
    assert list(found) == names
    assert [name for name, one in found.items() if not one.left_out] == names[::2]
    assert on_set.jobs == []


async def test_each_plan_is_that_of_the_shot_alone(on_set):
    """A shot of a storyboard is planned as it would be by itself."""
    studio = await on_set.studio()
    found = await planned(studio, chain("a"), shot(STILL, shot="b"))
    assert [found[name].plan for name in "ab"] == [
        await plan(studio, one, a_run("again")) for one in (chain("a"), shot(STILL, shot="b"))
    ]
    assert [found[name].to_pay for name in "ab"] == [CHAIN_UPPER, STILL_UPPER]


async def test_what_is_left_out_claims_and_costs_nothing(on_set):
    """A shot that isn't named gets no take, is in no sum, and still shows what there is of it."""
    await produce(await on_set.studio(), chain("there"))
    before = claims(on_set)
    studio = await on_set.studio(max_usd=Decimal(0))
    found = await planned(studio, chain("there"), chain("not-yet"), only=[])
    assert claims(on_set) == before
    assert found["there"].done
    assert [stage.place.stage for stage in found["there"].plan.stages] == ["still", "clip"]
    assert found["not-yet"].plan.stages == ()


async def test_a_shot_that_cannot_be_planned_stops_nobody(on_set):
    """A take that is another request and an image that is nowhere are told each with its shot; the other is planned."""
    await produce(await on_set.studio(), shot(STILL, shot="taken"))
    gone = f"file://{on_set.root}/projects/p/nowhere.png"
    found = await planned(
        await on_set.studio(),
        chain("good"),
        shot(STILL, shot="taken", take=1, still={"prompt": "Another."}),
        chain("lost", still={"image": gone}),
    )
    assert found["good"].plan is not None
    assert {name: one.stop.state for name, one in found.items() if one.stop} == {"taken": "refused", "lost": "refused"}
    assert gone in found["lost"].stop.message
    assert [name for name in claims(on_set) if "/lost/" in name] == []


@pytest.mark.parametrize("ceiling", [2 * CHAIN_UPPER, 2 * CHAIN_UPPER + CLIP - Decimal("0.000001")])
async def test_one_sum_is_held_against_the_ceiling(on_set, ceiling):
    """Two chains and a clip that waits for a still: a ceiling below their sum claims and buys nothing."""
    studio = await on_set.studio(max_usd=ceiling)
    with pytest.raises(OverCeiling, match=rf"this storyboard could cost \${2 * CHAIN_UPPER + CLIP}\b"):
        await planned(studio, chain("a"), chain("b"), after("c", "a"))
    assert claims(on_set) == []
    found = await planned(await on_set.studio(max_usd=2 * CHAIN_UPPER + CLIP), chain("a"), chain("b"), after("c", "a"))
    assert (found["c"].plan, found["c"].stop, found["c"].to_pay) == (None, None, CLIP)


async def test_one_sum_is_held_against_the_balance_and_the_caps(on_set):
    """What no single shot would pass, all of them together do; and the balance is asked for once."""
    shots = [chain(name) for name in "abcde"]
    await planned(await on_set.studio(), *shots)
    assert on_set.emulator.requests()["accountManagement"] == 1
    on_set.emulator.switch(balance="0.9")
    with pytest.raises(LowBalance, match="this storyboard"):
        await planned(await on_set.studio(), *shots)
    on_set.emulator.switch(balance="100")
    await capped(on_set, day=Decimal("0.9"))
    with pytest.raises(CapReached, match="this storyboard"):
        await planned(await on_set.studio(), *shots)


async def test_what_waits_is_warned_of_with_the_others(on_set):
    """What speaks against a model is known of a shot that waits for a still, too; of what is paid for it is over."""
    shots = [chain("a"), after("b", "a")]
    first = await planned(await on_set.studio(), *shots)
    assert first["b"].plan is None
    assert first["b"].warnings == first["a"].warnings != ()
    assert "is deprecated" in first["b"].warnings[0]
    await produce(await on_set.studio(), chain("a"))
    then = await planned(await on_set.studio(), *shots)
    assert (then["a"].warnings, then["b"].warnings) == ((), first["b"].warnings)


async def test_what_waits_in_vain_is_refused_and_in_no_sum(on_set):
    """A shot whose still isn't there, and isn't made in this run, is told whose still it needs; others go on."""
    studio = await on_set.studio(max_usd=CHAIN_UPPER)
    shots = [chain("first"), after("second", "first"), chain("third"), after("fourth", "second")]
    found = await planned(studio, *shots, only=["second", "third", "fourth"])
    assert found["third"].plan is not None
    says = "it uses the still of {}, which isn't there and isn't made in this run: make that, too"
    assert [found[name].stop.message for name in ("second", "fourth")] == [says.format("first"), says.format("second")]


async def test_a_still_that_is_there_is_used(on_set):
    """A shot that uses the still of one that is left out is planned at once if that still is there."""
    await produce(await on_set.studio(), shot(STILL, shot="first"))
    found = await planned(
        await on_set.studio(), chain("first", still=STILL["still"]), after("second", "first"), only=["second"]
    )
    assert found["second"].plan.given.uri.endswith("first/still-001.png")
    assert found["second"].to_pay == CLIP


async def test_stills_hand_on_through_given_ones(on_set):
    """Waves of references end at a still that is there: all of them start from the same file."""
    await produce(await on_set.studio(), shot(STILL, shot="a"))
    shots = [after("c", "b"), after("b", "a"), chain("a", still=STILL["still"])]
    found = await planned(await on_set.studio(), *shots)
    assert found["c"].plan.given.uri == found["b"].plan.given.uri
    assert found["b"].plan.given.uri.endswith("a/still-001.png")


async def test_stills_alone_are_in_the_sum_of_a_run_for_stills(on_set):
    """With `stills_only` clips are neither claimed nor counted, also those that wait for a still."""
    shots = [chain("a"), after("b", "a"), chain("c", motion={**MOTION, "model": "klingai:5@2", "last_image": "shot:a"})]
    found = await planned(await on_set.studio(max_usd=Decimal("0.1")), *shots, stills_only=True)
    assert found["a"].plan.clip is None
    assert [name.rpartition("/")[2] for name in claims(on_set)] == ["still-001.take.json"]


async def test_a_provider_that_is_away_is_told_once(on_set):
    """Nobody to ask for the balance: nothing is claimed, and the whole storyboard says so."""
    on_set.emulator.switch(throttle={"status": 503})
    with pytest.raises(ProviderError):
        await planned(await on_set.studio(), chain("a"), chain("b"))
    assert claims(on_set) == []


class Pictured(httpx.AsyncHTTPTransport):
    """A line at whose end a picture lies at one address."""

    fetched = 0

    async def handle_async_request(self, request):
        if request.url.host != AWAY.host:
            return await super().handle_async_request(request)
        self.fetched += 1
        picture = io.BytesIO()
        Image.new("RGB", (1280, 720)).save(picture, "PNG")
        return httpx.Response(200, stream=httpx.ByteStream(picture.getvalue()))


@pytest.mark.parametrize("only", [["first"], ["second"], ["third"]])
async def test_an_image_is_kept_only_where_something_is_made_of_it(on_set, only):
    """A given image of a shot that is left out, and whose still nobody uses who is made, isn't put into the archive."""
    studio = await on_set.studio()
    async with httpx.AsyncClient(transport=Pictured()) as http:
        rng = random.Random(7)  # noqa: S311 - jitter
        client = Client(http, url=on_set.emulator.url, key=studio.settings.key, clock=on_set.time, rng=rng)
        shots = [chain("first", still={"image": str(AWAY)}), after("second", "first"), chain("third")]
        found = await planned(replace(studio, client=client), *shots, only=only)
    assert [one.stop for one in found.values()] == [None] * 3
    kept = [name for name in on_set.files if "/given-" in name and name.endswith(".png")]
    assert len(kept) == (0 if only == ["third"] else 1)
    for name in kept:
        record = await read_lineage(studio.archive.store, studio.archive.uri(name))
        assert (record.source, record.run) == (str(AWAY), a_run())


async def test_an_image_of_a_shot_that_is_left_out_is_fetched_only_where_something_is_made_of_it(on_set):
    """Nobody waits for an image of which nothing is there; what is there of it is known again."""
    studio, pictures = await on_set.studio(), Pictured()
    async with httpx.AsyncClient(transport=pictures) as http:
        rng = random.Random(7)  # noqa: S311 - jitter
        client = Client(http, url=on_set.emulator.url, key=studio.settings.key, clock=on_set.time, rng=rng)
        shots = [chain("first", still={"image": str(AWAY)}), after("second", "first"), chain("third")]
        studio = replace(studio, client=client)
        found = await planned(studio, *shots, only=["third"])
        assert (pictures.fetched, found["first"].left_out, found["first"].plan) == (0, True, Plan())
        await planned(studio, *shots, only=["second"])
        fetched = pictures.fetched
        found = await planned(studio, *shots, only=["third"])
        assert pictures.fetched > fetched > 0
        assert found["second"].plan.clip.place.take == 1


class Counting(Catalogue):
    """A catalogue that counts how often somebody goes through all of it."""

    times = 0

    def __iter__(self):
        self.times += 1
        return super().__iter__()


async def test_what_can_do_instead_of_a_retired_model_is_looked_for_once(open_set):
    """Shots that are alike are told the same, and the look through all models isn't taken again for each of them."""
    on_set = await open_set(retired=["klingai:3@1"])
    looks = {}
    for many in (1, 200):
        catalogue = Counting(CATALOGUE)
        found = await planned(await on_set.studio(catalogue=catalogue), *(chain(f"s{n}") for n in range(many)))
        assert len({one.stop.message for one in found.values()}) == 1
        looks[many] = catalogue.times
    assert looks[200] <= AT_ONCE * looks[1]


async def test_what_stops_one_stops_those_that_are_on_their_way():
    """Nobody goes on claiming takes in a studio that closes."""
    begun, ended = [], []

    async def step(n):
        begun.append(n)
        if n == 1:
            raise ArchiveMissing("there is no such bucket")
        for _ in range(5):  # as much as a claim takes, which isn't one moment
            await asyncio.sleep(0)
        ended.append(n)

    with pytest.raises(ArchiveMissing):
        await each(range(100), step)
    for _ in range(200):
        await asyncio.sleep(0)
    assert (begun[:2], ended) == ([0, 1], [])
    assert len(begun) < 100


async def test_an_archive_that_is_not_there_stops_all(on_set):
    """What meets one shot like this meets them all, and is told once."""
    studio = await on_set.studio(root=on_set.root / "not-mounted" / "archive")
    with pytest.raises(ArchiveMissing):
        await planned(studio, chain("a"), chain("b"))
