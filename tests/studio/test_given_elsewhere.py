"""Given images that lie elsewhere: in other people's buckets, at a host that drips, or where nobody reads."""

import asyncio
import random
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from io import BytesIO

import httpx
import pytest
from PIL import Image
from pydantic import SecretStr

from stillreel.domain.errors import BadInput
from stillreel.media.limits import GIVEN_BYTES
from stillreel.runware import Client
from stillreel.runware.addresses import ANY_PUBLIC_HOST
from stillreel.studio.boards import board_of
from stillreel.studio.given import Images, bring_all
from stillreel.studio.kept_boards import bring_images
from tests.archive.fake_gcs import fake_gcs, make_bucket
from tests.runware.scripted import API, StillClock
from tests.runware.test_dripping import SOON, dripping
from tests.studio.on_set import CATALOGUE, CHAIN, KEY, produce, shot

PEOPLES = "gs://people/Images of ours/g.png"


def given(image):
    return shot({**CHAIN, "still": {"image": image}})


def drawn():
    data = BytesIO()
    Image.new("RGB", (1280, 720), (20, 60, 90)).save(data, "PNG")
    return data.getvalue()


@contextmanager
def a_bucket(monkeypatch, **files):
    """A bucket of other people's, with files by names of their own."""
    with fake_gcs() as endpoint:
        make_bucket(endpoint, "people")
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", endpoint)
        put(endpoint, "Images of ours/g.png", drawn())
        for name, data in files.items():
            put(endpoint, name, data)
        yield


def put(endpoint, name, data):
    url = f"{endpoint}/upload/storage/v1/b/people/o"
    httpx.post(url, params={"uploadType": "media", "name": name}, content=data).raise_for_status()


async def why(studio, image, *, paths):
    with pytest.raises(BadInput) as caught:
        await bring_all(studio, given(image), paths=paths)
    (problem,) = caught.value.problems
    assert problem.field == "still.image"
    return str(problem)


@pytest.mark.parametrize("paths", [True, False])
async def test_an_image_in_any_bucket_is_archived_first(on_set, monkeypatch, paths):
    """What lies in a bucket that can be read is looked at and brought like any given image, from a deployment, too."""
    studio = await on_set.studio()
    with a_bucket(monkeypatch):
        looked = await Images(studio, paths=paths).of(given(PEOPLES))
        assert on_set.files == []
        made = await produce(studio, given(PEOPLES), paths=paths)
    assert looked[0] == made.plan.given.model_copy(update={"lineage": None})
    assert (on_set.root / made.plan.given.name).read_bytes() == drawn()
    assert [runs for _, runs, _ in on_set.bought] == [1]


async def test_a_storyboards_images_stay_where_parts_can_read_them(on_set, monkeypatch):
    """A part on another machine is told the same address, and has the image from there."""
    studio = await on_set.studio()
    rows = [{"shot": "a", "still": {"image": PEOPLES}, "motion": {"prompt": "waves"}}]
    board = board_of({"project": "harbour", "shots": rows}, CATALOGUE, date(2026, 11, 22))
    (kept,) = await bring_images(studio, board.shots)
    assert kept.still.image == PEOPLES
    with a_bucket(monkeypatch):
        brought, _ = await bring_all(studio, kept, paths=False)
    assert brought.uri.startswith(f"file://{on_set.root}/projects/harbour/a/given-")


async def test_what_a_bucket_does_not_give_is_told(on_set, monkeypatch):
    """No such object, no such bucket, no name, and a file that is too large: each is a problem of its field."""
    studio = await on_set.studio()
    with a_bucket(monkeypatch, large=bytes(GIVEN_BYTES + 1), words=b"no picture"):
        said = {name: await why(studio, f"gs://{name}", paths=False) for name in WRONG}
    assert {name: allowed in said[name] for name, allowed in WRONG.items()} == dict.fromkeys(WRONG, True), said
    assert (on_set.jobs, on_set.files) == ([], [])


WRONG = {
    "people/none.png": "an object that is there",
    "nobodys/a.png": "there is no bucket for gs://nobodys",
    "people": "no name follows gs://people: name a URL, gs://bucket/name",
    "UP/a.png": "gs://bucket/name",
    "people/large": "at most 20,000,000 bytes",
    "people/words": "got gs://people/words; the file isn't a readable PNG, JPEG or WEBP picture",
}


@pytest.mark.parametrize("source", ["ftp://x.example/a.png", "file:///etc/passwd", "HTTP:///a.png", "s3://a/b.png"])
async def test_the_schemes_that_are_read_are_named(on_set, source):
    """An address that nobody reads is answered with what is read, in the words of who asks."""
    studio = await on_set.studio()
    here, there = [await why(studio, source, paths=paths) for paths in (True, False)]
    for said in (here, there):
        assert f"http://, https://, gs://bucket/name, an address in the archive file://{on_set.root}" in said
    assert here.endswith(", or a path")
    assert there.endswith(f"file://{on_set.root}/"), "who names an address from a command isn't told to use commands"


async def test_a_host_that_drips_holds_up_nobody(on_set):
    """Of three given images one never ends: it is told as its field's problem in its time, the others at once."""
    studio = await on_set.studio()
    image = on_set.root.parent / "frame.png"
    image.write_bytes(drawn())
    async with httpx.AsyncClient(transport=httpx.MockTransport(dripping)) as http:
        client = Client(
            http,
            url=API,
            key=SecretStr(KEY),
            clock=StillClock(),
            rng=random.Random(7),  # noqa: S311
            given=replace(ANY_PUBLIC_HOST, within=SOON),
        )
        studio = replace(studio, client=client)
        slow = asyncio.create_task(why(studio, "http://93.184.215.14/slow.png", paths=True))
        looks = Images(studio, paths=True)
        assert (await looks.of(given(str(image))))[0] == (await looks.of(given(str(image))))[0]
        said = await slow
    assert "got http://93.184.215.14/slow.png; the given file can't be read" in said
    assert "it hasn't all come within 0.05 seconds, the longest it may take" in said
    assert on_set.files == []
