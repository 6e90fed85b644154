"""All problems at once: what is wrong with one part of a shot hides nothing of what is wrong with another."""

from datetime import date

import pytest
from PIL import Image

from stillreel.domain.errors import BadInput
from stillreel.domain.shots import ImageToVideoShot
from stillreel.runware.catalogue import load
from stillreel.studio.board_files import Source
from stillreel.studio.boards import board_in
from stillreel.studio.lines import NoLines
from stillreel.studio.quoting import bids
from stillreel.studio.reading import shot_of, words_of
from stillreel.studio.refusing import brought
from tests.studio.on_set import CHAIN

TODAY = date(2026, 11, 22)
CATALOGUE = load()
LARGE, TURBO, OMNI = "klingai:kling-video@3-4k", "klingai:kling-video@3.0-turbo", "klingai:kling-video@o3-standard"
BEAT = {"prompt": "The light turns.", "duration": 3}
GUIDED = {"model": LARGE, "prompt": "Waves.", "guidance": 0.7, "duration": 7, "audio": True}
SIZE = "another model: Z-Image-Turbo makes no 3840x2160"


def told(motion, still=None, **more):
    """What is said of each field of a shot, in order."""
    with pytest.raises(BadInput) as refused:
        shot_of(
            {**CHAIN, "still": still or {"prompt": "A pier."}, "motion": motion, **more},
            ImageToVideoShot,
            CATALOGUE,
            TODAY,
        )
    return [(problem.field, f"{problem.got} | {problem.allowed}") for problem in refused.value.problems]


def fields(*args, **more):
    return [field for field, _ in told(*args, **more)]


class TestAStillAndItsClip:
    """A still has the pixels of its clip, whatever else is wrong with that."""

    def test_a_still_that_is_too_large_is_told_beside_what_is_wrong_with_the_clip(self):
        """Guidance that the video model lacks doesn't hide that the image model makes no such size."""
        (clip, _), (still, why) = told(GUIDED, results=2)
        assert (clip, still) == ("motion.guidance", "still.model")
        assert SIZE in why

    def test_a_quote_lists_both(self):
        """A model that can't do a shot isn't told to do it once one word is left out."""
        shot = words_of({**CHAIN, "motion": {**GUIDED, "model": "klingai:3@1"}}, ImageToVideoShot)
        (bid,) = bids(shot, [LARGE], CATALOGUE, TODAY)
        assert [problem.field for problem in bid.problems] == ["motion.guidance", "still.model"]
        assert not bid.still_alone

    def test_a_size_that_nobody_knows_yet_is_not_judged(self):
        """While the clip's resolution isn't known, nothing is said of the size of its still."""
        still = {"prompt": "A pier.", "model": "google:4@3", "resolution": "9K"}
        assert fields({"model": TURBO, "prompt": "Waves.", "resolution": "8K"}, still) == [
            "motion.resolution",
            "still.resolution",
        ]


class TestBeats:
    """A beat that can't be read hides nothing of the others, or of what stands beside them."""

    @pytest.mark.parametrize(
        "beat,where",
        [
            (7, "motion.beats.0"),
            ({"duration": 3}, "motion.beats.0.prompt"),
            ({"prompt": "Waves."}, "motion.beats.0.duration"),
            ({"prompt": " ", "duration": 3}, "motion.beats.0.prompt"),
            ({"prompt": "", "duration": 3}, "motion.beats.0.prompt"),
            ({"prompt": "Waves.", "duration": 2.5}, "motion.beats.0.duration"),
        ],
        ids=["a number", "no prompt", "no seconds", "spaces", "empty", "half a second"],
    )
    def test_one_that_is_wrong_hides_no_sum_no_number_and_no_prompt(self, beat, where):
        """Its own problem, seven of them, more seconds than there may be, and a prompt beside them, all at once."""
        found = told({"model": OMNI, "prompt": "Waves.", "beats": [beat, {**BEAT, "duration": 99}, *[BEAT] * 5]})
        assert sorted(field for field, _ in found if field != "motion.beats") == [where, "motion.prompt"]
        said = [said for field, said in found if field == "motion.beats"]
        assert any("7 items" in each for each in said)
        assert any(" s in all | an integer from 3 to 15" in each for each in said)

    def test_a_sum_with_a_beat_of_unknown_length_is_the_least_that_it_can_be(self):
        """What can't be read lasts a second at least, and the sum says so."""
        found = dict(told({"model": OMNI, "beats": [{"prompt": "Waves."}, {**BEAT, "duration": 15}]}))
        assert found["motion.beats"].startswith("at least 16 s in all | an integer from 3 to 15")

    @pytest.mark.parametrize("seconds,contradicted", [(9, False), (4, False), (3, True)])
    def test_a_duration_beside_it_is_contradicted_only_for_certain(self, seconds, contradicted):
        """While one beat's length isn't known, a duration may still be right, unless the others are too long for it."""
        motion = {"model": OMNI, "beats": [{"prompt": "Waves.", "duration": "long"}, BEAT], "duration": seconds}
        found = dict(told(motion))
        assert ("motion.duration" in found) is contradicted
        assert "at least 4, the sum of the beats" in found.get("motion.duration", "at least 4, the sum of the beats")
        assert "motion.beats" not in found

    def test_a_list_of_thousands_is_told_and_no_more(self):
        """The other parts of the shot are still looked at."""
        assert {"motion.beats.0", "results"} <= set(fields({"model": OMNI, "beats": [7] * 2_000}, results=9))


class TestModelsThatNobodyKnows:
    """What no model takes is told though the models aren't known."""

    def test_results_and_quality_are_told_beside_two_strangers(self):
        """Guidance is the model's matter; 40 results are too many for any."""
        motion = {"model": "klingai:3@9", "prompt": "Waves.", "guidance": 9}
        still = {"model": "nope:1", "prompt": "A pier."}
        found = told(motion, still, results=40, output={"quality": 101})
        assert {field for field, _ in found} == {"motion.model", "still.model", "results", "output.quality"}
        assert dict(found)["results"] == "40 | an integer from 1 to 4"

    @pytest.mark.parametrize("model", ["nope:1", "runware:400@4"], ids=["a stranger", "an image model"])
    def test_a_clip_of_no_words_or_less_than_no_time_is_told(self, model):
        """Nothing that moves can be made of nothing, or last no time."""
        assert fields({"model": model, "duration": -1}) == ["motion.duration", "motion.model", "motion.prompt"]

    def test_no_time_at_all_is_none_that_was_left_out(self):
        """A duration of 0 isn't the model's own."""
        assert fields({"prompt": "Waves.", "duration": 0}) == ["motion.duration"]

    def test_a_storyboard_is_told_the_same(self):
        """Its shots are looked at alike."""
        shot = {"shot": "a", "motion": {"model": "nope:1", "prompt": "Waves."}, "results": 40}
        source = Source(data={"project": "harbour", "shots": [shot]}, lines=NoLines())
        with pytest.raises(BadInput) as refused:
            board_in(source, CATALOGUE, TODAY, None)
        assert {problem.field for problem in refused.value.problems} == {"shots.a.motion.model", "shots.a.results"}


async def test_a_run_is_told_of_its_words_and_its_images(on_set, tmp_path):
    """A shot that comes from a form has both told before anything is brought into the archive."""
    Image.new("RGB", (1280, 720)).save(tmp_path / "dawn.png")
    data = {**CHAIN, "motion": {"prompt": "Waves.", "duration": 7}, "still": {"image": str(tmp_path / "dawn.png")}}
    with pytest.raises(BadInput) as refused:
        await brought(await on_set.studio(), ImageToVideoShot.model_validate(data))
    assert [problem.field for problem in refused.value.problems] == ["motion.duration", "still.image"]
    assert on_set.files == []
