"""Storyboards in the archive: named by what they say, read back as they were, and found by their address."""

import asyncio
import tempfile
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from stillreel.archive.folder import FolderStore
from stillreel.domain.errors import BadInput
from stillreel.studio.board_files import LARGEST_BOARD
from stillreel.studio.boards import board_of
from stillreel.studio.kept_boards import board_from, bring_images, fetch_board, keep_board
from tests.archive.fake_gcs import fake_gcs, make_bucket
from tests.flows.boards import BUCKET, put
from tests.studio.on_set import CATALOGUE

TODAY = date(2026, 11, 22)
words = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=2, max_size=40).filter(
    lambda said: said.strip()
)
takes = st.one_of(st.sampled_from(["auto", "new"]), st.integers(1, 9))


def some(**fields):
    return st.fixed_dictionaries({}, optional=fields)


stills = st.one_of(
    st.fixed_dictionaries({"prompt": words}, optional={"seed": st.integers(0, 2**40), "take": takes}),
    st.just({"image": "https://example.org/a.png"}),
)
motions = st.fixed_dictionaries(
    {"prompt": words},
    optional={"duration": st.sampled_from([5, 10]), "guidance": st.sampled_from([0.3, 0.57, 1]), "take": takes},
)
shots = st.one_of(
    st.fixed_dictionaries({"still": stills, "motion": motions}, optional={"size": st.sampled_from(["1:1", "9:16"])}),
    st.fixed_dictionaries({"motion": motions}, optional={"results": st.integers(1, 4)}),
    st.fixed_dictionaries({"still": st.fixed_dictionaries({"prompt": words})}, optional={"take": takes}),
)
boards = st.fixed_dictionaries(
    {
        "project": st.just("harbour"),
        "shots": st.lists(shots, min_size=1, max_size=5).map(
            lambda found: [{"shot": f"s{number}", **shot} for number, shot in enumerate(found)]
        ),
    },
    optional={
        "name": st.just("teaser"),
        "reel": st.booleans(),
        "defaults": some(
            size=st.sampled_from(["16:9", "1:1"]), motion=some(duration=st.sampled_from([5, 10])), still=some()
        ),
        "limits": some(max_usd=st.sampled_from(["4", "0.5"]), at_once=st.integers(1, 9)),
    },
)


def read(said):
    return board_of(said, CATALOGUE, TODAY)


async def kept_and_read(board, folder):
    store = FolderStore(folder)
    uri = await keep_board(store, board.storyboard, board.shots)
    assert await keep_board(store, board.storyboard, board.shots) == uri
    return board_from(await fetch_board(store, uri), uri, CATALOGUE, TODAY)


@settings(max_examples=60)
@given(boards)
def test_a_kept_storyboard_reads_back_to_the_same_shots(said):
    """With its defaults filled in, each shot is the very same request, in the same order, under the same limits."""
    board = read(said)
    with tempfile.TemporaryDirectory() as folder:
        again = asyncio.run(kept_and_read(board, Path(folder)))
    assert again.shots == board.shots
    kept = ("project", "name", "limits", "reel")
    assert [getattr(again.storyboard, name) for name in kept] == [getattr(board.storyboard, name) for name in kept]


async def test_what_may_be_ordered_can_be_read_back(tmp_path):
    """Words that a file says once for all shots stand in each of those that are kept, however long that becomes."""
    words = {"prompt": "a quay", "negative_prompt": "n" * 2400}
    said = {"project": "harbour", "defaults": {"still": words, "motion": words}}
    board = read({**said, "shots": [{"shot": f"s{n}"} for n in range(900)]})
    assert (await kept_and_read(board, tmp_path)).shots == board.shots
    assert max(path.stat().st_size for path in tmp_path.rglob("board-*")) > LARGEST_BOARD


async def test_a_file_that_is_too_large_is_not_fetched(tmp_path, monkeypatch):
    """A clip's address instead of a storyboard's is told by its size, in the archive and in other people's buckets."""
    (tmp_path / "projects").mkdir()
    (tmp_path / "projects" / "clip.mp4").write_bytes(bytes(LARGEST_BOARD + 1))
    with fake_gcs() as endpoint:
        make_bucket(endpoint, BUCKET)
        put(endpoint, "clip.mp4", "x" * (LARGEST_BOARD + 1))
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", endpoint)
        for uri in (f"file://{tmp_path}/projects/clip.mp4", f"gs://{BUCKET}/clip.mp4"):
            with pytest.raises(BadInput, match=r"storyboard\.uri: got .*4,194,305 bytes; at most 4 MiB"):
                await fetch_board(FolderStore(tmp_path), uri)


async def test_another_word_is_another_address(tmp_path):
    """What is kept is never written over."""
    store = FolderStore(tmp_path)
    uris = []
    for prompt in ("a quay", "a pier"):
        board = read({"project": "harbour", "shots": [{"shot": "a", "still": {"prompt": prompt}}]})
        uris.append(await keep_board(store, board.storyboard, board.shots))
    assert len(set(uris)) == 2
    assert all(uri.startswith(f"file://{tmp_path}/projects/harbour/reels/storyboard/board-") for uri in uris)


async def test_images_by_path_are_brought_once_for_all(on_set, tmp_path):
    """Each becomes an address in its shot's folder; what isn't a picture is told with its shot, all at once."""
    Image.new("RGB", (1280, 720)).save(tmp_path / "good.png")
    (tmp_path / "bad.png").write_bytes(b"no picture")
    studio = await on_set.studio()
    motion = {"prompt": "waves"}

    def shots_of(*names):
        rows = [{"shot": f"s{n}", "still": {"image": name}, "motion": motion} for n, name in enumerate(names)]
        return board_of({"project": "harbour", "shots": rows}, CATALOGUE, TODAY, folder=tmp_path).shots

    first, second = await bring_images(studio, shots_of("good.png", "https://example.org/a.png"))
    assert first.still.image.startswith(f"file://{on_set.root}/projects/harbour/s0/given-")
    assert second.still.image == "https://example.org/a.png"
    with pytest.raises(BadInput) as caught:
        await bring_images(studio, shots_of("bad.png", "good.png", "bad.png"))
    assert sorted(problem.field for problem in caught.value.problems) == [
        "shots.s0.still.image",
        "shots.s2.still.image",
    ]


@pytest.mark.parametrize(
    "uri", ["board.yaml", "https://example.org/b.yaml", "file:///elsewhere/projects/b.yaml", "gs://b"]
)
async def test_only_buckets_and_the_archive_are_read(uri, tmp_path):
    """From a run nobody reads the worker's own files."""
    with pytest.raises(BadInput, match=r"storyboard\.uri: got"):
        await fetch_board(FolderStore(tmp_path), uri)


@pytest.mark.parametrize("way", ["../budget.json", "projects/../budget.json", "budget.json", "jobs/x"])
async def test_no_way_leads_out_of_the_projects(way, tmp_path):
    """An address below the archive is one of its projects' files, whatever it looks like."""
    (tmp_path / "budget.json").write_text("{}")
    with pytest.raises(BadInput):
        await fetch_board(FolderStore(tmp_path), f"file://{tmp_path}/{way}")


@pytest.mark.parametrize("data", [b"\xff\xfe", b"x", b"a: [", b"shots: []"])
def test_what_is_no_storyboard_is_told(data):
    """Neither bytes that are no text nor words that make no sense get any further."""
    with pytest.raises(BadInput):
        board_from(data, "gs://bucket/b.yaml", CATALOGUE, TODAY)


def test_problems_have_their_lines():
    """A file in a bucket is told of as one on the disk."""
    with pytest.raises(BadInput, match=r"line 4: shots\.b: got neither"):
        board_from(
            b"project: p\nshots:\n- {shot: a, still: {prompt: a quay}}\n- {shot: b, still: {}}\n",
            "gs://bucket/b.yaml",
            CATALOGUE,
            TODAY,
        )
