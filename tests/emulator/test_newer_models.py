"""Newer models need no code of their own here: their entries' rules are read as strictly."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from stillreel.emulator import running_emulator
from tests.emulator.caller import Caller, Task, clip, new_uuid, still

PRO, STANDARD = "klingai:kling-video@2.6-pro", "klingai:kling-video@3-standard"
TURBO = "klingai:kling-video@3.0-turbo"
SOUND = {"klingai": {"sound": True}}


@pytest.fixture(scope="module")
async def caller(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Caller]:
    """One emulator for all."""
    async with (
        running_emulator(tmp_path_factory.mktemp("emulator"), {"media": "canned"}) as emulator,
        httpx.AsyncClient(headers={"Authorization": "Bearer k"}, trust_env=False) as http,
    ):
        yield Caller(emulator, http)


async def stills(caller: Caller, count: int) -> list[str]:
    """UUIDs of generated images of 640 by 352."""
    return [row["imageUUID"] for row in await caller.finished(still(numberResults=count))]


def pro(**changes: Any) -> Task:
    """A clip from words alone on 2.6 Pro."""
    return clip(**{"model": PRO, "width": 1440, "height": 1440, **changes})


def framed(images: list[Any], **changes: Any) -> Task:
    """A clip from frames on 2.6 Pro: its size comes from the image."""
    return pro(**{"width": None, "height": None, "inputs": {"frameImages": images}, **changes})


async def test_the_legal_modes_are_accepted_and_priced(caller: Caller) -> None:
    """Words, one frame, two frames and motion are accepted; sound costs twice as much."""
    one, two = await stills(caller, 2)
    motion = {"referenceImages": [one], "referenceVideos": ["https://example.com/dance.mp4"]}
    orientation = {"klingai": {"characterOrientation": "image"}}
    moved = framed([], inputs=motion, positivePrompt=None, providerSettings=orientation)
    for task, billed in (
        (pro(), "0.35"),
        (pro(providerSettings=SOUND), "0.7"),
        (framed([one]), "0.35"),
        (framed([one, {"image": two, "frame": "last"}], duration=10), "0.7"),
    ):
        await caller.bought(task)
        assert caller.emulator.jobs()[task["taskUUID"]]["billed"].rstrip("0") == billed
    await caller.bought(moved)  # its price is an estimate
    await caller.bought(clip(model=STANDARD, width=960, height=960, duration=3))


async def test_a_clip_takes_its_size_from_the_image(caller: Caller) -> None:
    """Where width and height are refused the clip is as large as its first frame."""
    (one,) = await stills(caller, 1)
    task = await caller.bought(framed([one]))
    making = caller.emulator.service.memory.results(task["taskUUID"], 1)[0].making
    assert (making.width, making.height) == (640, 352)


async def test_rules_across_fields_bite(caller: Caller) -> None:
    """Each kind of rule refuses its violation with the fields that it is about."""
    one, two = await stills(caller, 2)
    last = [{"image": image, "frame": "last"} for image in (one, two)]
    exactly_one = ["inputs.frameImages", "width", "height"]
    for task, code, parameter in (
        (pro(height=None), "incompatibleParameters", ["width", "height"]),
        (pro(width=None, height=None), "missingWidth", ["width", "height"]),
        (framed([one], width=1440, height=1440), "incompatibleParameters", ["width", "height"]),
        (framed([one, two], providerSettings=SOUND), "incompatibleParameters", "providerSettings.klingai.sound"),
        (framed(last), "incompatibleParameters", "inputs.frameImages"),
        (pro(positivePrompt=None), "missingPositivePrompt", "positivePrompt"),
        (pro(inputs={"referenceImages": [one]}), "missingReferenceVideos", None),
        (pro(inputs={"referenceImages": [5]}), "invalidReferenceImages", "inputs.referenceImages"),
        (pro(width=1080, height=1080), "unsupportedParameter", ["width", "height"]),
        (pro(providerSettings={"klingai": {"volume": 1}}), "unsupportedParameter", "providerSettings.klingai.volume"),
        (clip(model=STANDARD, width=None, height=None), "incompatibleParameters", exactly_one),
        (clip(model=STANDARD, width=960, height=960, duration=16), "invalidDuration", "duration"),
    ):
        row = await caller.refused(task)
        assert (row["code"], parameter or row["parameter"]) == (code, row["parameter"])


async def test_a_last_frame_that_nobody_speaks_of(caller: Caller) -> None:
    """It is taken; with `unknown: refuse` it is refused as by a model of first frames alone, wherever it stands."""
    one, two = await stills(caller, 2)
    turbo = framed([one, {"image": two, "frame": "last"}], model=TURBO, resolution="720p")
    await caller.bought(turbo)
    caller.emulator.switch(unknown="refuse")
    for frame, code, parameter in (
        ([one, two], "arrayTooLarge", "inputs.frameImages"),
        ([{"image": one, "frame": -1}], "invalidFrameImages", "inputs.frameImages.frame"),
    ):
        row = await caller.refused({**turbo, "taskUUID": new_uuid(), "inputs": {"frameImages": frame}})
        assert (row["code"], row["parameter"]) == (code, parameter)
        assert code != "arrayTooLarge" or row["max"] == 1
    first = {"frameImages": [{"image": one, "frame": "first"}]}
    await caller.bought({**turbo, "taskUUID": new_uuid(), "inputs": first})
    await caller.bought(framed([one, two]))  # of which it is known
    caller.emulator.switch(unknown=None)


async def test_a_still_of_too_few_pixels_is_refused(caller: Caller) -> None:
    """A model that only makes large stills refuses a small one at its two sides, and makes the large one."""
    seedream: Task = {"model": "bytedance:seedream@4.5"}
    row = await caller.refused(still(**seedream, width=1280, height=720))
    assert (row["code"], row["parameter"]) == ("unsupportedParameter", ["width", "height"])
    await caller.bought(still(**seedream, width=2560, height=1440))
