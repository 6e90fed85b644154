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

CLEANING = 5  # seconds for what the run still has to put in order, and for telling the engine
EXITING = 4  # seconds for what the engine tells after that, such as the last lines of the log
AGAIN = 1  # seconds between further interruptions, where one was lost


def run_politely(work: Coroutine[Any, Any, int], told: Callable[[], int]) -> int:
    """The exit code of the work, or that of `told` where somebody has stopped it."""
    if threading.current_thread() is not threading.main_thread():  # others can't handle signals
        return asyncio.run(work)
    signal.signal(signal.SIGALRM, _interrupt)
    try:
        with asyncio.Runner() as runner:
            return _run(runner, work)
    except (KeyboardInterrupt, TerminationSignal):
        signal.setitimer(signal.ITIMER_REAL, 0)
        code = told()
        signal.signal(signal.SIGALRM, lambda *_: os._exit(code))
        signal.setitimer(signal.ITIMER_REAL, EXITING)
        return code


def _run(runner: asyncio.Runner, work: Coroutine[Any, Any, int]) -> int:
    """The same; closing the runner afterwards, which cancels all that is left and waits for it, has an end.

    Within a flow the engine answers the signal with an exception, which is lost where it meets some task's step. The
    loop hears of the signal all the same.
    """
    loop = runner.get_loop()
    loop.add_signal_handler(signal.SIGTERM, _interrupt)
    try:
        return runner.run(work)
    except (KeyboardInterrupt, TerminationSignal):
        loop.add_signal_handler(signal.SIGTERM, lambda: None)  # once is enough
        signal.setitimer(signal.ITIMER_REAL, CLEANING, AGAIN)
        raise


def _interrupt(*_: Any) -> None:
    """A polite end from outside is told like one by hand: containers and services are stopped that way."""
    raise KeyboardInterrupt
