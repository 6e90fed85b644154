"""Verdicts: what a safety check said of one result, and whether that lets it move on."""

from enum import StrEnum


class Check(StrEnum):
    """How closely the provider is asked to look, weakest first; a still knows only none or fast."""

    NONE = "none"
    FAST = "fast"  # first, middle and last frame
    FULL = "full"  # every frame

    def covers(self, asked: "Check") -> bool:
        """Whether what was checked under this is good enough for what is asked now."""
        order = list(Check)
        return order.index(self) >= order.index(asked)


class Verdict(StrEnum):
    """What the check said."""

    CLEAN = "clean"
    FLAGGED = "flagged"
    UNCHECKED = "unchecked"  # nobody looked; not the same as clean


def judge(flag: bool | None) -> Verdict:
    """The verdict on one result by its NSFWContent: a missing flag means that nobody looked, whatever was asked."""
    if flag is None:
        return Verdict.UNCHECKED
    return Verdict.FLAGGED if flag else Verdict.CLEAN


def moves_on(asked: Check, verdict: Verdict) -> bool:
    """Whether a result may take a final name and be built upon: clean, or nobody wanted it checked."""
    return verdict is Verdict.CLEAN or (asked is Check.NONE and verdict is Verdict.UNCHECKED)
