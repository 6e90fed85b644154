"""The name that somebody probably meant."""

from collections.abc import Iterable
from difflib import get_close_matches


def did_you_mean(name: object, known: Iterable[str]) -> str:
    """'; did you mean CFGScale?' for cfg_scale, and nothing where no known name is near."""
    plain = {_plain(candidate): candidate for candidate in known}
    found = get_close_matches(_plain(str(name)), plain, n=1, cutoff=0.55)
    return f"; did you mean {plain[found[0]]}?" if found else ""


def _plain(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter not in "_- ")
