"""Images given as first frames and by upload: what the service takes, and what it refuses."""

import base64
import io
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from PIL import Image

from stillreel.emulator import running_emulator
from tests.emulator.caller import Caller, Task, clip, new_uuid, still
from tests.emulator.conftest import Calling


@pytest.fixture(scope="module")
async def caller(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Caller]:
    """One emulator for the whole file."""
    folder: Path = tmp_path_factory.mktemp("emulator")
    key = {"Authorization": "Bearer any-key"}
    switches = {"stand_ins": ["https://assets.runware.ai/"], "media": "canned"}
    async with running_emulator(folder, switches) as emulator, httpx.AsyncClient(headers=key, trust_env=False) as http:
        yield Caller(emulator, http)


def image_bytes(width: int = 720, height: int = 720, kind: str = "PNG") -> bytes:
    """A plain picture."""
    out = io.BytesIO()
    Image.new("RGB", (width, height), (20, 90, 160)).save(out, kind)
    return out.getvalue()


def inline(data: bytes, kind: str = "png") -> str:
    """The same as a data URI."""
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"


def from_image(image: str) -> Task:
    """A clip that starts from an image."""
    return clip(inputs={"frameImages": [{"image": image, "frame": "first"}]})


async def upload(caller: Caller, media: str) -> Task:
    """The row of a mediaStorage upload."""
    answer = await caller.post(
        {
            "taskType": "mediaStorage",
            "taskUUID": new_uuid(),
            "operation": "upload",
            "media": media,
        }
    )
    assert answer.status_code == 200, answer.text
    row: Task = answer.json()["data"][0]
    return row


async def test_every_way_to_give_an_image_is_taken(caller: Caller) -> None:
    """A generated UUID, an uploaded one, our own URL, a listed URL, a data URI and bare base64 all start a clip."""
    (generated,) = await caller.finished(still(width=512, height=512))
    uploaded = await upload(caller, inline(image_bytes()))
    for image in (
        generated["imageUUID"],
        generated["imageURL"],
        uploaded["mediaUUID"],
        uploaded["mediaURL"],
        inline(image_bytes(kind="JPEG"), "jpeg"),
        inline(image_bytes(kind="WEBP"), "webp"),
        base64.b64encode(image_bytes(300, 2048)).decode(),
        "https://assets.runware.ai/assets/inputs/c23cc257-2073-4329-bfb9-8074eb90ea48.jpg",
    ):
        await caller.bought(from_image(image))


async def test_plain_and_marked_frames_are_taken(caller: Caller) -> None:
    """A frame is a string, or an object with the position `first`, 0 or none."""
    image = inline(image_bytes())
    for frame in (image, {"image": image}, {"image": image, "frame": "first"}, {"image": image, "frame": 0}):
        await caller.bought(clip(inputs={"frameImages": [frame]}))


@pytest.mark.parametrize(
    "image",
    [
        pytest.param(new_uuid(), id="an unknown UUID"),
        pytest.param("https://example.com/cat.png", id="a URL that isn't listed"),
        pytest.param("file:///etc/passwd", id="a path"),
        pytest.param("not base64!", id="no base64"),
        pytest.param("", id="nothing"),
        pytest.param(base64.b64encode(b"<html></html>").decode(), id="no image"),
        pytest.param(inline(image_bytes()[:2000]), id="half an image"),
        pytest.param(inline(image_bytes(299, 720)), id="too small"),
        pytest.param(inline(image_bytes(720, 2049)), id="too large"),
        pytest.param(inline(image_bytes(kind="GIF"), "gif"), id="a GIF"),
        pytest.param("data:image/png;base64,", id="an empty data URI"),
    ],
)
async def test_what_is_no_image_is_refused(caller: Caller, image: str) -> None:
    """Anything that isn't a known or decodable image of 300 to 2048 pixels is invalidFrameImages."""
    row = await caller.refused(from_image(image))
    assert (row["code"], row["parameter"]) == ("invalidFrameImages", "inputs.frameImages")


async def test_more_than_20_megabytes_are_refused(caller: Caller) -> None:
    """The limit in bytes holds before anything is decoded."""
    row = await caller.refused(from_image(base64.b64encode(b"\0" * (20 * 1024 * 1024 + 1)).decode()))
    assert row["code"] == "invalidFrameImages"


async def test_an_upload_can_be_fetched_and_deleted(caller: Caller) -> None:
    """An uploaded image is served unchanged; after its deletion it is neither served nor usable."""
    data = image_bytes()
    row = await upload(caller, inline(data))
    assert (await caller.http.get(row["mediaURL"])).content == data
    delete = {"taskType": "mediaStorage", "taskUUID": new_uuid(), "operation": "delete", "media": row["mediaUUID"]}
    assert (await caller.post(delete)).json()["data"][0]["mediaUUID"] == row["mediaUUID"]
    assert (await caller.http.get(row["mediaURL"])).status_code == 404
    assert (await caller.refused(from_image(row["mediaUUID"])))["code"] == "invalidFrameImages"
    again = await caller.post(delete)
    assert (again.status_code, again.json()["errors"][0]["code"]) == (404, "mediaNotFound")


async def test_the_old_upload_still_works(caller: Caller) -> None:
    """imageUpload answers with an imageUUID that starts a clip."""
    old = {"taskType": "imageUpload", "taskUUID": new_uuid(), "image": inline(image_bytes())}
    (row,) = (await caller.post(old)).json()["data"]
    await caller.bought(from_image(row["imageUUID"]))
    assert (await caller.refused({**old, "image": "not an image"}))["code"] == "invalidImage"


async def test_an_unfinished_still_is_no_frame_yet(calling: Calling) -> None:
    """A generated UUID is usable when its still is ready, not before, and never for a failed one."""
    async with calling() as caller:
        task = await caller.bought(still())
        early = caller.emulator.service.memory.results(task["taskUUID"], 1)[0].id
        assert (await caller.refused(from_image(early)))["code"] == "invalidFrameImages"


async def test_a_listed_url_is_fetched(calling: Calling, caller: Caller) -> None:
    """A URL whose beginning is in `fetchable` is really fetched, here from another emulator."""
    (there,) = await caller.finished(still(width=512, height=512))
    async with calling(fetchable=[caller.emulator.base]) as other:
        await other.bought(from_image(there["imageURL"]))
        gone = there["imageURL"].replace(".png", ".jpg")
        assert (await other.refused(from_image(gone)))["code"] == "invalidFrameImages"
