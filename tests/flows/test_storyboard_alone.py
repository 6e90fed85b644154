"""Shots of a storyboard on their own: what meets one of them, and what they need of each other."""

import asyncio
from pathlib import Path

import pytest
from prefect.client.orchestration import get_client
from prefect.exceptions import PrefectHTTPStatusError

from stillreel.domain.events import TurnedAway
from stillreel.domain.storyboards import MOST_IN_A_FORM
from tests.flows.boards import board, named, shoot, states
from tests.flows.commands import UNTIL, until
from tests.flows.deploying import deployment
from tests.flows.making import CLIP, STILL

pytestmark = pytest.mark.server
OTHER = "klingai:6@0"
PIER, WAVES = {"prompt": "a pier"}, {"prompt": "waves"}


async def turned_away(studio):
    """How often a job was sent while the provider took no more."""
    jobs = await studio.jobs()
    return sum(len(list(job.all(TurnedAway))) for stage in jobs.values() for job in stage)


async def test_a_retired_model_is_the_trouble_of_its_shots_alone(studio):
    """Its shot is refused with what can do instead, and not even its still is bought; others are done."""
    studio.emulator.switch(retired=[OTHER])
    line = await shoot(board("retired", *named("good"), {"shot": "old", "motion": {"model": OTHER}}))
    assert states(line) == {"good": "done", "old": "refused"}
    assert line["bought"] == 2
    old = line["shots"][1]
    assert f"{OTHER} (KlingAI 2.5 Turbo Standard) isn't among the provider's models any more" in old["message"]
    assert "name another as motion.model: " in old["message"]
    assert old["money"] == "not spent"


async def test_an_archive_that_vanishes_is_told_of_each_shot(studio, tmp_path):
    """Gone in mid work, with its files: each shot says that, none is called unspent, and all that was bought counts."""
    studio.emulator.switch(latency={STILL: 0, CLIP: 10**6})
    run = asyncio.create_task(shoot(board("vanishes", *named("one", "two"))))
    await until(lambda: len([*tmp_path.glob("archive/jobs/*/2.json")]) == 4)  # stills and clips are all accepted
    (tmp_path / "archive").rename(tmp_path / "elsewhere")
    studio.emulator.switch(latency=None, clock={"speed": 200, "advance": 10**6})
    line = await run
    assert set(states(line).values()) == {"failed"}, line["message"]
    assert line["bought"] == len(studio.emulator.jobs())
    assert "not spent" not in {shot["money"] for shot in line["shots"]}


async def test_what_is_held_is_shown(studio):
    """A shot that was checked less than now asked is told in a storyboard as by itself: with its files and its cost."""
    unchecked = board("held", *named("one", "two"))
    unchecked["defaults"]["safety"] = "none"
    first = await shoot(unchecked)
    again = await shoot(board("held", *named("one", "two")), only=["one"])
    (line,) = again["shots"]
    assert (line["state"], line["money"], line["bought"]) == ("held", "spent", 0)
    told = ("still", "clips", "cost")
    assert [line[key] for key in told] == [first["shots"][0][key] for key in told]
    page = Path(again["gallery"].removeprefix("file://"))
    assert "two/clip-001.mp4" in await asyncio.to_thread(page.read_text)


async def test_stills_alone_of_every_kind_of_shot(studio):
    """Prompted stills are made; a clip from words, a given still and one by reference have nothing to be done."""
    first = await shoot(board("kinds", {"shot": "made", "still": PIER}, defaults={}))
    uri = first["shots"][0]["still"]
    said = board(
        "kinds",
        {"shot": "chain", "still": PIER, "motion": WAVES},
        {"shot": "words", "motion": WAVES},
        {"shot": "given", "still": {"image": uri}, "motion": WAVES},
        {"shot": "again", "still": {"image": "shot:chain"}, "motion": WAVES},
        defaults={},
    )
    line = await shoot(said, stills_only=True)
    assert states(line) == {"chain": "done", **dict.fromkeys(("words", "given", "again"), "nothing to do")}
    assert (line["state"], line["bought"], studio.submits(CLIP)) == ("done", 1, [])
    says = {"words": "it has no still: its clip is made from words alone", "given": "its still is given"}
    says |= {"chain": "", "again": "its still is that of chain"}
    for told in (line, await shoot(said, stills_only=True)):  # while that still is to come, and when it is there
        assert {each["shot"]: each["message"] for each in told["shots"]} == says
    assert (await shoot(said))["bought"] == 4


async def test_references_reach_over_runs(studio):
    """A shot named in `only` uses stills that an earlier run has made, together with one that this run makes."""
    two = {"still": {"image": "shot:first"}, "motion": {**WAVES, "model": "klingai:5@2", "last_image": "shot:last"}}
    said = board("over", *named("first", "last"), {"shot": "between", **two}, defaults={"still": PIER})
    early = await shoot(said, only=["between"])
    assert states(early) == {"between": "refused"}
    assert "it uses the still of first and last" in early["message"] + early["shots"][0]["message"]
    first = await shoot(said, only=["first"])
    line = await shoot(said, only=["between", "last"])
    assert states(line) == {"last": "done", "between": "done"}, line
    assert line["shots"][1]["still"] == first["shots"][0]["still"]
    assert len(studio.submits(STILL)) == 2


async def test_a_still_is_handed_on_before_its_clip_is_done(studio):
    """Who needs another's still waits for that alone: both clips are at the provider together."""
    studio.emulator.switch(hold={"path": "media", "request": 2})  # the first clip's file
    said = board("handed", *named("first"), {"shot": "second", "still": {"image": "shot:first"}})
    run = asyncio.create_task(shoot(said))
    await studio.emulator.until_held()
    await until(lambda: len(studio.submits(CLIP)) == 2)
    studio.emulator.go()
    assert (await run)["state"] == "done"


async def test_a_clip_that_fails_keeps_no_still_from_others(studio):
    """The shot that refers to one whose clip is rejected is made all the same."""
    studio.emulator.switch(moderation=[{"how": "reject", "words": ["blood"]}])
    said = board(
        "fails", {"shot": "bad", "motion": {"prompt": "blood"}}, {"shot": "good", "still": {"image": "shot:bad"}}
    )
    assert states(await shoot(said)) == {"bad": "rejected", "good": "done"}


async def test_no_more_are_in_flight_than_it_says(studio):
    """With a limit of two a provider that takes two turns nobody away; without one it does."""
    studio.emulator.switch(admit=2)
    names = [f"s{n}" for n in range(6)]
    line = await shoot(board("few", *named(*names), limits={"at_once": 2}))
    assert (line["state"], await turned_away(studio)) == ("done", 0)
    studio.emulator.switch(latency={STILL: 10**6})  # none is done before the next one comes, however slowly
    run = asyncio.create_task(shoot(board("many", *named(*names))))
    async with asyncio.timeout(UNTIL):
        while not await turned_away(studio):  # noqa: ASYNC110 - the archive sets no event
            await asyncio.sleep(0.1)
    studio.emulator.switch(latency=None, clock={"speed": 200, "advance": 10**6})
    assert (await run)["state"] == "done"


@pytest.mark.parametrize("many", [0, MOST_IN_A_FORM, MOST_IN_A_FORM + 1])
async def test_a_form_holds_twenty_shots(many, deployed):
    """The server itself takes 1 to 20 shots from a form; more are a file."""
    del deployed
    said = {"storyboard": {"project": "form", "shots": [{"shot": f"s{n}", "still": PIER} for n in range(many)]}}
    async with get_client() as client:
        target = (await deployment(client, "storyboard")).id

        async def ask():
            return await client.create_flow_run_from_deployment(target, parameters={"order": said})

        if many == MOST_IN_A_FORM:
            await client.delete_flow_run((await ask()).id)
        else:
            with pytest.raises(PrefectHTTPStatusError) as caught:
                await ask()
            assert caught.value.response.status_code == 409
