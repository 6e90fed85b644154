"""`make mutants`: switch each mechanism off in a copy of the tree, and see that its tests turn red.

    python -m tests.mutants               every mutant against the tests that guard it
    python -m tests.mutants lease nonce   only those whose name contains one of these words
    python -m tests.mutants --by TEST     against this test or folder instead, such as tests/protocol or tests

The tests must be green without a mutant. Ends with 1 if one isn't, or if a mutant stays green.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests.mutants.mutant import Mutant
from tests.mutants.mutants import MUTANTS

ROOT = Path(__file__).parents[2]
NEEDED = ("stillreel", "tasks", "flows", "deployments", "tests", "docs")
AT_ONCE = 2  # each one is a test run of its own
PATIENCE = 300.0  # seconds; a mutant may make a test hang, and that is nothing noticed
FAILED = re.compile(r"^(?:FAILED|ERROR) (.+?)(?: - |$)", re.MULTILINE)


@dataclass(frozen=True)
class Verdict:
    """What the tests made of a mutant."""

    name: str
    colour: str  # red, green; or why neither is sure
    by: str
    seconds: float


def main() -> int:
    """Try the mutants that are asked for; 0 if every one is noticed."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description="Switch each mechanism off in turn.")
    parser.add_argument("words", nargs="*", help="only mutants whose name contains one of these")
    parser.add_argument("--by", action="append", help="tests to run instead of those that guard it")
    asked = parser.parse_args()
    mutants = [each for each in MUTANTS if not asked.words or any(word in each.name for word in asked.words)]
    if not mutants:
        parser.error(f"no mutant's name contains {' or '.join(asked.words)}")
    guards = sorted({guard for each in mutants for guard in _tests(each, asked.by)})
    verdicts = [_told(_try(None, guards))]
    if verdicts[0].colour == "green":
        with ThreadPoolExecutor(AT_ONCE) as pool:
            verdicts += pool.map(lambda each: _told(_try(each, _tests(each, asked.by))), mutants)
    unnoticed = [verdict.name for verdict in verdicts[1:] if verdict.colour != "red"]
    _say(f"\n{len(mutants) - len(unnoticed)} of {len(mutants)} mutants are noticed" if verdicts[1:] else "\nnot begun")
    for name in unnoticed:
        _say(f"not noticed: {name}")
    return 1 if unnoticed or len(verdicts) == 1 else 0


def _tests(mutant: Mutant, instead: Sequence[str] | None) -> Sequence[str]:
    return instead or [test if test.startswith("tests/") else f"tests/{test}" for test in mutant.tests]


def _try(mutant: Mutant | None, tests: Sequence[str]) -> Verdict:
    """Run tests in a copy of the tree that this mutant has changed; without one, as it is."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="stillreel-mutant-") as folder:
        tree = Path(folder)
        for name in NEEDED:
            shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
        for file in (*ROOT.glob("*.toml"), *ROOT.glob("*.md"), *ROOT.glob("*.yaml")):
            shutil.copy(file, tree)
        if mutant is not None:
            _change(tree / mutant.file, mutant)
        colour, by = _colour(tree, tests)
    return Verdict(mutant.name if mutant else "no mutant", colour, by, time.monotonic() - began)


def _change(path: Path, mutant: Mutant) -> None:
    source = path.read_text()
    if source.count(mutant.old) != 1:
        raise SystemExit(f"{mutant.name}: its text stands {source.count(mutant.old)} times in {mutant.file}")
    path.write_text(source.replace(mutant.old, mutant.new))


def _colour(tree: Path, tests: Sequence[str]) -> tuple[str, str]:
    env = {**os.environ, "PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "--tb=line", *tests]
    try:
        done = subprocess.run(command, cwd=tree, env=env, capture_output=True, text=True, timeout=PATIENCE, check=False)
    except subprocess.TimeoutExpired:
        return "hangs", ""
    found = FAILED.search(done.stdout)
    if done.returncode == 1 and found is not None:
        return "red", found[1]
    if done.returncode == 0:
        return "green", ""
    return f"broken (pytest ended with {done.returncode})", (done.stdout + done.stderr)[-300:].replace("\n", " ")


def _told(verdict: Verdict) -> Verdict:
    _say(f"{verdict.name:34} {verdict.colour:6} {verdict.seconds:6.1f} s  {verdict.by}")
    return verdict


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
