"""Given images: brought into the archive before anything is bought, or refused with a reason."""

import hashlib
from decimal import Decimal
from pathlib import Path

import pytest
from PIL import Image

from stillreel.domain.errors import BadInput
from stillreel.domain.lineage import Lineage
from stillreel.studio.given import Images, bring_all
from stillreel.studio.planning import plan
from tests.studio.on_set import CHAIN, STILL, a_run, job_of, produce, shot

FOLDER = "projects/harbour/lighthouse"


def picture(path: Path, width=1280, height=720, **save) -> Path:
    """A picture of one colour."""
    Image.new("RGB", (width, height), (20, 60, 90)).save(path, **save)
    return path


def given(image, **changes):
    return shot({**CHAIN, "still": {"image": str(image)}}, **changes)


async def bring(studio, wanted, *, paths):
    """The image that a shot's clip starts from, as it lies in the archive."""
    return (await bring_all(studio, wanted, paths=paths))[0]


@pytest.fixture
async def refused(on_set):
    """Why an image is refused, having made sure that nothing was bought, claimed or archived for it."""
    studio = await on_set.studio()

    async def look(image, *, paths=True, **changes) -> str:
        with pytest.raises(BadInput) as caught:
            await produce(studio, given(image, **changes), paths=paths)
        (problem,) = caught.value.problems
        assert problem.field == "still.image"
        assert (on_set.jobs, on_set.balance) == ([], Decimal(100))
        assert not [name for name in on_set.files if "given" in name or "clip" in name]
        return str(problem)

    return look


async def test_a_given_image_becomes_a_clip(on_set, tmp_path):
    """The image lies in the archive under its bytes' name, is uploaded, and the clip's record names it."""
    image = picture(tmp_path / "frame.png", 720, 720)
    sha256 = hashlib.sha256(image.read_bytes()).hexdigest()
    studio = await on_set.studio()
    reel = await produce(studio, given(image, size="1:1"), paths=True)
    name = f"{FOLDER}/given-{sha256[:16]}.png"
    assert (on_set.root / name).read_bytes() == image.read_bytes()
    assert reel.plan.given.uri == f"file://{on_set.root}/{name}"
    assert (reel.still, reel.plan.clip.request.parent.sha256) == (None, sha256)
    told = Lineage.model_validate_json((on_set.root / f"{FOLDER}/clip-001.lineage.json").read_bytes())
    assert [(parent.uri, parent.sha256) for parent in told.parents] == [(reel.plan.given.uri, sha256)]
    assert on_set.emulator.requests()["mediaStorage"] == 1
    assert [runs for _, runs, _ in on_set.bought] == [1]
    again = await produce(await on_set.studio(), given(image, size="1:1"), a_run("second"), paths=True)
    assert again.uris == reel.uris
    assert [runs for _, runs, _ in on_set.bought] == [1]
    assert str(image) not in (await job_of(studio, reel.plan.clip)).planned.model_dump_json()


async def test_the_same_bytes_are_the_same_clip(on_set, tmp_path):
    """It is the bytes that count: a copy under another name is the same take, another picture is the next."""
    studio = await on_set.studio()
    one = picture(tmp_path / "one.png")
    two = tmp_path / "two.png"
    two.write_bytes(one.read_bytes())
    three = picture(tmp_path / "three.png", 1920, 1080)
    plans = []
    for path in (one, two, three):
        brought = await bring(studio, given(path), paths=True)
        plans.append(await plan(studio, given(path), a_run(), brought))
    assert [planned.clip.place.take for planned in plans] == [1, 1, 2]
    assert len([name for name in on_set.files if "/given-" in name and name.endswith(".png")]) == 2


@pytest.mark.parametrize("kind,ending", [("PNG", "png"), ("JPEG", "jpg"), ("WEBP", "webp")])
async def test_the_usual_formats_are_taken(on_set, tmp_path, kind, ending):
    """PNG, JPEG and WEBP are told by their bytes, whatever the file is called."""
    image = picture(tmp_path / "frame.bin", format=kind)
    brought = await bring(await on_set.studio(), given(image), paths=True)
    assert brought.uri.endswith(f".{ending}")
    assert brought.media_type == f"image/{kind.lower()}"


async def test_a_still_of_our_own_can_be_given(on_set):
    """An address in this archive is used where it lies, and the way back leads through its own record."""
    studio = await on_set.studio()
    made = await produce(studio, shot(STILL))
    brought = await bring(studio, given(made.uris[0], shot="pier"), paths=False)
    assert (brought.uri, brought.sha256) == (made.uris[0], made.kept[0].sha256)
    assert brought.lineage == made.kept[0].lineage
    assert not [name for name in on_set.files if "given" in name]


async def test_a_prompted_still_brings_nothing(on_set):
    """A shot that makes its own still has no given image."""
    assert await bring(await on_set.studio(), shot(), paths=False) is None


async def test_a_path_is_for_the_command_line_only(refused, tmp_path):
    """A deployment never reads a path of the machine that it runs on."""
    assert "a path only on the command line" in await refused(picture(tmp_path / "frame.png"), paths=False)
    assert "a path only on the command line" in await refused("/etc/passwd", paths=False)


@pytest.mark.parametrize(
    "name",
    [
        "projects/../../secret.png",
        "projects/Harbour/A.png",
        "projects/",
        "archive.json",
        "quarantine/projects/harbour/lighthouse/still-001.png",
        "",
    ],
)
async def test_what_the_archive_does_not_give_is_refused(refused, on_set, name):
    """A file that lies in quarantine or outside of every project can't be a first frame."""
    (on_set.root.parent / "secret.png").write_bytes(b"")
    assert "under projects/ of this archive" in await refused(f"file://{on_set.root}/{name}", paths=False)


async def test_what_the_archive_does_not_have_is_told_as_that(refused, on_set):
    """Whoever has mistaken a number isn't told where files of the archive lie."""
    told = await refused(f"file://{on_set.root}/projects/harbour/lighthouse/still-009.png", paths=False)
    assert "a file that is there: this archive has none of that name" in told


@pytest.mark.parametrize("paths", [True, False])
async def test_another_folder_is_not_read(refused, paths):
    """Addresses of other folders are neither paths nor ours."""
    assert "an address in the archive" in await refused("file:///etc/passwd", paths=paths)


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost/frame.png",
        "http://127.0.0.1:8000/frame.png",
        "http://[::1]/frame.png",
        "http://10.0.0.1/frame.png",
        "https://192.168.1.1/frame.png",
        "http://169.254.169.254/computeMetadata/v1/",
        "http://[::ffff:127.0.0.1]/frame.png",
        "http://2130706433/frame.png",
        "http://user:password@127.0.0.1/frame.png",
    ],
)
async def test_only_public_hosts_are_asked(refused, url):
    """This machine, its network and its cloud's metadata are never fetched for anybody."""
    assert "the given file can't be had" in await refused(url, paths=False)


async def test_the_emulator_on_this_machine_is_no_public_host(refused, on_set):
    """That results come from loopback in a demo opens no door for given addresses."""
    assert "public" in await refused(f"{on_set.emulator.base}/emulator/jobs", paths=False)


@pytest.mark.parametrize(
    "content",
    [b"", b"not a picture", b"\x89PNG\r\n\x1a\n", b"GIF89a" + bytes(40), b"<svg xmlns='http://www.w3.org/2000/svg'/>"],
    ids=["empty", "text", "a header", "a GIF", "an SVG"],
)
async def test_an_unreadable_image_is_refused(refused, tmp_path, content):
    """What can't be opened as PNG, JPEG or WEBP is refused before anything is bought."""
    image = tmp_path / "frame.png"
    image.write_bytes(content)
    assert "picture" in await refused(image)


async def test_half_an_image_is_refused(refused, tmp_path):
    """A picture that was cut off isn't a first frame."""
    image = tmp_path / "frame.png"
    image.write_bytes(picture(tmp_path / "whole.png", 1920, 1080).read_bytes()[:-500])
    assert "isn't a readable" in await refused(image)


@pytest.mark.parametrize("name", ["missing.png", "folder"])
async def test_what_cannot_be_read_is_refused(refused, tmp_path, name):
    """No such file, and a folder in its place, are told as such."""
    (tmp_path / "folder").mkdir()
    assert "a file that can be read" in await refused(tmp_path / name)


@pytest.mark.parametrize(
    "width,height,size",
    [(1280, 735, None), (720, 720, None), (720, 1280, None), (1280, 720, "9:16"), (1300, 720, None)],
)
async def test_another_shape_is_refused(refused, tmp_path, width, height, size):
    """An image of another shape than the clip's is refused; what the provider would do with it isn't known."""
    said = await refused(picture(tmp_path / "frame.png", width, height), **({"size": size} if size else {}))
    assert f"{width}x{height} pixels" in said
    assert "crop it" in said


@pytest.mark.parametrize("width,height", [(1280, 720), (1920, 1080), (1284, 720), (1270, 720), (600, 338)])
async def test_about_the_shape_is_the_shape(on_set, tmp_path, width, height):
    """A pixel or two of rounding is no other shape."""
    assert await bring(await on_set.studio(), given(picture(tmp_path / "frame.png", width, height)), paths=True)


@pytest.mark.parametrize("width,height", [(512, 288), (2064, 1161)], ids=["too small", "too large"])
async def test_sides_that_the_provider_refuses_are_refused_here(refused, tmp_path, width, height):
    """Sides under 300 or over 2048 pixels are refused before they are uploaded."""
    assert "300 to 2048" in await refused(picture(tmp_path / "frame.png", width, height))


async def test_a_file_that_is_too_large_is_refused(refused, tmp_path):
    """More than 20 MB is more than the provider takes."""
    image = picture(tmp_path / "frame.png")
    with image.open("ab") as file:
        file.truncate(20_000_001)
    assert "20000000" in await refused(image)


async def test_a_look_at_an_image_writes_nothing(on_set, tmp_path):
    """Whoever only looks is told the same name, and the archive stays as it was."""
    studio, image = await on_set.studio(), given(picture(tmp_path / "frame.png"))
    looked = await Images(studio, paths=True).of(image)
    assert on_set.files == []
    first, last = await bring_all(studio, image, paths=True)
    assert (first.model_copy(update={"lineage": None}), last) == looked, "no record says yet where it came from"
    assert await Images(studio, paths=True).of(image) == (first, last)


async def test_a_bad_image_is_told_without_our_own_folders(refused, tmp_path):
    """What isn't a picture is named as it was given; the file that we copied it to is nobody's business."""
    image = tmp_path / "frame.png"
    image.write_bytes(b"no picture at all")
    said = await refused(image)
    assert said.endswith(f"got {image}; the file isn't a readable PNG, JPEG or WEBP picture")
    assert "/stillreel-" not in said


@pytest.mark.parametrize(
    "address",
    [
        "http://me:s3cret@127.0.0.1/a.png?sig=s3cret&x=1#s3cret",
        "https://10.0.0.1/a.png?sig=s3cret",
        "gs://me:s3cret@bucket/a.png",
    ],
)
async def test_a_secret_in_an_address_is_not_repeated(refused, address):
    """A password and a signature in an address stand in no message."""
    assert "s3cret" not in await refused(address, paths=False)
