"""The media are real: decodable, of the asked kind and size, and clips start from their still and move."""

import io
import resource
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from stillreel.emulator.drawing import drawn
from stillreel.emulator.filming import film
from stillreel.emulator.records import Footage, Picture
from stillreel.media.probe import probe_clip
from tests.emulator.caller import Caller, clip, still
from tests.emulator.conftest import Calling
from tests.emulator.pictures import opened, ssim

CODECS = {"MP4": "h264", "MOV": "h264", "WEBM": "vp9"}
TYPES = {"MP4": "video/mp4", "MOV": "video/quicktime", "WEBM": "video/webm"}


async def fetched(caller: Caller, row: dict[str, Any]) -> tuple[bytes, str]:
    """The bytes of a result, and their Content-Type."""
    answer = await caller.http.get(row.get("videoURL") or row["imageURL"])
    assert answer.status_code == 200
    assert int(answer.headers["Content-Length"]) == len(answer.content)
    return answer.content, answer.headers["Content-Type"]


@pytest.mark.parametrize("kind", ["MP4", "MOV", "WEBM"])
async def test_a_clip_starts_from_its_still_and_moves(calling: Calling, kind: str) -> None:
    """A clip from a still has it as its first frame, ends elsewhere, and has every frame of 5 s at 24 a second."""
    async with calling(media="drawn") as caller:
        (picture,) = await caller.finished(still(width=720, height=720))
        frames = {"frameImages": [picture["imageUUID"]]}
        (row,) = await caller.finished(clip(outputFormat=kind, inputs=frames))
        data, content_type = await fetched(caller, row)
        first = Image.open(io.BytesIO((await fetched(caller, picture))[0]))
    found = opened(data)
    assert content_type == TYPES[kind]
    assert (found.codec, found.size, found.rate, found.count) == (CODECS[kind], (720, 720), 24, 120)
    assert found.seconds == pytest.approx(5, abs=0.01)
    assert ssim(first, found.frames[0]) >= 0.9
    assert ssim(first, found.frames[-1]) < 0.8


async def test_a_clip_from_words_is_longer_at_30_frames(calling: Calling) -> None:
    """A clip without a still has 30 frames a second, as the model's page of October 2025 says; 10 s are 300 frames."""
    async with calling() as caller:
        (row,) = await caller.finished(clip(duration=10, width=720, height=1280))
        found = opened((await fetched(caller, row))[0])
    assert (found.size, found.rate, found.count) == ((720, 1280), 30, 300)


async def test_two_results_of_a_job_differ(calling: Calling) -> None:
    """Results of one request have their own seeds and look different."""
    async with calling(media="drawn") as caller:
        rows = await caller.finished(still(numberResults=2))
        one, other = [Image.open(io.BytesIO((await fetched(caller, row))[0])) for row in rows]
        assert ssim(one, other) < 0.9


@pytest.mark.parametrize("kind,pillow", [("PNG", "PNG"), ("JPG", "JPEG"), ("WEBP", "WEBP")])
async def test_a_still_has_the_asked_format_and_size(calling: Calling, kind: str, pillow: str) -> None:
    """Stills come as PNG, JPG and WEBP of exactly the asked size."""
    async with calling(media="drawn") as caller:
        (row,) = await caller.finished(still(outputFormat=kind, width=1280, height=720))
        data, content_type = await fetched(caller, row)
    image = Image.open(io.BytesIO(data))
    image.load()
    assert (image.format, image.size, content_type) == (pillow, (1280, 720), f"image/{pillow.lower()}")


def test_the_same_words_and_seed_make_the_same_still() -> None:
    """A still is a function of prompt and seed: other words or another seed look different."""
    common = {"width": 640, "height": 360}
    one = drawn(Picture(prompt="a fox in snow", seed=1, **common))
    assert one.tobytes() == drawn(Picture(prompt="a fox in snow", seed=1, **common)).tobytes()
    assert ssim(one, drawn(Picture(prompt="a fox in snow", seed=2, **common))) < 0.9
    assert ssim(one, drawn(Picture(prompt="a harbour at night", seed=1, **common))) < 0.9


def test_a_long_prompt_is_captioned_and_a_small_still_is_not() -> None:
    """2,500 characters fit as a shortened caption, and the smallest legal still is drawn without one."""
    common = {"width": 1280, "height": 720, "seed": 3}
    words = drawn(Picture(prompt="gulls " * 416, **common))
    bare = drawn(Picture(prompt="gulls " * 416, seed=3, width=64, height=64))
    assert words.crop((0, 600, 1280, 720)).getextrema() != bare.getextrema()
    assert bare.size == (64, 64)


def test_a_720p_clip_costs_about_a_second_of_cpu(tmp_path: Path) -> None:
    """Five seconds of moving 720p take far less than a real render; twice the measured cost is the limit."""
    first = drawn(Picture(prompt="a fox in snow", seed=1, width=1280, height=720))
    before = resource.getrusage(resource.RUSAGE_SELF)
    film(Footage(prompt="", seed=1, width=1280, height=720, duration=5, fps=24), first, tmp_path / "clip.mp4")
    after = resource.getrusage(resource.RUSAGE_SELF)
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 2
    atoms = (tmp_path / "clip.mp4").read_bytes()
    assert atoms.index(b"moov") < atoms.index(b"mdat")  # a player can start before it has all


async def test_canned_media_are_made_once(calling: Calling) -> None:
    """Canned clips of one shape are one file, decodable, of the right size and length."""
    async with calling(media="canned") as caller:
        rows = await caller.finished(clip(numberResults=4))
        found = {(await fetched(caller, row))[0] for row in rows}
        assert len(found) == 1
        assert opened(found.pop()).count == 150
        assert len(list((caller.emulator.service.darkroom.folder).glob("*.mp4"))) == 1


@pytest.mark.parametrize("kind", ["MP4", "MOV", "WEBM"])
async def test_a_canned_clip_can_be_as_long_as_a_real_one(calling: Calling, kind: str) -> None:
    """`canned_bytes` fills a clip's file up to a length that real ones have; it is the same clip, and whole."""
    async with calling(media="canned", canned_bytes=3_000_000) as caller:
        (row,) = await caller.finished(clip(outputFormat=kind))
        data, _ = await fetched(caller, row)
        (path,) = caller.emulator.service.darkroom.folder.glob("canned*")
        facts = await probe_clip(path)
    assert (len(data), opened(data).count, facts.frames, facts.seconds) == (3_000_000, 150, 150, 5)


async def test_a_canned_clip_is_never_cut(calling: Calling) -> None:
    """A length below the clip's own changes nothing, and neither does it for drawn media."""
    async with calling(media="canned", canned_bytes=1) as caller:
        (row,) = await caller.finished(clip())
        assert opened((await fetched(caller, row))[0]).count == 150
        caller.emulator.switch(media="drawn", canned_bytes=9_000_000)
        (row,) = await caller.finished(still())
        assert len((await fetched(caller, row))[0]) < 9_000_000


async def test_a_still_of_another_shape_is_cut_not_squeezed(calling: Calling) -> None:
    """A first frame of another shape keeps its proportions: its middle is what the clip starts with."""
    async with calling(media="drawn") as caller:
        (picture,) = await caller.finished(still(width=1280, height=720))
        (row,) = await caller.finished(clip(inputs={"frameImages": [picture["imageUUID"]]}))
        first = Image.open(io.BytesIO((await fetched(caller, picture))[0]))
        found = opened((await fetched(caller, row))[0])
    assert ssim(first.crop((280, 0, 1000, 720)), found.frames[0]) >= 0.9


async def test_urls_end_with_their_ttl(caller: Caller) -> None:
    """A result's URL is 404 after `ttl`, before it is ready, and under another name."""
    task = await caller.bought(still(ttl=60))
    result = caller.emulator.service.memory.results(task["taskUUID"], 1)[0]
    early = await caller.http.get(f"{caller.emulator.base}/image/ws/5/ii/{result.id}.png")
    caller.emulator.advance(result.ready_at - caller.emulator.service.clock.now())
    (row,) = (await caller.poll(task))["data"]
    there = await caller.http.get(row["imageURL"])
    renamed = await caller.http.get(row["imageURL"].replace(".png", ".jpg"))
    caller.emulator.advance(61)
    late = await caller.http.get(row["imageURL"])
    assert [answer.status_code for answer in (early, there, renamed, late)] == [404, 200, 404, 404]
