"""All that an entry can say is acted on: beats, sizes by name and by image, last frames, sound, prices, the unknown."""

import io
import tempfile
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import av
import httpx
import pytest
from PIL import Image

from stillreel.emulator import running_emulator
from stillreel.emulator.records import Footage
from stillreel.emulator.refusals import TaskError
from stillreel.emulator.strictness import check_task
from stillreel.media.verify import verify
from stillreel.runware.catalogue import load
from stillreel.runware.catalogue.entry import Doubted
from tests.emulator.caller import Caller, Task, clip, still
from tests.emulator.pictures import inline, opened, ssim

EVERYTHING = "madeup:everything@1"
BEATS = [{"prompt": "gulls lift off", "duration": 1}, {"prompt": "they circle", "duration": 2}]
VIDEO = "https://example.com/dance.mp4"
NOON = 1_795_348_800.0  # 22 November 2026
SUMMER = -120 * 86_400.0


class Time:
    """The time that the emulator's clock follows."""

    now = NOON


@pytest.fixture(scope="module")
async def caller(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Caller]:
    """One emulator that knows the model with everything, for the whole file."""
    folder, entries = tmp_path_factory.mktemp("emulator"), load(Path(__file__).parent / "models")
    async with (
        running_emulator(folder, entries=entries, source=lambda: Time.now) as emulator,
        httpx.AsyncClient(headers={"Authorization": "Bearer k"}, trust_env=False) as http,
    ):
        yield Caller(emulator, http)


def asked(**changes: Any) -> Task:
    """A clip of the model with everything: a second from words alone."""
    return clip(**{"model": EVERYTHING, "width": 640, "height": 360, "duration": 1, **changes})


def framed(*frames: Any, **changes: Any) -> Task:
    """A clip of it from frames."""
    return asked(**{"width": None, "height": None, "inputs": {"frameImages": [*frames]}, **changes})


def klingai(**settings: Any) -> dict[str, Any]:
    """The maker's own settings."""
    return {"klingai": settings}


async def made(caller: Caller, task: Task) -> Footage:
    """How an accepted clip is going to be made."""
    await caller.bought(task)
    making = caller.emulator.service.memory.results(task["taskUUID"], 1)[0].making
    assert isinstance(making, Footage)
    return making


async def fetched(caller: Caller, task: Task) -> bytes:
    """The bytes of a clip."""
    (row,) = await caller.finished(task)
    return (await caller.http.get(row["videoURL"])).content


def billed(caller: Caller, task: Task) -> Decimal:
    """What a job was charged."""
    return Decimal(str(caller.emulator.jobs()[task["taskUUID"]]["billed"]))


async def stills(caller: Caller, *prompts: str, **changes: Any) -> list[tuple[str, Image.Image]]:
    """Stills with their UUIDs."""
    found = []
    for prompt in prompts:
        (row,) = await caller.finished(still(positivePrompt=prompt, **changes))
        found.append((row["imageUUID"], Image.open(io.BytesIO((await caller.http.get(row["imageURL"])).content))))
    return found


async def test_beats_are_a_list_of_closed_objects(caller: Caller) -> None:
    """Each beat has words and whole seconds and nothing else; without a duration the clip lasts as long as they do."""
    told = klingai(multiPrompt=BEATS)
    making = await made(caller, asked(positivePrompt=None, duration=None, providerSettings=told))
    assert (making.duration, making.prompt) == (3, "gulls lift off they circle")
    path = "providerSettings.klingai.multiPrompt"
    for beats, code, parameter in (
        ("gulls", "invalidMultiPrompt", path),
        ([], "arrayTooSmall", path),
        (BEATS * 2, "arrayTooLarge", path),
        (["gulls"], "invalidMultiPrompt", path),
        ([{**BEATS[0], "camera": "pan"}], "unsupportedParameter", f"{path}.camera"),
        ([{"prompt": "gulls"}], "missingDuration", f"{path}.duration"),
        ([{"duration": 1}], "missingPrompt", f"{path}.prompt"),
        ([{"prompt": "", "duration": 1}], "invalidPrompt", f"{path}.prompt"),
        ([{"prompt": 5, "duration": 1}], "invalidPrompt", f"{path}.prompt"),
        ([{"prompt": "gulls", "duration": 1.5}], "invalidDuration", f"{path}.duration"),
        ([{"prompt": "gulls", "duration": True}], "invalidDuration", f"{path}.duration"),
        ([{"prompt": "gulls", "duration": 0}], "invalidDuration", f"{path}.duration"),
    ):
        row = await caller.refused(asked(positivePrompt=None, providerSettings=klingai(multiPrompt=beats)))
        assert (row["code"], row["parameter"]) == (code, parameter)


@pytest.mark.parametrize(
    "image,resolution,size",
    [
        ((1280, 720), "720p", (1280, 720)),
        ((1280, 720), "360p", (640, 360)),
        ((1000, 990), "360p", (480, 480)),
        ((576, 1024), "720p", (720, 1280)),
        ((1001, 563), None, (1000, 562)),
    ],
)
async def test_a_size_by_name_has_the_shape_of_the_image(
    caller: Caller, image: tuple[int, int], resolution: str | None, size: tuple[int, int]
) -> None:
    """A resolution means the size of its tier that is nearest to the image's shape; without one it is the image's."""
    making = await made(caller, framed(inline(*image), resolution=resolution))
    assert (making.width, making.height) == size


async def test_a_size_that_comes_from_the_image_cannot_be_asked_for(caller: Caller) -> None:
    """Where the entry says that the size comes from the image, width and height are refused without another rule."""
    row = await caller.refused(framed(inline(640, 360), width=640, height=360))
    assert (row["code"], row["parameter"]) == ("incompatibleParameters", ["width", "height"])


@pytest.mark.parametrize("kind", ["MP4", "WEBM"])
async def test_a_clip_ends_with_its_last_frame(caller: Caller, kind: str) -> None:
    """The drawn clip starts with the first image and ends with the last, in whichever order they stand."""
    (one, first), (two, last) = await stills(caller, "a fox in snow", "a harbour at night")
    for frames in (
        [one, two],
        [{"image": two, "frame": "last"}, one],
        [{"image": two, "frame": -1}, {"image": one, "frame": 0}],
    ):
        found = opened(await fetched(caller, framed(*frames, outputFormat=kind)))
        assert (found.size, found.count) == ((640, 352), 24)
        assert ssim(first, found.frames[0]) >= 0.9
        assert ssim(last, found.frames[-1]) >= 0.9
        assert ssim(first, found.frames[-1]) < 0.8


@pytest.mark.parametrize("media", ["drawn", "canned"])
@pytest.mark.parametrize("kind,codec", [("MP4", "aac"), ("MOV", "aac"), ("WEBM", "opus")])
async def test_a_clip_with_sound_has_a_track(caller: Caller, tmp_path: Path, media: str, kind: str, codec: str) -> None:
    """Asked with sound a clip has one audio track as long as itself, which our own probe takes; unasked it has none."""
    caller.emulator.switch(media=media)
    for sound in (True, False):
        data = await fetched(caller, asked(outputFormat=kind, providerSettings=klingai(sound=sound), duration=2))
        path = tmp_path / f"clip-{sound}"
        path.write_bytes(data)
        assert (await verify(path, media_format=kind, width=640, height=360, seconds=2)).frames == 60
        with av.open(str(path)) as container:
            tracks = container.streams.audio
            assert [track.codec_context.name for track in tracks] == ([codec] if sound else [])
            heard = sum(frame.samples / frame.sample_rate for frame in container.decode(audio=0)) if sound else 2
            assert heard == pytest.approx(2, abs=0.05)
    caller.emulator.switch(media=None)


async def test_a_model_may_always_have_sound(tmp_path: Path) -> None:
    """Clips of a model whose audio is always on have a track though nobody can ask for one."""
    entry = load()["klingai:3@1"].model_copy(update={"always_audio": True})
    async with (
        running_emulator(tmp_path, {"media": "canned"}, entries={entry.air: entry}) as emulator,
        httpx.AsyncClient(headers={"Authorization": "Bearer k"}, trust_env=False) as http,
    ):
        data = await fetched(Caller(emulator, http), clip())
    with tempfile.NamedTemporaryFile(suffix=".mp4") as file:
        file.write(data)
        file.flush()
        with av.open(file.name) as container:
            assert len(container.streams.audio) == 1


@pytest.mark.parametrize(
    "changes,cost",
    [
        pytest.param({}, "0.01", id="the row that says least"),
        pytest.param({"frames": 1, "resolution": "720p"}, "0.02", id="a resolution by name"),
        pytest.param({"frames": 2}, "0.02", id="a size that is of a tier"),
        pytest.param({"frames": 1, "resolution": "720p", "providerSettings": klingai(sound=True)}, "0.03", id="sound"),
        pytest.param({"providerSettings": klingai(sound=True)}, "0.01", id="sound where it costs nothing"),
        pytest.param({"inputs": {"referenceImages": [inline(640, 360)]}}, "0.04", id="a reference"),
        pytest.param({"inputs": {"referenceVideos": [VIDEO]}}, "0.05", id="a video"),
    ],
)
async def test_the_price_row_that_fits_is_charged(caller: Caller, changes: dict[str, Any], cost: str) -> None:
    """A row counts by tier, by sound and by kind of input, and of those that fit the one that says most."""
    count = changes.pop("frames", 0)
    task = framed(*[inline(1280, 720)] * count, **changes) if count else asked(**changes)
    await caller.bought(task)
    assert billed(caller, task) == Decimal(cost)


async def test_a_price_has_a_last_day(tmp_path: Path) -> None:
    """A row counts from its first day on and no longer on the day that ends it."""
    entries = load(Path(__file__).parent / "models")
    for moment, cost in ((NOON + SUMMER, "0.5"), (NOON, "0.01")):
        async with (
            running_emulator(tmp_path / str(moment), entries=entries, source=lambda now=moment: now) as emulator,
            httpx.AsyncClient(headers={"Authorization": "Bearer k"}, trust_env=False) as http,
        ):
            caller = Caller(emulator, http)
            assert billed(caller, await caller.bought(asked())) == Decimal(cost)


async def test_an_estimate_may_come_to_its_bound(caller: Caller) -> None:
    """With `estimates: upper` a price that nobody has printed costs its bound, and a printed one what is printed."""
    caller.emulator.switch(estimates="upper")
    for task, cost in ((asked(inputs={"referenceVideos": [VIDEO]}), "0.09"), (asked(), "0.01")):
        await caller.bought(task)
        assert billed(caller, task) == Decimal(cost)
    caller.emulator.switch(estimates=None)


async def test_what_nobody_knows_may_be_refused(caller: Caller) -> None:
    """With `unknown: refuse` a field or a mode's size whose rule is unknown is unsupported, and without it is taken."""
    reference = {"referenceImages": [inline(640, 360)]}
    doubtful = (
        (asked(negativePrompt="rain"), "negativePrompt"),
        (asked(inputs=reference), ["width", "height"]),
        (asked(inputs=reference, width=None, height=None), "inputs.referenceImages"),
    )
    for task, _ in doubtful:
        await caller.bought({**task, "taskUUID": asked()["taskUUID"]})
    caller.emulator.switch(unknown="refuse")
    await caller.bought(asked())
    for task, parameter in doubtful:
        row = await caller.refused(task)
        assert (row["code"], row["parameter"]) == ("unsupportedParameter", parameter)
    caller.emulator.switch(unknown=None)


def test_what_may_not_stand_together_may_be_refused() -> None:
    """The same of fields of which nobody knows whether they go together."""
    doubted = Doubted(fields=("width", "ttl"), says="whether width may stand beside ttl", source="nobody")
    entry = load(Path(__file__).parent / "models")[EVERYTHING].model_copy(update={"doubted": (doubted,)})
    today, both = datetime.fromtimestamp(NOON, UTC).date(), asked(ttl=60)
    check_task(entry, both, today)
    check_task(entry, asked(), today, accept_unknown=False)
    with pytest.raises(TaskError) as refused:
        check_task(entry, both, today, accept_unknown=False)
    row = refused.value.row(both)
    assert (row["code"], row["parameter"]) == ("incompatibleParameters", ["width", "ttl"])


async def test_larger_clips_take_larger_images(tmp_path: Path) -> None:
    """A side may be as long as the model's own longest, and never less than 2048 pixels are allowed."""
    entries = load(Path(__file__).parent / "models")
    entry = entries[EVERYTHING]
    vast = entry.model_copy(update={"tiers": {**entry.tiers, "4k": ((3840, 2160), (2160, 3840))}})
    for known, legal in ((entry, False), (vast, True)):
        folder = tmp_path / str(legal)
        async with (
            running_emulator(folder, entries={known.air: known}, source=lambda: NOON) as emulator,
            httpx.AsyncClient(headers={"Authorization": "Bearer k"}, trust_env=False) as http,
        ):
            caller = Caller(emulator, http)
            await caller.bought(framed(inline(1920, 1080)))
            for image, fits in ((inline(3840, 2160), legal), (inline(3841, 2160), False)):
                if fits:
                    await caller.bought(framed(image))
                else:
                    assert (await caller.refused(framed(image)))["code"] == "invalidFrameImages"
