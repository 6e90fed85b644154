"""Defaults: what the provider does where nothing is said."""

from typing import Any

from stillreel.runware.catalogue.entry import Entry, Word


def default_of(entry: Entry, word: Word) -> Any:
    """The provider's default of what a word asks for, or None where the model has no such field or states none."""
    path = entry.field_of(word)
    return None if path is None else entry.fields[path].default
