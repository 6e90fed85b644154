"""Continuity: who waits for whose still, and circles in which nobody could begin."""

from hypothesis import given
from hypothesis import strategies as st

from stillreel.domain.continuity import after, cycles, has_still, in_waves, references, whose_still
from stillreel.domain.shots import ImageToVideoShot, TextToImageShot, TextToVideoShot

GRAPHS = st.integers(0, 12).flatmap(
    lambda size: st.fixed_dictionaries(
        {
            str(node): st.lists(st.sampled_from([str(other) for other in range(size)]), max_size=2)
            for node in range(size)
        }
    )
)


def chain(name, image=None, last=None):
    still = {"image": image} if image else {"prompt": "A quay."}
    motion = {"prompt": "Waves."} | ({"last_image": last} if last else {})
    return ImageToVideoShot.model_validate({"project": "harbour", "shot": name, "still": still, "motion": motion})


def test_a_shot_waits_for_the_stills_that_it_refers_to():
    """Both the first image and the last one are waited for, each shot once; other images are nobody's."""
    shots = [
        chain("a", "shot:b", "shot:c"),
        chain("b", "shot:c", "shot:c"),
        chain("c", "harbour.png", "https://example.com/quay.png"),
    ]
    assert after(shots) == {"a": ("b", "c"), "b": ("c",), "c": ()}
    assert references(shots[0]) == {"still.image": "b", "motion.last_image": "c"}


def test_a_still_that_is_passed_on_is_the_first_ones():
    """A shot that was given a still hands that same file on."""
    alone = TextToImageShot.model_validate({"project": "harbour", "shot": "d", "still": {"prompt": "x"}})
    words = TextToVideoShot.model_validate({"project": "harbour", "shot": "e", "motion": {"prompt": "x"}})
    shots = [chain("a", "shot:b"), chain("b", "shot:c"), chain("c", "c.png", "shot:a"), alone, words]
    assert whose_still(shots) == {"a": "c", "b": "c", "c": "c", "d": "d"}
    assert [has_still(shot) for shot in shots] == [True, True, True, True, False]


@given(GRAPHS)
def test_each_circle_is_one(waits):
    """What is told as a circle is one: each of its shots waits for the next and the last for the first, each once."""
    for circle in cycles(waits):
        assert len(set(circle)) == len(circle)
        assert all(after in waits[each] for each, after in zip(circle, [*circle[1:], circle[0]], strict=True))
        assert circle[0] == min(circle, key=list(waits).index)


@given(GRAPHS)
def test_there_is_an_order_or_a_circle(waits):
    """Either every shot comes after those that it waits for, or a circle says why not."""
    placed: set[str] = set()
    for wave in in_waves(waits):
        assert all(set(waits[name]) <= placed for name in wave)
        assert not placed & set(wave)
        placed |= set(wave)
    assert (placed == set(waits)) is not bool(cycles(waits))


@given(GRAPHS)
def test_opening_the_circles_that_are_told_ends(waits):
    """Whoever gives one shot of each circle a still of its own, again and again, gets rid of them all."""
    left = dict(waits)
    for _ in waits:
        left |= {circle[0]: [] for circle in cycles(left)}
    assert cycles(left) == []


def test_nobodys_name_is_no_circle():
    """A shot that waits for a name that isn't there is the reader's to tell of; it is in no circle."""
    assert cycles({"a": ["nobody"], "b": ["a"]}) == []
