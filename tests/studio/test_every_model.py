"""The chain with each video model that takes a first frame: real pictures, decoded, of the right size and length."""

import asyncio
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import av
import pytest
from PIL import Image

from stillreel.domain.errors import BadInput
from stillreel.domain.shots import STILL_MODEL, Motion
from stillreel.media.probe import probe_clip
from stillreel.runware.catalogue import AskedStill, Entry, resolve_still, sizes
from stillreel.studio.studio import Studio
from tests.emulator.pictures import ssim
from tests.studio.on_set import CATALOGUE, CHAIN, Open, Reel, a_run, produce, shot

FIRST_FRAME = sorted(air for air, entry in CATALOGUE.items() if "first_frame" in entry.modes)
TODAY = date(2026, 11, 22)
MOST_DRAWN = 1_000_000  # pixels of a frame: larger clips stand still, which costs a fraction and decodes as well
SILENCE = 0.01  # of full loudness; a coder leaves a little noise where nothing sounds
FOUR = ("klingai:6@0", "klingai:kling-video@2.6-pro", "klingai:kling-video@3.0-turbo", "klingai:kling@o1-standard")
RICH = 100  # dollars that a run may cost


def shortest(entry: Entry) -> float:
    """Seconds of the shortest clip that a model makes."""
    rule = entry.fields["duration"]
    return float(rule.min if rule.values is None else min(rule.values))


def chain(entry: Entry, name: str) -> Mapping[str, Any]:
    """The words of a shot with this video model, of its shortest clip, with sound where that can be asked for."""
    motion = {"prompt": "The light turns.", "model": entry.air, "duration": shortest(entry)}
    return {
        **CHAIN,
        "shot": name,
        "still": {"prompt": "A lighthouse at dawn.", "model": still_model(*sizes(entry, "first_frame")["16:9"])},
        "motion": {**motion, "audio": True} if sounds(entry) else motion,
    }


def still_model(width: int, height: int) -> str:
    """The default image model, or another that makes stills of just this size."""
    for air in (STILL_MODEL, *sorted(CATALOGUE)):
        try:
            asked = AskedStill(prompt="A lighthouse at dawn.", width=width, height=height)
            made = resolve_still(CATALOGUE.entry(air), asked, today=TODAY)
        except BadInput:
            continue
        if made.crop is None:
            return air
    raise AssertionError(f"no image model makes {width}x{height}")


def sounds(entry: Entry) -> bool:
    """Whether sound is asked for: where the model has a field for it, and the shot file a word."""
    return entry.field_of("audio") is not None and "audio" in Motion.model_fields


async def run(studio: Studio, entry: Entry, name: str) -> Reel:
    """The chain of one model, to its end."""
    return await produce(studio, shot(chain(entry, name)), a_run(name))


async def check(root: Path, entry: Entry, reel: Reel) -> None:
    """The clip in the archive has the model's size, its length, its still as first frame, and sound if it should."""
    (kept,) = reel.clip.archived
    path = Path(kept.uri.removeprefix("file://"))
    facts = await probe_clip(path)
    assert path.is_relative_to(root)
    assert (facts.width, facts.height) == sizes(entry, "first_frame")["16:9"]
    assert facts.seconds == pytest.approx(shortest(entry), abs=0.05)
    with av.open(str(path)) as clip:
        assert len(clip.streams.audio) == (entry.always_audio or sounds(entry))
        first = next(clip.decode(video=0)).to_image()
    if entry.always_audio or sounds(entry):
        seconds, loudness = heard(path)
        assert seconds == pytest.approx(shortest(entry), abs=0.1)
        assert loudness > SILENCE
    if facts.width * facts.height < MOST_DRAWN:
        with Image.open(reel.still.archived[0].uri.removeprefix("file://")) as still:
            assert ssim(still, first) >= 0.9


def heard(path: Path) -> tuple[float, float]:
    """How long a clip sounds, in seconds, and how loud its loudest moment is, of 1."""
    with av.open(str(path)) as clip:
        frames = list(clip.decode(audio=0))
        samples = sum(frame.samples for frame in frames) / frames[0].sample_rate
        return samples, max(float(abs(frame.to_ndarray()).max()) for frame in frames)


def media(*entries: Entry) -> str:
    """Drawn where that is cheap."""
    wide = max(pair[0] * pair[1] for entry in entries for pair in sizes(entry, "first_frame").values())
    return "drawn" if wide < MOST_DRAWN else "canned"


@pytest.mark.parametrize("air", FIRST_FRAME)
async def test_the_chain_runs_to_the_end(open_set: Open, air: str) -> None:
    """A still and the clip that starts from it are bought once each, archived, and the clip is what was asked for."""
    entry = CATALOGUE[air]
    on_set = await open_set(media=media(entry))
    reel = await run(await on_set.studio(max_usd=RICH), entry, "lighthouse")
    assert [(submits, runs) for submits, runs, _ in on_set.bought] == [(1, 1), (1, 1)]
    await check(on_set.root, entry, reel)
    quoted = sum(stage.quote.upper for stage in reel.plan.stages)
    assert sum(cost for _, _, cost in on_set.bought) <= quoted


async def test_four_models_at_once(open_set: Open) -> None:
    """Four shots with four different video models run at the same time in one studio, and each gets its own clip."""
    entries = [CATALOGUE[air] for air in FOUR]
    on_set = await open_set(media="canned")
    studio = await on_set.studio(max_usd=RICH)
    reels = await asyncio.gather(*(run(studio, entry, f"shot-{n}") for n, entry in enumerate(entries)))
    assert sorted(job["model"] for job in on_set.jobs if job["taskType"] == "videoInference") == sorted(FOUR)
    assert [(submits, runs) for submits, runs, _ in on_set.bought] == [(1, 1)] * 8
    for entry, reel in zip(entries, reels, strict=True):
        await check(on_set.root, entry, reel)
