"""`python -m benchmarks [NAME ...] [--quick]`: measures both sides and writes the figures and the table."""

import argparse
import json
import platform
import sys
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.report import README, table, written
from benchmarks.running import runs_of
from benchmarks.scenes import BENCHMARKS, POSTGRES, Benchmark, Spread
from benchmarks.stage import engine
from deployments.servers import ROOT

RESULTS = ROOT / "benchmarks" / "results"


def main() -> int:
    """Run the named benchmarks, or all."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHMARKS))
    parser.add_argument("--quick", action="store_true", help="in small, to see that it works; the figures say nothing")
    parser.add_argument("--out", type=Path, help="where the figures go; --quick writes none by itself")
    parser.add_argument("--repeats", type=int, help="how often, instead of what each benchmark says")
    parser.add_argument("--database", help=f"for {POSTGRES}: postgresql+asyncpg://..., an empty database")
    parser.add_argument(
        "--table", action="store_true", help="measure nothing, write the table of the figures there are"
    )
    asked = parser.parse_args()
    unknown = sorted(set(asked.names) - set(BENCHMARKS))
    if unknown:
        parser.error(f"no such benchmark: {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}")
    wanted = names(asked.names, asked.database)
    if POSTGRES in wanted and not asked.table and (why := _unfit(asked.database, asked.repeats)):
        parser.error(f"{POSTGRES} {why}")
    out = asked.out or (None if asked.quick else RESULTS)
    if not asked.table:
        measured = [scene_of(name, asked.database, quick=asked.quick, repeats=asked.repeats) for name in wanted]
        _measure(measured, out)
    if out == RESULTS:
        README.write_text(written(README.read_text(), table(RESULTS)))
    elif out is not None:
        sys.stdout.write(table(out))
    return 0


def _unfit(database: str | None, repeats: int | None) -> str | None:
    """Why the scene on PostgreSQL can't be measured so; None if it can."""
    if database is None:
        return "needs --database postgresql+asyncpg://..., the address of an empty database"
    if repeats not in (None, 1):
        return (
            f"is measured once for each database, since the second run wouldn't find it empty; got --repeats {repeats}"
        )
    return None


def names(asked: list[str], database: str | None) -> list[str]:
    """The benchmarks that were named; none: all, without the one that needs a database if there is none."""
    return asked or [name for name in BENCHMARKS if database or name != POSTGRES]


def scene_of(name: str, database: str | None, *, quick: bool, repeats: int | None) -> Benchmark:
    """A benchmark as it was asked for."""
    benchmark = BENCHMARKS[name].quick() if quick else BENCHMARKS[name].often(repeats)
    return benchmark.on(database) if isinstance(benchmark, Spread) and name == POSTGRES and database else benchmark


def _measure(benchmarks: list[Benchmark], out: Path | None) -> None:
    with engine() as running:
        for benchmark in benchmarks:
            name = benchmark.name
            runs = runs_of(benchmark, running, _say)
            told = {"benchmark": name, "about": benchmark.about, "machine": _machine(), "at": _now(), "runs": runs}
            if out is not None:
                out.mkdir(parents=True, exist_ok=True)
                (out / f"{name}.json").write_text(f"{json.dumps(told, indent=1)}\n")


def _say(words: str) -> None:
    sys.stderr.write(f"{words}\n")
    sys.stderr.flush()


def _machine() -> str:
    cores = len(Path("/proc/cpuinfo").read_text().split("processor\t:")) - 1
    return f"{platform.system()} {platform.machine()}, {cores} cores, Python {platform.python_version()}"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


if __name__ == "__main__":
    sys.exit(main())
