"""Inheriting: the shot's own word wins, what it doesn't say is the defaults', and nothing leaks between shots."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillreel.domain.inheriting import inherited, said, words_of
from stillreel.domain.shots import ImageToVideoShot
from stillreel.domain.storyboards import BoardShot, Defaults

WORD = st.text("ab", min_size=1, max_size=3)
BEATS = [{"prompt": "first", "duration": 2}, {"prompt": "second", "duration": 3}]
SETTINGS = {"negative_prompt": WORD, "model": WORD, "resolution": WORD, "take": WORD}
GROUPS = {
    "still": st.fixed_dictionaries({}, optional={**SETTINGS, "seed": st.integers(0, 9)}),
    "motion": st.fixed_dictionaries({}, optional={**SETTINGS, "audio": st.booleans(), "guidance": st.floats(0, 1)}),
    "output": st.fixed_dictionaries({}, optional={"quality": st.integers(20, 99)}),
}
PLAIN = {"take": WORD, "size": WORD, "results": st.integers(1, 4), "safety": WORD}
SOME_WORDS = st.fixed_dictionaries({}, optional={**PLAIN, **GROUPS})
PROMPTS = {"still": {"prompt": "A quay."}, "motion": {"prompt": "Waves."}}


def with_prompts(words):
    return {**words, **{stage: {**PROMPTS[stage], **words.get(stage, {})} for stage in PROMPTS}}


def leaves(words, at=()):
    for key, value in words.items():
        if isinstance(value, dict):
            yield from leaves(value, (*at, key))
        else:
            yield (*at, key), value


@given(own=SOME_WORDS, common=SOME_WORDS)
def test_the_shots_own_word_wins_and_the_rest_is_the_defaults(own, common):
    """Key by key, a shot that makes both stages has its own words, the defaults' where it has none, and no others."""
    mine, theirs = dict(leaves(with_prompts(own))), dict(leaves(common))
    assert dict(leaves(inherited(with_prompts(own), common))) == {**theirs, **mine}


@given(own=SOME_WORDS, common=SOME_WORDS)
def test_nothing_is_changed_by_being_inherited(own, common):
    """Neither the shot's words nor the defaults are touched, so nothing of one shot can be found in the next."""
    before = repr((own, common))
    found = inherited(own, common)
    for group in (value for value in found.values() if isinstance(value, dict)):
        group["planted"] = True
    assert repr((own, common)) == before
    assert "planted" not in repr(inherited({"shot": "next"}, common))


@given(own=SOME_WORDS, common=SOME_WORDS)
def test_a_shot_has_the_stages_that_it_names(own, common):
    """Settings alone add no stage to a shot: only its own words do, or the defaults' prompt."""
    assert {"still", "motion"} & set(inherited(own, common)) == {"still", "motion"} & set(said(own))


@pytest.mark.parametrize(
    "stage,words",
    [
        ("still", {"prompt": "A quay."}),
        ("still", {"image": "quay.png"}),
        ("motion", {"prompt": "Waves."}),
        ("motion", {"beats": BEATS}),
    ],
)
def test_words_among_the_defaults_are_a_stage_of_every_shot(stage, words):
    """A prompt, beats or an image for all are a stage for all."""
    assert inherited({"shot": "opening"}, {stage: words}) == {"shot": "opening", stage: words}


@pytest.mark.parametrize(
    "stage,own,common,left",
    [
        ("still", {"image": "a.png"}, {"prompt": "x", "model": "m", "seed": 7, "negative_prompt": "n"}, {}),
        ("still", {"image": "a.png"}, {"image": "b.png"}, {}),
        ("still", {"prompt": "A quay."}, {"image": "b.png", "model": "m"}, {"model": "m"}),
        ("still", {}, {"image": "b.png", "model": "m"}, {"image": "b.png"}),
        ("motion", {"prompt": "Waves."}, {"beats": BEATS, "model": "m"}, {"model": "m"}),
        ("motion", {"beats": BEATS}, {"prompt": "x", "duration": 9, "model": "m"}, {"model": "m"}),
    ],
    ids=["given", "given otherwise", "prompted", "given to all", "words", "beats"],
)
def test_defaults_of_another_kind_stay_away(stage, own, common, left):
    """What a shot makes of a stage decides which defaults can be meant for it."""
    assert inherited({stage: own}, {stage: common})[stage] == {**left, **own}


@pytest.mark.parametrize("word,still_has,clip_has", [("PNG", True, False), ("MP4", False, True)])
def test_a_default_format_is_for_the_files_that_have_it(word, still_has, clip_has):
    """A storyboard of stills and clips may say the format of one kind for all."""
    common = {"output": {"format": word, "quality": 80}}
    still, clip = (inherited({stage: PROMPTS[stage]}, common)["output"] for stage in ("still", "motion"))
    assert ("format" in still, "format" in clip) == (still_has, clip_has)
    assert still["quality"] == clip["quality"] == 80


@pytest.mark.parametrize("nothing", [None, {}, {"prompt": None}, {"beats": []}], ids=repr)
def test_an_empty_word_says_nothing(nothing):
    """What a form sends for an untouched field, or a file for a bare key, leaves the defaults as they are."""
    common = {"motion": {"prompt": "Waves."}}
    assert inherited({"motion": nothing}, common) == common


def test_an_empty_text_is_a_word():
    """A shot can take back a negative prompt that the others have."""
    common = {"still": {"negative_prompt": "people"}}
    own = {"still": {"prompt": "A quay.", "negative_prompt": ""}}
    assert inherited(own, common)["still"]["negative_prompt"] == ""


def test_no_is_a_word():
    """A shot without sound among shots with it stays silent."""
    assert inherited({"motion": {"audio": False}}, {"motion": {"audio": True}}) == {"motion": {"audio": False}}


@pytest.mark.parametrize("broken", [7, "words", [1]], ids=repr)
def test_what_is_no_group_stays_as_it_was_written(broken):
    """A stage that is no group is the reader's to tell of."""
    assert inherited({"still": broken}, {"still": {"prompt": "x"}})["still"] == broken


def test_a_form_and_a_file_come_to_the_same_shot():
    """What somebody fills in is what the same words in a file would be."""
    own = {"shot": "opening", "motion": {"prompt": "Waves.", "audio": "yes"}}
    common = {"size": "1:1", "still": {"prompt": "A quay.", "seed": 7}}
    words = inherited(
        words_of(BoardShot.model_validate({**own, "output": {}})), words_of(Defaults.model_validate(common))
    )
    assert words == inherited(own, common)
    assert ImageToVideoShot.model_validate({**words, "project": "harbour"}).still.seed == 7
