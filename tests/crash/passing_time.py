"""Time that several processes share, and that passes only while one of them sleeps: nobody waits for a lease.

It stands in a file of eight bytes, so that it outlives whoever is killed; the kernel frees its lock with the process.
"""

import asyncio
import fcntl
import os
import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

MOMENT = struct.Struct("<d")  # seconds since 1970


@dataclass(frozen=True)
class PassingTime:
    """A machine's clock that follows the file, some seconds ahead of it or behind."""

    file: Path
    ahead: float = 0.0

    @classmethod
    def begun(cls, file: Path) -> "PassingTime":
        """Time that starts now."""
        file.write_bytes(MOMENT.pack(datetime.now(UTC).timestamp()))
        return cls(file)

    def seconds(self) -> float:
        """What the file says, for servers that share the time."""
        return float(MOMENT.unpack(self.file.read_bytes())[0])

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.seconds(), UTC) + timedelta(seconds=self.ahead)

    async def sleep(self, seconds: float) -> None:
        with self.file.open("r+b", buffering=0) as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            (moment,) = MOMENT.unpack(file.read())
            os.pwrite(file.fileno(), MOMENT.pack(moment + seconds), 0)
        await asyncio.sleep(0)


@dataclass(frozen=True)
class SkewedTime:
    """The real time on a machine whose clock is wrong; waits are real, at a pace."""

    pace: float
    ahead: float = 0.0  # seconds

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self.ahead)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds * self.pace)
