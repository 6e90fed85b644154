"""The emulator's list of schemas: who looks before it buys is told which models there are."""

import pytest

from tests.emulator.caller import IMAGE, KLING, Caller


@pytest.mark.parametrize("air", [KLING, IMAGE])
async def test_a_model_has_a_schema(caller: Caller, air: str) -> None:
    """Each model of the catalogue resolves to a schema of its requests, without a key."""
    answer = await caller.http.get(f"{caller.emulator.base}/resolve/{air}", headers={"Authorization": ""})
    assert answer.status_code == 200
    schema = answer.json()["requestSchema"]
    assert schema["properties"]["model"] == {"const": air}
    assert {"taskType", "taskUUID", "model", "positivePrompt"} <= set(schema["required"])


async def test_a_model_that_is_not_there_is_not_found(caller: Caller) -> None:
    """One that nobody knows is a 404, and so is one that is retired, until it isn't any more."""
    there = f"{caller.emulator.base}/resolve"
    assert (await caller.http.get(f"{there}/no:such@1")).status_code == 404
    caller.emulator.switch(retired=[KLING])
    assert (await caller.http.get(f"{there}/{KLING}")).status_code == 404
    assert (await caller.http.get(f"{there}/{IMAGE}")).status_code == 200
    caller.emulator.switch(retired=None)
    assert (await caller.http.get(f"{there}/{KLING}")).status_code == 200


async def test_a_look_counts_by_itself(caller: Caller) -> None:
    """A look is no request to the API and none for media, so it moves nobody's count, and none is held."""
    caller.emulator.switch(hold={"request": 1, "path": "any"})
    await caller.http.get(f"{caller.emulator.base}/resolve/{KLING}")
    assert caller.emulator.requests() == {"v1": 0, "media": 0, "resolve": 1, "held": 0}
