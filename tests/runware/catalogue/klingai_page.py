"""The page of KlingAI 1.6 Standard as cases: literals copied from it, never read from our entry."""

import base64
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(40)).decode()
FRAME_ID = "aac49721-1964-481a-ae78-8a4e29b91402"  # the page's own
NO_DEFAULT = object()

REQUEST_PARAMETERS = (  # every one, in the page's order, by its path
    "taskType",
    "taskUUID",
    "outputType",
    "outputFormat",
    "outputQuality",
    "webhookURL",
    "deliveryMethod",
    "uploadEndpoint",
    "safety",
    "safety.checkContent",
    "safety.mode",
    "ttl",
    "includeCost",
    "numberResults",
    "inputs.frameImages",
    "inputs.frameImages.image",
    "inputs.frameImages.frame",
    "model",
    "positivePrompt",
    "negativePrompt",
    "width",
    "height",
    "duration",
    "CFGScale",
)
RESPONSE_PARAMETERS = (
    "taskType",
    "taskUUID",
    "videoUUID",
    "videoURL",
    "videoBase64Data",
    "videoDataURI",
    "seed",
    "NSFWContent",
    "cost",
)
BODY = {
    "taskType": "videoInference",
    "taskUUID": "b2b12f9d-6822-434e-bcdb-792ec67bab65",
    "model": "klingai:3@1",
    "positivePrompt": "a cat darts across rooftops",
}
ROW = {
    "taskType": "videoInference",
    "taskUUID": "b2b12f9d-6822-434e-bcdb-792ec67bab65",
    "videoUUID": "686c633d-dd30-43ab-a693-3ee5e7b6f213",
}


@dataclass(frozen=True)
class Case:
    """One parameter of the page: what is legal at the edges, and what is just beyond them."""

    legal: tuple[Any, ...]
    illegal: tuple[Any, ...]  # the first illegal values on each side, then other kinds of values
    default: Any = NO_DEFAULT
    required: bool = False
    beside: dict[str, Any] = field(default_factory=dict)  # what must stand beside it
    told_as: str | None = None  # where the problem is told, if not at the parameter


URLS = Case(
    legal=("https://example.com/hook?id=7", "http://example.com:8080/x"),
    illegal=(
        "example.com/hook",
        "ftp://example.com/x",
        "https://",
        "https://exa mple.com",
        "",
        7,
        True,
        ["https://a.b"],
    ),
)
UUIDS = Case(
    legal=("b2b12f9d-6822-434e-bcdb-792ec67bab65", "B2B12F9D-6822-434E-BCDB-792EC67BAB65"),
    illegal=(
        "b2b12f9d-6822-134e-bcdb-792ec67bab65",  # version 1
        "b2b12f9d-6822-434e-ccdb-792ec67bab65",  # not this variant
        "b2b12f9d6822434ebcdb792ec67bab65",
        "b2b12f9d-6822-434e-bcdb-792ec67bab6",
        "b2b12f9d-6822-434e-bcdb-792ec67bab655",
        "",
        5,
    ),
    required=True,
)
IMAGES = (
    FRAME_ID,
    "https://assets.runware.ai/assets/inputs/c23cc257-2073-4329-bfb9-8074eb90ea48.jpg",
    f"data:image/png;base64,{PNG}",
    PNG,
)
NO_IMAGES = ("", "cat.png", "file:///tmp/cat.png", "data:text/plain;base64,AAAA", "data:image/png;base64,", 7, True)

REQUEST: dict[str, Case] = {
    "taskType": Case(legal=("videoInference",), illegal=("imageInference", "VideoInference", "", 1), required=True),
    "taskUUID": UUIDS,
    "outputType": Case(legal=("URL",), illegal=("base64Data", "dataURI", "url", "", 1), default="URL"),
    "outputFormat": Case(legal=("MP4", "WEBM", "MOV"), illegal=("mp4", "GIF", "", 4), default="MP4"),
    "outputQuality": Case(legal=(20, 99), illegal=(19, 100, 50.5, 50.0, "95", True), default=95),
    "webhookURL": URLS,
    "deliveryMethod": Case(legal=("async",), illegal=("sync", "stream", "", 1), default="async"),
    "uploadEndpoint": URLS,
    "safety": Case(
        legal=({"checkContent": True}, {"mode": "full"}, {"checkContent": False, "mode": "none"}),
        illegal=(True, "fast", ["fast"]),
    ),
    "safety.checkContent": Case(legal=(True, False), illegal=("true", 1, 0, "fast"), default=False),
    "safety.mode": Case(legal=("none", "fast", "full"), illegal=("Fast", "slow", "", True), default="none"),
    "ttl": Case(legal=(60, 86_400, 10**9), illegal=(59, 0, -60, 60.5, "60", True)),
    "includeCost": Case(legal=(True, False), illegal=("true", 1, 0), default=False),
    "numberResults": Case(legal=(1, 4), illegal=(0, 5, 1.5, "1", True), default=1),
    "inputs.frameImages": Case(
        legal=([FRAME_ID], [{"image": FRAME_ID, "frame": "first"}], [{"image": FRAME_ID}]),
        illegal=(
            [],  # the page gives no lower bound; an empty list says nothing, so it is left out instead
            [FRAME_ID, FRAME_ID],
            [{"image": FRAME_ID}, FRAME_ID],
            FRAME_ID,
            {"image": FRAME_ID},
            True,
        ),
    ),
    "inputs.frameImages.image": Case(
        legal=IMAGES, illegal=NO_IMAGES, required=True, told_as="inputs.frameImages[0].image"
    ),
    "inputs.frameImages.frame": Case(
        legal=("first", 0),
        illegal=("last", -1, 1, "0", "First", False, ""),
        beside={"inputs.frameImages.image": FRAME_ID},
        told_as="inputs.frameImages[0].frame",
    ),
    "model": Case(legal=("klingai:3@1",), illegal=("klingai:3@2", "KLINGAI:3@1", "", 3), required=True),
    "positivePrompt": Case(legal=("ab", "a" * 2500), illegal=("", "a", "a" * 2501, 12, True, ["ab"]), required=True),
    "negativePrompt": Case(legal=("ab", "a" * 2500), illegal=("", "a", "a" * 2501, 12, True, ["ab"])),
    "width": Case(legal=(1280, 720), illegal=(719, 721, 1279, 1281, 1920, 0), beside={"height": 720}),
    "height": Case(legal=(720, 1280), illegal=(719, 721, 1279, 1281, 0), beside={"width": 720}, told_as="width"),
    "duration": Case(legal=(5, 10, 5.0, 10.0), illegal=(4, 6, 7, 9, 11, 4.99, 0, "5", True), default=5),
    "CFGScale": Case(
        legal=(0, 0.0, 0.01, 0.29, 0.57, 0.58, 0.99, 1, 1.0),
        illegal=(-0.01, 1.01, 0.005, 0.575, 0.999, -1, 2, "0.5", True, float("nan"), float("inf")),
        default=0.5,
    ),
}
RESPONSE: dict[str, Case] = {
    "taskType": Case(legal=("videoInference",), illegal=("imageInference", "", 1), required=True),
    "taskUUID": UUIDS,
    "videoUUID": UUIDS,
    "videoURL": Case(
        legal=("https://vm.runware.ai/video/os/a10d08/ws/5/vi/686c633d-dd30-43ab-a693-3ee5e7b6f213.mp4",),
        illegal=("vm.runware.ai/x.mp4", "", 1),
    ),
    "videoBase64Data": Case(legal=(PNG,), illegal=("", "no base64!", 1)),
    "videoDataURI": Case(legal=(f"data:video/mp4;base64,{PNG}",), illegal=("data:,x", "https://a.b/c.mp4", "", 1)),
    "seed": Case(legal=(0, 97106252, 2**63), illegal=("1", 1.5, True)),
    "NSFWContent": Case(legal=(True, False), illegal=("false", 0)),
    "cost": Case(legal=(0.1848, 0, 1), illegal=("0.1848", True, float("nan"))),
}


def put(body: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """A copy of the body with the value at the page's path; the fields of a frame image go into the first one."""
    changed = deepcopy(body)
    if path.startswith("inputs.frameImages."):
        frames = changed.setdefault("inputs", {}).setdefault("frameImages", [{}])
        frames[0][path.rpartition(".")[2]] = value
        return changed
    *above, last = path.split(".")
    place = changed
    for name in above:
        place = place.setdefault(name, {})
    place[last] = value
    return changed


def with_value(path: str, case: Case, value: Any) -> dict[str, Any]:
    """The shortest legal body, with what must stand beside the parameter, and the parameter at this value."""
    body: dict[str, Any] = BODY
    for beside, beside_value in case.beside.items():
        body = put(body, beside, beside_value)
    return put(body, path, value)
