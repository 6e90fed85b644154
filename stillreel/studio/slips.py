"""Slips of the pen in JSON: where a text stops being JSON, what is wrong there, and what is allowed, in plain words."""

import json
import re

from stillreel.studio.lines import TOKEN

Slip = tuple[str, str]
"""What stands there, with its place, and what is allowed instead."""

LONGEST_SHOWN = 30  # characters of what stands there
CLOSING = {"{": "}", "[": "]"}
VALUE = re.compile(r'["{\[0-9-]|(?:true|false|null|NaN|Infinity)\b')  # how one begins
TEXT = re.compile(r'"(?:[^"\\]|\\.)*+"?')  # with its end or without
SPACE = " \t\n\r"
NO_TRAILING = "no comma after the last one: take it out"
A_COMMA = "a comma between any two"
A_COLON = "a colon between a key and its value"
A_VALUE = "a value: a text in double quotes, a number, true, false, null, or what { } or [ ] hold"
AN_END = 'a double quote at the end of each text; within one \\" stands for a double quote and \\n for a line break'
QUOTED = "keys and texts in double quotes; there are no comments"
ALL_OF_IT = "JSON, which begins with { or [ and ends with that; a file of YAML is called .yaml"


def slip_in(error: json.JSONDecodeError) -> Slip:
    """What makes a text no JSON."""
    text, said = error.doc, error.msg
    if said.startswith(("Unterminated string", "Invalid control character", "Invalid \\")):
        return _in_a_text(text, error.pos, said)
    own = said.startswith("Illegal trailing comma")  # newer Pythons say it of the comma, older ones of what follows it
    at = _next(text, error.pos + own)
    before = len(text[:at].rstrip(SPACE)) - 1  # where the last thing ends that can be understood
    found, last = text[at : at + 1], text[before : before + 1]
    if not last or said.startswith("Extra data"):
        return f"{_shown(text, at)}{_at(text, at)}" if found else "nothing", ALL_OF_IT
    if found in ("}", "]") and last == ",":
        return f"a comma before {found}{_at(text, before)}", NO_TRAILING
    if found in ("}", "]", ",", "") and last == ":":
        return f"no value{_at(text, before + 1)}, behind a colon", A_VALUE
    if found in ("}", "]", ""):
        return _open(text, at)
    return _between(text, at, before, said)


def _in_a_text(text: str, at: int, said: str) -> Slip:
    """A text without its end, or one with a character that has to be spelt."""
    if said.startswith("Invalid \\"):
        at = text.rfind("\\", 0, at + 1)
        return f"{text[at : at + 2]}{_at(text, at)}", "\\\\ for a backslash in a text"
    if text[at] not in '"\r\n':
        return f"a control character{_at(text, at)}", "\\t for a tab in a text, and \\u with four digits for others"
    line = text.rfind("\n", 0, at) + 1  # no text that has come so far begins on an earlier one
    start = at if text[at] == '"' else [*TEXT.finditer(text, line, at)][-1].start()
    return f"{_shown(text, start)}{_at(text, start)} without a double quote at its end", AN_END


def _open(text: str, at: int) -> Slip:
    """Something that isn't closed, or that something else would close."""
    around: list[int] = []
    for token in TOKEN.finditer(text, 0, at):
        if token.group() in CLOSING:
            around.append(token.start())
        elif token.group() in CLOSING.values():
            around.pop()
    opened, found = around[-1], text[at : at + 1]
    needs = CLOSING[text[opened]]
    if found == needs:
        return f"no value before {found}{_at(text, at)}", A_VALUE
    where = f"{found}{_at(text, at)}" if found else "the end of the file"
    return f"{where} before the {text[opened]}{_at(text, opened)} is closed", f"a {needs} for each {text[opened]}"


def _between(text: str, at: int, before: int, said: str) -> Slip:
    """Something that stands where a comma, a colon, a key or a value should."""
    shown = f"{_shown(text, at)}{_at(text, at)}"
    if said.startswith("Expecting ':'") and (text[at] == "," or VALUE.match(text, at)):
        return f"no colon{_at(text, before + 1)}, behind a key", A_COLON
    if said.startswith("Expecting ',") and VALUE.match(text, at):
        return f"no comma{_at(text, before + 1)}, before {_shown(text, at)}", A_COMMA
    if said.startswith(("Expecting ','", "Expecting ':'")):
        behind, needs = ("value", A_COMMA) if said.startswith("Expecting ','") else ("key", A_COLON)
        return f"{shown}, behind a {behind}", f"{needs}; {AN_END}"
    return shown, QUOTED if said.startswith("Expecting property") or text[at] in "'/#" else A_VALUE


def _next(text: str, at: int) -> int:
    """Where the next character is that isn't space."""
    return len(text) - len(text[at:].lstrip(SPACE))


def _at(text: str, at: int) -> str:
    line, begins = text.count("\n", 0, at) + 1, text.rfind("\n", 0, at) + 1
    return f" at line {line}, column {at - begins + 1}"


def _shown(text: str, at: int) -> str:
    """The beginning of what stands there, at most up to the end of its line."""
    line = text[at : at + LONGEST_SHOWN + 1].partition("\n")[0].rstrip(SPACE)
    shown = line if len(line) <= LONGEST_SHOWN else f"{line[:LONGEST_SHOWN]}…"
    return shown if shown.isprintable() else repr(shown)[1:-1]
