"""Numbers that went through a float on their way: the limits of whole numbers are known again, others are doubted."""

from decimal import Decimal

from stillreel.runware.catalogue.importing.alike import EXACT

LIMITS = {2**63 - 1: "int64's largest", 2**64 - 1: "uint64's largest", -(2**63): "int64's smallest"}

Number = int | Decimal


def exact(number: Number) -> Number:
    """The limit of whole numbers that a number is a rounding of, as JSON tools write it; any other stays as it is."""
    return next((limit for limit in LIMITS if _is_rounded(number, limit)), number)


def remark(number: Number) -> str:
    """What a reviewer must know of a number: that it was rounded, or may have been; nothing of one that is sure."""
    meant = exact(number)
    if meant != number:
        return f"{_plain(number)} is {LIMITS[int(meant)]} number, rounded on its way; {meant} stands here"
    if not -EXACT <= number <= EXACT and number not in LIMITS:
        return f"{_plain(number)} is past 2^53, where JSON tools round: don't trust its last digits"
    return ""


def _is_rounded(number: Number, limit: int) -> bool:
    """As a float's shortest digits, 9223372036854776000, or as all of them, 9223372036854775808."""
    return number in (Decimal(repr(float(limit))), int(float(limit)))


def _plain(number: Number) -> str:
    return f"{Decimal(number):f}"
