"""A Runware that runs here: it validates, bills, expires, flags and loses answers when told to, and makes real media.

async with running_emulator(data=folder, switches={"media": "canned"}) as emulator:
    ...  # emulator.url is where to send tasks
"""

from stillreel.emulator.running import RunningEmulator, running_emulator, serve
from stillreel.emulator.switches import Switches

__all__ = ["RunningEmulator", "Switches", "running_emulator", "serve"]
