"""The catalogue as it is loaded: all entries, by the model's AIR identifier."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from yaml.constructor import SafeConstructor

from stillreel.domain.errors import BadInput, BadSettings
from stillreel.domain.problems import Problem
from stillreel.runware.catalogue.blocks import QUICKEST, extended
from stillreel.runware.catalogue.completeness import missing_of
from stillreel.runware.catalogue.entry import Entry
from stillreel.runware.catalogue.nearest import meant

MODELS = Path(__file__).parent / "models"


class _Loader(QUICKEST):  # type: ignore[misc]  # which it is, is known when it runs
    """YAML in which a day that no calendar has stays text, so that it is told by the name of its key."""


def _day(loader: SafeConstructor, node: yaml.ScalarNode) -> Any:
    try:
        return loader.construct_yaml_timestamp(node)
    except ValueError:
        return node.value


_Loader.add_constructor("tag:yaml.org,2002:timestamp", _day)


class Catalogue(Mapping[str, Entry]):
    """The models that are known, by AIR identifier."""

    def __init__(self, entries: Mapping[str, Entry], own: Collection[str] = ()) -> None:
        self._entries = dict(entries)
        self.own = frozenset(own)
        """Those that only a folder of one's own has: nobody but its writer says that there is such a model."""

    def __getitem__(self, air: str) -> Entry:
        return self._entries[air]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def entry(self, air: str) -> Entry:
        """The entry of a model; BadInput with those that are probably meant, for a stranger."""
        return self.entries([air])[0]

    def entries(self, airs: Iterable[str]) -> list[Entry]:
        """The entries of models; BadInput with all strangers at once."""
        wanted = list(airs)
        problems = [self._unknown(air) for air in wanted if air not in self]
        if problems:
            raise BadInput(problems)
        return [self[air] for air in wanted]

    def _unknown(self, air: str) -> Problem:
        near = meant(air, {known: (known, entry.name, entry.slug) for known, entry in self.items()})
        named = [f"{known} ({self[known].name})" for known in near]
        said = (
            f"; did you mean {' or '.join([', '.join(named[:-1]), named[-1]] if named[1:] else named)}?"
            if named
            else ""
        )
        return Problem(field="model", got=f"'{air}'", allowed=f"one of those that `stillreel models` lists{said}")


def load(extra: Path | None = None) -> Catalogue:
    """Every model that ships with the package, and those of a folder of one's own, which win over ours.

    Raises BadSettings for a file that can't be read as an entry, saying what it lacks.
    """
    shipped, own = _shipped(), {} if extra is None else _of_folder(extra)
    catalogue = Catalogue({**shipped, **own}, own.keys() - shipped.keys())
    lines = "\n".join(f"  - {lack}" for lack in _other_kinds(own.values(), catalogue))
    if lines:
        raise BadSettings(f"{extra} has entries that can't be right:\n{lines}\n")
    return catalogue


def _other_kinds(entries: Iterable[Entry], catalogue: Catalogue) -> Iterator[str]:
    """The successors that make something else than the model that they are to replace."""
    for entry in entries:
        for air in entry.replaced_by:
            if air in catalogue and (other := catalogue[air].kind) != entry.kind:
                yield f"{entry.air}: replaced_by: got {air}, which makes {other}s; a model that makes {entry.kind}s"


@cache
def _shipped() -> Mapping[str, Entry]:
    return _of_folder(MODELS)


def _of_folder(folder: Path) -> dict[str, Entry]:
    if not folder.is_dir():
        raise BadSettings(f"there is no folder of models at {folder}")
    found: dict[str, Path] = {}
    entries: dict[str, Entry] = {}
    for file in files_in(folder):
        entry = read(file)
        if entry.air in found:
            raise BadSettings(f"{file} and {found[entry.air]} are both entries of {entry.air}")
        found[entry.air] = file
        entries[entry.air] = entry
    return entries


def files_in(folder: Path) -> list[Path]:
    """The files of a folder that are entries."""
    return sorted([*folder.glob("*.yaml"), *folder.glob("*.yml")])


def read(file: Path) -> Entry:
    """The entry in one file; BadSettings with everything that it lacks."""
    if file.exists() and not file.is_file():  # a named pipe would keep its reader for ever
        raise BadSettings(f"{file} isn't a file: an entry of a model is one")
    try:
        data: Any = extended(yaml.load(file.read_text(encoding="utf-8"), Loader=_Loader))  # noqa: S506 - a safe one
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise BadSettings(f"{file} can't be read as YAML: {error}") from error
    except ValueError as error:
        raise BadSettings(f"{file}: {error}") from error
    missing = missing_of(data)
    if missing:
        lines = "\n".join(f"  - {lack}" for lack in missing)
        raise BadSettings(f"{file} isn't a complete entry:\n{lines}\n")
    return Entry.model_validate(data)
