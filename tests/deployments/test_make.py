import shutil
import subprocess

import pytest

from deployments.servers import ROOT


@pytest.fixture
def make(tmp_path):
    """Runs make in a folder without .venv, with a python3 that answers as it is told."""
    for name in ("Makefile", "pyproject.toml", "constraints.txt", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tmp_path)

    def run(target: str, python: str) -> subprocess.CompletedProcess[str]:
        (tmp_path / "python3").write_text(f"#!/bin/sh\n{python}\n")
        (tmp_path / "python3").chmod(0o755)
        command = ["make", target, "PYTHON=./python3"]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    return run


@pytest.mark.parametrize("target", ["demo", "test", "check"])
def test_an_old_python_is_named(make, target):
    """On a Python that is too old, one sentence says which is needed."""
    ended = make(target, "exit 1")
    assert ended.returncode
    assert "needs Python 3.11 or newer" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_python_without_environments_is_named(make):
    """Where Debian's python3-venv is missing, one sentence says what to install."""
    ended = make("demo", 'case "$*" in *ensurepip*) exit 1;; esac')
    assert ended.returncode
    assert "apt-get install python3-venv" in ended.stderr


def test_stopping_before_anything_was_set_up_is_nothing(make):
    """`make stop` in a fresh clone succeeds and installs nothing."""
    ended = make("stop", "exit 1")
    assert (ended.returncode, ended.stderr) == (0, "")
