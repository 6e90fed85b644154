"""Double quotes in a sheet that don't come in pairs: where the first of them was opened, however late that shows."""

import io
import re
from itertools import islice

LONGEST_SHOWN = 40  # characters of what stands there
QUOTED = re.compile(r'"(?:[^"]++|"")*+"')  # without going back: a quote that is doubled ends no text
ALLOWED = (
    "a text with quotes, line breaks or the divider in it stands in double quotes, and each quote in it is doubled"
)


def broken_at(text: str, divider: str, line: int) -> tuple[int, str] | None:
    """The line on which a quote is opened that breaks the row beginning at that line, and how; None if none does."""
    at = sum(map(len, islice(_lines(text), line - 1)))
    plain = re.compile(rf"[^{re.escape(divider)}\r\n]*+")
    while at < len(text):
        opened, whole = at, QUOTED.match(text, at)
        if whole is None and text[at] == '"':
            return _line(text, opened), f"a double quote that is never closed{_shown(text, opened + 1)}"
        found = whole or plain.match(text, at)
        at = found.end() if found else at
        if whole is not None and text[at : at + 1] not in (divider, "\r", "\n", ""):
            closed = f" that is closed at line {_line(text, at - 1)}{_shown(text, at)}"
            return _line(text, opened), f"a double quote{_shown(text, opened + 1)}{closed}"
        if text[at : at + 1] != divider:
            return None
        at += 1
    return None


def _lines(text: str) -> io.StringIO:
    return io.StringIO(text, newline="")  # as the reader of sheets counts lines


def _line(text: str, at: int) -> int:
    return sum(1 for _ in _lines(text[: at + 1]))


def _shown(text: str, at: int) -> str:
    """Before what a quote stands, at most up to the end of its line."""
    first = re.split(r"[\r\n]", text[at : at + LONGEST_SHOWN + 1], maxsplit=1)[0]
    return f" before {first if len(first) <= LONGEST_SHOWN else f'{first[:LONGEST_SHOWN]}…'!r}" if first else ""
