"""Two models beside each other: only what differs, and what the second can't do."""

import pytest

from stillreel.runware.catalogue.comparison import differences, lacking
from stillreel.runware.catalogue.telling import sizes_said

OLD, TURNED = "klingai:3@1", "klingai:2@1"
NEXT, PRO = "klingai:kling-video@3-standard", "klingai:kling-video@2.6-pro"


@pytest.fixture
def beside(catalogue, today):
    """What differs between two models, by the rule's name."""

    def compare(first, second, catalogue=catalogue, day=today):
        return {what: (a, b) for what, a, b in differences(catalogue.entry(first), catalogue.entry(second), day)}

    return compare


def test_a_model_is_as_itself(beside, catalogue, today):
    """Nothing differs, and nothing is lost."""
    for air, entry in catalogue.items():
        assert beside(air, air) == {}
        assert lacking(entry, entry, today) == []


def test_each_rule_that_differs_is_told(beside):
    """Sizes by mode, durations, words, prices and status stand beside each other; what is the same is left out."""
    found = beside(PRO, NEXT)
    assert found["duration"] == ("one of 5, 10, else 5", "an integer from 3 to 15, else 5")
    assert found["guidance"] == ("a number from 0 to 1 in steps of 0.01, else 0.5", "–")
    assert found["size, text"] == ("1920x1080, 1440x1440, 1080x1920", "1280x720, 960x960, 720x1280")
    assert found["size, first and last frame"] == ("as the image", "as the image (not known for certain)")
    both = "up to 2 at first, last, 0, -1"
    assert found["frames"] == (both, f"{both} (not known for certain)")
    assert beside(PRO, OLD)["frames"] == (both, "1 at first, 0")
    assert found["price"][1].startswith("$0.084 a second, 720p, without audio, since 2026-02-05\n$0.126 a second")
    assert found["prompt"][1] == "text (not known for certain), optional"
    assert {"size, first frame", "results", "format", "status", "kind"}.isdisjoint(found)


def test_rules_with_dates_are_told_as_they_stand(beside, today):
    """A prompt that was refused in June and is required in November differs by the day."""
    assert beside(PRO, TURNED)["prompt"][1] == "text from 2 to 2500 characters long, required"
    assert beside(PRO, TURNED, day=today.replace(month=6))["prompt"][1] == "–"


def test_what_is_lost_is_told(catalogue, today):
    """The second's lack is said in words of what a person wants: a mode, a size, a duration, a word."""
    pro, old, new = (catalogue.entry(air) for air in (PRO, OLD, NEXT))
    assert lacking(pro, new, today) == [
        "start from one image and end with another, as far as anybody says",
        "take images or videos to go by",
        "make 16:9 in 1920x1080: it makes 1280x720",
        "make 1:1 in 1440x1440: it makes 960x960",
        "make 9:16 in 1080x1920: it makes 720x1280",
        "be told how closely to follow the prompt (guidance)",
    ]
    assert lacking(new, old, today) == [
        "make 1:1 in 960x960: it makes 720x720",
        "make clips of 3, 4, 6, 7, 8, 9, 11, 12, 13, 14, 15 s",
        "make sound",
        "be told of several parts (beats)",
        "go without a prompt",
    ]
    assert "work from words alone" in lacking(old, catalogue.entry(TURNED), today)


def test_bounds_that_are_narrower_are_lost(catalogue, today):
    """Fewer results at once, a shorter prompt and a format less are told with the bound."""
    old = catalogue.entry(OLD)
    fields = {
        "numberResults": old.fields["numberResults"].model_copy(update={"max": 1}),
        "outputFormat": old.fields["outputFormat"].model_copy(update={"values": ("MP4",)}),
        "positivePrompt": old.fields["positivePrompt"].model_copy(update={"max_length": 500}),
    }
    small = old.model_copy(update={"fields": {**old.fields, **fields}})
    assert lacking(old, small, today) == [
        "take a prompt of more than 500 characters",
        "make more than 1 at once",
        "write WEBM or MOV",
    ]
    assert lacking(small, old, today) == []


def test_a_still_on_another_grid_is_cut(catalogue, today):
    """A model that doesn't make a still's very size is told with the larger one that it is cut from."""
    fine = catalogue.entry("runware:z-image@turbo")
    coarse = fine.model_copy(update={"sizes": {"text": fine.sizes["text"].model_copy(update={"step": 64})}})
    assert lacking(fine, coarse, today)[0] == "make 16:9 in 1280x720: it makes 1280x768, which is cut"


def test_sound_that_is_always_there_is_no_lack(beside, catalogue, today):
    """What always has sound can make it, and can't go without; who can be asked for it can do both."""
    turbo, standard, old = (catalogue.entry(air) for air in ("klingai:kling-video@3.0-turbo", NEXT, OLD))
    assert beside(turbo.air, NEXT)["audio"] == ("always", "if asked")
    assert "go without sound" in lacking(standard, turbo, today)
    assert "make sound" not in lacking(standard, turbo, today)
    assert not {"make sound", "go without sound"} & {*lacking(turbo, standard, today)}
    assert "make sound" in lacking(turbo, old, today)


def test_a_resolution_by_name_is_lost(catalogue, today):
    """What a shot can ask for by name is told by name; who can be asked for more has lost nothing."""
    turbo, pro = catalogue.entry("klingai:kling-video@3.0-turbo"), catalogue.entry(PRO)
    assert "be asked for 720p or 1080p by name (resolution)" in lacking(turbo, pro, today)
    large = {mode: rule.model_copy(update={"resolutions": ("1080p",)}) for mode, rule in turbo.sizes.items()}
    less = turbo.model_copy(update={"sizes": large})
    assert "be asked for 720p by name (resolution)" in lacking(turbo, less, today)
    for one in (less, pro):
        assert not [said for said in lacking(one, turbo, today) if "by name" in said]


def test_a_least_number_of_pixels_is_told(beside, catalogue, today):
    """By the mode's own rule or by one across fields, and by its day; a smaller still is cut from a larger one."""
    small, large = catalogue.entry("bytedance:5@0"), catalogue.entry("bytedance:seedream@4.5")
    words = ("921600 pixels and more in all", "3686400 pixels and more in all")
    assert beside(small.air, large.air)["size, text"] == words
    assert lacking(small, large, today)[0] == "make 16:9 in 1280x720: it makes 2560x1440, which is cut"
    sizes = {"text": large.sizes["text"].model_copy(update={"min_pixels": None})}
    (rule,) = [rule for rule in large.rules if rule.kind == "pixels"]
    for until, says in ((None, words[1]), (today, "unknown")):
        dated = large.model_copy(update={"sizes": sizes, "rules": (rule.model_copy(update={"until": until}),)})
        assert sizes_said(dated, "text", today) == says


def test_another_kind_is_another_thing(catalogue, today):
    """A model for stills isn't compared with one for clips word by word."""
    assert lacking(catalogue.entry(OLD), catalogue.entry("runware:400@4"), today) == ["make clips: it makes stills"]
