"""The vendor's own client is the judge of the emulator: it knows nothing of ours."""

import asyncio
import io
from decimal import Decimal
from pathlib import Path
from typing import Any

import av
import httpx
import pytest
from PIL import Image
from runware import RunOptions, Runware

from stillreel.emulator import RunningEmulator, running_emulator

KEY = "vendor-test-key"
RATE = 5000  # seconds of the emulator in one of ours: the vendor's client looks after one second at the soonest
CLIP = {"taskType": "videoInference", "model": "klingai:3@1", "width": 720, "height": 720, "includeCost": True}


def vendor(emulator: RunningEmulator) -> Runware:
    """The vendor's client, pointed at the emulator; an AIR and a taskType spare it its registry on the network."""
    return Runware(api_key=KEY, transport="rest", http_base_url=emulator.url, max_retries=0, poll_timeout=20_000)


async def seconds_of(url: str) -> float:
    """How long a clip really is, decoded to its last frame."""
    async with httpx.AsyncClient(trust_env=False) as http:
        data = (await http.get(url)).raise_for_status().content
    with av.open(io.BytesIO(data)) as container:
        frames = sum(1 for _ in container.decode(video=0))
        return frames / float(container.streams.video[0].average_rate or 0)


def booked_once(emulator: RunningEmulator, rows: list[dict[str, Any]]) -> None:
    """The job of these rows was submitted, run and billed once, for what they say it cost."""
    (task_uuid,) = {row["taskUUID"] for row in rows}
    job = emulator.jobs()[task_uuid]
    reported = sum((Decimal(str(row["cost"])) for row in rows), Decimal(0))
    assert (job["submits"], job["runs"], job["state"]) == (1, 1, "success")
    assert Decimal(str(job["billed"])) == reported
    charges: Any = emulator.ledger()["charges"]
    assert [Decimal(charge["amount"]) for charge in charges if charge["taskUUID"] == task_uuid] == [reported]


async def test_the_vendors_client_makes_a_still_and_a_clip_from_it(tmp_path: Path) -> None:
    """The vendor's client buys an image and a clip that starts from it: decodable, billed once, as reported."""
    async with running_emulator(tmp_path, {"clock": {"speed": RATE}, "keys": [KEY]}) as emulator:
        async with vendor(emulator) as client:
            stills = await client.run(
                {
                    "taskType": "imageInference",
                    "model": "runware:z-image@turbo",
                    "positivePrompt": "a quay at dawn",
                    "width": 720,
                    "height": 720,
                    "outputFormat": "PNG",
                    "includeCost": True,
                }
            )
            frames = {"frameImages": [{"image": stills[0]["imageUUID"], "frame": "first"}]}
            clips = await client.run({**CLIP, "positivePrompt": "gulls lift off", "duration": 5, "inputs": frames})
        async with httpx.AsyncClient(trust_env=False) as http:
            picture = Image.open(io.BytesIO((await http.get(stills[0]["imageURL"])).content))
        assert (picture.size, len(stills), len(clips)) == ((720, 720), 1, 1)
        assert await seconds_of(clips[0]["videoURL"]) == pytest.approx(5)
        booked_once(emulator, stills)
        booked_once(emulator, clips)


async def test_the_vendors_client_gets_two_clips_from_words(tmp_path: Path) -> None:
    """The vendor's client gets two clips from one text-to-video job, though its polls show them one after the other."""
    switches = {"latency": 1000, "media": "canned", "hold": {"request": 1, "when": "after"}}
    async with running_emulator(tmp_path, switches) as emulator, vendor(emulator) as client:
        seen: list[str] = []

        def watch(row: dict[str, Any]) -> None:
            seen.append(row["videoUUID"])
            emulator.advance(1000)  # now the second one is ready, too

        task = {**CLIP, "positivePrompt": "a lighthouse in fog", "numberResults": 2}
        run = asyncio.create_task(client.run(task, RunOptions(on_result=watch)))
        await emulator.until_held()
        emulator.advance(1100)  # the first one is ready
        emulator.go()
        clips = await run
        assert len({row["videoUUID"] for row in clips}) == len({row["seed"] for row in clips}) == len(seen) == 2
        assert [row["cost"] for row in clips] == [0.1848, 0.1848]
        for row in clips:
            assert await seconds_of(row["videoURL"]) == pytest.approx(5)
        booked_once(emulator, clips)
        assert emulator.requests()["getResponse"] == 2


async def test_the_vendors_client_sees_an_error_as_one(tmp_path: Path) -> None:
    """A refusal reaches the vendor's client as its own error, with code, parameter and HTTP status."""
    async with running_emulator(tmp_path) as emulator, vendor(emulator) as client:
        with pytest.raises(Exception, match="multiples of") as caught:
            await client.run({**CLIP, "positivePrompt": "a lighthouse", "CFGScale": 0.555})
        error: Any = caught.value
        assert (error.code, error.parameter, error.status_code) == ("validation", "CFGScale", 400)
