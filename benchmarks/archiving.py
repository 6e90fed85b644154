"""Files that lie on the disk, into a bucket: by our store, or by google-cloud-storage alone.

One process is one measurement; the last line says what it took, its memory counted from the moment before the first
file, when everything is imported and connected.
"""

import argparse
import asyncio
import json
import resource
import sys
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.peer import THREADS, Peer, bucket_at
from stillreel.archive.gcs import BucketStore
from stillreel.archive.hashing import sums_of_file

Going = Callable[[], Awaitable[None]]


async def ours(files: list[Path], endpoint: str, bucket: str) -> Going:
    """Create-only, summed before and compared after; the sums come with a download, so they aren't measured."""
    store = BucketStore(bucket, "ours", endpoint=endpoint)
    await store.create("warm", b"")
    sums = {file: await asyncio.to_thread(sums_of_file, file) for file in files}

    async def go() -> None:
        await asyncio.gather(
            *(store.create_file(f"files/{file.name}", file, sums[file], content_type="video/mp4") for file in files)
        )
        await store.aclose()

    return go


async def bare(files: list[Path], endpoint: str, bucket: str) -> Going:
    """As the peer uploads."""
    there, threads = bucket_at(endpoint, bucket), ThreadPoolExecutor(THREADS)
    there.blob("bare/warm").upload_from_string(b"")
    loop = asyncio.get_running_loop()

    async def go() -> None:
        blobs = [there.blob(f"bare/files/{file.name}") for file in files]
        uploads = [
            loop.run_in_executor(threads, Peer.upload, blob, str(file), "video/mp4")
            for blob, file in zip(blobs, files, strict=True)
        ]
        await asyncio.gather(*uploads)

    return go


async def measured(going: Going) -> dict[str, float]:
    """What it took."""
    base = _memory("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")  # noqa: ASYNC240 - the peak starts anew here, before anything is timed
    cpu, began = _cpu(), time.monotonic()
    await going()
    seconds = time.monotonic() - began
    return {"seconds": seconds, "cpu": _cpu() - cpu, "base_mb": base, "peak_over_base_mb": _memory("VmHWM") - base}


def _cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def _memory(what: str) -> float:
    """MB, as the kernel tells it in kB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 / 1e6 for line in lines if line.startswith(what))


async def main() -> None:
    """Upload every file of a folder."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("side", choices=["ours", "bare"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--gcs", required=True)
    parser.add_argument("--bucket", required=True)
    asked = parser.parse_args()
    files = sorted(asked.folder.iterdir())
    going = await (ours if asked.side == "ours" else bare)(files, asked.gcs, asked.bucket)
    line = {**await measured(going), "bytes": sum(file.stat().st_size for file in files)}
    sys.stdout.write(f"{json.dumps(line)}\n")


if __name__ == "__main__":
    asyncio.run(main())
