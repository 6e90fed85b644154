"""From a prompt to an archived clip by Prefect flows, with everything that may stop a chain on its way."""

from decimal import Decimal
from pathlib import Path

import pytest
from PIL import Image

from stillreel.archive.lineage import chain
from stillreel.domain.events import Sending, Settled
from stillreel.domain.safety import Verdict
from stillreel.media.probe import probe_clip
from tests.archive.fake_gcs import BUCKET, fake_gcs, make_bucket
from tests.flows.commands import shot
from tests.flows.making import CLIP, STILL, on_set
from tests.media.alike import first_and_last_frame, ssim

pytestmark = pytest.mark.server

TOLD = ("still", "clips", "lineage", "cost")


def path_of(uri: str) -> Path:
    return Path(uri.removeprefix("file://"))


async def test_a_prompt_becomes_a_clip_that_starts_from_its_still(studio):
    """The clip is real: H.264, 1280×720, five seconds at 24 frames; it begins as the still and it moves."""
    studio.emulator.switch(media="drawn")
    line = await studio.make(shot("drawn"))
    assert line["state"] == "done"
    clip = path_of(line["clips"][0])
    facts = await probe_clip(clip)
    assert (facts.container, facts.codec, facts.width, facts.height) == ("mp4", "h264", 1280, 720)
    assert (facts.seconds, facts.fps, facts.frames) == (pytest.approx(5, abs=0.1), 24, 120)
    first, last = first_and_last_frame(clip)
    with Image.open(path_of(line["still"])) as still:
        assert still.size == (1280, 720)
        assert ssim(still, first) >= 0.9
        assert ssim(still, last) < 0.9


async def test_the_still_is_archived_before_the_clip_is_bought(studio):
    """The first purchase is safe before the second one is made, and the clip's lineage leads back to the prompt."""
    line = await studio.make(shot("order"))
    jobs = await studio.jobs()
    kept = jobs["still"][0].last(Settled)
    sent = jobs["clip"][0].last(Sending)
    assert kept.end == "archived"
    assert kept.at < sent.at
    async with studio.opened() as archive:
        clip, still = await chain(archive.store, line["clips"][0])
    assert clip.parents[0].uri == line["still"]
    assert (clip.request.prompt, still.request.prompt) == ("the beam turns", "a lighthouse in fog")
    assert still.bought_by.flow_run == line["flow_run_id"]


@pytest.mark.parametrize(
    "switches, state, verdict",
    [
        ({"moderation": {"how": "flag", "models": [STILL]}}, "flagged", Verdict.FLAGGED),
        ({"unchecked": {"models": [STILL]}}, "held", Verdict.UNCHECKED),
    ],
)
async def test_a_still_that_is_not_known_to_be_clean_stops_its_chain(studio, switches, state, verdict):
    """A flagged still, and one that nobody looked at, lie in quarantine with their lineage; no clip is bought."""
    studio.emulator.switch(**switches)
    line = await studio.make(shot("unsafe"))
    assert (line["state"], line["still"], line["clips"], line["bought"]) == (state, None, [], 1)
    assert line["money"] == "spent"
    assert [job["model"] for job in studio.emulator.jobs().values()] == [STILL]
    assert await studio.names("projects/unsafe/a/") == []
    name = "quarantine/projects/unsafe/a/still-001"
    assert await studio.names("quarantine/") == [f"{name}.lineage.json", f"{name}.png"]
    async with studio.opened() as archive:
        record = (await chain(archive.store, f"{studio.archive}/{name}.png"))[0]
    assert (record.safety.verdict, record.request.prompt) == (verdict, "a lighthouse in fog")
    again = await studio.make(shot("unsafe"))
    assert (again["state"], again["bought"], len(studio.emulator.jobs())) == (state, 0, 1)


async def test_of_several_clips_only_the_clean_ones_move_on(studio):
    """One flagged result goes to quarantine; its siblings are archived under the numbers that they have."""
    studio.emulator.switch(moderation={"how": "flag", "models": [CLIP], "results": [1]})
    line = await studio.make(shot("several", still=None, results=3), "text_to_video")
    assert (line["state"], line["bought"]) == ("flagged", 1)
    async with studio.opened() as archive:
        uris = {archive.uri(name) for name in await studio.names("projects/several/a/") if name.endswith(".mp4")}
    assert set(line["clips"]) == uris
    assert len(uris) == 2
    held = [name for name in await studio.names("quarantine/") if name.endswith(".mp4")]
    assert len(held) == 1
    numbers = sorted(uri.rpartition("/")[2] for uri in [*uris, *held])
    assert numbers == ["clip-001-1.mp4", "clip-001-2.mp4", "clip-001-3.mp4"]


async def test_what_the_provider_rejects_is_never_sent_again(studio):
    """Moderation at submit is a rejection with its reason: the still alone is paid, and a rerun doesn't ask again."""
    studio.emulator.switch(moderation={"how": "reject", "models": [CLIP], "code": "invalidProviderContent"})
    line = await studio.make(shot("rejected"))
    assert (line["state"], line["clips"], line["money"]) == ("rejected", [], "spent")
    assert "invalidProviderContent" in line["message"]
    assert line["still"]
    studio.emulator.switch(moderation=None)
    again = await studio.make(shot("rejected"))
    assert (again["state"], again["bought"], again["still"]) == ("rejected", 0, line["still"])
    assert [job["submits"] for job in studio.submits(CLIP)] == [1]
    assert len(studio.submits(STILL)) == 1


async def test_a_still_whose_id_is_refused_is_uploaded_instead(studio):
    """A provider that doesn't take its own image's id gets our archived copy; the clip is paid for once."""
    studio.emulator.switch(refuse_frame_uuid=True)
    line = await studio.make(shot("frame"))
    assert (line["state"], line["bought"]) == ("done", 2)
    clips = studio.submits(CLIP)
    assert sorted(job["runs"] for job in clips) == [0, 1]
    assert len(studio.emulator.ledger()["charges"]) == 2


async def test_a_generation_that_fails_ends_in_words(studio):
    """A job that was accepted and came to nothing is a failure with its reason; the still stays archived."""
    studio.emulator.switch(failure={"models": [CLIP], "code": "timeoutProvider"})
    line = await studio.make(shot("failed"))
    assert (line["state"], line["clips"]) == ("failed", [])
    assert line["still"]
    assert "timeoutProvider" in line["message"]
    assert line["money"].startswith("unknown")


async def test_a_weaker_check_than_now_asked_is_held(studio):
    """What was archived unchecked, because nobody asked, doesn't move on once somebody does, and isn't bought again."""
    first = await studio.make(shot("weaker", safety="none"))
    assert first["state"] == "done"
    line = await studio.make(shot("weaker"))
    assert (line["state"], line["bought"], len(studio.emulator.jobs())) == ("held", 0, 2)
    assert "take: new" in line["message"]
    assert {name: line[name] for name in TOLD} == {name: first[name] for name in TOLD}
    assert Decimal(line["cost"]["reported"]) > 0


@pytest.mark.parametrize("switch, state", [({"unchecked": True}, "held"), ({"moderation": {"how": "flag"}}, "flagged")])
async def test_what_lies_in_quarantine_is_told_at_its_cost(studio, switch, state):
    """A still that isn't clean ends its run at what was paid for it, with its record; it isn't shown as the still."""
    studio.emulator.switch(**switch)
    line = await studio.make(shot("kept-apart"))
    assert (line["state"], line["bought"], line["still"], line["clips"]) == (state, 1, None, [])
    assert line["lineage"] == [f"{studio.archive}/quarantine/projects/kept-apart/a/still-001.lineage.json"]
    (charge,) = studio.emulator.ledger()["charges"]
    assert line["cost"]["reported"] == charge["amount"]


async def test_the_whole_chain_runs_on_a_bucket(prefect_api, emulator, monkeypatch):
    """An archive in Google Cloud Storage holds the same files, and its pictures have lineage there, too."""
    with fake_gcs() as endpoint:
        make_bucket(endpoint, BUCKET)
        studio = on_set(emulator, f"gs://{BUCKET}/films", monkeypatch, STORAGE_EMULATOR_HOST=endpoint)
        line = await studio.make(shot("cloud"))
        place = "projects/cloud/a"
        assert (line["state"], line["bought"]) == ("done", 2)
        assert line["clips"] == [f"gs://{BUCKET}/films/{place}/clip-001.mp4"]
        kinds = ["clip-001.lineage.json", "clip-001.mp4", "clip-001.poster.jpg", "still-001.lineage.json"]
        assert await studio.names(place) == [f"{place}/{kind}" for kind in [*kinds, "still-001.png"]]
        async with studio.opened() as archive:
            assert len(await chain(archive.store, line["clips"][0])) == 2
            marked = await archive.open_jobs()
        assert marked == {}
        again = await studio.make(shot("cloud"))
        nothing = {"bought": 0, "spent": {"quoted": "0", "reported": "0"}, "flow_run_id": None}
        assert {**again, "flow_run_id": None} == {**line, **nothing}
