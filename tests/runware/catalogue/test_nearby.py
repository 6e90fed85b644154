"""What can do instead of a model: everything that is asked, the nearest first."""

from datetime import date
from decimal import Decimal

import pytest

from stillreel.domain.requests import ImageParent
from stillreel.runware.catalogue import (
    AskedClip,
    AskedStill,
    Catalogue,
    fading,
    nearest,
    quote_of,
    resolve_clip,
    resolve_still,
    why_gone,
)

OLD, TURNED = "klingai:3@1", "klingai:2@1"
NEXT, PRO = "klingai:kling-video@3-standard", "klingai:kling-video@2.6-pro"
PARENT = ImageParent(sha256="0" * 64)


@pytest.fixture(scope="module")
def few(catalogue):
    """A few models, whatever else ships."""
    return Catalogue(
        {air: catalogue[air] for air in (OLD, TURNED, NEXT, PRO, "runware:z-image@turbo", "runware:400@4")}
    )


@pytest.fixture
def instead(few, today):
    """The models that can do what a clip asks of the old one."""

    def find(catalogue: Catalogue = few, air: str = OLD, **asked):
        words = AskedClip(prompt="gulls lift off", **asked)
        framed = words.parent is not None
        request = resolve_clip(catalogue.entry(air), words, today=today)
        now = quote_of(catalogue.entry(air), request, today, framed=framed).expected
        return nearest(catalogue, request, today, framed=framed, now=now)

    return find


def airs(offers):
    return [offer.air for offer in offers]


def test_a_named_successor_comes_first(instead):
    """The entry's own successor, then the others by price, each with what it costs and a size that differs."""
    found = instead(parent=PARENT)
    assert [str(offer) for offer in found] == [
        f"{NEXT} KlingAI VIDEO 3.0 Standard $0.42",
        f"{PRO} KlingAI VIDEO 2.6 Pro at 1920x1080 $0.35",
    ]


def test_without_a_successor_the_size_counts_then_the_price(instead, few):
    """A clip in the same pixels is nearer than a cheaper one in others."""
    alone = Catalogue({**few, OLD: few[OLD].model_copy(update={"replaced_by": ()})})
    assert airs(instead(alone, parent=PARENT)) == [NEXT, PRO]
    assert airs(instead(alone, parent=PARENT, size="1:1")) == [PRO, NEXT]  # neither makes 720x720; 0.35 is nearer


@pytest.mark.parametrize(
    "asked,able",
    [
        ({}, [NEXT, PRO]),
        ({"guidance": 0.5}, [NEXT, PRO]),  # the model's own default asks for nothing
        ({"guidance": 0.7}, [PRO]),
        ({"negative_prompt": "birds"}, [NEXT, PRO]),
        ({"duration": 10}, [NEXT, PRO]),
        ({"results": 4}, [NEXT, PRO]),
        ({"format": "WEBM"}, [NEXT, PRO]),
    ],
)
def test_only_what_can_do_all_that_is_asked(instead, asked, able):
    """A word, a duration or a size that a model doesn't know takes it off the list."""
    assert airs(instead(parent=PARENT, **asked)) == able


def test_a_clip_from_words_needs_a_model_that_makes_one(instead):
    """The frame rule counts: what only animates images is no help for a clip from words."""
    assert TURNED not in airs(instead())
    assert airs(instead(air=NEXT, duration=7)) == []  # nobody else makes seven seconds


@pytest.mark.parametrize("last,ending", [(PARENT, False), (None, True)], ids=["known", "not brought yet"])
def test_who_perhaps_ends_with_an_image_is_offered_last(catalogue, today, last, ending):
    """Of which nobody says whether it takes a last frame, that is said, though it is a successor and cheaper."""
    old = catalogue.entry("klingai:5@2")
    request = resolve_clip(old, AskedClip(prompt="gulls", parent=PARENT, last=last, to_frame=True), today=today)
    found = nearest(catalogue, request, today, framed=True, ending=ending, now=Decimal(1))
    assert airs(found)[:3] == [*old.replaced_by]
    assert [offer.doubt for offer in found] == ["", *["nobody says whether it takes a last frame"] * 10]
    assert str(found[1]).endswith("$0.56 (nobody says whether it takes a last frame)")
    (alone, *_) = nearest(catalogue, request.model_copy(update={"last": None}), today, framed=True, now=Decimal(1))
    assert alone.doubt == ""


def test_what_is_not_sold_is_not_offered(instead, few):
    """A model that is deprecated, announced, retired or switched off is nobody's alternative."""
    for change in ({"status": "deprecated"}, {"status": "coming-soon"}, {"deactivates_at": date(2026, 11, 22)}):
        fewer = Catalogue({**few, NEXT: few[NEXT].model_copy(update=change)})
        assert airs(instead(fewer, parent=PARENT)) == [PRO]


def test_a_still_is_made_in_the_same_pixels(few, today):
    """Another image model is asked for exactly the size that the clip needs, seed and words included."""
    entry = few.entry("runware:z-image@turbo")
    request = resolve_still(entry, AskedStill(prompt="a pier", width=1280, height=720, seed=7), today=today)
    (found,) = nearest(few, request, today, framed=False, now=quote_of(entry, request, today, framed=False).expected)
    assert (found.air, found.size, found.same_size) == ("runware:400@4", (1280, 720), True)
    assert str(found) == "runware:400@4 FLUX.2 [klein] 4B about $0.00055296"


def test_how_a_model_stands_is_said_by_date(few, today):
    """Deprecated is a doubt, retired an end, and a date is the one until it is the other."""
    entry = few.entry(PRO)
    said = {
        (why_gone(known, today), fading(known, today))
        for known in (
            entry,
            entry.model_copy(update={"status": "api-only"}),
            entry.model_copy(update={"status": "deprecated"}),
            entry.model_copy(update={"status": "coming-soon"}),
            entry.model_copy(update={"status": "retired"}),
            entry.model_copy(update={"deactivates_at": date(2026, 11, 22)}),
            entry.model_copy(update={"deactivates_at": date(2026, 11, 23)}),
        )
    }
    assert said == {
        (None, None),
        (None, "is deprecated (seen 2026-10-12)"),
        (None, "is announced and not sold yet (seen 2026-10-12)"),
        ("is retired (seen 2026-10-12)", None),
        ("was switched off on 2026-11-22", None),
        (None, "is switched off on 2026-11-23"),
    }
