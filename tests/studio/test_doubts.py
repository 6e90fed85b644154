"""What nobody knows for certain of a request travels from its plan to the lineage of what came of it."""

import json

import pytest

from stillreel.archive.lineage import chain
from stillreel.domain.events import Planned
from stillreel.domain.lineage import Lineage, told
from stillreel.studio.planning import plan
from tests.studio.on_set import CHAIN, MORE_MODELS, STILL, a_run, job_of, produce, shot

FOLDER = "projects/harbour/lighthouse"
VAGUE = {"prompt": "A quay.", "negative_prompt": "people", "model": "studio:named@1"}
BEATS = [{"prompt": "The light turns.", "duration": 3}, {"prompt": "Gulls lift off.", "duration": 4}]
NOBODY = "nobody can say for certain"


@pytest.fixture
async def on_set(open_set):
    return await open_set(catalogue=MORE_MODELS)


async def test_doubts_go_from_the_plan_into_the_lineage(on_set):
    """Each stage has its own: in its plan, in the event before the purchase, in the record, and as it is told."""
    motion = {"model": "studio:words@1", "beats": BEATS, "resolution": "1080p", "audio": True}
    studio = await on_set.studio()
    reel = await produce(studio, shot({**CHAIN, "still": VAGUE, "motion": motion}, MORE_MODELS))
    clip, still, _ = await chain(studio.archive.store, f"{FOLDER}/clip-001.mp4")
    for stage, record in ((reel.plan.still, still), (reel.plan.clip, clip)):
        assert stage.doubts == (await job_of(studio, stage)).planned.doubts == record.doubts != ()
        lines = told(record).splitlines()
        assert [line.removeprefix("  doubt   ") for line in lines if "  doubt " in line] == list(record.doubts)
    price = "about $0.29 a second, 1080p, with audio, from a frame"
    assert clip.doubts == (
        f"Words: {NOBODY} what motion.beats may be (the maker's form lets six be given)",
        f"Words: {NOBODY} that it costs {price}, since 2026-02-05 (a third party's table)",
    )
    assert still.doubts == (
        f"Named: {NOBODY} what still.prompt and still.negative_prompt may be (bounds of another page)",
    )


async def test_the_price_row_and_its_day_are_told(on_set):
    """Whoever reads how a file came to be reads by which row it was priced, since when, and by whose word."""
    studio = await on_set.studio()
    await produce(studio, shot(CHAIN, MORE_MODELS))
    clip, _ = await chain(studio.archive.store, f"{FOLDER}/clip-001.mp4")
    row = clip.quote.row
    assert f"  price   $0.037 a second, 720p, since {row.since} ({row.source})" in told(clip).splitlines()


async def test_what_is_certain_has_no_doubts(on_set):
    """A clip of the model whose whole page is known has none, and nothing is told of it."""
    studio = await on_set.studio()
    planned = await plan(studio, shot(CHAIN, MORE_MODELS), a_run())
    assert planned.clip.doubts == ()


async def test_records_of_before_are_read(on_set):
    """An event and a record without doubts, as older versions wrote them, are read as having none."""
    studio = await on_set.studio()
    reel = await produce(studio, shot(STILL, MORE_MODELS))
    for kind, data in (
        (Planned, (await job_of(studio, reel.plan.still)).planned.model_dump_json()),
        (Lineage, (on_set.root / f"{FOLDER}/still-001.lineage.json").read_text()),
    ):
        old = json.loads(data)
        del old["doubts"]
        assert kind.model_validate(old).doubts == ()


async def test_a_take_that_was_kept_has_the_doubts_of_its_own_request(on_set):
    """Where our defaults have changed since, the take's request is what is doubted, not today's."""
    studio = await on_set.studio()
    first = await produce(studio, shot(STILL, MORE_MODELS, still=VAGUE))
    again = await plan(await on_set.studio(), shot(STILL, MORE_MODELS, still=VAGUE), a_run("second"))
    assert again.still.doubts == first.plan.still.doubts != ()
