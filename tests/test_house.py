"""The house itself: what is packed, pinned, named and promised outside the code."""

import importlib
import importlib.metadata
import os
import re
import subprocess
import tomllib
import zipfile
from pathlib import Path

import pytest
import yaml
from hatchling.builders.wheel import WheelBuilder
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import stillreel

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
RUNS = [Requirement(line) for line in PROJECT["dependencies"]]
TESTS = [Requirement(line) for line in PROJECT["optional-dependencies"]["test"]]
LONGEST, LONGEST_TESTS = 250, 350  # lines: a file tells one story; tables of cases are quicker to read
# Where packages come from and where somebody's checkout lies is their machine's business. Written so that this file
# doesn't hold what it looks for.
ELSEWHERE = re.compile(r"pypi[.]org|pythonhosted[.]org|npmjs[.](?:org|com)|(?<![\w.~-])/(?:root|work|home|Users)/\w")

SHORT = re.compile(r"\$\d+(?:\.\d?)?(?![\d.])")


def tracked() -> list[Path]:
    """The repository's files, new ones that aren't ignored included."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout: there is no list of the repository's files")
    return [path for path in (ROOT / line for line in listed.stdout.splitlines()) if path.is_file()]


def test_no_file_names_a_registry_or_a_machine():
    """A clone works with whatever registry, mirror and folders its machine has."""
    found = [
        f"{path.relative_to(ROOT)}: {match.group()}"
        for path in tracked()
        for match in ELSEWHERE.finditer(path.read_bytes().decode(errors="ignore"))
    ]
    assert found == []


def test_files_tell_one_story():
    """No file of ours is longer than one can read in a sitting."""
    sources = [path.relative_to(ROOT) for path in tracked() if path.suffix == ".py"]
    lengths = {path: len((ROOT / path).read_text().splitlines()) for path in sources}
    limits = {path: LONGEST_TESTS if path.parts[0] == "tests" else LONGEST for path in sources}
    assert {str(path): length for path, length in lengths.items() if length > limits[path]} == {}


def test_money_has_two_decimals_in_the_docs():
    """Amounts stand in the docs as commands print them: $0.30, and neither $0.3 nor $3."""
    pages = [path for path in tracked() if path.suffix == ".md"]
    assert pages
    assert [
        f"{path.name}: {found}" for path in pages for found in SHORT.findall(path.read_text(encoding="utf-8"))
    ] == []


@pytest.mark.parametrize("wanted", RUNS + TESTS, ids=str)
def test_what_the_project_asks_for_is_there_and_pinned(wanted):
    """Each direct dependency is installed in a version that pyproject.toml allows, imports, and has a pin."""
    name = canonicalize_name(wanted.name)
    assert importlib.metadata.version(name) in wanted.specifier
    for module, owners in importlib.metadata.packages_distributions().items():
        if name in map(canonicalize_name, owners) and module.isidentifier() and module[0] != "_":
            importlib.import_module(module)
    assert pins()[name] in wanted.specifier


def test_pins_are_plain():
    """constraints.txt holds exact versions and nothing that only one machine could resolve."""
    assert all(re.fullmatch(r"[\w.-]+==[\w.+!]+", line) for line in pinned_lines())
    assert canonicalize_name(PROJECT["name"]) not in pins()


def pinned_lines() -> list[str]:
    return [line for line in (ROOT / "constraints.txt").read_text().splitlines() if not line.startswith("#")]


def pins() -> dict[str, str]:
    return {canonicalize_name(name): version for name, _, version in (line.partition("==") for line in pinned_lines())}


def test_one_version_everywhere():
    """The package, the changelog and every deployment say the same version."""
    newest = re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    deployments = yaml.safe_load((ROOT / "prefect.yaml").read_text())["deployments"]
    said = {PROJECT["version"], stillreel.__version__, newest and newest.group(1)}
    assert said | {deployment["version"] for deployment in deployments} == {PROJECT["version"]}


def test_each_deployment_names_a_flow_that_is_there():
    """Every flow file has its deployment, named as the file, and its entrypoint imports."""
    deployments = yaml.safe_load((ROOT / "prefect.yaml").read_text())["deployments"]
    flows = {}
    for deployment in deployments:
        file, _, function = deployment["entrypoint"].partition(":")
        module = importlib.import_module(".".join(Path(file).with_suffix("").parts))
        flows[deployment["name"]] = getattr(module, function).name
        assert deployment["description"]
        assert deployment["tags"]
        assert deployment["enforce_parameter_schema"] is True
    assert flows == {name: name for name in flows}
    runnable = {path.stem for path in (ROOT / "flows").glob("*.py") if "__main__" in path.read_text()}
    assert {name.replace("-", "_") for name in flows} == runnable | {"storyboard_shots"}  # which nobody starts by hand


def test_ci_can_start():
    """CI runs .ci/run as a program, and everything that it needs is in the clone."""
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


def test_the_wheel_holds_stillreel_alone_and_all_of_it(tmp_path):
    """What `pip install` brings is the package with its data and licence, and no folder of the repository beside it."""
    built = next(iter(WheelBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"])))
    shipped = {name for name in zipfile.ZipFile(built).namelist() if ".dist-info/" not in name}
    assert shipped == {str(path.relative_to(ROOT)) for path in tracked() if path.is_relative_to(ROOT / "stillreel")}
    assert any(name.endswith(".yaml") for name in shipped)
    assert any(name.endswith("licenses/LICENSE") for name in zipfile.ZipFile(built).namelist())
