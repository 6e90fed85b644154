"""The vendor's words, made fit for a line of a file."""

from typing import Any

UNPRINTABLE = "\ufffd"  # it stands where something stood that a terminal might obey


def one_line(text: Any, longest: int = 200) -> str:
    """A text in one line, what can't be printed shown as such, and no longer than this; nothing for nothing."""
    words = " ".join(str("" if text is None else text).split())
    return "".join(letter if letter.isprintable() else UNPRINTABLE for letter in words)[:longest]
