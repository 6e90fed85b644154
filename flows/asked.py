"""What a command is asked by a signal while it loads, which takes seconds: it is remembered until there is a run.

Raised in the midst of an import it could be swallowed there, and the run would go on; or nothing would be told.
"""

import signal

_heard: list[int] = []


def heeded() -> list[signal.Signals]:
    """The signals that ask for an end: one that whoever started us has had ignored, as `nohup` does, isn't heard."""
    return [sign for sign in (signal.SIGINT, signal.SIGTERM) if signal.getsignal(sign) is not signal.SIG_IGN]


def remember() -> None:
    """From here on they are only remembered."""
    for sign in heeded():
        signal.signal(sign, lambda sign, _: _heard.append(sign))


def to_end() -> bool:
    """Whether one has come meanwhile."""
    return bool(_heard)
