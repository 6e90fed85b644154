"""The vendor's words, made fit for a line of a file."""

from typing import Any


def one_line(text: Any, longest: int = 200) -> str:
    """A text in one line, without what can't be printed, and no longer than this; nothing for nothing."""
    words = " ".join(str("" if text is None else text).split())
    return "".join(letter for letter in words if letter.isprintable())[:longest]
