"""Lineage records: plain JSON, dated by a schema, closed to strangers."""

import json
from datetime import timedelta
from decimal import Decimal

import pytest
from pydantic import ValidationError

from stillreel.domain.lineage import Answer, Lineage, ParentFile, Safety, Times, What, told
from stillreel.domain.media import Facts
from stillreel.domain.money import spelled
from stillreel.domain.requests import Beat
from stillreel.domain.safety import Check, Verdict
from tests.domain.examples import CLIP_OF_A_TAKE, CLIP_PLACE, JOB, NOON, QUOTE, RUN

RECORD = Lineage(
    what=What(
        uri="gs://bucket/projects/harbour/lighthouse/clip-012-2.mov",
        size=1_234_567,
        sha256="ef" * 32,
        crc32c="AAAAAA==",
        media=Facts(
            kind="clip",
            container="mov",
            codec="h264",
            width=720,
            height=720,
            size=1_234_567,
            seconds=10.0,
            fps=24.0,
            frames=240,
        ),
    ),
    place=CLIP_PLACE,
    k=2,
    purchase=1,
    request=CLIP_OF_A_TAKE,
    digest=CLIP_OF_A_TAKE.digest,
    body={"taskType": "videoInference", "inputs": {"frameImages": [{"image": "…", "frame": "first"}]}},
    answer=Answer(task_uuid=JOB, result="id-2", url_host="vm.runware.ai", seed=7, cost=Decimal("0.3696"), flag=False),
    quote=QUOTE,
    safety=Safety(asked=Check.FAST, verdict=Verdict.CLEAN),
    parents=(ParentFile(uri="gs://bucket/s.png", sha256="01" * 32, take=3, digest="ab" * 32, lineage="gs://bucket/l"),),
    run=RUN,
    bought_by=RUN,
    times=Times(planned=NOON, accepted=NOON, seen=NOON + timedelta(minutes=2), archived=NOON + timedelta(minutes=3)),
)


def test_a_record_comes_back_from_json():
    """What was written is what is read, request, price and parents included, and the digest is the request's own."""
    again = Lineage.model_validate_json(RECORD.model_dump_json(indent=2))
    assert again == RECORD
    assert again.request.digest == again.digest


def test_a_quote_for_several_results_is_said_to_be_for_all():
    """A file of three has a cost of its own, and shares its quote with the others."""
    one, three = (
        told(RECORD.model_copy(update={"request": CLIP_OF_A_TAKE.model_copy(update={"results": results})}))
        for results in (1, 3)
    )
    assert "for all" not in one
    assert "this one" not in one
    assert f"quoted ${spelled(QUOTE.expected)} for all 3 results, reported $0.3696 for this one" in three


def test_a_clip_told_in_beats_shows_its_words():
    """Each beat is a line with its seconds, in order, where another clip has its prompt."""
    beats = (Beat(prompt="Fog lifts.", duration=2.5), Beat(prompt="A boat leaves.", duration=3))
    request = CLIP_OF_A_TAKE.model_copy(update={"prompt": "", "beats": beats})
    in_parts = told(RECORD.model_copy(update={"request": request}))
    assert [line.split(maxsplit=1) for line in in_parts.splitlines() if line.startswith("  beat")] == [
        ["beat", "2.5 s: Fog lifts."],
        ["beat", "3 s: A boat leaves."],
    ]
    assert "  prompt " not in in_parts
    alone = told(RECORD.model_copy(update={"parents": (), "request": request}))
    assert "  from    its beats alone" in alone.splitlines()
    assert "  from    its prompt alone" in told(RECORD.model_copy(update={"parents": ()})).splitlines()
    assert "  beat " not in told(RECORD)


def test_a_record_names_its_schema():
    """A reader in ten years is told which version it reads, and refuses another one."""
    data = json.loads(RECORD.model_dump_json())
    assert data["schema_version"] == "stillreel/lineage/1"
    with pytest.raises(ValidationError, match="schema_version"):
        Lineage.model_validate(data | {"schema_version": "stillreel/lineage/2"})


def test_a_record_has_no_strange_fields():
    """A field that nobody declared is an error, not a secret passenger."""
    data = json.loads(RECORD.model_dump_json())
    with pytest.raises(ValidationError, match="mood"):
        Lineage.model_validate(data | {"mood": "fine"})


def test_the_short_form_is_text():
    """What goes into an object's metadata is short text, with an empty cost where none was told."""
    short = RECORD.short()
    assert all(isinstance(value, str) and len(value) < 100 for value in short.values())
    assert short["take"] == "harbour/lighthouse/clip-012"
    assert short["cost-usd"] == "0.3696"
    untold = RECORD.model_copy(update={"answer": RECORD.answer.model_copy(update={"cost": None})})
    assert untold.short()["cost-usd"] == ""
