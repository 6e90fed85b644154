"""The name that somebody probably meant."""

from collections.abc import Iterable, Mapping
from difflib import SequenceMatcher, get_close_matches

NEAR = 0.55  # of 1, which is the same
MOST_MEANT = 3


def did_you_mean(name: object, known: Iterable[str]) -> str:
    """'; did you mean CFGScale?' for cfg_scale, and nothing where no known name is near."""
    plain = {_plain(candidate): candidate for candidate in known}
    found = get_close_matches(_plain(str(name)), plain, n=1, cutoff=NEAR)
    return f"; did you mean {plain[found[0]]}?" if found else ""


def meant(name: str, known: Mapping[str, Iterable[str]]) -> list[str]:
    """The keys that somebody probably meant, the nearest first, each known by several names."""
    wanted = _plain(name)
    near = {key: max(_alike(wanted, _plain(other)) for other in names) for key, names in known.items()}
    found = sorted((key for key in near if near[key] >= NEAR), key=lambda key: (-near[key], key))
    return found[:MOST_MEANT]


def _alike(one: str, other: str) -> float:
    return SequenceMatcher(None, one, other).ratio()


def _plain(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter not in "_- ")
