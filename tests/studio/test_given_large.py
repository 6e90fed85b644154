"""Given images for models that make large clips: as long as the model's own longest side, and no longer."""

from pathlib import Path

import pytest
from PIL import Image

from stillreel.domain.errors import BadInput
from stillreel.media.limits import GIVEN_BYTES
from stillreel.media.probe import probe_clip
from stillreel.studio.planning import plan
from tests.studio.on_set import CHAIN, a_run, produce, shot

LARGE = ("klingai:kling-video@3-4k", "klingai:kling-video@o3-4k")
SMALL = "klingai:kling-video@3-pro"
RICH = 100


def given(image: Path, model: str):
    return shot({**CHAIN, "still": {"image": str(image)}, "motion": {**CHAIN["motion"], "model": model}})


def picture(path: Path, width: int, height: int) -> Path:
    Image.new("RGB", (width, height), (20, 60, 90)).save(path)
    return path


@pytest.mark.parametrize("model", LARGE)
async def test_a_4k_model_starts_from_a_4k_image(on_set, tmp_path, model):
    """An image of 3840x2160 becomes a clip of 3840x2160, bought once."""
    studio = await on_set.studio(max_usd=RICH)
    reel = await produce(studio, given(picture(tmp_path / "frame.png", 3840, 2160), model), paths=True)
    facts = await probe_clip(Path(reel.uris[-1].removeprefix("file://")))
    assert (facts.width, facts.height) == (3840, 2160)
    assert [(submits, runs) for submits, runs, _ in on_set.bought] == [(1, 1)]
    assert (await plan(studio, given(tmp_path / "frame.png", model), a_run("second"), reel.plan.given)).warnings == ()


@pytest.mark.parametrize("model,width,longest", [(LARGE[0], 4096, 3840), (SMALL, 3840, 2048)])
async def test_what_is_longer_than_a_model_makes_is_refused(on_set, tmp_path, model, width, longest):
    """The limit is the model's own longest side, or the 2048 of the vendor's page; nothing is bought past it."""
    image = picture(tmp_path / "frame.png", width, width * 9 // 16)
    with pytest.raises(BadInput, match=f"each side must be 300 to {longest}"):
        await produce(await on_set.studio(max_usd=RICH), given(image, model), paths=True)
    assert (on_set.jobs, on_set.files) == ([], [])


@pytest.mark.parametrize("size", [GIVEN_BYTES + 1, 1 << 40])
async def test_twenty_megabytes_hold_for_large_images_too(on_set, tmp_path, size):
    """Nobody states another limit, so a large PNG may pass it; nothing is bought then, nor read to its end."""
    image = picture(tmp_path / "frame.png", 3840, 2160)
    with image.open("ab") as file:
        file.truncate(size)
    with pytest.raises(BadInput, match="the file is larger than the 20000000 bytes that are allowed"):
        await produce(await on_set.studio(max_usd=RICH), given(image, LARGE[0]), paths=True)
    assert (on_set.jobs, on_set.files) == ([], [])
