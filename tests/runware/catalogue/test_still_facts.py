"""The entries of image models against what is known of them, by what their bodies may hold."""

from datetime import date

import pytest

from stillreel.runware.catalogue import AskedStill, check_body, quote, resolve_still
from tests.runware.catalogue.facts import STILLS, WIDE

NOVEMBER = date(2026, 11, 22)
ROWS = pytest.mark.parametrize("air,row", STILLS.items(), ids=list(STILLS))


def of(air, size, **more):
    return {
        "taskType": "imageInference",
        "taskUUID": "b2b12f9d-6822-434e-bcdb-792ec67bab65",
        "model": air,
        "positivePrompt": "a quay at dawn",
        "width": size[0],
        "height": size[1],
        **more,
    }


def fields(entry, body):
    return {problem.field for problem in check_body(entry, body, NOVEMBER)}


def test_every_row_has_its_image_model(catalogue):
    """Facts without a model are found; a model without facts here is held by what all entries are held to."""
    assert set(STILLS) <= {air for air, entry in catalogue.items() if entry.kind == "still"}


@ROWS
def test_status(catalogue, air, row):
    """Name of the page and release are those of the vendor; all of them are live as last seen."""
    entry = catalogue.entry(air)
    assert (entry.slug, entry.status) == (row.slug, "live")
    assert (None if entry.released is None else entry.released.isoformat()) == row.since
    assert entry.status_note


@ROWS
def test_prompts_and_settings(catalogue, air, row):
    """Prompt, negative prompt, steps and seed are taken, required or unknown as the vendor says."""
    entry, body = catalogue.entry(air), of(air, row.made)
    silent = {key: value for key, value in body.items() if key != "positivePrompt"}
    assert fields(entry, body) == set()
    assert ("positivePrompt" in fields(entry, silent)) == (row.prompt == "required")
    assert ("negativePrompt" in fields(entry, {**body, "negativePrompt": "rain"})) != row.negative
    assert ("seed" in fields(entry, {**body, "seed": 7})) != row.seed
    if row.steps is not None:
        assert fields(entry, {**body, "steps": row.steps}) == set()
        assert fields(entry, {**body, "steps": row.steps + 1}) == {"steps"}


@ROWS
def test_sizes(catalogue, air, row):
    """A size off its grid, list or number of pixels is refused; both sides are required or stand for themselves."""
    entry = catalogue.entry(air)
    if row.refused is not None:
        assert fields(entry, of(air, row.refused)) & {"width", "height"}
    half = {key: value for key, value in of(air, row.made).items() if key != "height"}
    none = {key: value for key, value in half.items() if key != "width"}
    assert "height" in fields(entry, half)
    assert entry.fields["width"].required == (row.size == "required")
    assert bool(fields(entry, none)) == (row.size == "required" or air == "google:4@3")


@ROWS
def test_a_still_for_a_clip_of_720p(catalogue, air, row):
    """Where 1280x720 isn't legal the next larger size is asked for, to be cut; the price is that of what is made."""
    entry = catalogue.entry(air)
    asked = AskedStill(prompt="a quay at dawn", width=WIDE[0], height=WIDE[1])
    request = resolve_still(entry, asked, today=NOVEMBER)
    assert (request.width, request.height) == row.made
    assert request.crop == (None if row.made == WIDE else WIDE)
    price = quote(
        entry, width=request.width, height=request.height, duration=None, results=1, resolution=request.resolution,
        today=NOVEMBER,
    )  # fmt: skip
    exact, about = f"{price.expected}", f"about {price.expected} up to {price.upper}"
    assert (about if price.row.approximate else exact) == row.price
