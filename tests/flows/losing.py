"""A command whose signal to end meets a task that nobody asks for its end; its last line says that it was stopped.

python -m tests.flows.losing
"""

import asyncio
import os
import signal
import sys

from prefect.utilities.engine import capture_sigterm

from flows.leaving import run_politely


async def struck() -> None:
    """The signal comes in the midst of this step, where the engine's answer to it is this task's own end."""
    os.kill(os.getpid(), signal.SIGTERM)


async def work() -> int:
    """As a flow does it, with the engine's way with signals."""
    with capture_sigterm():
        task = asyncio.create_task(struck())
        await asyncio.wait({task})
        await asyncio.Event().wait()
    return 0


def told() -> int:
    sys.stdout.write("stopped\n")
    return 1


if __name__ == "__main__":
    sys.exit(run_politely(work(), told))
