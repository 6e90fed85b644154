"""The table of the README, from the figures that the benchmarks left."""

import json
import statistics
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.scenes import PLAIN, POSTGRES

README = Path(__file__).with_name("README.md")
BEGIN, END = "<!-- the table is written by python -m benchmarks -->", "<!-- the table ends here -->"
HEAD = "| what | aim | ours | peer | met |\n| --- | --- | --- | --- | --- |\n"
HOW = {PLAIN: ", without the recorder settings", POSTGRES: ", Prefect's server on PostgreSQL"}
SLACK = 1.05  # of the provider's slowest chain


class Row(NamedTuple):
    """One line of the table."""

    what: str
    aim: str
    ours: str
    peer: str
    met: bool | None = None  # None: nothing is aimed at


class Figures:
    """What was measured, by benchmark and side."""

    def __init__(self, folder: Path) -> None:
        self._told = {path.stem: json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))}

    def __contains__(self, name: str) -> bool:
        return name in self._told

    def at(self) -> Iterator[str]:
        """When and on what each was measured."""
        for name, told in self._told.items():
            loads = [run["load"] for runs in told["runs"].values() for run in runs]
            load = f"load at the end of a run {min(loads):.1f} to {max(loads):.1f}"
            yield f"`{name}`: {told['about']}; {told['at']}, {told['machine']}, {load}"

    def of(self, name: str, side: str, key: str) -> list[float]:
        """A figure of each run; `a.b` is b within a."""
        runs = self._told[name]["runs"].get(side, [])
        return [value for run in runs if (value := _within(run, key)) is not None]


def written(page: str, lines: str) -> str:
    """The page with another table."""
    head, _, rest = page.partition(BEGIN)
    return f"{head}{BEGIN}\n\n{lines}\n{END}{rest.partition(END)[2]}"


def table(folder: Path) -> str:
    """The table of the figures in a folder, and where they come from."""
    figures = Figures(folder)
    rows = [row for make in ROWS for row in make(figures)]
    lines = [f"| {row.what} | {row.aim} | {row.ours} | {row.peer} | {_met(row.met)} |" for row in rows]
    sources = "\n".join(f"- {line}" for line in figures.at())
    return HEAD + "\n".join(lines) + f"\n\nMedian, and in brackets the least and the most of all runs.\n\n{sources}\n"


def _makespan(figures: Figures) -> Iterator[Row]:
    if "makespan" not in figures:
        return
    ours, peer, slowest, start = (
        figures.of("makespan", side, key)
        for side, key in (("ours", "wall"), ("peer", "wall"), ("ours", "slowest_chain"), ("ours", "start"))
    )
    alone = figures.of("clip", "ours", "start") if "clip" in figures else []
    bound = SLACK * _mid(slowest) + (_mid(alone) if alone else 0)
    aim = f"below the peer's, and {SLACK} × the slowest chain + the start of a single shot = {bound:.1f} s"
    yield Row("makespan of 200 shots", aim, _s(ours), _s(peer), _mid(ours) <= min(bound, _mid(peer)))
    yield Row("… the provider's own time for the slowest chain", "", _s(slowest), _s(_both(figures, "slowest_chain")))
    yield Row("… until the first job is accepted", "", _s(start), _s(_both(figures, "start")))
    for key, words in (("median", "median"), ("p95", "95th percentile")):
        mine, theirs = (figures.of("makespan", side, f"clip_ready_to_seen.{key}") for side in ("ours", "peer"))
        what = f"clip ready at the provider to seen, {words}"
        yield Row(what, "at most a quarter", _s(mine, 2), _s(theirs, 2), _mid(mine) <= _mid(theirs) / 4)


def _both(figures: Figures, key: str) -> list[float]:
    return figures.of("makespan", "peer", key)


def _posts(figures: Figures) -> Iterator[Row]:
    for name, more in (("makespan", ""), ("refused", ", batch polls refused")):
        if name in figures:
            ours, peer = (figures.of(name, side, "posts_per_chain") for side in ("ours", "peer"))
            aim, met = ("", None) if more else ("at most a tenth", _mid(ours) <= _mid(peer) / 10)
            yield Row(f"POSTs to `/v1` per chain{more}", aim, _n(ours, 2), _n(peer, 2), met)


def _admit(figures: Figures) -> Iterator[Row]:
    if "admit" in figures:
        ours, peer = (figures.of("admit", side, "wall") for side in ("ours", "peer"))
        aim = "no failures, below the peer's"
        yield Row("makespan where 20 jobs are admitted", aim, _s(ours), _s(peer), _mid(ours) < _mid(peer))
        ours, peer = (figures.of("admit", side, "posts_per_chain") for side in ("ours", "peer"))
        yield Row("… POSTs per chain", "", _n(ours, 2), _n(peer, 2))


def _sizes(figures: Figures) -> Iterator[Row]:
    names = [name for name in ("shots-100", "shots-400", "shots-1600") if name in figures]
    peaks = [_mid(figures.of(name, "ours", "peak_mb")) for name in names]
    for name in names:
        count = int(name.partition("-")[2])
        cpu = {side: [value / count for value in figures.of(name, side, "cpu")] for side in ("ours", "peer")}
        engine = [value / count for value in figures.of(name, "ours", "engine_cpu")]
        mine = f"{_s(cpu['ours'], 3)}, and the engine's server {_s(engine, 3)}"
        yield Row(f"CPU a shot, {count:,} shots", "linear", mine, _s(cpu["peer"], 3))
    for name in names:
        ours, peer = (figures.of(name, side, "peak_mb") for side in ("ours", "peer"))
        met = max(peaks) <= 1.5 * min(peaks) if len(peaks) > 1 else None
        yield Row(f"peak memory, {int(name.partition('-')[2]):,} shots", "flat within 1.5 ×", _mb(ours), _mb(peer), met)


def _workers(figures: Figures) -> Iterator[Row]:
    for name in (each for each in ("workers-1", "workers-2", "workers-4", *HOW) if each in figures):
        rate, task_runs, lag, cpu, engine = (
            figures.of(name, "ours", key)
            for key in ("shots_per_second", "task_runs_per_shot", "recorded_after", "cpu", "engine_cpu")
        )
        what = f"{name[8]} workers of two parts each{HOW.get(name, '')}"
        yield Row(f"shots a second, {what}", "", _n(rate, 2), "")
        yield Row("… CPU of command and workers, and of the server", "", f"{_s(cpu)}, {_s(engine)}", "")
        yield Row("… task runs a shot, and until the last is recorded", "", f"{_n(task_runs, 1)}, {_s(lag)}", "")


def _again(figures: Figures) -> Iterator[Row]:
    if "again" in figures:
        wall, bought = figures.of("again", "ours", "wall"), figures.of("again", "ours", "line.bought")
        met = _mid(wall) <= 15 and max(bought) == 0
        yield Row("200 shots that are done", "no purchases, ≤ 15 s", f"{_s(wall)}, bought {_n(bought)}", "", met)


def _store(figures: Figures) -> Iterator[Row]:
    for name, what, more in (("files-8mb", "100 files of 8 MB", 100), ("file-300mb", "one file of 300 MB", 40)):
        if name not in figures:
            continue
        ours, bare = (_rates(figures, name, side) for side in ("ours", "bare"))
        aim, met = ("≥ 0.8 × bare", _mid(ours) >= 0.8 * _mid(bare)) if name == "files-8mb" else ("", None)
        yield Row(f"{what} into the bucket; peer: the library alone", aim, _rate(ours), _rate(bare), met)
        mine, theirs = (figures.of(name, side, "peak_over_base_mb") for side in ("ours", "bare"))
        yield Row("… peak memory, more than before", f"≤ {more} MB", _mb(mine), _mb(theirs), max(mine) <= more)


def _whole(figures: Figures) -> Iterator[Row]:
    pairs = (("clips-8mb", "clips", "100 clips of 8 MB", 100), ("clip-300mb", "clip", "a clip of 300 MB", 40))
    for name, small, what, more in pairs:
        if name not in figures or small not in figures:
            continue
        ours, peer = (figures.of(name, side, "keeping") for side in ("ours", "peer"))
        yield Row(f"{what}: from the first one seen to the command's end", "", _s(ours), _s(peer))
        ours, peer = (
            [value - _mid(figures.of(small, side, "peak_mb")) for value in figures.of(name, side, "peak_mb")]
            for side in ("ours", "peer")
        )
        yield Row("… peak memory, more than with small ones", f"≤ {more} MB", _mb(ours), _mb(peer), _mid(ours) <= more)


ROWS: tuple[Callable[[Figures], Iterator[Row]], ...] = (
    _makespan,
    _posts,
    _admit,
    _sizes,
    _store,
    _whole,
    _workers,
    _again,
)


def _within(run: dict[str, Any], key: str) -> float | None:
    found: Any = run
    for part in key.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    return found if isinstance(found, int | float) else None


def _mid(values: list[float]) -> float:
    return statistics.median(values)


def _n(values: list[float], digits: int = 0, unit: str = "") -> str:
    if not values:
        return ""
    middle = f"{_mid(values):,.{digits}f}{unit}"
    return middle if len(values) == 1 else f"{middle} ({min(values):,.{digits}f}–{max(values):,.{digits}f})"


def _s(values: list[float], digits: int = 1) -> str:
    return _n(values, digits, " s")


def _mb(values: list[float]) -> str:
    return _n(values, 0, " MB")


def _rates(figures: Figures, name: str, side: str) -> list[float]:
    """MB a second, of each run."""
    sizes, took = (figures.of(name, side, key) for key in ("bytes", "seconds"))
    return [size / seconds / 1e6 for size, seconds in zip(sizes, took, strict=True)]


def _rate(values: list[float]) -> str:
    return _n(values, 0, " MB/s")


def _met(met: bool | None) -> str:
    return "" if met is None else "yes" if met else "**no**"
