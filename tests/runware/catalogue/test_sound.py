"""Sound: asked for by a field, always there, or never; who wants what a model makes anyway gets it."""

from datetime import date
from uuid import UUID

import pytest

from stillreel.domain.errors import BadInput
from stillreel.domain.requests import ImageParent, TakeParent
from stillreel.runware.catalogue import AskedClip, body_of, doubts_of, load, quote_of, resolve_clip
from stillreel.runware.catalogue.telling import sound_said
from tests.runware.catalogue.klingai_page import FRAME_ID

TODAY = date(2026, 11, 22)
CATALOGUE = load()
TASK = UUID("b2b12f9d-6822-434e-bcdb-792ec67bab65")
NEVER, ALWAYS, ASKED = "klingai:3@1", "klingai:kling-video@3.0-turbo", "klingai:kling-video@3-standard"
PRO, OPEN = "klingai:kling-video@2.6-pro", "klingai:kling@o1"
FRAMES = {"parent": TakeParent(take=1, digest="0" * 64), "last": ImageParent(sha256="1" * 64)}


def clip(air, audio, **more):
    return resolve_clip(CATALOGUE[air], AskedClip(prompt="gulls lift off", audio=audio, **more), today=TODAY)


def test_a_no_passes_where_the_clip_is_silent_anyway():
    """Between two frames VIDEO 2.6 Pro knows no setting for sound: a no is the same request as nothing, priced so."""
    silent, nothing = clip(PRO, False, **FRAMES), clip(PRO, None, **FRAMES)
    assert silent.digest == nothing.digest
    assert "providerSettings" not in body_of(CATALOGUE[PRO], silent, TASK, FRAME_ID, FRAME_ID)
    assert quote_of(CATALOGUE[PRO], silent, TODAY, framed=True).row.audio is False
    assert clip(PRO, False, parent=FRAMES["parent"]).audio is False
    with pytest.raises(BadInput, match="between two frames there is no sound setting"):
        clip(PRO, True, **FRAMES)


def test_a_no_is_told_again_once_the_rule_has_ended():
    """It is the rule of the day that makes the word idle."""
    rules = [rule.model_copy(update={"until": TODAY}) if rule.number == "4" else rule for rule in CATALOGUE[PRO].rules]
    entry = CATALOGUE[PRO].model_copy(update={"rules": tuple(rules)})
    asked = AskedClip(prompt="gulls lift off", audio=False, **FRAMES)
    assert resolve_clip(entry, asked, today=TODAY).audio is False


def test_what_nobody_says_of_sound_is_not_told_as_a_fact():
    """Sound of a model of which nobody says whether it makes any can't be asked for, and that is all that is known."""
    with pytest.raises(BadInput) as refused:
        clip(OPEN, True)
    (problem,) = refused.value.problems
    assert problem.allowed == (
        "leave it out, or name another motion.model: nobody says whether clips by KlingAI VIDEO O1 Pro have sound, "
        "and it can't be asked for"
    )
    assert sound_said(CATALOGUE[OPEN]) == "nobody says"
    assert sound_said(CATALOGUE[NEVER]) is None
    request = clip(OPEN, False)
    row = quote_of(CATALOGUE[OPEN], request, TODAY, framed=False).row
    doubts = doubts_of(CATALOGUE[OPEN], body_of(CATALOGUE[OPEN], request, TASK, None), row=row)
    assert any("for certain whether its clips have sound" in doubt for doubt in doubts)


@pytest.mark.parametrize("air,audio", [(ALWAYS, True), (NEVER, False)])
def test_what_a_model_makes_anyway_can_be_asked_for(air, audio):
    """It is the same request as without the word, and nothing of it is sent, where there is no field for it."""
    request = clip(air, audio)
    assert request.digest == clip(air, None).digest
    assert "providerSettings" not in body_of(CATALOGUE[air], request, TASK, None)


@pytest.mark.parametrize(
    "air,audio,why",
    [
        (ALWAYS, False, "clips by KlingAI VIDEO 3.0 Turbo always have sound"),
        (NEVER, True, "KlingAI 1.6 Standard makes no sound"),
    ],
)
def test_what_a_model_cannot_do_is_one_problem(air, audio, why):
    """Silence where there is always sound, and sound where there is none, are told in the shot file's words."""
    with pytest.raises(BadInput) as refused:
        clip(air, audio)
    (problem,) = refused.value.problems
    assert (problem.field, problem.got) == ("motion.audio", "yes" if audio else "no")
    assert problem.allowed == f"leave it out, or name another motion.model: {why}"


@pytest.mark.parametrize("audio", [True, False])
def test_a_model_with_a_field_is_told_either(audio):
    """Both are sent in the maker's own setting, and are requests of their own."""
    request = clip(ASKED, audio)
    assert body_of(CATALOGUE[ASKED], request, TASK, None)["providerSettings"] == {"klingai": {"sound": audio}}
    assert request.digest != clip(ASKED, None).digest


def test_sound_that_is_always_there_is_paid_for():
    """A price row for clips with sound is that of a model whose clips always have some, though nobody asks."""
    entry = CATALOGUE[ASKED].model_copy(update={"always_audio": True})
    assert quote_of(entry, clip(ASKED, None), TODAY, framed=False).row.audio is True
    assert quote_of(CATALOGUE[ASKED], clip(ASKED, None), TODAY, framed=False).row.audio is False


@pytest.mark.parametrize("size,named", [((1920, 1080), "1080p"), ((1280, 720), "720p"), (None, "720p")])
def test_a_size_in_pixels_has_the_price_of_its_resolution(size, named):
    """Where nobody names a resolution it is the one that the size is of; without a size it is the model's first."""
    pixels = {} if size is None else {"width": size[0], "height": size[1]}
    request = resolve_clip(CATALOGUE[ALWAYS], AskedClip(prompt="gulls lift off", **pixels), today=TODAY)
    assert (request.resolution, quote_of(CATALOGUE[ALWAYS], request, TODAY, framed=False).row.tier) == (named, named)
