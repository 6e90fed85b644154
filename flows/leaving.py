"""A command's polite end from outside, in bounded time: whoever stops a container waits ten seconds, then kills it.

A server of the engine's that is away would be told for minutes that the run has ended: what is paid for is told first.
"""

import asyncio
import os
import signal
import threading
from collections.abc import Callable, Coroutine
from typing import Any

from prefect.exceptions import TerminationSignal

from flows import asked

CLEANING = 5  # seconds for what the run still has to put in order, and for telling the engine
EXITING = 4  # seconds for what the engine tells after that, such as the last lines of the log
LINGERING = 15  # seconds for the same where nobody has asked for an end: a busy server is told all of it
AGAIN = 1  # seconds between further interruptions, where one was lost


def run_politely(work: Coroutine[Any, Any, int], told: Callable[[], int]) -> int:
    """The exit code of the work, or that of `told` where somebody has stopped it; the process is to end with it.

    The last line is said by then and the archive closed: what is left is the engine's, and is cut off after a while.
    """
    if threading.current_thread() is not threading.main_thread():  # others can't handle signals
        return asyncio.run(work)
    try:
        with asyncio.Runner() as runner:
            code = _run(runner, work)
            _release(runner.get_loop())
            _leave(code, LINGERING)
    except (KeyboardInterrupt, TerminationSignal):
        signal.setitimer(signal.ITIMER_REAL, 0)
        _heed(_nothing)
        code = told()
        _leave(code, EXITING)
    return code


def _run(runner: asyncio.Runner, work: Coroutine[Any, Any, int]) -> int:
    """The same; closing the runner afterwards, which cancels all that is left and waits for it, has an end.

    The loop hears of a signal, where no task's step can lose the exception. Within a flow the engine answers SIGTERM
    with one of its own, which is lost in such a step; and a main task that is cancelled, as asyncio answers SIGINT,
    first waits for a server that may be away.
    """
    loop = runner.get_loop()
    for sign in asked.heeded():
        loop.add_signal_handler(sign, _interrupt)
    if asked.to_end():
        loop.call_soon(_interrupt)  # ahead of the first step
    try:
        return runner.run(work)
    except (KeyboardInterrupt, TerminationSignal):
        _release(loop)
        if signal.SIGINT in asked.heeded():
            signal.signal(signal.SIGINT, _hurry)
        signal.signal(signal.SIGALRM, _interrupt)
        signal.setitimer(signal.ITIMER_REAL, CLEANING, AGAIN)
        raise


def _release(loop: asyncio.AbstractEventLoop) -> None:
    """Take the signals from the loop, which would give them back as it closes; the engine sends SIGTERM once more."""
    for sign in asked.heeded():
        loop.remove_signal_handler(sign)
        signal.signal(sign, _nothing)


def _leave(code: int, seconds: float) -> None:
    """Let the process end with this code after so many seconds at most, and at once if somebody asks for it.

    By a thread: an alarm that goes off when the interpreter has let go of its handlers already ends it as killed.
    """

    def end(*_: Any) -> None:
        os._exit(code)

    _heed(end)
    last = threading.Timer(seconds, end)
    last.daemon = True
    last.start()


def _heed(handler: Callable[..., None]) -> None:
    for sign in asked.heeded():
        signal.signal(sign, handler)


def _interrupt(*_: Any) -> None:
    """A polite end from outside is told like one by hand: containers and services are stopped that way."""
    raise KeyboardInterrupt


def _hurry(*_: Any) -> None:
    """A second Ctrl-C: nothing more is put in order. Further ones don't keep the last line from being told."""
    _heed(_nothing)
    raise KeyboardInterrupt


def _nothing(*_: Any) -> None:
    """Once is enough."""
