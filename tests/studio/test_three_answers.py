"""Sound is asked for, asked not to be, or not spoken of: three things, and each is what it was."""

from datetime import date

import pytest

from stillreel.domain.errors import BadInput
from stillreel.domain.requests import TakeParent
from stillreel.domain.shots import ImageToVideoShot
from stillreel.runware.catalogue import Catalogue
from stillreel.studio.parsing import parsed
from stillreel.studio.reading import shot_of
from stillreel.studio.resolving import clip_of
from tests.studio.on_set import CHAIN
from tests.studio.on_set import MORE_MODELS as CATALOGUE

TODAY = date(2026, 11, 22)
SWITCH, ALWAYS, NEVER = "studio:words@1", "klingai:kling-video@3.0-turbo", "klingai:3@1"
NAME = "KlingAI VIDEO 3.0 Turbo"
SOUND = "providerSettings.klingai.sound"
TAKE = TakeParent(take=1, digest="0" * 64)
BEFORE = {  # asked and digest, computed while no was the same as nothing
    (SWITCH, ""): (
        "ab34676de93a5cde0a7811c4507097963ff07bef14d6cb942b76320ac4258c50",
        "104742f624437343fd41c1c331d3b2c77603be525b2f6b221b9591e7ef6e3f84",
    ),
    (SWITCH, "yes"): (
        "9e04a993ecc6a6ca9899c69b99e846e3b397990dcaaf50a100c3d227d01bc2e4",
        "ec10d549356b62698111c15264b7f38e569ad978d26934143b1f8608c10fcf6a",
    ),
    (ALWAYS, ""): (
        "c7952ece26b6545c7c5f1d6b959bcf3ca9c44c485114d46d48e2c98ffcf1bc97",
        "d1be5e1b29cf1b7a06f9f414b11eae2bc8aaaff6893e1996009d2ef756d85c77",
    ),
    (ALWAYS, "yes"): (
        "5957c8b7f5d720429c206a074cb6ee7d8513a76110b8381cc153046969e07346",
        "d1be5e1b29cf1b7a06f9f414b11eae2bc8aaaff6893e1996009d2ef756d85c77",
    ),
}


def read(model, audio, catalogue=CATALOGUE):
    """A shot whose file says this of sound, word for word; empty where it says nothing."""
    said = {} if audio is None else parsed(f"audio: {audio}", "shot.yaml")
    motion = {"model": model, "prompt": "Waves.", **said}
    data = {**CHAIN, "still": {"prompt": "A lighthouse."}, "motion": motion}
    return shot_of(data, ImageToVideoShot, catalogue, TODAY)


def clip(shot, catalogue=CATALOGUE):
    found = clip_of(shot, catalogue, TODAY, TAKE)
    return found.asked, found.request.digest, found.request.audio


@pytest.mark.parametrize(
    "written,meant",
    [
        ("true", True),
        ("yes", True),
        ("'yes'", True),
        ("false", False),
        ("no", False),
        ("'no'", False),
        ("''", None),
        ("null", None),
        ("", None),
        (None, None),
    ],
)
def test_a_file_may_say_it_in_several_ways(written, meant):
    """True and yes are one, false and no are one, and nothing is nothing; each comes back from JSON as it was."""
    shot = read(SWITCH, written)
    assert shot.motion.audio is meant
    assert ImageToVideoShot.model_validate_json(shot.model_dump_json()) == shot
    assert clip(shot)[2] is meant


@pytest.mark.parametrize("model,audio", BEFORE, ids=str)
def test_what_was_bought_is_what_it_was(model, audio):
    """A shot that says yes, or nothing, is the take that it was when there was no third answer."""
    assert clip(read(model, audio))[:2] == BEFORE[model, audio]


def usually(default):
    """The catalogue once somebody has learnt, or doubts, what the model with a switch does unasked."""
    switch = CATALOGUE[SWITCH]
    fields = {**switch.fields, SOUND: switch.fields[SOUND].model_copy(update={"default": default})}
    return Catalogue({**CATALOGUE, SWITCH: switch.model_copy(update={"fields": fields})})


@pytest.mark.parametrize("before,after", [(None, False), (False, None), (None, True)], ids=str)
def test_a_no_that_was_paid_for_is_found_whatever_is_learnt(before, after):
    """A take of a shot that says no stays that shot's when it is learnt whether the model is silent unasked."""
    (asked, digest, _), (again, other, _) = (
        clip(read(SWITCH, "no", usually(known)), usually(known)) for known in (before, after)
    )
    assert asked == again
    assert (digest == other) == (False not in (before, after))  # the request changes with what must be said


def test_no_is_said_where_there_is_a_switch():
    """A model that can be told is told, which makes a take of its own."""
    silent, nothing = clip(read(SWITCH, "no")), clip(read(SWITCH, None))
    assert silent[2] is False
    assert silent[0] != nothing[0]
    assert silent[1] != nothing[1]


def test_no_is_nothing_where_silence_is_usual():
    """A model that makes no sound, or whose own default is silence, is asked the same with it as without."""
    for model, catalogue in ((NEVER, CATALOGUE), (SWITCH, usually(False))):
        with_it, without = (clip(read(model, said, catalogue), catalogue) for said in ("no", None))
        assert with_it[1:] == without[1:]


@pytest.mark.parametrize("audio", ["no", "false"])
def test_no_is_refused_where_there_is_always_sound(audio):
    """Who wants silence of a model that knows none is told so, and what to do."""
    with pytest.raises(BadInput) as refused:
        read(ALWAYS, audio)
    (problem,) = refused.value.problems
    assert (problem.field, problem.got) == ("motion.audio", "no")
    assert problem.allowed == f"leave it out, or name another motion.model: clips by {NAME} always have sound"
