"""An imported entry treats requests as the schema itself would, by the judgement of the jsonschema package."""

from datetime import date
from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stillreel.domain.problems import Problem
from stillreel.runware.catalogue import check_body
from stillreel.runware.catalogue.importing import imported, read_schema
from tests.runware.catalogue.schema_bodies import SCHEMAS, UUID, bodies, legal

DAY = date(2026, 12, 1)
VIDEO = "https://example.com/dance.mp4"
IN_WORDS_ONLY = "ttl is only for outputType URL"  # the vendor says it in the field's description, and not in the schema


def task(air, kind="video", **fields):
    return {"taskType": f"{kind}Inference", "taskUUID": UUID, "model": air, **fields}


PRO, STANDARD, TURBO = "klingai:kling-video@2.6-pro", "klingai:3@1", "klingai:kling-video@3.0-turbo"
SAID = {"positivePrompt": "gulls lift off"}
FRAME = {"inputs": {"frameImages": [UUID]}}
SQUARE = {**SAID, "width": 1024, "height": 1024}
STARTS = {
    "klingai-video-2-6-pro": [
        task(PRO, **SAID, width=1920, height=1080),
        task(PRO, **SAID, **FRAME),
        task(PRO, **SAID, inputs={"frameImages": [UUID, {"image": UUID, "frame": "last"}]}),
        task(
            PRO,
            inputs={"referenceImages": [UUID], "referenceVideos": [VIDEO]},
            providerSettings={"klingai": {"characterOrientation": "image"}},
        ),
    ],
    "klingai-1-6-standard": [task(STANDARD, **SAID), task(STANDARD, **SAID, width=1280, height=720, **FRAME)],
    "klingai-video-3-0-turbo": [
        task(TURBO, **SAID, width=1920, height=1080),
        task(TURBO, **SAID, **FRAME, resolution="720p", negativePrompt="rain"),
    ],
    "bfl-flux-1-dev": [
        task("runware:101@1", "image", **SQUARE),
        task("runware:101@1", "image", **SQUARE, strength=1, inputs={"seedImage": UUID}),
        task("runware:101@1", "image", **SQUARE, outpaint={"top": 64}, acceleratorOptions={"teaCache": True}),
    ],
    "alibaba-z-image-turbo": [task("runware:z-image@turbo", "image", **SQUARE)],
}
LEFT_OUT = ("lora",)  # an entry has no type for it, so it is refused
BODIES = {name: bodies(name, starts, LEFT_OUT) for name, starts in STARTS.items()}


@cache
def entry_of(name):
    return imported(read_schema((SCHEMAS / f"{name}.json").read_bytes(), name), DAY, None).entry


def problems(entry, body) -> list[Problem]:
    return [problem for problem in check_body(entry, body, DAY) if not problem.allowed.endswith(IN_WORDS_ONLY)]


@pytest.mark.parametrize("name", STARTS)
@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_an_entry_and_its_schema_agree_on_every_body(name, data):
    """Whatever body is made from a schema, ours takes it exactly if the schema does."""
    entry = entry_of(name)
    body = data.draw(BODIES[name])
    assert (problems(entry, body) == []) == legal(name, body), problems(entry, body)


@pytest.mark.parametrize("name", STARTS)
def test_the_bodies_to_start_from_are_legal(name):
    """The generated bodies begin at legal ones, so that they fall on both sides."""
    entry = entry_of(name)
    for body in STARTS[name]:
        assert legal(name, body)
        assert check_body(entry, body, DAY) == []


def test_what_only_the_description_says_is_our_own_rule():
    """A ttl for what isn't a URL passes the schema and is refused here, as the vendor's sentence about it has it."""
    body = {**STARTS["bfl-flux-1-dev"][0], "ttl": 60, "outputType": "dataURI"}
    assert legal("bfl-flux-1-dev", body)
    assert [problem.allowed for problem in check_body(entry_of("bfl-flux-1-dev"), body, DAY)] == [
        f"leave it out: {IN_WORDS_ONLY}"
    ]
