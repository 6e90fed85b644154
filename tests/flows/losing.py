"""Commands that are hard to end; the last line says that they were stopped, or what they came to.

python -m tests.flows.losing struck|deaf|slow|lingering
"""

import asyncio
import os
import signal
import sys
import threading

from prefect.utilities.engine import capture_sigterm

from flows.leaving import run_politely


def say(word: str) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


async def strike() -> None:
    """The signal comes in the midst of this step, where the engine's answer to it is this task's own end."""
    os.kill(os.getpid(), signal.SIGTERM)


async def struck() -> int:
    """As a flow does it, with the engine's way with signals."""
    with capture_sigterm():
        task = asyncio.create_task(strike())
        await asyncio.wait({task})
        await asyncio.Event().wait()
    return 0


async def deaf() -> int:
    """Whatever cancels it, it goes on: as an engine that must tell of it first, to a server that is away."""
    say("at work")
    while True:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            say("cancelled")


async def slow() -> int:
    """It has more to put in order than it has time for by its own account, and less than it is given."""
    say("at work")
    try:
        await asyncio.Event().wait()
    finally:
        say("cancelled")
        await asyncio.sleep(3)
        say("in order")
    return 0


async def lingering() -> int:
    """Its work is over, and something of the engine's isn't: nobody ends this thread."""
    threading.Thread(target=threading.Event().wait).start()
    say("done")
    return 0


def told() -> int:
    say("stopped")
    return 1


WORK = {"struck": struck, "deaf": deaf, "slow": slow, "lingering": lingering}

if __name__ == "__main__":
    code = run_politely(WORK[sys.argv[1]](), told)
    if code == 0:
        say("left")
    sys.exit(code)
