"""The temporary folder of what passes through, while threads that nobody waits for go on."""

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from stillreel.archive.passing import passing_folder

FILES = 300  # so that it takes a moment to delete them
TURNS = 8


class Leaving(Exception):
    """What ends the block."""


def writing(folder: Path, begun: threading.Event, over: threading.Event) -> None:
    """Put one file after another there until somebody says that it is over, or it is gone."""
    begun.set()
    with suppress(FileNotFoundError):
        while not over.is_set():
            (folder / str(threading.get_ident())).write_bytes(b"")


@contextmanager
def busy(folder: Path) -> Iterator[None]:
    """Threads that write there until the block ends."""
    begun, over = threading.Event(), threading.Event()
    threads = [threading.Thread(target=writing, args=(folder, begun, over)) for _ in range(4)]
    for thread in threads:
        thread.start()
    begun.wait()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join()
        shutil.rmtree(folder, ignore_errors=True)


def test_threads_that_still_write_there_change_nothing() -> None:
    """Whatever ended the block is what is told, though threads put files into the folder while it is deleted."""
    for _ in range(TURNS):
        passing = passing_folder()
        for n in range(FILES):
            (Path(passing.name) / str(n)).write_bytes(b"")
        with busy(Path(passing.name)), pytest.raises(Leaving), passing:
            raise Leaving


def test_it_is_gone_afterwards() -> None:
    """Where nobody else writes nothing is left."""
    with passing_folder() as name:
        (Path(name) / "result").write_bytes(b"a clip")
    assert not Path(name).exists()
