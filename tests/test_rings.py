"""Who may import whom. Names are read from the source, so an import inside a function counts, too."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
OURS = ("stillreel", "tasks", "flows", "deployments", "benchmarks")

DOMAIN = {"stillreel", "stillreel.domain"}
STUDIO = DOMAIN | {"stillreel.runware", "stillreel.archive", "stillreel.media", "stillreel.settings"}
ENGINE = STUDIO | {"stillreel.studio"}
MAY_IMPORT = {
    "stillreel": set(),
    "stillreel.domain": {"stillreel"},
    "stillreel.settings": DOMAIN,
    "stillreel.media": DOMAIN,
    "stillreel.archive": DOMAIN,
    "stillreel.runware": DOMAIN,
    "stillreel.runware.catalogue": DOMAIN,
    "stillreel.emulator": DOMAIN | {"stillreel.media", "stillreel.runware.catalogue"},
    "stillreel.studio": STUDIO | {"stillreel.runware.catalogue"},
    "stillreel.cli": ENGINE
    | {"stillreel.runware.catalogue", "stillreel.emulator"}
    | {
        "stillreel.cli_board",
        "stillreel.cli_check",
        "stillreel.cli_compare",
        "stillreel.cli_jobs",
        "stillreel.cli_models",
        "stillreel.cli_money",
    },
    "stillreel.cli_board": ENGINE | {"stillreel.runware.catalogue", "stillreel.cli_compare"},
    "stillreel.cli_check": ENGINE | {"stillreel.runware.catalogue", "stillreel.cli_board"},
    "stillreel.cli_compare": ENGINE | {"stillreel.runware.catalogue"},
    "stillreel.cli_jobs": ENGINE,
    "stillreel.cli_models": ENGINE | {"stillreel.runware.catalogue", "stillreel.cli_compare"},
    "stillreel.cli_money": ENGINE | {"stillreel.cli_compare"},
    "tasks": ENGINE | {"stillreel.runware.catalogue"},
    "flows": ENGINE | {"stillreel.runware.catalogue", "tasks"},
    "deployments": ENGINE | {"stillreel.runware.catalogue", "tasks", "flows"},
    "benchmarks": ENGINE | {"stillreel.runware.catalogue", "stillreel.emulator", "tasks", "flows", "deployments"},
}
INNER = {"stillreel.runware": {"stillreel.runware.catalogue"}}  # a ring may use what is nested in it
ONLY_IN = {
    "prefect": ("tasks/", "flows/", "deployments/", "benchmarks/"),
    "httpx": ("stillreel/runware/", "stillreel/emulator/", "benchmarks/"),
    "google.cloud": ("stillreel/archive/gcs.py", "stillreel/archive/bucket_client.py", "benchmarks/peer.py"),
}
SOURCES = sorted(path for top in OURS for path in (ROOT / top).rglob("*.py"))


def imported(path: Path) -> Iterator[str]:
    """Every module that a file names in an import; `from a.b import c` counts as a.b and as a.b.c."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}: relative imports hide which ring they reach"
            yield str(node.module)
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def ring(module: str) -> str | None:
    """The ring that a module is in: the longest one that its name begins with; None for other people's."""
    parts = module.split(".")
    names = [".".join(parts[:length]) for length in range(len(parts), 0, -1)]
    return next((name for name in names if name in MAY_IMPORT), None)


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_imports_only_what_its_ring_may(path):
    """A file reaches inwards only, so that an inner ring can be read, tested and used without the outer ones."""
    own = ring(name_of(path))
    assert own is not None, "a new top-level module needs a ring of its own in this test"
    allowed = {own} | MAY_IMPORT[own] | INNER.get(own, set())
    reached = {module: ring(module) for module in imported(path)}
    wrong = sorted(module for module, its in reached.items() if its is not None and its not in allowed)
    assert not wrong, f"{name_of(path)} is in the ring {own} and imports {', '.join(wrong)}"


@pytest.mark.parametrize("library", ONLY_IN)
def test_a_library_is_used_only_where_it_belongs(library):
    """The engine, the HTTP client and the cloud's library can each be replaced by changing one place."""
    users = {
        str(path.relative_to(ROOT))
        for path in SOURCES
        for module in imported(path)
        if module == library or module.startswith(f"{library}.")
    }
    assert [user for user in sorted(users) if not user.startswith(ONLY_IN[library])] == []


def test_the_walk_sees_something():
    """The two tests above look at the real files, and would see a forbidden import in them."""
    assert {ring(name_of(path)) for path in SOURCES} >= {"stillreel.domain", "stillreel.studio", "tasks", "flows"}
    assert any("prefect" in imported(path) for path in SOURCES)
