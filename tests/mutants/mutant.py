"""What a mutant is."""

from dataclasses import dataclass

STUDIO = "stillreel/studio"
TRACES = "protocol/test_traces.py"


@dataclass(frozen=True)
class Mutant:
    """A mechanism that is switched off."""

    name: str
    without: str  # the sentence that isn't true any more
    file: str
    old: str  # stands in the file once
    new: str
    tests: tuple[str, ...]  # node ids, below tests/; one of them must fail
