"""How a storyboard stands: which of its takes are there, who waits for whom, and what is still to be paid."""

import pytest
from PIL import Image

from stillreel.archive.folder import FolderStore
from stillreel.domain.errors import BadInput
from stillreel.studio.board_quotes import quotes_of
from stillreel.studio.board_standing import standing_of
from stillreel.studio.boards import board_of
from tests.studio.on_set import CATALOGUE, CLIP_USD, a_run, produce

QUAY, WAVES = {"prompt": "A quay."}, {"prompt": "Waves."}
OPENING = {"shot": "opening", "still": QUAY, "motion": WAVES}
CLOSER = {"shot": "closer", "still": {"image": "shot:opening"}, "motion": WAVES}
LAST = {"shot": "last", "still": {"image": "shot:closer"}, "motion": WAVES}


def board(studio, *shots, folder=None, **more):
    said = {"project": "harbour", "shots": list(shots), **more}
    return board_of(said, CATALOGUE, studio.clock.now().date(), folder=folder)


class Fetched(FolderStore):
    """A folder that knows what has been fetched from it."""

    def __init__(self, root):
        super().__init__(root)
        self.names = []

    async def fetch(self, name, path):
        self.names.append(name)
        return await super().fetch(name, path)


async def standing(studio, found):
    return await standing_of(studio, quotes_of(found, CATALOGUE, studio.clock.now().date()), a_run("look"))


async def test_nothing_is_there_at_first(on_set):
    """Before anything is made all is to be paid, and whoever starts from another's still waits for it."""
    studio = await on_set.studio()
    found = await standing(studio, board(studio, LAST, OPENING, CLOSER))
    assert [each.waits for each in found] == [("closer",), (), ("opening",)]
    assert [each.done for each in found] == [False] * 3
    assert [each.to_pay for each in found] == [each.quote.upper for each in found]
    assert [stage.stands for stage in found[1].stages] == ["", ""]
    assert on_set.bought == []
    assert on_set.files == []


async def test_what_is_made_is_done_and_its_still_goes_on(on_set):
    """A shot that is archived costs nothing more; those that start from its still are looked at with that very file."""
    studio = await on_set.studio()
    shots = board(studio, OPENING, CLOSER, LAST)
    reel = await produce(studio, shots.shots[0])
    first, closer, last = await standing(studio, shots)
    assert (first.done, first.to_pay) == (True, 0)
    assert [stage.archived for stage in first.stages] == [(uri,) for uri in reel.uris]
    assert closer.still == last.still == reel.uris[0]
    assert (closer.waits, last.waits) == ((), ())
    assert [(stage.stage, stage.take, stage.stands) for stage in closer.stages] == [("clip", 1, "")]
    assert closer.to_pay == last.to_pay == CLIP_USD
    given = shots.shots[1].model_copy(update={"still": type(shots.shots[1].still)(image=closer.still)})
    await produce(studio, given)
    assert [each.done for each in await standing(studio, shots)] == [True, True, False]


async def test_other_words_are_to_be_paid(on_set):
    """Another prompt is a new take that has to be paid, whatever was made of the old one."""
    studio = await on_set.studio()
    await produce(studio, board(studio, OPENING).shots[0])
    (found,) = await standing(studio, board(studio, {**OPENING, "motion": {"prompt": "Fog."}}))
    assert [(stage.take, bool(stage.archived)) for stage in found.stages] == [(1, True), (2, False)]
    assert (found.done, found.to_pay) == (False, CLIP_USD)


async def test_given_images_that_cannot_be_used_are_told_together(on_set, tmp_path):
    """Each image that can't be read, or has another shape, is told with its shot; nothing is written."""
    studio = await on_set.studio()
    (tmp_path / "words.png").write_text("no picture")
    Image.new("RGB", (100, 100)).save(tmp_path / "square.png")
    shots = [{"shot": name, "still": {"image": f"{name}.png"}, "motion": WAVES} for name in ("words", "square")]
    before = on_set.files
    with pytest.raises(BadInput) as caught:
        await standing(studio, board(studio, OPENING, *shots, folder=tmp_path))
    assert [problem.field for problem in caught.value.problems] == [
        "shots.words.still.image",
        "shots.square.still.image",
    ]
    assert on_set.files == before


async def test_an_image_that_many_shots_name_is_fetched_once(on_set):
    """Given in the defaults, or by several shots, or as the last frame, too: one look does for all of them."""
    studio = await on_set.studio(store=(store := Fetched(on_set.root)))
    (image,) = (await produce(studio, board(studio, {"shot": "made", "still": QUAY}).shots[0])).uris
    store.names.clear()
    both = {"shot": "both", "motion": {**WAVES, "model": "klingai:5@2", "last_image": image}}
    shots = [both, *({"shot": f"s{n}", "motion": WAVES} for n in range(20))]
    found = await standing(studio, board(studio, *shots, defaults={"still": {"image": image}}))
    assert [each.still for each in found] == [image] * 21
    assert store.names == [image.removeprefix(f"file://{on_set.root}/")]


async def test_an_image_that_no_shot_can_use_is_told_of_each(on_set, tmp_path):
    """It is looked at once, and every shot that names it has the problem."""
    (tmp_path / "words.png").write_text("no picture")
    shots = [{"shot": name, "motion": WAVES} for name in ("a", "b")]
    studio = await on_set.studio()
    with pytest.raises(BadInput) as caught:
        await standing(studio, board(studio, *shots, folder=tmp_path, defaults={"still": {"image": "words.png"}}))
    assert [problem.field for problem in caught.value.problems] == ["shots.a.still.image", "shots.b.still.image"]
