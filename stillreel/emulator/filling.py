"""Clips filled up to any length with what players skip: for whoever wants to see large files on their way."""

from pathlib import Path

MATROSKA = b"\x1a\x45\xdf\xa3"  # what a WEBM begins with


def fill_up(path: Path, length: int) -> None:
    """Make a file so many bytes long; one that is as long already, or nearly, stays as it is.

    What is added is a hole: it takes no room on the disk.
    """
    with path.open("r+b") as file:
        void = file.read(len(MATROSKA)) == MATROSKA
        lack = length - file.seek(0, 2)
        if lack >= 9:  # bytes that an empty element takes; an empty box takes 8
            file.write(_void(lack) if void else _free(lack))
            file.truncate(length)


def _free(lack: int) -> bytes:
    """The head of an MP4's or MOV's box that means nothing; its length counts the head."""
    return lack.to_bytes(4) + b"free"


def _void(lack: int) -> bytes:
    """The same of a WEBM's element; its length is told in eight bytes and doesn't count the head."""
    return b"\xec" + (1 << 56 | lack - 9).to_bytes(8)
