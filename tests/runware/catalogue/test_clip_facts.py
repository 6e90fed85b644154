"""The entries of video models against what is known of them, by what their bodies may hold."""

from datetime import date
from itertools import chain

import pytest

from stillreel.runware.catalogue import check_body, quote, sizes
from tests.runware.catalogue.facts import CLIPS, FULL, HD, NEW_FULL, NEW_HD, STILLS, UHD
from tests.runware.catalogue.klingai_page import FRAME_ID, put

JUNE, NOVEMBER = date(2026, 6, 23), date(2026, 11, 22)
EVERY_SIZE = HD | FULL | NEW_HD | NEW_FULL | UHD
ROWS = pytest.mark.parametrize("air,row", CLIPS.items(), ids=list(CLIPS))


def from_words(air, row, size=None):
    width, height = size or min(row.text)
    return {**of(air), "width": width, "height": height}


def from_frame(air, row, images=1):
    return {**of(air), "inputs": {"frameImages": [FRAME_ID] * images}}


def of(air):
    return {
        "taskType": "videoInference",
        "taskUUID": "b2b12f9d-6822-434e-bcdb-792ec67bab65",
        "model": air,
        "positivePrompt": "gulls lift off",
    }


def fields(entry, body, day=NOVEMBER):
    return {problem.field for problem in check_body(entry, body, day)}


def test_every_row_has_its_video_model(catalogue):
    """Facts without a model are found; a model without facts here is held by what all entries are held to."""
    assert set(CLIPS) <= {air for air, entry in catalogue.items() if entry.kind == "clip"}


@ROWS
def test_status(catalogue, air, row):
    """Name of the page, status and release are those of the vendor; what is deprecated names what is live instead."""
    entry = catalogue.entry(air)
    assert entry.slug == f"klingai-{row.slug}"
    assert entry.status == row.status
    assert (None if entry.released is None else entry.released.isoformat()) == row.since
    assert entry.status_seen == (date(2026, 8, 27) if row.status == "deprecated" else date(2026, 10, 12))
    assert entry.status_note
    assert bool(entry.replaced_by) == (row.status == "deprecated")
    assert entry.deactivates_at is None


@ROWS
@pytest.mark.parametrize("day,name", [(JUNE, "june"), (NOVEMBER, "november")])
def test_prompts_by_their_day(catalogue, air, row, day, name):
    """The prompt is required or forbidden as on that day; a negative one is taken or isn't."""
    entry, rule = catalogue.entry(air), getattr(row, name)
    spoken = from_frame(air, row)
    silent = {key: value for key, value in spoken.items() if key != "positivePrompt"}
    assert ("positivePrompt" in fields(entry, silent, day)) == (rule == "required")
    assert ("positivePrompt" in fields(entry, spoken, day)) == (rule == "forbidden")
    assert ("negativePrompt" in fields(entry, {**spoken, "negativePrompt": "rain"}, day)) != row.negative


@ROWS
def test_sizes_from_words(catalogue, air, row):
    """Of all sizes that any of the models makes, a clip from words takes its own and no other."""
    entry = catalogue.entry(air)
    taken = {size for size in EVERY_SIZE if not fields(entry, from_words(air, row, size))}
    assert taken == (row.text or set())
    assert ("text" in entry.modes) == (row.text is not None)
    assert set(sizes(entry, "text").values()) <= (row.text or EVERY_SIZE)


@ROWS
def test_sizes_from_a_frame(catalogue, air, row):
    """Beside a first frame a model takes the same sizes, or none, because the clip takes the image's."""
    entry = catalogue.entry(air)
    both = [(size, {**from_words(air, row, size), **from_frame(air, row)}) for size in EVERY_SIZE]
    assert {size for size, body in both if not fields(entry, body)} == row.framed
    assert entry.sizes["first_frame"].from_image == (not row.framed)
    assert fields(entry, from_frame(air, row)) == set()


@ROWS
def test_frames(catalogue, air, row):
    """A last frame is refused where none is taken, and let through where nobody says; the first by every model.

    Frames per second are as stated.
    """
    entry = catalogue.entry(air)
    assert (not fields(entry, from_frame(air, row, images=2))) == (row.last is not False)
    assert ("first_last_frame" in entry.modes) == (row.last is not False)
    assert ("last" in entry.unsaid) == (row.last is None)
    marked = put(of(air), "inputs.frameImages", [{"image": FRAME_ID, "frame": "first"}])
    assert fields(entry, marked) == set()
    assert entry.fps.get("first_frame") == row.fps


@ROWS
def test_seconds_guidance_and_sound(catalogue, air, row):
    """Each model takes its own seconds, guidance where it has some, and sound where it can be asked for."""
    entry, body = catalogue.entry(air), from_frame(air, row)
    assert {second for second in range(1, 21) if not fields(entry, {**body, "duration": second})} == row.seconds
    assert bool(fields(entry, {**body, "duration": 5.5}))
    assert (not fields(entry, {**body, "CFGScale": 0.57})) == row.guidance
    sound = {**body, "providerSettings": {"klingai": {"sound": True}}}
    assert (not fields(entry, sound)) == row.sound
    assert entry.always_audio == air.endswith("turbo")


@ROWS
def test_the_price_of_five_seconds(catalogue, air, row):
    """5 s from a first frame cost what the vendor prints, or about what its neighbours do, with a bound."""
    entry = catalogue.entry(air)
    width, height = sizes(entry, "first_frame")["16:9"]
    price = quote(entry, width=width, height=height, duration=5, results=1, given="frames", today=NOVEMBER)
    exact, about = f"{price.expected}", f"about {price.expected} up to {price.upper}"
    assert (about if price.row.approximate else exact) == row.price


def test_nothing_is_sent_that_may_not_be(catalogue):
    """None of these knows `routing`, or a clip's seed; none but 1.6 Standard, which lists it, the safety mode none."""
    for air in (*CLIPS, *STILLS):
        entry = catalogue.entry(air)
        known = set(chain(entry.fields, *(path.split(".") for path in entry.fields)))
        assert not {"routing", "elements"} & known
        assert entry.kind == "still" or "seed" not in known
        mode = entry.fields.get("safety.mode")
        assert (mode is None) == (entry.kind == "still")
        assert mode is None or ("none" in (mode.values or ())) == (air == "klingai:3@1")
