"""The benchmarks work: in small, from end to end; what they measure isn't looked at here."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks.__main__ import RESULTS, names, scene_of
from benchmarks.fair import UnfairError, check_fair
from benchmarks.report import README, table, written
from benchmarks.scenes import BENCHMARKS, POSTGRES, QUICK_SHOTS, QUICK_SPREAD, Scene, Spread
from benchmarks.spreading import server_of
from deployments.servers import ROOT

NAMES = ("makespan", "again", "workers-2", "files-8mb")


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the benchmarks leave behind, run in small, and what they print."""
    out = tmp_path_factory.mktemp("results")
    command = [sys.executable, "-m", "benchmarks", *NAMES, "--quick", "--out", str(out)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600, check=False)
    assert ended.returncode == 0, ended.stderr
    return {"table": ended.stdout, **{path.stem: json.loads(path.read_text()) for path in out.glob("*.json")}}


def runs(told: dict[str, Any], name: str) -> list[tuple[str, dict[str, Any]]]:
    return [(side, run) for side, its in told[name]["runs"].items() for run in its]


def test_both_sides_make_and_keep_every_shot(told: dict[str, Any]) -> None:
    """Each side's stills and clips are made once and lie in the bucket whole, so the comparison is one of equals."""
    assert [side for side, _ in runs(told, "makespan")] == ["ours", "peer"]
    for _, run in runs(told, "makespan"):
        assert (run["clips"], run["runs"], run["line"]["shots"]) == (QUICK_SHOTS, 2 * QUICK_SHOTS, QUICK_SHOTS)
    mine, theirs = (run["kept_bytes"] for _, run in runs(told, "makespan"))
    assert mine == theirs > 0


def test_both_sides_wait_for_the_same_provider(told: dict[str, Any]) -> None:
    """The provider takes as long for the slowest chain of either side: luck hangs on the words, not on who asks."""
    mine, theirs = (run["slowest_chain"] for _, run in runs(told, "makespan"))
    assert mine == pytest.approx(theirs, abs=0.5)


def test_every_figure_is_there(told: dict[str, Any]) -> None:
    """Time, CPU, memory, requests and how long results lay there are measured for both sides."""
    for _, run in runs(told, "makespan"):
        assert min(run["wall"], run["cpu"], run["peak_mb"], run["posts_per_chain"]) > 0
        assert run["clip_ready_to_seen"]["median"] <= run["clip_ready_to_seen"]["p95"]
    for _, run in runs(told, "files-8mb"):
        assert min(run["seconds"], run["bytes"], run["base_mb"], run["cpu"]) > 0


def test_what_is_done_is_not_bought_again(told: dict[str, Any]) -> None:
    """The benchmark of shots that are done has them made before, and buys nothing while it measures."""
    ((_, run),) = runs(told, "again")
    assert (run["line"]["bought"], run["runs"]) == (0, 2 * QUICK_SHOTS)
    assert run["posts_per_chain"] == run["posts"] / QUICK_SHOTS < 1 / QUICK_SHOTS


def test_workers_share_a_storyboard(told: dict[str, Any]) -> None:
    """The benchmark of workers has every shot made once by runs of parts, and counts their task runs."""
    ((_, run),) = runs(told, "workers-2")
    assert (run["clips"], run["runs"]) == (QUICK_SPREAD, 2 * QUICK_SPREAD)
    assert run["task_runs_per_shot"] > 8  # four verbs for the still, four for the clip, and those of the parts
    assert min(run["shots_per_second"], run["cpu"], run["engine_cpu"]) > 0


def test_a_table_is_made_of_what_was_measured(told: dict[str, Any]) -> None:
    """The table has a line for each figure that was measured, and names when and on what."""
    for words in (
        "makespan",
        "POSTs",
        "done",
        "2 workers",
        "files of 8 MB",
        f"`makespan`: {told['makespan']['about']}",
    ):
        assert words in told["table"]


def test_the_page_holds_no_figure_by_hand() -> None:
    """The README's table is what the committed results make of it."""
    page = README.read_text()
    assert written(page, table(RESULTS)) == page


@pytest.mark.parametrize(
    "kept, run",
    [
        ({"a.png": 1}, {"clips": 1, "runs": 2}),
        ({"a.png": 1, "a.mp4": 0}, {"clips": 1, "runs": 2}),
        ({"a.png": 1, "a.mp4": 50}, {"clips": 1, "runs": 2}),
        ({"a.png": 1, "a.mp4": 100}, {"clips": 0, "runs": 2}),
        ({"a.png": 1, "a.mp4": 100}, {"clips": 1, "runs": 3}),
    ],
)
def test_a_side_that_does_less_or_buys_twice_is_no_result(kept: dict[str, int], run: dict[str, int]) -> None:
    """A clip that is missing, empty or cut, one that nobody saw, and one that was bought twice end the benchmark."""
    scene = Scene("one", "one shot", shots=1, clip_bytes=100)
    check_fair(scene, {"a.png": 1, "a.mp4": 100}, {"clips": 1, "runs": 2})
    with pytest.raises(UnfairError):
        check_fair(scene, kept, run)


def test_in_small_is_small() -> None:
    """No benchmark in small has more shots or larger files than a test can bear."""
    for benchmark in (each.quick() for each in BENCHMARKS.values()):
        assert benchmark.repeats == 1
        most = QUICK_SPREAD if isinstance(benchmark, Spread) else QUICK_SHOTS
        assert getattr(benchmark, "shots", 0) <= most


def test_an_unknown_name_is_refused() -> None:
    """A name that is none is told with those that are, and nothing is measured."""
    command = [sys.executable, "-m", "benchmarks", "fastest"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert "no such benchmark: fastest; there are makespan" in ended.stderr


@pytest.mark.parametrize(
    "words, told",
    [
        ((), "needs --database postgresql+asyncpg://..., the address of an empty database"),
        (("--database", "postgresql+asyncpg://nobody@127.0.0.1:1/none", "--repeats", "2"), "got --repeats 2"),
    ],
)
def test_the_scene_on_postgresql_needs_an_empty_database(words: tuple[str, ...], told: str) -> None:
    """Named without a database, or to be run twice on one, it is refused with the reason and measures nothing."""
    command = [sys.executable, "-m", "benchmarks", POSTGRES, *words]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert f"{POSTGRES} " in ended.stderr
    assert told in ended.stderr


def test_all_leaves_out_what_needs_a_database() -> None:
    """Who names no benchmark and no database gets all others; with one, that on PostgreSQL too."""
    assert set(BENCHMARKS) - set(names([], None)) == {POSTGRES}
    assert names([], "postgresql+asyncpg://postgres@127.0.0.1/empty") == list(BENCHMARKS)


def test_the_database_is_that_of_the_server() -> None:
    """The server of the scene on PostgreSQL is told the database's address; the others are told of none."""
    address = "postgresql+asyncpg://postgres@127.0.0.1/empty"
    scenes = [scene_of(name, address, quick=False, repeats=None) for name in (POSTGRES, "workers-4")]
    told, plain = (server_of(scene, Path("home")).env for scene in scenes if isinstance(scene, Spread))
    assert told == {**plain, "PREFECT_SERVER_DATABASE_CONNECTION_URL": address}


def test_the_table_tells_postgresql_apart(tmp_path: Path) -> None:
    """Its row says that the server was on PostgreSQL."""
    keys = ("shots_per_second", "task_runs_per_shot", "recorded_after", "cpu", "engine_cpu", "load")
    runs = {"ours": [dict.fromkeys(keys, 1.0)]}
    told = {"about": "x", "at": "y", "machine": "z", "runs": runs}
    (tmp_path / f"{POSTGRES}.json").write_text(json.dumps(told))
    assert "4 workers of two parts each, Prefect's server on PostgreSQL | " in table(tmp_path)
