"""Identity: one request, one digest, one job id, in every process and for ever.

The hashes below were computed once. A change that breaks them makes every archive forget what it has bought.
"""

import json
import os
import re
import subprocess
import sys
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillreel.domain.identity import canonical, sha256_of, task_uuid
from stillreel.domain.names import Place
from stillreel.domain.requests import NOT_IN_DIGEST, Beat, ClipRequest, ImageParent, StillRequest, TakeParent
from stillreel.domain.safety import Check
from tests.domain.examples import (
    ARCHIVE,
    CLIP_OF_A_TAKE,
    CLIP_OF_AN_IMAGE,
    CLIP_PLACE,
    FULL_STILL,
    SMALL_CLIP,
    SMALL_STILL,
    STILL_PLACE,
)

DIGESTS = {
    "small still": (SMALL_STILL, "5727fc36bb7d918dcd3b8f5706f16d51d8e080de506a901ba69b2d52e8240806"),
    "full still": (FULL_STILL, "daa8e71c0be5992deaf3f9108372cc2d02fce9a557d9907d4d85b53968b7aab2"),
    "small clip": (SMALL_CLIP, "1c67461f964c630103658b85127a083b539a0d5c00fe3845213fa98218d38535"),
    "clip of a take": (CLIP_OF_A_TAKE, "05a086c6cae2776d9a79c50c1a179cd0328f2c8978259033ae3f971a7c1c1c64"),
    "clip of an image": (CLIP_OF_AN_IMAGE, "e94a8752641014c1609e71a743370d7ff3fce8b69d7aca8da3cb5744ef3a941c"),
}
UUIDS = {
    "small still": ("a7a298fe-119c-4662-a5b1-21bda63ff186", "5d6fdfbf-5203-4c9f-a993-92b753d74db7"),
    "full still": ("827c1bbe-23cd-4a11-8597-bc33da6b3dc3", "95bb2b59-9c24-4ed4-8b35-b5bf75ff6179"),
    "small clip": ("e5b5d6a8-60c4-4e9a-b220-009092331424", "f6d14cb8-9049-4ad0-8653-1bb3abe1429b"),
    "clip of a take": ("308be316-7853-49ff-8d83-3c4608c343da", "f1afc001-24b6-4537-902e-2e470b38f340"),
    "clip of an image": ("e2230b98-dbba-4903-901c-4cdc307acde0", "aeccdb35-da7e-4550-88e2-ed711f4c867d"),
}

OTHERS = {  # another value for every field; whoever adds a field decides here and in `NOT_IN_DIGEST`
    "model": ["klingai:3@2"],
    "prompt": ["Waves!", "waves.", "Waves. "],
    "negative_prompt": ["blur", ""],
    "width": [1281, 720],
    "height": [721, 1280],
    "results": [2, 4],
    "format": ["MOV"],
    "quality": [94],
    "seed": [0, 1],
    "crop": [(1280, 720), (720, 720)],
    "resolution": ["720p", "1080p"],
    "duration": [10, 5.5],
    "guidance": [0, 0.57],
    "audio": [True, False],
    "beats": [
        (Beat(prompt="waves", duration=3),),
        (Beat(prompt="waves", duration=3), Beat(prompt="gulls", duration=3)),
    ],
    "last": [ImageParent(sha256="ab" * 32), ImageParent(sha256="cd" * 32)],
    "parent": [
        TakeParent(take=1, digest="ab" * 32),
        TakeParent(take=2, digest="ab" * 32),
        TakeParent(take=1, digest="cd" * 32),
        ImageParent(sha256="ab" * 32),
    ],
    "safety": [Check.NONE, Check.FULL],
    "ttl": [60, None],
    "include_cost": [False],
    "delivery": ["sync"],
    "webhook": ["hook"],
    "upload_to": ["bucket"],
}
OF_STILLS = {"seed", "crop"}
REQUESTS = {"still": SMALL_STILL, "clip": SMALL_CLIP}

numbers = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
texts = st.text(st.characters(exclude_categories=["Cs"]))
plain = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize("name", DIGESTS)
def test_digests_hold_still(name):
    """What was bought under a digest years ago still has it."""
    request, digest = DIGESTS[name]
    assert request.digest == digest


@pytest.mark.parametrize("name", UUIDS)
def test_job_ids_hold_still(name):
    """A purchase and the one after it keep their ids at the provider."""
    request, digest = DIGESTS[name]
    place = STILL_PLACE if request.stage == "still" else CLIP_PLACE
    assert [str(task_uuid(ARCHIVE, place, digest, purchase)) for purchase in (1, 2)] == list(UUIDS[name])


def test_another_process_computes_the_same():
    """A process with another hash seed, which orders sets differently, finds the same digests and ids."""
    program = (
        "from tests.domain.test_identity import DIGESTS, UUIDS, STILL_PLACE, CLIP_PLACE, ARCHIVE, task_uuid\n"
        "for name, (request, _) in DIGESTS.items():\n"
        "    place = STILL_PLACE if request.stage == 'still' else CLIP_PLACE\n"
        "    print(request.digest, task_uuid(ARCHIVE, place, request.digest, 1))\n"
    )
    expected = [f"{digest} {UUIDS[name][0]}" for name, (_, digest) in DIGESTS.items()]
    for seed in ("1", "4242"):
        done = subprocess.run(
            [sys.executable, "-c", program],
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.splitlines() == expected


@pytest.mark.parametrize("name", DIGESTS)
def test_a_request_is_the_same_after_json(name):
    """A request that travelled as a parameter, or came back from the archive, is the same request."""
    request, digest = DIGESTS[name]
    again = type(request).model_validate_json(request.model_dump_json())
    assert again == request
    assert again.digest == digest


@given(plain, st.randoms(use_true_random=False))
def test_the_order_of_keys_is_nothing(value, random):
    """Two texts that differ in the order of their keys only are one text, also after JSON."""

    def shuffled(part):
        if isinstance(part, dict):
            keys = list(part)
            random.shuffle(keys)
            return {key: shuffled(part[key]) for key in keys}
        return [shuffled(item) for item in part] if isinstance(part, list) else part

    assert canonical(shuffled(value)) == canonical(value)
    assert canonical(json.loads(json.dumps(value))) == canonical(value)
    assert canonical(json.loads(canonical(value))) == canonical(value)


@given(st.integers(min_value=-(2**53), max_value=2**53))
def test_a_whole_number_is_one_number(number):
    """5, 5.0 and Decimal("5.00") are one number."""
    assert canonical(number) == canonical(float(number)) == canonical(Decimal(number).quantize(Decimal("1.00")))


@given(st.decimals(min_value=-1000, max_value=1000, places=4))
def test_a_fraction_is_one_number(number):
    """A fraction is the same written as a float, as a Decimal, or with idle zeros."""
    assert canonical(number) == canonical(float(number)) == canonical(Decimal(f"{number}00"))


def test_the_same_request_written_differently_is_the_same():
    """A duration of 5 or 5.0, by keyword in any order, is one request."""
    fields = SMALL_CLIP.model_dump()
    turned = dict(reversed(list(fields.items())))
    assert ClipRequest.model_validate(turned | {"duration": 5}).digest == SMALL_CLIP.digest
    assert ClipRequest.model_validate(turned | {"duration": 5.0}).digest == SMALL_CLIP.digest


@given(texts, texts)
def test_different_prompts_are_different_requests(one, other):
    """Two prompts share a digest only if they are the same text."""
    digests = {SMALL_STILL.model_copy(update={"prompt": prompt}).digest for prompt in (one, other)}
    assert len(digests) == len({one, other})


def test_every_field_is_in_the_digest_or_named_as_outside():
    """A field that somebody adds without deciding what it does to identity is found here."""
    fields = set(StillRequest.model_fields) | set(ClipRequest.model_fields)
    assert set(OTHERS) | {"stage"} == fields
    assert fields >= NOT_IN_DIGEST
    assert sorted(NOT_IN_DIGEST) == ["delivery", "include_cost", "safety", "ttl", "upload_to", "webhook"]


@pytest.mark.parametrize("stage", REQUESTS)
def test_a_changed_field_is_another_request_unless_it_is_outside(stage):
    """What changes the result changes the digest; what is in the named set never does."""
    request = REQUESTS[stage]
    for field in set(type(request).model_fields) - {"stage"}:
        for other in OTHERS[field]:
            changed = request.model_copy(update={field: other})
            assert (changed.digest == request.digest) is (field in NOT_IN_DIGEST), (field, other)


def test_all_changes_are_different_requests():
    """No two of these changes meet in one digest."""
    changes = [(field, other) for field in set(OTHERS) - NOT_IN_DIGEST for other in OTHERS[field]]
    digests = {
        SMALL_CLIP.model_copy(update={field: other}).digest for field, other in changes if field not in OF_STILLS
    }
    assert len(digests) == len([field for field, _ in changes if field not in OF_STILLS])


def test_a_still_is_never_a_clip():
    """Requests of two stages differ, even where their words don't."""
    words = {"model": "m", "prompt": "p", "width": 1, "height": 1, "format": "f", "quality": 1}
    assert StillRequest(**words).digest != ClipRequest(**words, duration=5).digest


def test_every_part_of_a_place_makes_another_job():
    """Archive, project, shot, stage, take, words and purchase: each alone changes the job's id."""
    digest = "ab" * 32
    place = Place(project="harbour", shot="lighthouse", stage="clip", take=1)
    others = [{"project": "harbor"}, {"shot": "light"}, {"stage": "still"}, {"take": 2}]
    uuids = {
        task_uuid(ARCHIVE, place, digest, 1),
        task_uuid("another archive", place, digest, 1),
        task_uuid(ARCHIVE, place, "cd" * 32, 1),
        task_uuid(ARCHIVE, place, digest, 2),
        *(task_uuid(ARCHIVE, place.model_copy(update=other), digest, 1) for other in others),
    }
    assert len(uuids) == 8


@given(st.text("0123456789abcdef", min_size=32, max_size=32), st.integers(1, 999), st.integers(1, 9))
def test_a_job_id_is_shaped_like_a_random_one(archive, take, purchase):
    """The provider asks for a UUID of version 4; ours has that shape."""
    uuid = task_uuid(archive, STILL_PLACE.model_copy(update={"take": take}), "ab" * 32, purchase)
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", str(uuid))
    assert UUID(str(uuid)).version == 4


@pytest.mark.parametrize(
    "nonsense",
    [
        float("nan"),
        float("inf"),
        -float("inf"),
        Decimal("NaN"),
        Decimal("Infinity"),
        {"deep": [float("nan")]},
        "\ud800",
        {"\udfff": 1},
        {1: "a"},
        {None: "a"},
        object(),
        {1, 2},
        b"bytes",
        bytearray(b"bytes"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_json_cannot_hold_has_no_identity(nonsense):
    """NaN, infinity, half a surrogate pair, other keys than text and other types are refused, never hashed."""
    with pytest.raises(ValueError, match=r"canonical JSON|surrogates|key must be text"):
        sha256_of(nonsense)
