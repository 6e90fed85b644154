"""Which sentences of `unknown` an import wrote: by their form, so that a later schema can take them back."""

import re

ENDS = (
    "they are refused here",
    "so it is refused here",
    "a bound that is legal itself",
    "isn't understood",
    "so it isn't checked",
    "which isn't in this entry",
    "ours are in US dollars",
    "so the day of the release isn't known",
    "so the modes are as the fields suggest",
    "is no mode with an id",
    "entries don't know it",
)
NOTE = re.compile(rf"(?s)The price: the schema says .*|\S.*: .*(?:{'|'.join(map(re.escape, ENDS))})\.")


def noted(sentence: str) -> bool:
    """Whether a sentence is one that an import writes of what it doesn't understand, and not a person's."""
    return bool(NOTE.fullmatch(sentence))
