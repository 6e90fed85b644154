"""A named pipe in place of a file, of a kind that doesn't keep a test waiting where something opens it after all."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def a_pipe(path: Path) -> Iterator[Path]:
    """A pipe at this path; whoever reads from it first finds that it is empty."""
    os.mkfifo(path)
    writer = threading.Thread(target=lambda: path.open("wb").close())
    writer.start()
    try:
        yield path
    finally:
        reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        writer.join()
        os.close(reader)
