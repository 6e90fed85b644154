"""What the service refuses, and in which words; every expectation is written out, none is read from an entry."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from stillreel.emulator import running_emulator
from tests.emulator.caller import Caller, clip, still

PAGE = "https://runware.ai/docs/models/klingai-1-6-standard"


@pytest.fixture(scope="module")
async def caller(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Caller]:
    """One emulator for the whole file: refusals leave nothing behind."""
    folder: Path = tmp_path_factory.mktemp("emulator")
    key = {"Authorization": "Bearer any-key"}
    async with running_emulator(folder) as emulator, httpx.AsyncClient(headers=key, trust_env=False) as http:
        yield Caller(emulator, http)


async def test_an_error_row_has_the_fields_of_the_reference(caller: Caller) -> None:
    """A range error names code, parameter, type, bounds, step, task and documentation."""
    task = clip(CFGScale=1.5)
    assert await caller.refused(task) == {
        "code": "invalidCFGScale",
        "message": (
            "Invalid value for 'CFGScale'. It must be a value of type float between 0 and 1, in multiples of 0.01."
        ),
        "parameter": "CFGScale",
        "type": "float",
        "min": 0,
        "max": 1,
        "multiplier": 0.01,
        "taskType": "videoInference",
        "taskUUID": task["taskUUID"],
        "documentation": f"{PAGE}#request-cfgscale",
    }


async def test_an_enum_error_names_what_is_allowed(caller: Caller) -> None:
    """A value outside a list is told the list."""
    row = await caller.refused(clip(outputFormat="mp4"))
    assert (row["code"], row["allowedValues"]) == ("invalidOutputFormat", ["MP4", "WEBM", "MOV"])
    row = await caller.refused(clip(duration=7))
    assert (row["code"], row["allowedValues"]) == ("unsupportedDuration", [5, 10])


async def test_a_rule_across_fields_names_them_as_a_list(caller: Caller) -> None:
    """A pair that isn't offered is an error of both fields, and of the model's sizes."""
    row = await caller.refused(clip(width=1280, height=704))
    assert (row["code"], row["parameter"]) == ("unsupportedParameter", ["width", "height"])
    assert row["allowedValues"] == ["1280x720", "720x720", "720x1280"]
    row = await caller.refused(clip(height=None))
    assert (row["code"], row["parameter"]) == ("incompatibleParameters", ["width", "height"])


async def test_the_first_fault_is_told_in_the_services_order(caller: Caller) -> None:
    """Unknown keys come before missing ones, those before prompts, prompts before values, values before rules."""
    task = clip(steps=4, model="klingai:3@1", positivePrompt=None, duration=7, height=None)
    assert (await caller.refused(task))["code"] == "unsupportedParameter"
    del task["steps"]
    assert (await caller.refused(task))["code"] == "missingPositivePrompt"
    task["positivePrompt"] = "x"
    assert (await caller.refused(task))["code"] == "invalidPositivePromptLength"
    task["positivePrompt"] = "xx"
    assert (await caller.refused(task))["code"] == "unsupportedDuration"
    task["duration"] = 5
    assert (await caller.refused(task))["code"] == "incompatibleParameters"
    task["height"] = 720
    await caller.bought(task)


@pytest.mark.parametrize(
    "key,value,code",
    [
        ("width", "720", "invalidWidth"),
        ("width", 720.0, "invalidWidth"),
        ("width", True, "invalidWidth"),
        ("numberResults", "1", "invalidNumberResults"),
        ("numberResults", True, "invalidNumberResults"),
        ("numberResults", 0, "invalidNumberResults"),
        ("numberResults", 5, "invalidNumberResults"),
        ("duration", "5", "invalidDuration"),
        ("duration", True, "invalidDuration"),
        ("CFGScale", 0.555, "invalidCFGScale"),
        ("CFGScale", -0.01, "invalidCFGScale"),
        ("CFGScale", "0.5", "invalidCFGScale"),
        ("includeCost", 1, "invalidIncludeCost"),
        ("includeCost", "true", "invalidIncludeCost"),
        ("outputQuality", 19, "invalidOutputQuality"),
        ("outputQuality", 100, "invalidOutputQuality"),
        ("ttl", 59, "invalidTtl"),
        ("ttl", 60.5, "invalidTtl"),
        ("deliveryMethod", "sync", "invalidDeliveryMethod"),
        ("outputType", "base64Data", "invalidOutputType"),
        ("positivePrompt", ["words"], "invalidPositivePrompt"),
        ("positivePrompt", "x" * 2501, "invalidPositivePromptLength"),
        ("negativePrompt", "", "invalidNegativePromptLength"),
        ("webhookURL", "example.com/hook", "invalidWebhookURL"),
        ("uploadEndpoint", "ftp://example.com", "invalidUploadEndpoint"),
        ("safety", True, "invalidSafety"),
        ("safety", {"mode": "strict"}, "invalidMode"),
        ("safety", {"checkContent": "yes"}, "invalidCheckContent"),
        ("safety", {"level": 1}, "unsupportedParameter"),
        ("inputs", [], "invalidInputs"),
        ("inputs", {"images": []}, "unsupportedParameter"),
        ("inputs", {"frameImages": "abc"}, "invalidFrameImages"),
        ("inputs", {"frameImages": []}, "arrayTooSmall"),
        ("inputs", {"frameImages": ["a", "b"]}, "arrayTooLarge"),
        ("inputs", {"frameImages": [5]}, "invalidFrameImages"),
        ("inputs", {"frameImages": [{"frame": "first"}]}, "missingImage"),
        ("inputs", {"frameImages": [{"image": 5}]}, "invalidImage"),
        ("inputs", {"frameImages": [{"image": "a", "frame": "last"}]}, "invalidFrameImages"),
        ("inputs", {"frameImages": [{"image": "a", "frame": False}]}, "invalidFrameImages"),
        ("inputs", {"frameImages": [{"image": "a", "weight": 1}]}, "unsupportedParameter"),
        ("seed", 5, "unsupportedParameter"),
        ("taskUUID", "6b1f", "invalidTaskUUID"),
        ("taskUUID", "0190a5e0-0000-7000-8000-000000000000", "invalidTaskUUID"),
    ],
)
async def test_a_clip_is_read_strictly(caller: Caller, key: str, value: Any, code: str) -> None:
    """A wrong value isn't bent into a right one: it is refused with a code, and nothing is run or billed."""
    task = clip(**{key: value})
    row = await caller.refused(task)
    assert row["code"] == code
    job = caller.emulator.jobs()[task["taskUUID"]]
    assert (job["state"], job["runs"], job["billed"]) == ("refused", 0, "0")


@pytest.mark.parametrize("key", ["negativePrompt", "duration", "CFGScale", "ttl", "safety", "inputs", "webhookURL"])
async def test_null_is_no_way_to_leave_something_out(caller: Caller, key: str) -> None:
    """An optional key with null is refused; the service wants it left out."""
    assert (await caller.refused({**clip(), key: None}))["code"].startswith("invalid")


@pytest.mark.parametrize(
    "changes",
    [
        {"duration": 5},
        {"duration": 10.0},
        {"CFGScale": 0},
        {"CFGScale": 0.57},
        {"CFGScale": 1},
        {"width": None, "height": None},
        {"width": 1280, "height": 720},
        {"width": 720, "height": 1280},
        {"ttl": 60},
        {"outputQuality": 20},
        {"outputQuality": 99},
        {"numberResults": 4},
        {"positivePrompt": "xx"},
        {"positivePrompt": "x" * 2500},
        {"safety": {}},
        {"safety": {"mode": "full"}},
        {"outputFormat": "WEBM", "outputType": "URL", "deliveryMethod": "async"},
    ],
)
async def test_a_legal_clip_is_accepted(caller: Caller, changes: dict[str, Any]) -> None:
    """What the page allows is accepted, at its bounds too."""
    await caller.bought(clip(**changes))


@pytest.mark.parametrize(
    "changes,code",
    [
        ({"width": 648}, "invalidWidth"),
        ({"height": 112}, "invalidHeight"),
        ({"width": 2064}, "invalidWidth"),
        ({"width": None}, "missingWidth"),
        ({"safety": {"mode": "fast"}}, "unsupportedParameter"),
        ({"outputType": "base64Data", "ttl": 60}, "incompatibleParameters"),
        ({"seed": "7"}, "invalidSeed"),
        ({"inputs": {"seedImage": "x"}}, "unsupportedParameter"),
    ],
)
async def test_a_still_is_read_strictly(caller: Caller, changes: dict[str, Any], code: str) -> None:
    """Stills have their own grid, their own safety options and their own rules."""
    assert (await caller.refused(still(**changes)))["code"] == code
