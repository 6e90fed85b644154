"""Bytes on their way into a file."""

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from stillreel.archive.hashing import BLOCK, keep, sums_of, sums_of_file
from stillreel.domain.errors import MediaError


async def stream(*pieces: bytes) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


@pytest.mark.parametrize("pieces", [(), (b"",), (b"hello",), (b"he", b"", b"llo"), (b"x" * (BLOCK + 1), b"y" * BLOCK)])
async def test_a_stream_is_kept_and_summed(tmp_path: Path, pieces: tuple[bytes, ...]) -> None:
    """Whatever pieces bytes come in, the file and the sums are those of the whole."""
    sums = await keep(stream(*pieces), tmp_path / "file", at_most=4 * BLOCK)
    whole = b"".join(pieces)
    assert (tmp_path / "file").read_bytes() == whole
    assert sums == sums_of(whole) == sums_of_file(tmp_path / "file")
    assert (sums.size, sums.sha256) == (len(whole), hashlib.sha256(whole).hexdigest())


def test_known_sums() -> None:
    """The checksums of a known text, as published elsewhere."""
    sums = sums_of(b"123456789")
    assert sums.crc32c == "4waSgw=="  # 0xe3069283, the check value of CRC-32C
    assert sums.sha256 == "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225"


async def test_too_much_is_refused(tmp_path: Path) -> None:
    """A stream that passes its limit is an error and leaves no file; one that just reaches it is kept."""
    with pytest.raises(MediaError, match="larger than the 5 bytes"):
        await keep(stream(b"123", b"456"), tmp_path / "a", at_most=5)
    assert not (tmp_path / "a").exists()
    assert (await keep(stream(b"123", b"45"), tmp_path / "b", at_most=5)).size == 5


async def test_a_stream_that_breaks_leaves_no_file(tmp_path: Path) -> None:
    """Half a download has no name."""

    async def broken() -> AsyncIterator[bytes]:
        yield b"x" * BLOCK
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await keep(broken(), tmp_path / "a", at_most=4 * BLOCK)
    assert not (tmp_path / "a").exists()


async def test_nothing_is_written_over(tmp_path: Path) -> None:
    """A file that is there stays."""
    (tmp_path / "a").write_bytes(b"first")
    with pytest.raises(FileExistsError):
        await keep(stream(b"second"), tmp_path / "a", at_most=100)
    assert (tmp_path / "a").read_bytes() == b"first"
